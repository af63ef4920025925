"""Reports of flags: each names its rule and version, says when offers were compared, and refuses what it cannot be narrowed to."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlmodel import Session, select

from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.models import Detection, Pair
from registry.coordination.operations import detect
from registry.coordination.queries import coverage_report, duplicate_report, lifecycle_report, overlap_report
from registry.coordination.queries.detecting.landscape import newest_term
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotFound
from registry.offers.models import OfferTarget, Run
from registry.offers.operations import mark_postponed
from registry.reports.filters import Filters
from registry.reports.library import REPORTS, build, render
from registry.rules.models import Rule
from tests.coordination.country import TODAY, add_offer, add_run, add_taught
from tests.site import Site

BEFORE = TODAY - timedelta(days=30)


@pytest.fixture(autouse=True)
def clock_stands() -> Any:
    with time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def pairs(database: Database) -> Database:
    """An overlap in the west, and one course entered twice in the east."""
    with database.write() as session:
        for provider, title in (("0238", "Engelsk 1, 1.–7. trinn"), ("1160", "Engelsk 1, trinn 1-7")):
            add_taught(session, provider, title, subject_code="engelsk", terms_=("2027V", "2026H"))
        for code in ("KIN1", "KIN1-1"):
            add_taught(session, "1110", "Kinesisk språk og kultur", subject_code="kinesisk", code=code)
    detect(database, system("detect"), today=TODAY)
    return database


def rows(session: Session, name: str, **asked: Any) -> list[dict[str, str]]:
    text = render(session, name, kind="csv", **asked).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_every_flag_names_its_rule_and_version(site: Site, pairs: Database) -> None:
    with pairs.read() as session:
        [overlap] = rows(session, "overlaps", term="all")
        [small] = [row for row in rows(session, "small-subjects") if row["Fag"] == "Kinesisk"]
    assert (overlap["Regel"], overlap["Avgjørelse"]) == ("OVL_STRONG v1", "")
    assert overlap["Saker"].endswith(": Åpen")
    assert small["Regel"] == "SMALL_SUBJECT_INSTITUTIONS v1"
    for name in ("overlaps", "duplicates", "at-risk", "small-subjects", "oversubscribed", "low-trend"):
        assert any(column.key == "rule" for column in REPORTS[name].columns), name
    queue = site.signed_in(Role.COORDINATOR).page("/nb/samordning/overlapp").find("main").get_text()
    assert "Regelen «Sterkt overlapp», versjon 1" in queue


def test_terms_are_told_oldest_first(pairs: Database) -> None:
    with pairs.write() as session:
        for pair in session.exec(select(Pair)):
            pair.terms = ["2027V", "2026H", "2026V"]
            session.add(pair)
    with pairs.read() as session:
        for report in (overlap_report, duplicate_report):
            for pair in report(session, as_of=TODAY, term="all")["pairs"]:
                assert pair["terms"] == ["2026V", "2026H", "2027V"]


def test_before_the_first_comparison_a_report_says_so(site: Site, pairs: Database) -> None:
    with pairs.read() as session:
        for name in ("overlaps", "duplicates", "at-risk"):
            then, now = (build(session, name, Filters(as_of=day, exact=True)) for day in (BEFORE, TODAY))
            assert then["note"] == "Tilbudene var ikke sammenlignet da. Den første sammenligningen er fra 22.11.2026."
            assert now["note"] is None
    page = site.signed_in(Role.COORDINATOR).page(f"/nb/rapporter/overlaps?dato={BEFORE}")
    assert "ikke sammenlignet da" in page.find("main").get_text()


def test_what_a_later_rule_makes_of_a_pair_does_not_reach_back(pairs: Database) -> None:
    later = TODAY + timedelta(days=3)
    with pairs.write() as session:
        rule = session.exec(select(Rule).where(Rule.code == "OVL_STRONG")).one()
        rule.valid_to = TODAY
        values = rule.model_dump(exclude={"id", "version", "number", "valid_from", "valid_to"})
        session.add(Rule(**values, version=2, number=0.99, valid_from=TODAY + timedelta(days=1)))
    with pairs.read() as session:
        given = render(session, "overlaps", as_of=TODAY, term="all")
    with time_machine.travel(datetime(2026, 11, 25, 12, tzinfo=UTC), tick=False):
        detect(pairs, system("detect"), today=later)
        with pairs.read() as session:
            assert render(session, "overlaps", as_of=TODAY, term="all") == given
            [then], [now] = (overlap_report(session, as_of=day, term="all")["pairs"] for day in (TODAY, later))
    assert (then["strength"], then["rule"], then["judged_on"]) == ("strong", "OVL_STRONG v1", "2026-11-22")
    assert (now["strength"], now["rule"], now["judged_on"]) == ("possible", "OVL_POSSIBLE v1", "2026-11-25")


def test_of_days_before_anything_was_kept_a_report_says_so(site: Site, pairs: Database) -> None:
    with pairs.write() as session:
        session.add(Detection(at=datetime(2026, 10, 1, tzinfo=UTC), as_of=BEFORE, keeps_past=False))
        for pair in session.exec(select(Pair)):
            pair.first_seen_on = pair.since = BEFORE
    with pairs.read() as session:
        for report in (overlap_report, duplicate_report):
            then, now = (report(session, as_of=day, term="all") for day in (BEFORE, TODAY))
            assert then["note"].startswith("Historikken for par og saker begynner 22.11.2026.")
            assert now["note"] is None
            assert then["pairs"] == now["pairs"]
    page = site.signed_in(Role.COORDINATOR).page(f"/nb/rapporter/duplicates?dato={BEFORE}")
    told = page.find("main").get_text()
    assert "svaret omtrentlig" in told
    assert "Navn på tilbud og institusjoner er de som gjelder i dag." in told
    assert "gjelder i dag" not in site.visitor().page(f"/nb/rapporter/national?dato={BEFORE}").find("main").get_text()
    with pairs.write() as session:
        for detection in session.exec(select(Detection)):
            detection.keeps_past = False
    with pairs.read() as session:
        assert overlap_report(session, as_of=TODAY)["note"].startswith(
            "Historikken for par og saker begynner ved neste"
        )


def test_what_a_report_cannot_be_narrowed_to_is_refused_not_ignored(site: Site, pairs: Database) -> None:
    with pairs.read() as session:
        for name, option in (
            ("small-subjects", {"region": "west"}),
            ("coverage", {"provider": "0238"}),
            ("at-risk", {"owner": "4601"}),
            ("duplicates", {"within_reach": True}),
            ("low-trend", {"term": "2026H"}),
        ):
            with pytest.raises(InvalidInput, match="kan ikke avgrenses til"):
                build(session, name, Filters(as_of=TODAY, **option))
        assert build(session, "low-trend", Filters(as_of=TODAY, term="all"))["offers"] == []
    page = site.visitor().page("/nb/rapporter/small-subjects?region=west")
    assert "Denne rapporten kan ikke avgrenses til én region." in page.find("main").get_text()
    assert not page.find("select", {"name": "region"})


def test_duplicates_and_events_of_a_region(pairs: Database) -> None:
    with pairs.read() as session:
        everywhere = duplicate_report(session, as_of=TODAY)["pairs"]
        assert len(everywhere) == 1
        found = {
            region: len(duplicate_report(session, as_of=TODAY, region=region)["pairs"])
            for region in ("east", "west", "north")
        }
        assert sorted(found.values()) == [0, 0, 1]
        told = {
            region: {
                one["offer"]["key"]
                for one in lifecycle_report(session, as_of=date(2027, 2, 1), term="all", region=region)["events"]
            }
            for region in ("east", "west", "north")
        }
        every = {one["offer"]["key"] for one in lifecycle_report(session, as_of=date(2027, 2, 1), term="all")["events"]}
        assert set.union(*told.values()) == every
        assert all(one != every for one in told.values())


def test_coverage_for_a_target_group(pairs: Database) -> None:
    with pairs.write() as session:
        offer = session.exec(select(Run.offer_id).order_by(Run.id)).first()  # type: ignore[arg-type]  # SQLModel types a column as its value
        session.add(OfferTarget(offer_id=offer or 0, setting="kindergarten"))
    with pairs.read() as session:
        content = json.loads(render(session, "coverage", term="2027V", target="kindergarten"))
        assert sum(row["total"] for row in content["subjects"]) == 1
        with pytest.raises(NotFound, match="målgruppe"):
            coverage_report(session, as_of=TODAY, target="finnes-ikke")


def test_the_default_term_is_the_newest_of_the_day(database: Database) -> None:
    with database.write() as session:
        offer = add_offer(session, "1110", "Kinesisk")
        for term, made in (("2026V", 2025), ("2026H", 2026), ("2027V", 2026)):
            moment = datetime(made, 10, 1, tzinfo=UTC)
            add_run(session, offer, term).created_at = moment
    with database.read() as session:
        days = (TODAY, date(2026, 9, 1), date(2024, 3, 1))
        assert [newest_term(session, day) for day in days] == ["2027V", "2026V", "2024V"]
        assert coverage_report(session, as_of=date(2026, 9, 1))["term"] == "2026V"
        empty = coverage_report(session, as_of=date(2019, 1, 1))
        assert (empty["term"], sum(row["total"] for row in empty["subjects"])) == ("2019V", 0)


def test_one_run_put_off_does_not_empty_the_reports_of_the_country(pairs: Database) -> None:
    """What one institution puts off, to next term or for years, says nothing of what the country is asked about now."""
    robot, at = system("postpone"), datetime(2026, 11, 20, tzinfo=UTC)
    with pairs.read() as session:
        before = [report(session, as_of=TODAY) for report in (overlap_report, lifecycle_report, coverage_report)]
        assert before[0]["pairs"]
    with pairs.write() as session:
        first, second = session.exec(select(Run).where(Run.term == "2027V").limit(2)).all()
        mark_postponed(session, robot, first, "2027H", "few_applicants", None, at)
        mark_postponed(session, robot, second, "2029V", "few_applicants", None, at)
    with pairs.read() as session:
        for day in (TODAY, date(2027, 2, 1)):
            assert newest_term(session, day) == "2027V"
        after = [report(session, as_of=TODAY) for report in (overlap_report, lifecycle_report, coverage_report)]
        assert [one["term"] for one in after] == ["2027V"] * 3
        assert after[0]["pairs"] == before[0]["pairs"]


def test_a_registry_of_terms_far_off_is_asked_about_the_first_of_them(database: Database) -> None:
    with database.write() as session:
        offer = add_offer(session, "1110", "Kinesisk")
        for term in ("2029H", "2029V"):
            add_run(session, offer, term)
    with database.read() as session:
        assert newest_term(session, TODAY) == "2029V"
