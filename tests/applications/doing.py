"""How each event of the lives is brought about: the operation that a person or a job would use, by life and event."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from registry.access.policy import Actor
from registry.applications import operations
from registry.applications.models import Application
from registry.applications.operations import Why
from registry.applications.states import (
    ANSWER,
    ATTENDANCE,
    DECISION,
    ENDORSEMENT,
    STANDING,
    Answer,
    Attendance,
    Decision,
    RejectReason,
    Standing,
)
from registry.core import clock
from registry.core.transitions import Life
from registry.offers.models import Run

Doer = Callable[[Session, Actor, int, Application], object]  #: (session, who, run, application)


def _correct(to: Any) -> Doer:
    def act(session: Session, actor: Actor, _run_id: int, one: Application) -> None:
        reason = RejectReason.LATE if to is Decision.REJECTED else None
        operations.correct(session, actor, one, to, _why(session), reject_reason=reason)

    return act


def _why(session: Session) -> Why:
    code = session.scalar(text("SELECT code FROM reason WHERE life = 'correction' ORDER BY needs_text, code"))
    return Why(str(code), "skrevet feil")


def _late(session: Session, actor: Actor, _run_id: int, one: Application) -> None:
    """The deadline passes, then the place lapses."""
    session.execute(
        text("UPDATE application SET answer_by = :day WHERE id = :pk"),
        {"day": clock.today() - timedelta(days=1), "pk": one.pk},
    )
    session.refresh(one)
    operations.lapse(session, actor, one)


def _attend(event: str) -> Doer:
    def act(session: Session, actor: Actor, run_id: int, one: Application) -> None:
        run = session.get_one(Run, run_id)
        report = operations.report_attendance if event in ("start", "miss") else operations.report_result
        report(session, actor, run, event, [one.pk])

    return act


def cancel(session: Session, actor: Actor, run_id: int, _one: Application | None) -> None:
    run = session.get_one(Run, run_id)
    operations.cancel(session, actor, run, "funding", proposer=lambda *_: [])


def _decline_endorsement(session: Session, actor: Actor, _run_id: int, one: Application) -> None:
    code = session.scalar(text("SELECT code FROM reason WHERE life = 'endorsement_decline' ORDER BY needs_text, code"))
    operations.decline_endorsement(session, actor, one, str(code), "ikke i planen")


def _verb(name: str, *given: Any) -> Doer:
    return lambda session, actor, _run_id, one: getattr(operations, name)(session, actor, one, *given)


def _corrections(life: Life, states: Any) -> Iterator[tuple[tuple[str, str], Doer]]:
    for state in states:
        yield (life.name, f"correct_to_{state}"), _correct(state)


DOERS: dict[tuple[str, str], Doer] = {
    (ENDORSEMENT.name, "endorse"): _verb("endorse"),
    (ENDORSEMENT.name, "decline_endorsement"): _decline_endorsement,
    (DECISION.name, "offer"): _verb("offer_place"),
    (DECISION.name, "waitlist"): _verb("waitlist"),
    (DECISION.name, "reject"): _verb("reject", "no_places"),
    (ANSWER.name, "ask"): _verb("offer_place"),
    (ANSWER.name, "accept"): _verb("accept"),
    (ANSWER.name, "decline"): _verb("decline"),
    (ANSWER.name, "lapse"): _late,
    (ANSWER.name, "correct_to_none"): _correct(Decision.WAITLISTED),  # the answer follows the decision
    (ATTENDANCE.name, "correct_to_none"): _correct(Answer.DECLINED),  # and attendance follows the answer
    (ATTENDANCE.name, "enrol"): _verb("accept"),
    (STANDING.name, "withdraw"): _verb("withdraw", "personal"),
    (STANDING.name, "displace"): cancel,
    **{
        (ATTENDANCE.name, event): _attend(event) for event in ("start", "miss", "complete", "fail", "drop_out", "defer")
    },
    **dict(_corrections(DECISION, Decision)),
    **dict(_corrections(ANSWER, [state for state in Answer if state is not Answer.NONE])),
    **dict(_corrections(ATTENDANCE, [state for state in Attendance if state is not Attendance.NONE])),
    **dict(_corrections(STANDING, [Standing.OPEN])),
}
