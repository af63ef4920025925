"""A place that comes back goes to who is next, in the transaction that freed it; a deadline that passes frees it by itself."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from registry.access.policy import system
from registry.applications import operations
from registry.applications.models import Application
from registry.applications.operations import answering, lapsing
from registry.applications.states import Answer, Decision
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.intake.operations import correct_value
from registry.offers.models import Run
from registry.rules.models import Rule
from tests.applications import making

ACCEPTED = {"decision": "offered", "answer": "accepted", "attendance": "accepted"}
US = system("test")


def offered(**more: Any) -> dict[str, Any]:
    return {"decision": "offered", "answer": "offered", "answer_by": clock.today(), **more}


def full_run(session: Session, **given: Any) -> tuple[Run, Application, list[Application]]:
    """One place, held; three wait: the second has applied first, the third is ranked by the owner."""
    run = making.run(session, **{"places": 1, "state": "closed", **given})
    holder = making.application(session, run, applicant_key="k1:me", **offered())
    now = clock.now()
    waiting = [
        making.application(session, run, decision="waitlisted", applied_at=now - timedelta(days=age), owner_rank=rank)
        for age, rank in ((1, None), (9, None), (0, 2))
    ]
    return run, holder, waiting


@pytest.mark.parametrize("verb", ["decline", "withdraw", "lapse"])
def test_a_place_that_comes_back_goes_to_who_is_next(database: Database, verb: str) -> None:
    with database.write() as session:
        _run, holder, (late, early, ranked) = full_run(session)
        me = making.applicant(session, "k1:me")
        match verb:
            case "decline":
                operations.decline(session, me, holder)
            case "withdraw":
                operations.withdraw(session, me, holder, "personal")
            case "lapse":
                holder.answer_by = making.yesterday()
                session.flush()
                operations.lapse(session, US, holder)
        assert (ranked.decision, ranked.answer) == (Decision.OFFERED, Answer.OFFERED)
        assert ranked.answer_by == clock.today() + timedelta(days=14)
        assert (late.decision, early.decision) == (Decision.WAITLISTED, Decision.WAITLISTED)
        given = ranked.pk
    with database.read() as session:
        [line] = session.exec(select(AuditEntry).where(AuditEntry.thing_id == given, AuditEntry.event == "offer")).all()
        assert (line.actor, line.details) == ("system:waitlist", {"automatic": True})


def test_who_waits_without_the_owners_support_is_passed_by(database: Database) -> None:
    with database.write() as session:
        _run, holder, (late, early, ranked) = full_run(session)
        ranked.endorsement, ranked.endorsement_reason = "declined", "no_budget"
        session.flush()
        operations.decline(session, making.applicant(session, "k1:me"), holder)
        assert [one.decision for one in (late, early, ranked)] == ["waitlisted", "offered", "waitlisted"]


def test_a_withdrawal_that_frees_no_place_gives_none(database: Database) -> None:
    with database.write() as session:
        run, _holder, waiting = full_run(session)
        mine = making.application(session, run, applicant_key="k1:mine")
        operations.withdraw(session, making.applicant(session, "k1:mine"), mine, "personal")
        assert {one.decision for one in waiting} == {Decision.WAITLISTED}


def test_an_overbooked_run_gives_no_place_before_it_has_one(database: Database) -> None:
    with database.write() as session:
        run, holder, waiting = full_run(session)
        making.application(session, run, **ACCEPTED)
        operations.decline(session, making.applicant(session, "k1:me"), holder)
        assert {one.decision for one in waiting} == {Decision.WAITLISTED}


def test_when_the_course_has_begun_a_person_offers_the_place(database: Database) -> None:
    with database.write() as session:
        run, holder, waiting = full_run(session, state="running")
        operations.decline(session, making.applicant(session, "k1:me"), holder)
        assert {one.decision for one in waiting} == {Decision.WAITLISTED}
        assert len(operations.promote(session, making.cast(session).office, run)) == 1


def test_more_places_are_filled_in_order(database: Database) -> None:
    with database.write() as session:
        run, _holder, (late, early, ranked) = full_run(session)
        run.places = 4
        session.flush()
        assert [one.pk for one in operations.places_changed(session, run, 2, 4)] == [ranked.pk, early.pk]
        assert late.decision is Decision.WAITLISTED, "a place kept free before stays the office's own"
        for before, after in ((4, 4), (4, 3), (None, 9), (1, None)):
            assert operations.places_changed(session, run, before, after) == []


def test_the_days_to_answer_are_the_registers(database: Database) -> None:
    with database.write() as session:
        session.exec(select(Rule).where(Rule.code == "ANSWER_DAYS")).one().number = 5
        made = making.application(session, making.run(session, state="closed"))
        operations.offer_place(session, making.cast(session).office, made)
        assert made.answer_by == clock.today() + timedelta(days=5)


def test_overdue_answers_lapse_in_small_batches(database: Database) -> None:
    with database.write() as session:
        late = [
            making.application(session, making.run(session, state="closed"), **offered(answer_by=making.yesterday()))
            for _ in range(5)
        ]
        in_time = making.application(session, making.run(session), **offered())
        ids, other = [one.pk for one in late], in_time.pk
    done = operations.lapse_overdue(database, US, batch=2)
    assert (done.lapsed, done.failed) == (5, ())
    assert operations.lapse_overdue(database, US).lapsed == 0
    with database.read() as session:
        assert {session.get_one(Application, one).answer for one in ids} == {Answer.LAPSED}
        assert session.get_one(Application, other).answer is Answer.OFFERED


def test_one_that_cannot_lapse_stops_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with database.write() as session:
        _run, holder, waiting = full_run(session)
        holder.answer_by = making.yesterday()
        bad = making.application(session, making.run(session), **offered(answer_by=making.yesterday()))
        session.flush()
        good_id, bad_id, waiting_ids = holder.pk, bad.pk, [one.pk for one in waiting]

    def breaks(session: Session, actor: Any, application: Application) -> None:
        if application.pk == bad_id:
            raise RuntimeError("k1:secret must not be told")
        answering.lapse(session, actor, application)

    monkeypatch.setattr(lapsing, "lapse", breaks)
    done = operations.lapse_overdue(database, US)
    assert (done.lapsed, done.failed) == (1, (bad_id,))
    assert str(bad_id) in caplog.text
    with database.read() as session:
        assert session.get_one(Application, good_id).answer is Answer.LAPSED
        assert session.get_one(Application, bad_id).answer is Answer.OFFERED
        offered_now = select(Application.id).where(
            col(Application.id).in_(waiting_ids), Application.answer == Answer.OFFERED
        )
        assert len(session.exec(offered_now).all()) == 1
        lapses = select(AuditEntry.thing_id).where(AuditEntry.event == "lapse")
        assert session.exec(lapses).all() == [good_id]


def test_a_person_who_corrects_the_places_lets_who_waits_in(database: Database) -> None:
    with database.write() as session:
        run, _holder, (_late, _early, ranked) = full_run(session)
        run_id, ranked_id = run.pk, ranked.pk
    with database.write() as session:
        correct_value(session, US, "run", run_id, "places", 2)
    with database.read() as session:
        assert session.get_one(Application, ranked_id).decision is Decision.OFFERED
