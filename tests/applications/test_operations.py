"""Applying, endorsing, deciding, answering, attending: what each verb does and refuses."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.access.policy import ANYONE, Actor
from registry.applications import operations, policy
from registry.applications.models import Application
from registry.applications.states import Answer, Attendance, Decision, Endorsement, Standing
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import Conflict, IllegalTransition, InvalidInput, NeedsReason, NotAllowed, NotFound, Refused
from registry.core.events import OutboxRow
from registry.offers.states import RunState
from tests.applications import making

OFFERED = {"decision": "offered", "answer": "offered"}
ACCEPTED = {"decision": "offered", "answer": "accepted", "attendance": "accepted"}


def offered(**more: Any) -> dict[str, Any]:
    return {**OFFERED, "answer_by": clock.today(), **more}


# Applying


def test_applying_puts_you_in_line_and_tells_the_log_no_name(database: Database) -> None:
    with database.write() as session:
        run, owner = making.run(session), making.cast(session).organisations[making.OWNER]
        me = making.applicant(session, "k1:me")
        made = operations.submit(session, me, run, "k1:me", owner_id=owner, priority=2)
        assert (made.endorsement, made.decision, made.standing) == ("pending", "received", "open")
        pk = made.pk
    with database.read() as session:
        [line] = session.exec(select(AuditEntry).where(AuditEntry.thing == "application")).all()
        assert (line.thing_id, line.life, line.event, line.to_state) == (pk, "standing", "submit", "open")
        assert "k1:me" not in line.model_dump_json()
        assert [row.key for row in session.exec(select(OutboxRow))] == [str(pk)]


def test_the_same_key_answers_with_the_same_application(database: Database) -> None:
    with database.write() as session:
        run, other, me = making.run(session), making.run(session), making.applicant(session, "k1:me")
        first = operations.submit(session, me, run, "k1:me", idempotency_key="a")
        assert operations.submit(session, me, run, "k1:me", idempotency_key="a") is first
        with pytest.raises(Conflict):
            operations.submit(session, me, other, "k1:me", idempotency_key="a")
        with pytest.raises(Conflict):
            operations.submit(session, me, run, "k1:me", idempotency_key="b")
        assert first.endorsement is Endorsement.NOT_NEEDED


@pytest.mark.parametrize(
    ("run_given", "given", "fault"),
    [
        ({"state": "closed"}, {}, Refused),
        ({"application_closes_on": making.yesterday()}, {}, Refused),
        ({}, {"priority": 0}, InvalidInput),
        ({}, {"owner_id": -1}, InvalidInput),
    ],
)
def test_applications_that_cannot_be(
    database: Database, run_given: dict[str, Any], given: dict[str, Any], fault: type[Exception]
) -> None:
    with pytest.raises(fault), database.write() as session:
        operations.submit(session, making.cast(session).system, making.run(session, **run_given), "k1:me", **given)


def test_nobody_applies_for_somebody_else(database: Database) -> None:
    with database.write() as session:
        run, other = making.run(session), making.applicant(session, "k1:other")
        for actor in (other, ANYONE, making.cast(session).provider):
            with pytest.raises(NotAllowed):
                operations.submit(session, actor, run, "k1:me")


def test_an_application_that_is_not_there(database: Database) -> None:
    with pytest.raises(NotFound), database.read() as session:
        operations.get_application(session, 0)


# The employer


def test_only_the_own_owner_endorses(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), making.run(session)
        made = making.application(session, run, owner_id=cast.organisations[making.OWNER], endorsement="pending")
        for actor in (cast.other_owner, cast.office, cast.provider):
            with pytest.raises(NotAllowed):
                operations.endorse(session, actor, made)
        operations.endorse(session, cast.owner, made)
        assert made.endorsement is Endorsement.ENDORSED
        with pytest.raises(InvalidInput):
            operations.decline_endorsement(session, cast.owner, made, "because")
        operations.decline_endorsement(session, cast.owner, made, "no_budget")
        session.flush()
        assert (made.endorsement, made.endorsement_reason) == (Endorsement.DECLINED, "no_budget")


def test_the_owner_ranks_its_own(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), making.run(session)
        owner = cast.organisations[making.OWNER]
        a, b, c = (making.application(session, run, owner_id=owner) for _ in range(3))
        foreign = making.application(session, run, owner_id=cast.organisations[making.OTHER_OWNER])
        operations.rank(session, cast.owner, run, owner, [b.pk, a.pk])
        assert (a.owner_rank, b.owner_rank, c.owner_rank, foreign.owner_rank) == (2, 1, None, None)
        operations.rank(session, cast.owner, run, owner, [b.pk])
        assert (a.owner_rank, b.owner_rank, b.version) == (None, 1, 2)
        for wrong in ([foreign.pk], [a.pk, a.pk]):
            with pytest.raises(InvalidInput):
                operations.rank(session, cast.owner, run, owner, wrong)
        with pytest.raises(NotAllowed):
            operations.rank(session, cast.other_owner, run, owner, [a.pk])


# Deciding


def test_places_are_never_given_twice(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), making.run(session, places=1, state="closed")
        a, b, c = (making.application(session, run) for _ in range(3))
        making.application(session, run, **ACCEPTED, standing="displaced", displaced_at=clock.now())
        with pytest.raises(NotAllowed):
            operations.offer_place(session, cast.other_office, a)
        operations.offer_place(session, cast.office, a, answer_days=7)
        assert a.answer_by == clock.today() + timedelta(days=7)
        with pytest.raises(Refused):
            operations.offer_place(session, cast.office, b)
        operations.offer_place(session, cast.office, b, overbooking=1)
        with pytest.raises(Refused):
            operations.offer_place(session, cast.office, c, overbooking=1)
        assert operations.free_places(session, run) == -1
        for wrong in ({"answer_days": 0}, {"overbooking": -1}):
            with pytest.raises(InvalidInput):
                operations.offer_place(session, cast.office, c, **wrong)
        assert operations.free_places(session, making.run(session, places=None)) is None


def test_what_the_owner_does_not_support_gets_no_place(database: Database) -> None:
    with pytest.raises(Refused), database.write() as session:
        made = making.application(session, making.run(session), endorsement="declined", endorsement_reason="no_budget")
        operations.offer_place(session, making.cast(session).office, made)


def test_the_waitlist_moves_in_order(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), making.run(session, places=2, state="closed")
        now = clock.now()
        late, early, ranked, last = (
            making.application(session, run, applied_at=now - timedelta(days=age), owner_rank=rank)
            for age, rank in ((1, None), (3, None), (0, 1), (0, None))
        )
        for made in (late, early, ranked, last):
            operations.waitlist(session, cast.office, made)
        assert [made.pk for made in operations.waiting_line(session, run)] == [ranked.pk, early.pk, late.pk, last.pk]
        with pytest.raises(NotAllowed):
            operations.promote(session, cast.other_office, run)
        assert [made.pk for made in operations.promote(session, cast.office, run)] == [ranked.pk, early.pk]
        assert (ranked.decision, late.decision) == (Decision.OFFERED, Decision.WAITLISTED)
        assert operations.promote(session, cast.office, run) == []
        run.places = None
        session.flush()
        assert len(operations.promote(session, cast.office, run)) == 2


def test_a_rejection_has_a_reason(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), making.run(session)
        made = making.application(session, run)
        with pytest.raises(NeedsReason):
            operations.reject(session, cast.office, made, "")
        with pytest.raises(InvalidInput):
            operations.reject(session, cast.office, made, "ugly")
        operations.reject(session, cast.office, made, "not_qualified")
        session.flush()
        assert (made.decision, made.reject_reason) == (Decision.REJECTED, "not_qualified")


@pytest.mark.parametrize("state", [RunState.PLANNED, RunState.COMPLETED])
def test_decisions_wait_for_their_time(database: Database, state: RunState) -> None:
    with pytest.raises(Refused), database.write() as session:
        operations.waitlist(
            session, making.cast(session).office, making.application(session, making.run(session, state=state))
        )


@pytest.mark.parametrize(
    "gone",
    [
        {"standing": "withdrawn", "withdraw_reason": "personal", "withdrawn_at": clock.now()},
        {"standing": "displaced", "displaced_at": clock.now()},
    ],
)
def test_who_is_gone_is_not_decided_on(database: Database, gone: dict[str, Any]) -> None:
    with database.write() as session:
        cast, made = making.cast(session), making.application(session, making.run(session), **gone)
        for verb in (
            operations.offer_place,
            operations.waitlist,
            operations.endorse,
            operations.accept,
            operations.lapse,
        ):
            with pytest.raises(Refused):
                verb(session, cast.system, made)


# Answering


def mine(session: Session, **given: Any) -> tuple[Application, Actor]:
    made = making.application(session, making.run(session), applicant_key="k1:me", **given)
    return made, making.applicant(session, "k1:me")


def test_accepting_and_declining_are_the_applicants_own(database: Database) -> None:
    with database.write() as session:
        made, me = mine(session, **offered())
        other = making.applicant(session, "k1:other")
        for actor in (other, making.cast(session).office):
            with pytest.raises(NotAllowed):
                operations.accept(session, actor, made)
        assert operations.accept(session, me, made) == []
        assert (made.answer, made.attendance) == (Answer.ACCEPTED, Attendance.ACCEPTED)
        with pytest.raises(IllegalTransition):
            operations.decline(session, me, made)
        second = making.application(session, making.run(session), applicant_key="k1:me", **offered())
        with pytest.raises(InvalidInput):
            operations.decline(session, me, second, "no")
        operations.decline(session, me, second, "workload")
        assert second.answer is Answer.DECLINED


def test_an_answer_after_the_deadline_is_refused_and_lapses(database: Database) -> None:
    with database.write() as session:
        made, me = mine(session, **offered(answer_by=making.yesterday()))
        in_time = making.application(session, making.run(session), **offered())
        system = making.cast(session).system
        with pytest.raises(Refused):
            operations.accept(session, me, made)
        with pytest.raises(Refused):
            operations.lapse(session, system, in_time)
        operations.lapse(session, system, made)
        assert (made.answer, in_time.answer) == (Answer.LAPSED, Answer.OFFERED)


def test_what_is_given_up_for_a_place_is_withdrawn(database: Database) -> None:
    with database.write() as session:
        made, me = mine(session, **offered())
        same, later, others = (
            making.application(session, making.run(session, term=term), applicant_key=key)
            for term, key in (("2027V", "k1:me"), ("2027H", "k1:me"), ("2027V", "k1:other"))
        )
        for foreign in (later, others):
            with pytest.raises(InvalidInput):
                operations.accept(session, me, made, giving_up=[foreign.pk])
        assert [one.pk for one in operations.accept(session, me, made, giving_up=[same.pk])] == [same.pk]
        assert (same.standing, same.withdraw_reason) == (Standing.WITHDRAWN, "commitment_rule")
        assert (later.standing, others.standing, made.standing) == (Standing.OPEN,) * 3


def test_leaving_before_the_course_begins(database: Database) -> None:
    with database.write() as session:
        made, me = mine(session)
        for reason, fault in (("", NeedsReason), ("other", NeedsReason), ("rain", InvalidInput)):
            with pytest.raises(fault):
                operations.withdraw(session, me, made, reason)
        operations.withdraw(session, me, made, "other", "Flytter")
        assert (made.standing, made.withdraw_reason) == (Standing.WITHDRAWN, "other")
        with pytest.raises(IllegalTransition):
            operations.withdraw(session, me, made, "personal")
        begun = making.application(
            session, making.run(session), applicant_key="k1:me", **{**ACCEPTED, "attendance": "started"}
        )
        with pytest.raises(Refused):
            operations.withdraw(session, me, begun, "personal")


# Attending


def test_attendance_and_results_for_many(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), making.run(session, state="running")
        a, b, c = (making.application(session, run, **ACCEPTED) for _ in range(3))
        foreign = making.application(session, making.run(session), **ACCEPTED)
        with pytest.raises(InvalidInput):
            operations.report_attendance(session, cast.provider, run, "complete", [a.pk])
        with pytest.raises(InvalidInput):
            operations.report_attendance(session, cast.provider, run, "start", [a.pk, foreign.pk])
        with pytest.raises(InvalidInput):
            tomorrow = clock.today() + timedelta(days=1)
            operations.report_attendance(session, cast.provider, run, "start", [a.pk], on=tomorrow)
        with pytest.raises(NotAllowed):
            operations.report_attendance(session, cast.other_provider, run, "start", [a.pk])
        assert (
            operations.report_attendance(session, cast.provider, run, "start", [a.pk, b.pk], on=making.yesterday()) == 2
        )
        assert operations.report_attendance(session, cast.office, run, "miss", [c.pk]) == 1
        with pytest.raises(InvalidInput):
            operations.report_result(session, cast.provider, run, "start", [a.pk])
        with pytest.raises(InvalidInput):
            operations.report_result(
                session, cast.provider, run, "complete", [a.pk], credits_by_id={a.pk: Decimal(301)}
            )
        earned = {a.pk: Decimal("7.5")}
        assert operations.report_result(session, cast.provider, run, "complete", [a.pk], credits_by_id=earned) == 1
        assert operations.report_result(session, cast.provider, run, "drop_out", [b.pk], reason_code="illness") == 1
        assert (a.attendance, a.result_credits, a.result_on) == (Attendance.COMPLETED, Decimal("7.5"), clock.today())
        assert (b.attendance, c.attendance) == (Attendance.DROPPED_OUT, Attendance.NO_SHOW)


# Whose


def test_whose_an_application_is(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        owner = cast.organisations[making.OWNER]
        made, me = mine(session, owner_id=owner)
        scope = policy.scope_of(session, made)
        assert (scope.organisations, scope.owners) == ({cast.organisations[making.INSTITUTION]}, {owner})
        assert scope.person == me.person
        alone = making.application(session, making.run(session))
        assert policy.scope_of(session, alone).person is None
        assert policy.on_behalf_of(cast.provider).name == cast.provider.name
