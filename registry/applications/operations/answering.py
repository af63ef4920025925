"""The applicant answers an offered place, or leaves."""

from sqlmodel import Session, col, select

from registry.access.policy import Actor
from registry.applications.models import Application
from registry.applications.operations.changing import change, must_be_open
from registry.applications.operations.submitting import get_application
from registry.applications.policy import on_behalf_of, scope_of
from registry.applications.states import ANSWER, ATTENDANCE, STANDING, Answer, Attendance, Standing
from registry.core import clock
from registry.core.errors import Refused
from registry.offers.models import Run
from registry.offers.operations import known_reason

_MAY_LEAVE = frozenset({Attendance.NONE, Attendance.ACCEPTED})


def accept(
    session: Session, actor: Actor, application: Application, *, withdraw_others: bool = False
) -> list[Application]:
    """Takes the place. With ``withdraw_others`` (the commitment rule) the person's other open applications in the same
    term are withdrawn; they are returned. Raises Refused after the deadline.
    """
    application = get_application(session, application.pk, lock=True)
    scope = scope_of(session, application)
    must_be_open(application)
    ANSWER.find("accept", application.answer)
    _in_time(application)
    with session.no_autoflush:
        change(session, actor, application, ANSWER, "accept", scope=scope)
        change(session, actor, application, ATTENDANCE, "enrol", scope=scope)
    session.flush()
    return _withdraw_others(session, actor, application) if withdraw_others else []


def decline(session: Session, actor: Actor, application: Application, reason_code: str | None = None) -> None:
    """Says no to the place. A reason is welcome, not required."""
    application = get_application(session, application.pk, lock=True)
    scope = scope_of(session, application)
    must_be_open(application)
    if reason_code:
        known_reason(session, "decline", reason_code, reason_code)
    change(session, actor, application, ANSWER, "decline", scope=scope, reason_code=reason_code)


def lapse(session: Session, actor: Actor, application: Application) -> None:
    """The deadline passed without an answer. Raises Refused before it has."""
    application = get_application(session, application.pk, lock=True)
    scope = scope_of(session, application)
    must_be_open(application)
    ANSWER.find("lapse", application.answer)
    if application.answer_by is not None and application.answer_by >= clock.today():
        raise Refused("Svarfristen er ikke ute.")
    change(session, actor, application, ANSWER, "lapse", scope=scope)


def lapse_overdue(session: Session, actor: Actor, limit: int = 500) -> int:
    """Lapses every unanswered place whose deadline has passed, oldest first. Returns how many; call again while it is ``limit``."""
    overdue = session.exec(
        select(Application)
        .where(
            Application.answer == Answer.OFFERED,
            Application.standing == Standing.OPEN,
            col(Application.answer_by) < clock.today(),
        )
        .order_by(col(Application.answer_by), col(Application.id))
        .limit(limit)
    ).all()
    for application in overdue:
        lapse(session, actor, application)
    return len(overdue)


def withdraw(
    session: Session, actor: Actor, application: Application, reason_code: str, reason_text: str | None = None
) -> None:
    """The applicant leaves, before the course has begun. Raises NeedsReason, InvalidInput, Refused."""
    application = get_application(session, application.pk, lock=True)
    scope = scope_of(session, application)
    STANDING.find("withdraw", application.standing)
    if application.attendance not in _MAY_LEAVE:
        raise Refused("Studiet har begynt. Be institusjonen om å registrere at du slutter.")
    known_reason(session, "withdraw", reason_code, reason_text)
    moment = clock.now()
    with session.no_autoflush:
        change(
            session,
            actor,
            application,
            STANDING,
            "withdraw",
            scope=scope,
            at=moment,
            reason_code=reason_code,
            reason_text=reason_text,
        )
        application.withdraw_reason, application.withdrawn_at, application.displaced_at = reason_code, moment, None
    session.flush()


def _withdraw_others(session: Session, actor: Actor, accepted: Application) -> list[Application]:
    term = session.get_one(Run, accepted.run_id).term
    others = session.exec(
        select(Application)
        .join(Run, col(Run.id) == Application.run_id)
        .where(
            Application.applicant_key == accepted.applicant_key,
            Application.id != accepted.pk,
            Application.standing == Standing.OPEN,
            col(Application.attendance) == Attendance.NONE,
            Run.term == term,
        )
        .order_by(col(Application.id))
    ).all()
    for other in others:
        withdraw(session, on_behalf_of(actor), other, "commitment_rule")
    return list(others)


def _in_time(application: Application) -> None:
    if application.answer_by is not None and application.answer_by < clock.today():
        raise Refused("Svarfristen er ute.")
