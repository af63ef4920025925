"""A rule changes from a day to come; old dates are answered by what held then; what would change colour is told before."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.coordination.amounts import amount
from registry.coordination.models import RiskAssessment
from registry.coordination.operations import change_rule, detect, withdraw_version
from registry.coordination.operations.ruling import NewVersion, check_number
from registry.coordination.queries import overlap_report, small_subject_report
from registry.coordination.queries.desk.rules import history, holding, to_come
from registry.coordination.whatif import what_if
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import InvalidInput, NeedsReason, NotAllowed, NotFound, Refused, Stale
from registry.rules.models import Rule
from registry.rules.register import rules_on
from tests.coordination.country import TODAY, add_offer, add_run, add_taught
from tests.site import Site

DIRECTORATE = Actor("person:8", (Holding(Role.DIRECTORATE),), person=8)
COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)
NEW = NewVersion(
    number=0.6,
    valid_from=TODAY + timedelta(days=9),
    reason="For mange falske varsler",
    citation="Nettverksmøtet i november",
    text_nb="Et kull er utsatt fra 60 prosent.",
    text_nn="Eit kull er utsett frå 60 prosent.",
    seen=1,
)


def test_the_new_number_holds_from_its_day_and_the_past_stays(database: Database) -> None:
    with database.write() as session:
        before = rules_on(session, TODAY)["RISK_FLAG"]
        made = change_rule(session, DIRECTORATE, "RISK_FLAG", NEW)
        assert made.version == 2
    with database.read() as session:
        for day, number in ((TODAY, before), (NEW.valid_from - timedelta(days=1), before), (NEW.valid_from, 0.6)):
            assert rules_on(session, day)["RISK_FLAG"] == number
        entry = session.exec(select(AuditEntry).where(AuditEntry.thing == "rule")).one()
        assert (entry.reason_text, entry.actor) == ("For mange falske varsler", "person:8")


def test_a_new_rule_for_small_subjects_leaves_old_dates_as_they_were(database: Database) -> None:
    with database.write() as session:
        for provider in ("0238", "1160"):
            add_taught(session, provider, "Kinesisk", subject_code="kinesisk", terms_=("2025H", "2026H"))
    detect(database, system("detect"), today=TODAY)
    with database.write() as session:
        rule = session.exec(select(Rule).where(Rule.code == "SMALL_SUBJECT_INSTITUTIONS")).one()
        change_rule(session, DIRECTORATE, rule.code, replace(NEW, number=3, valid_from=TODAY))
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        told = [
            (row["small"], row["since"], row["rule"])
            for day in (date(2026, 3, 1), TODAY - timedelta(days=1), TODAY)
            for row in small_subject_report(session, as_of=day)["subjects"]
        ]
        logged = select(AuditEntry.event).where(AuditEntry.thing == "subject_status").order_by(col(AuditEntry.id))
        entered = session.exec(logged).all()
    assert told == [
        (False, "2025-07-01", "SMALL_SUBJECT_INSTITUTIONS v1"),
        (False, "2025-07-01", "SMALL_SUBJECT_INSTITUTIONS v1"),
        (True, TODAY.isoformat(), "SMALL_SUBJECT_INSTITUTIONS v2"),
    ]
    assert entered == ["listed", "reach_seen"]


def test_a_version_overtaken_before_its_day_never_held(database: Database) -> None:
    with database.write() as session:
        change_rule(session, DIRECTORATE, "RISK_FLAG", NEW)
        earlier = replace(NEW, number=0.7, valid_from=TODAY + timedelta(days=2), seen=2)
        change_rule(session, DIRECTORATE, "RISK_FLAG", earlier)
    with database.read() as session:
        versions = history(session, "RISK_FLAG")
        assert [(one.rule.version, one.never_held) for one in versions] == [(3, False), (2, True), (1, False)]
        for day in (earlier.valid_from, NEW.valid_from, date(2040, 1, 1)):
            assert rules_on(session, day)["RISK_FLAG"] == 0.7
        now = holding(versions, TODAY)
        assert now is not None
        assert now.version == 1
        assert holding(versions, date(2000, 1, 1)) is None


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"valid_from": TODAY - timedelta(days=1)}, InvalidInput),
        ({"number": 1.1}, InvalidInput),
        ({"number": -0.1}, InvalidInput),
        ({"number": float("nan")}, InvalidInput),
        ({"citation": " "}, InvalidInput),
        ({"text_nn": ""}, InvalidInput),
        ({"reason": " "}, NeedsReason),
        ({"seen": 2}, Stale),
    ],
)
def test_what_a_new_version_must_be(
    database: Database, wrong: Mapping[str, float | str | int | date], error: type[Exception]
) -> None:
    with database.write() as session:
        with pytest.raises(error):
            change_rule(session, DIRECTORATE, "RISK_FLAG", replace(NEW, **wrong))
        assert session.exec(select(Rule.version).where(Rule.code == "RISK_FLAG")).all() == [1]


def test_who_may_change_and_what_there_is_to_change(database: Database) -> None:
    with database.write() as session:
        with pytest.raises(NotAllowed):
            change_rule(session, COORDINATOR, "RISK_FLAG", NEW)
        with pytest.raises(NotFound):
            change_rule(session, DIRECTORATE, "NO_SUCH", NEW)
        weight = replace(NEW, number=-3)
        assert change_rule(session, DIRECTORATE, "OVL_W_BASE", weight).number == -3


def test_a_rule_that_only_holds_from_a_day_to_come_has_nothing_to_go_back_to(database: Database) -> None:
    with database.write() as session:
        rule = session.exec(select(Rule).where(Rule.code == "RISK_FLAG")).one()
        rule.valid_from = clock.today() + timedelta(days=10)
        session.flush()
        with pytest.raises(Refused, match="tidligere versjon"):
            withdraw_version(session, DIRECTORATE, "RISK_FLAG", 1, "Feil tall")


def test_a_version_to_come_is_taken_back_before_its_day(database: Database) -> None:
    with database.write() as session:
        before = rules_on(session, TODAY)["RISK_FLAG"]
        with pytest.raises(Refused, match="ikke gjelder ennå"):
            withdraw_version(session, DIRECTORATE, "RISK_FLAG", 1, "Ingen grunn")
        change_rule(session, DIRECTORATE, "RISK_FLAG", NEW)
        for who, seen, reason, error in (
            (COORDINATOR, 2, "Feil tall", NotAllowed),
            (DIRECTORATE, 1, "Feil tall", Stale),
            (DIRECTORATE, 2, " ", NeedsReason),
        ):
            with pytest.raises(error):
                withdraw_version(session, who, "RISK_FLAG", seen, reason)
        withdraw_version(session, DIRECTORATE, "RISK_FLAG", 2, "Feil tall")
        with pytest.raises(Refused):
            withdraw_version(session, DIRECTORATE, "RISK_FLAG", 3, "En gang til")
        with pytest.raises(Refused, match="prøves"):
            withdraw_version(session, DIRECTORATE, "COMMIT_ONE_PLACE", 1, "Prøves først")
    with database.read() as session:
        versions = history(session, "RISK_FLAG")
        for day in (TODAY, NEW.valid_from, NEW.valid_from + timedelta(days=400)):
            assert rules_on(session, day)["RISK_FLAG"] == before
        assert to_come(versions, TODAY) is None
        assert [(one.rule.version, one.never_held) for one in versions] == [(3, False), (2, True), (1, False)]
        assert versions[0].reason == "Feil tall"


def test_the_page_tells_of_what_is_to_come_and_lets_it_be_taken_back(site: Site) -> None:
    with site.database.write() as session:
        change_rule(session, DIRECTORATE, "RISK_FLAG", replace(NEW, valid_from=clock.today() + timedelta(days=9)))
    address, who = "/nb/samordning/regler/RISK_FLAG", site.signed_in(Role.DIRECTORATE)
    assert "Versjon 2 gjelder fra den dagen: 60\xa0% sannsynlig." in site.visitor().page(address).get_text()
    assert who.post(f"{address}/trekk", seen="2", reason="").status_code == 303
    assert "Versjon 2 gjelder fra den dagen" in who.page(address).get_text()
    assert who.post(f"{address}/trekk", seen="2", reason="Feil tall").status_code == 303
    assert "gjelder fra den dagen" not in who.page(address).get_text()
    assert site.signed_in(Role.COORDINATOR).post(f"{address}/trekk", seen="3", reason="Nei").status_code == 403


@pytest.mark.parametrize(
    ("code", "number", "cure"),
    [
        ("RISK_FLAG", "-1", "mellom 0 og 1"),
        ("RISK_FLAG", "2", "mellom 0 og 1"),
        ("RISK_FLAG", "abc", "Skriv et tall"),
        ("RISK_FLAG", "nan", "Skriv et tall"),
        ("LOW_OFFER_TREND", "1e9", "for stort"),
        ("LOW_OFFER_TREND", "-1", "null eller mer"),
    ],
)
def test_a_number_that_the_rule_cannot_have_is_not_tried(site: Site, code: str, number: str, cure: str) -> None:
    page = site.signed_in(Role.DIRECTORATE).page(f"/nb/samordning/regler/{code}?tall={number}")
    text = page.find("main").get_text()
    assert cure in text
    assert "får flagget" not in text
    assert page.find("input", attrs={"name": "tall"})["value"] == number


def test_every_rule_may_have_the_number_it_has(database: Database) -> None:
    with database.read() as session:
        for rule in session.exec(select(Rule)):
            check_number(rule.unit, rule.number)


def assessed(session: Session, probability: float) -> None:
    run = add_run(session, add_offer(session, "1110", f"Kurs {probability:.2f}"), "2027V", applicants=4)
    detection = session.exec(select(RiskAssessment.detection_id)).first() or 1
    session.add(
        RiskAssessment(
            run_id=run.pk,
            assessed_on=TODAY,
            assessed_at=clock.now(),
            applicants=4,
            minimum=10,
            minimum_is_default=True,
            probability=probability,
            low=0,
            high=1,
            expected_final=5,
            rule_code="RISK_FLAG",
            rule_version=1,
            detection_id=detection,
        )
    )
    session.flush()


def test_what_another_number_would_do(database: Database) -> None:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn", subject_code="engelsk")
        add_taught(session, "1160", "Engelsk 1, trinn 1-7", subject_code="engelsk")
        add_taught(session, "1110", "Kinesisk", subject_code="kinesisk", terms_=("2026H",))
    detect(database, system("detect"), today=TODAY)
    with database.write() as session:
        flag = rules_on(session, TODAY)["RISK_FLAG"]
        for probability in (flag - 0.05, flag + 0.05, 0.99):
            assessed(session, probability)
    with database.read() as session:
        higher, lower = (what_if(session, "RISK_FLAG", number, TODAY) for number in (flag + 0.1, flag - 0.1))
        assert higher is not None
        assert lower is not None
        assert [one.text for one in higher.off] == [f"Kurs {flag + 0.05:.2f}"]
        assert [one.text for one in lower.on] == [f"Kurs {flag - 0.05:.2f}"]
        minimum = what_if(session, "LOW_RUN_DEFAULT_MINIMUM", 3, TODAY)
        assert minimum is not None
        assert len(minimum.off) == 3
        small = what_if(session, "SMALL_SUBJECT_INSTITUTIONS", 0, TODAY)
        assert small is not None
        assert "Kinesisk" in [one.text for one in small.off]
        covered = what_if(session, "NATIONAL_GUARANTEE", 0, TODAY)
        assert covered is not None
        assert "Kinesisk" in [one.text for one in covered.off]
        strong = what_if(session, "OVL_STRONG", 0.99, TODAY)
        assert strong is not None
        assert len(strong.off) == 1
        assert what_if(session, "LOW_OFFER_TREND", 12, TODAY) is not None
        assert what_if(session, "OVL_W_NAME", 12, TODAY) is None
        same = what_if(session, "RISK_FLAG", flag, TODAY)
        assert same is not None
        assert (same.on, same.off) == ((), ())


def test_the_register_is_public_and_only_the_directorate_edits(site: Site) -> None:
    visitor = site.visitor()
    assert "Offentlige tall rundes av" in visitor.page("/nb/samordning/regler").get_text()
    assert "Offentlege tal" in visitor.page("/nn/samordning/regler/SMALL_CELL").get_text()
    assert not visitor.page("/nb/samordning/regler/RISK_FLAG?tall=0,4").select("#virkning")
    assert visitor.get("/nb/samordning/regler/NO_SUCH").status_code == 404
    assert visitor.get("/nb/samordning/regler?dato=tull").status_code == 400
    coordinator = site.signed_in(Role.COORDINATOR)
    page = coordinator.page("/nb/samordning/regler/RISK_FLAG?tall=0,4")
    assert page.select("#virkning")
    assert not page.select("form[method=post] textarea")


def test_the_directorate_writes_a_new_version(site: Site) -> None:
    who = site.signed_in(Role.DIRECTORATE)
    address = "/nb/samordning/regler/RISK_FLAG"
    fields = {
        "number": "0,6",
        "valid_from": "2026-12-01",
        "reason": "Prøve",
        "citation": "Vedtak",
        "text_nb": "Ny tekst",
        "text_nn": "Ny tekst på nynorsk",
        "seen": "1",
    }
    assert who.post(address, **{**fields, "reason": ""}).status_code == 400
    assert who.post(address, **{**fields, "valid_from": "2020-01-01"}).status_code == 400
    assert who.post(address, **fields).status_code == 303
    text = who.page(address).get_text()
    assert "Prøve" in text
    assert "fra 01.12.2026" in text  # it has not begun
    assert "Ny tekst" in who.page("/nb/samordning/regler?dato=2026-12-01").get_text()
    answer = who.post(address, **{**fields, "number": "0,7", "valid_from": "2026-12-08"})
    assert answer.status_code == 400, "somebody else has changed it since"
    page = who.parsed(answer)
    assert "Noen andre har endret regelen" in page.select_one(".ds-error-summary").get_text()
    assert not page.select(".ds-validation-message"), "no field of the form is wrong"
    assert page.find("input", attrs={"name": "number"})["value"] == "0,7"
    assert who.press(page, "Før den nye versjonen").status_code == 303, "having seen what holds"


def test_numbers_are_said_in_words_that_bend_and_foreign_sources_are_marked(site: Site) -> None:
    visitor = site.visitor()
    text = visitor.page("/nb/samordning/regler").get_text().replace("\xa0", " ")
    said = ("1 institusjon", "1 periode", "2 perioder", "80 % sannsynlig", "10 % av varslene", "fra klokken 7")
    for one in said:
        assert re.search(rf"\b{re.escape(one)}\s", text), one
    page = visitor.page("/nb/samordning/regler/SMALL_SUBJECT_INSTITUTIONS")
    assert [one.parent["lang"] for one in page.find_all(string=re.compile("Kleine Fächer"))] == ["en", "en"]
    assert page.find("dd").get_text(strip=True) == "1 institusjon"
    assert "Skriv 0,8 for 80" in site.signed_in(Role.DIRECTORATE).page("/nb/samordning/regler/RISK_FLAG").get_text()
    assert not visitor.page("/en/samordning/regler/SMALL_SUBJECT_INSTITUTIONS").select("dd [lang=en]")


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1, "institutions", "1 institusjon"),
        (0, "credits", "0 studiepoeng"),
        (1.5, "days", "1,5 dager"),
        (0.955, "probability", "95,5\xa0% sannsynlig"),
        (1, "0/1", "på"),
        (0.35, "score 0–1", "0,35"),
    ],
)
def test_an_amount_is_said_as_its_unit_is(site: Site, value: float, unit: str, said: str) -> None:
    with site.app.test_request_context("/nb/"):
        assert amount(value, unit) == said


def test_a_core_subject_is_exempted_from_a_day_and_the_past_stays(database: Database, site: Site) -> None:
    with database.write() as session:
        for subject, title in (("engelsk", "Engelsk 1, 1.–7. trinn"), ("matematikk", "Matematikk 1, 1.–7. trinn")):
            for provider in ("0238", "1160"):
                add_taught(session, provider, title, subject_code=subject)
    detect(database, system("detect"), today=TODAY)
    with database.write() as session:
        assert len(overlap_report(session, as_of=TODAY)["pairs"]) == 2
        possible = rules_on(session, TODAY)["OVL_POSSIBLE"]
        effect = what_if(session, "OVL_POSSIBLE", possible, TODAY, frozenset({"engelsk"}))
        assert effect is not None
        assert [one.text.split()[0] for one in effect.off] == ["Engelsk"]
        new = replace(NEW, number=possible, valid_from=TODAY, exceptions=frozenset({"engelsk"}))
        for wrong, code in ((new, "RISK_FLAG"), (replace(new, exceptions=frozenset({"finnes-ikke"})), "OVL_POSSIBLE")):
            with pytest.raises(InvalidInput):
                change_rule(session, DIRECTORATE, code, wrong)
    directorate = site.signed_in(Role.DIRECTORATE)
    tried = directorate.page("/nb/samordning/regler/OVL_POSSIBLE?unntak=engelsk").find(id="virkning").get_text()
    assert "1 mister flagget" in tried
    page = directorate.page("/nb/samordning/regler/OVL_POSSIBLE")
    saved = directorate.press(page, "Før den nye versjonen", exceptions="engelsk", reason="Kjernefag")
    assert saved.status_code == 303
    assert "Unntatt: Engelsk" in " ".join(directorate.page("/nb/samordning/regler/OVL_POSSIBLE").get_text().split())
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        assert rules_on(session, TODAY).exceptions["OVL_POSSIBLE"] == {"engelsk"}
        [pair] = overlap_report(session, as_of=TODAY)["pairs"]
        assert pair["a"]["subject"] == "matematikk"
        assert not rules_on(session, TODAY - timedelta(days=1)).exceptions["OVL_POSSIBLE"]
