"""Detection on a small country: what is found, what is not, and that doing it again changes nothing."""

from datetime import date

import pytest
from sqlmodel import Session, SQLModel, select

from registry.access.policy import system
from registry.coordination.models import Case, CaseMember, Pair, RiskAssessment, SubjectStatus
from registry.coordination.operations import DetectionResult, detect, is_stale
from registry.coordination.queries import at_risk_report, duplicate_report, overlap_report, small_subject_report
from registry.coordination.states import CaseState, PairKind
from registry.core import audit, clock
from registry.core.db import Database
from registry.core.errors import InvalidInput
from registry.offers.models import Offer
from registry.offers.operations import mark_cancelled
from registry.offers.states import Delivery, RunState
from tests.coordination.country import TODAY, add_offer, add_run, add_taught

ROBOT = system("detect")


def run(database: Database, day: date = TODAY, term: str | None = None) -> DetectionResult:
    return detect(database, ROBOT, today=day, term=term)


def rows(session: Session, model: type[SQLModel]) -> list[dict[str, object]]:
    return sorted((row.model_dump() for row in session.exec(select(model))), key=str)


def titles(database: Database, **options: object) -> list[tuple[str, str]]:
    with database.read() as session:
        report = overlap_report(session, as_of=TODAY, **options)
    return [(pair["a"]["title"], pair["b"]["title"]) for pair in report["pairs"]]


@pytest.fixture
def english(database: Database) -> Database:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn")
        add_taught(session, "1160", "Engelsk 1, trinn 1-7")
        add_taught(session, "1171", "Engelsk 2 for 1.–7. trinn")
        add_taught(session, "1120", "Engelsk 1, 5.–10. trinn")
        add_taught(session, "1173", "Enkeltemner", is_container=True)
        add_taught(session, "1175", "Engelsk 1, 1.–7. trinn", terms_=("2025V",))
    run(database)
    return database


def test_it_finds_the_same_study_at_two_institutions_and_nothing_else(english: Database) -> None:
    assert titles(english, term="all") == [("Engelsk 1, 1.–7. trinn", "Engelsk 1, trinn 1-7")]


def test_a_second_detection_changes_no_row(english: Database) -> None:
    tables = (Pair, Case, CaseMember, SubjectStatus, RiskAssessment)
    with english.read() as session:
        before = [rows(session, model) for model in tables]
    again = run(english)
    with english.read() as session:
        assert [rows(session, model) for model in tables] == before
        assert not is_stale(session)
    assert (again.changes["new"], again.changes["changed"], again.changes["gone"]) == (0, 0, 0)


def test_a_pair_that_is_gone_is_dated_and_keeps_its_id(english: Database) -> None:
    with english.write() as session:
        pair = session.exec(select(Pair)).one()
        offer = session.get_one(Offer, pair.b_offer_id)
        offer.title, before = "Kroppsøving 1, trinn 1-7", offer.title
    later = date(2026, 12, 1)
    run(english, later)
    with english.write() as session:
        gone = session.exec(select(Pair).where(Pair.kind == PairKind.OVERLAP)).one()
        assert (gone.id, gone.gone_on) == (pair.id, later)
        assert session.exec(select(Case)).one().state is CaseState.CLOSED
        session.get_one(Offer, pair.b_offer_id).title = before
    with english.read() as session:
        assert len(overlap_report(session, as_of=TODAY)["pairs"]) == 1
        assert overlap_report(session, as_of=later)["pairs"] == []
    run(english, later)
    with english.read() as session:
        back = session.exec(select(Pair).where(Pair.kind == PairKind.OVERLAP)).one()
        assert (back.id, back.gone_on) == (pair.id, None)
        assert session.exec(select(Case)).one().state is CaseState.REOPENED


def test_partners_of_a_joint_offer_do_not_overlap_with_it(database: Database) -> None:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn", "1160")
        add_taught(session, "1160", "Engelsk 1, 1.–7. trinn")
    run(database)
    assert titles(database, term="all") == []


def test_a_cancelled_run_is_no_common_term(database: Database) -> None:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn")
        offer = add_taught(session, "1160", "Engelsk 1, 1.–7. trinn", terms_=("2025V",))
        add_run(session, offer, "2027V", state=RunState.CANCELLED)
    run(database)
    assert titles(database, term="all") == []


def test_the_same_offer_keyed_twice_is_a_duplicate_and_not_an_overlap(database: Database) -> None:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn", code="ENG1")
        add_taught(session, "0238", "ENGELSK 1, 1.-7. TRINN", code="ENG1-B")
    result = run(database)
    assert titles(database, term="all") == []
    with database.read() as session:
        assert len(duplicate_report(session, as_of=TODAY)["pairs"]) == 1
    assert result.kinds["duplicate_possible"] + result.kinds.get("duplicate_strong", 0) == 1


def test_unknown_application_is_no_risk_and_few_applicants_are(database: Database) -> None:
    with database.write() as session:
        full = add_offer(session, "0238", "Engelsk 1, 1.–7. trinn")
        add_run(session, full, "2027V", applicants=30, minimum=10)
        few = add_offer(session, "0238", "Norsk 1, 1.–7. trinn")
        low = add_run(session, few, "2027V", applicants=1, minimum=15, application_closes_on=TODAY)
        add_run(session, add_offer(session, "1160", "Matematikk 1, 1.–7. trinn"), "2027V")
    result = run(database)
    with database.read() as session:
        found = at_risk_report(session, as_of=TODAY)["runs"]
    assert [one["run"] for one in found] == [low.key]
    assert found[0]["reasons"][0] == "1 har søkt, 15 trengs."
    assert result.kinds["runs_judged"] == 2


def test_a_run_leaves_the_board_the_day_it_is_cancelled(database: Database) -> None:
    with database.write() as session:
        offer = add_offer(session, "0238", "Norsk 1, 1.–7. trinn")
        low = add_run(session, offer, "2027V", applicants=1, minimum=15, application_closes_on=TODAY)
    run(database)
    with database.write() as session:
        mark_cancelled(session, ROBOT, session.merge(low), "few_applicants", None, clock.now())
    with database.read() as session:
        assert at_risk_report(session, as_of=TODAY)["runs"] == []


def test_a_subject_at_one_institution_is_small_and_only_online_covers_it(database: Database) -> None:
    with database.write() as session:
        offer = add_offer(session, "1120", "Kinesisk", subject_code="kinesisk")
        add_run(session, offer, "2026H", delivery=Delivery.CAMPUS)
        for provider in ("0238", "1160"):
            add_taught(session, provider, "Engelsk 1, 1.–7. trinn", terms_=("2026H",), subject_code="engelsk")
    run(database)
    with database.read() as session:
        found = {row["code"]: row for row in small_subject_report(session, as_of=TODAY)["subjects"]}
    assert (found["kinesisk"]["small"], found["kinesisk"]["covered"], found["kinesisk"]["since"]) == (
        True,
        False,
        "2026-07-01",
    )
    assert not found["engelsk"]["small"]


def test_a_word_that_is_no_term_is_refused(database: Database) -> None:
    with pytest.raises(InvalidInput):
        run(database, term="høsten")


def test_it_is_stale_before_the_first_detection_and_the_day_after(english: Database) -> None:
    import time_machine

    with english.read() as session:
        assert not is_stale(session)
        with time_machine.travel(date(2026, 11, 24), tick=False):
            assert is_stale(session)


def test_the_result_is_told_in_words_and_in_json(english: Database) -> None:
    result = run(english)
    assert result.to_json()["kinds"]["overlap_strong"] == 1
    assert "Overlapp: 1 sterke" in result.summary()


def test_a_detection_of_one_term_leaves_the_other_terms_stale(english: Database) -> None:
    with english.write() as session:
        audit.record(session, actor="test", thing="run", thing_id=1, event="edit")
    run(english, term="2027V")
    with english.read() as session:
        assert is_stale(session)
    run(english)
    with english.read() as session:
        assert not is_stale(session)
