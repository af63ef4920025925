"""The review of a planned offer: what it finds, what it advises, and whose figures it shows."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import Session

from registry.coordination.precheck import Planned, Review, find, review
from registry.coordination.precheck.planned import NONE, understand
from registry.coordination.precheck.timing import planned_terms
from registry.coordination.precheck.verdict import Kind
from registry.coordination.queries import coverage_report
from registry.coordination.queries.desk.coverage_cells import COLUMNS, covered
from registry.core.db import Database
from registry.offers.models import Offer, OfferTarget
from registry.offers.states import CancelReason, Delivery, RunState
from registry.rules.register import rules_on
from tests.coordination.country import TODAY, add_offer, add_run, add_taught, organisation

TITLE = "Engelsk 1, 1.–7. trinn"
HERE = {"region": "west", "terms": ("2027V",)}
BERGEN, STAVANGER, OSLO, TROMSO = "1120", "1160", "1175", "1130"


def reviewed(session: Session, *, exact: bool = True, **said: Any) -> Review:
    planned = Planned(**{"title": TITLE, **HERE, **said})
    return review(session, planned, rules_on(session, TODAY), TODAY, may_see=lambda _: exact, exact=exact)


def english(session: Session, provider: str, *terms: str, **values: Any) -> Offer:
    offer = add_taught(session, provider, TITLE, terms_=terms, subject_code="engelsk", **values)
    session.add(OfferTarget(offer_id=offer.pk, setting="primary_1_7"))
    return offer


@pytest.fixture
def country(database: Database) -> Database:
    """Two within reach of the west, one of them in spring alone; one in the east, one online, and one for other years."""
    with database.write() as session:
        english(session, BERGEN, "2026V", "2027V")
        english(session, STAVANGER, "2025H", "2026H")
        english(session, OSLO, "2027V")
        online = add_offer(session, TROMSO, "Engelsk 1 for 1.-7. trinn", subject_code="engelsk")
        add_run(session, online, "2026V", delivery=Delivery.ONLINE)
        add_taught(session, OSLO, "Engelsk 1, 5.–10. trinn", subject_code="engelsk")
    return database


def test_the_verdict_counts_who_is_near_and_comes_at_the_same_time(country: Database) -> None:
    with country.read() as session:
        found = reviewed(session)
    assert found.verdict.kind is Kind.OVERLAPS
    assert found.verdict.headline == "Tilbudet overlapper med 2 andre tilbud innen rekkevidde."
    assert "1 har alt kull i samme termin." in found.verdict.more
    assert "1 har ikke kull der ennå, men pleier å gå i det halvåret." in found.verdict.more
    assert [one.collides for one in found.overlaps] == [True, True, False, False]


def test_what_is_related_says_why_it_does_not_count(country: Database) -> None:
    with country.read() as session:
        found = reviewed(session)
    [other] = [one for one in found.related if found.cards[one.offer_id]["title"] == "Engelsk 1, 5.–10. trinn"]
    assert other.objections == ["Trinn er ulikt: 1.–7. og 5.–10."]


def test_evidence_is_what_the_engine_gives_a_real_pair(country: Database) -> None:
    with country.read() as session:
        [nearest, *_] = reviewed(session).overlaps
        assert "Begge gjelder Engelsk." in nearest.sentences
        assert nearest.sentences == [line.sentence for line in nearest.pair.evidence]


@pytest.mark.parametrize(
    "said", [{}, {"terms": ()}, {"delivery": Delivery.ONLINE}, {"municipality": "0301", "region": None}]
)
def test_every_change_leads_to_the_number_beside_it(country: Database, said: dict[str, Any]) -> None:
    """The numbers are worked out from neighbours at hand; asked for by their addresses they must be the same."""
    planned = Planned(**{"title": TITLE, **HERE, **said})
    with country.read() as session:
        rules = rules_on(session, TODAY)
        found = reviewed(session, **said)
        for change in found.changes:
            other = planned
            if "form" in change.asked:
                other = replace(planned, delivery=Delivery(str(change.asked["form"])))
            if "region" in change.asked:
                other = replace(planned, region=change.asked["region"], municipality=None)
            assert sum(one.collides for one in find(session, other, rules, TODAY)[1]) == change.remaining, change
        for choice in found.choices:
            other = replace(planned, terms=planned_terms(choice.term, 1))
            assert sum(one.collides for one in find(session, other, rules, TODAY)[1]) == choice.total, choice


def test_the_term_with_fewest_collisions_is_advised(country: Database) -> None:
    with country.read() as session:
        found = reviewed(session)
    totals = [one.total for one in found.choices]
    assert [one.term for one in found.choices] == ["2027V", "2027H", "2028V", "2028H"]
    assert totals == [2, 1, 2, 1]
    assert [one.term for one in found.choices if one.is_best] == ["2027H", "2028H"]
    assert found.advice is not None
    assert "høst 2027 og høst 2028" in found.advice


def test_nothing_alike_is_said_so(database: Database) -> None:
    with database.write() as session:
        english(session, BERGEN, "2027V")
    with database.read() as session:
        found = reviewed(session, title="Kvensk 1")
    assert found.verdict.kind is Kind.NOTHING
    assert found.advice is None


def test_own_offers_are_left_out_joint_ones_too(database: Database) -> None:
    with database.write() as session:
        add_taught(session, OSLO, TITLE, BERGEN, subject_code="engelsk")
        own = organisation(session, BERGEN).pk
    with database.read() as session:
        assert reviewed(session, provider_id=own).verdict.kind is Kind.NOTHING
        assert len(reviewed(session).overlaps) == 1


def test_a_collection_of_registrations_is_not_compared(country: Database) -> None:
    with country.read() as session:
        assert reviewed(session, title="Praktisk-pedagogisk utdanning").verdict.kind is Kind.NOT_COMPARED


def test_figures_of_others_are_rounded_and_cancelled_runs_told(database: Database) -> None:
    with database.write() as session:
        offer = add_offer(session, BERGEN, TITLE, subject_code="engelsk")
        add_run(session, offer, "2027V", applicants=7, minimum=12, places=20)
        add_run(session, offer, "2026H", state=RunState.CANCELLED, cancel_reason=CancelReason.NO_TEACHER)
        number = offer.pk
    with database.read() as session:
        seen, rounded = reviewed(session), reviewed(session, exact=False)
    assert [one.applicants for one in seen.sides[number].figures][-1] == 7
    assert [one.applicants for one in rounded.sides[number].figures][-1] == 5
    assert seen.rooms[number].left == 20
    [lost] = seen.lost[number]
    assert (lost.term, lost.reason) == ("2026H", "no_teacher")


def test_gaps_are_the_coverage_boards_own_cells(country: Database) -> None:
    with country.read() as session:
        for term in ("2026V", "2027V"):
            board = coverage_report(session, as_of=TODAY, term=term)
            [row] = [one for one in board["subjects"] if one["code"] == "engelsk"]
            [cells] = covered(session, ["engelsk"], [term])
            assert cells.cells == {column: row[column] for column in COLUMNS}
        found = reviewed(session, region="north")
    assert [(one.term, one.region) for one in found.gaps] == [
        ("2027V", "north"), ("2027H", None), ("2028V", None), ("2028H", None),
    ]  # fmt: skip


def test_a_target_group_narrows_the_cells_by_both_axes(database: Database) -> None:
    with database.write() as session:
        for provider, setting, role in (
            (BERGEN, "kindergarten", "leader"),
            (OSLO, None, "leader"),
            (TROMSO, "sfo", None),
        ):
            offer = add_taught(session, provider, f"Ledelse {provider}", subject_code="skoleledelse")
            session.add(OfferTarget(offer_id=offer.pk, setting=setting, role=role))
        add_taught(session, STAVANGER, "Ledelse", subject_code="skoleledelse")

    def total(**asked: Any) -> int:
        with database.read() as session:
            return covered(session, ["skoleledelse"], ["2027V"], **asked)[0].cells["total"]

    assert total() == 4
    assert total(settings=["kindergarten"]) == 1
    assert total(roles=["leader"]) == 2
    assert total(settings=["kindergarten"], roles=["leader"]) == 2  # the one for leaders anywhere is for them too


def test_the_name_is_read_and_what_is_said_goes_before(database: Database) -> None:
    with database.read() as session:
        read = understand(session, Planned("Engelsk 1, 1.–7. trinn, 15 studiepoeng"))
        said = understand(
            session,
            Planned(TITLE, school_years="5-10", step=NONE, credits=Decimal("7.5"), subject="norsk", settings=("sfo",)),
        )
    told = {one.field: (one.values, one.words) for one in read.told}
    assert told["subject"] == (("engelsk",), "Engelsk")
    assert told["school_years"][0] == ("1-7",)
    assert told["credits"][0] == ("15",)
    assert said.profile.school_years == (5, 10)
    assert (said.profile.step, said.profile.years_sure) == (None, 1.0)
    assert {one.field: one.values for one in said.told if one.words is None} == {
        "subject": ("norsk",), "school_years": ("5-10",), "step": (), "credits": ("7.5",), "level": (), "setting": ("sfo",),
        "role": (), "delivery": (),
    }  # fmt: skip


def test_without_a_place_the_institutions_own_are_taken(database: Database) -> None:
    with database.read() as session:
        own = organisation(session, BERGEN).pk
        assert understand(session, Planned(TITLE, provider_id=own)).profile.regions == {"west"}
        assert not understand(session, Planned(TITLE)).is_placed
        assert understand(session, Planned(TITLE, municipality="0301")).profile.counties == {"03"}


def test_the_likest_that_collide_stand_first(country: Database) -> None:
    with country.read() as session:
        found = reviewed(session).overlaps
    assert all(one.collides >= other.collides for one, other in pairwise(found))
