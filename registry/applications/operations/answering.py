"""The applicant answers an offered place, or leaves. A place that comes back goes to the waitlist in the same transaction."""

from sqlmodel import Session, col, select

from registry.access.policy import Actor
from registry.applications.models import Application
from registry.applications.operations.changing import change, must_be_open
from registry.applications.operations.deciding import locked
from registry.applications.operations.places import holds_place
from registry.applications.operations.submitting import get_application
from registry.applications.operations.waiting import fill_places
from registry.applications.policy import on_behalf_of, scope_in, scope_of
from registry.applications.states import ANSWER, ATTENDANCE, STANDING, Attendance, Standing
from registry.core import clock
from registry.core.errors import Refused
from registry.offers.models import Run
from registry.offers.operations import known_reason, lock_run

_MAY_LEAVE = frozenset({Attendance.NONE, Attendance.ACCEPTED})


def accept(
    session: Session, actor: Actor, application: Application, *, withdraw_others: bool = False
) -> list[Application]:
    """Takes the place. With ``withdraw_others`` (the commitment rule) the person's other open applications in the same
    term are withdrawn; they are returned. Raises Refused after the deadline.
    """
    others = _others(session, application) if withdraw_others else []
    for run_id in sorted({application.run_id, *(other.run_id for other in others)} if others else ()):
        lock_run(session, run_id)  # in one order, so that two who accept crosswise do not wait for each other
    application = get_application(session, application.pk, lock=True)
    scope = scope_of(session, application)
    must_be_open(application)
    ANSWER.find("accept", application.answer)
    _in_time(application)
    with session.no_autoflush:
        change(session, actor, application, ANSWER, "accept", scope=scope)
        change(session, actor, application, ATTENDANCE, "enrol", scope=scope)
    session.flush()
    for other in others:
        withdraw(session, on_behalf_of(actor), other, "commitment_rule")
    return others


def decline(session: Session, actor: Actor, application: Application, reason_code: str | None = None) -> None:
    """Says no to the place, which goes to who is next. A reason is welcome, not required."""
    run, application = locked(session, application)
    scope = scope_in(session, run, application)
    must_be_open(application)
    if reason_code:
        known_reason(session, "decline", reason_code, reason_code)
    change(session, actor, application, ANSWER, "decline", scope=scope, reason_code=reason_code)
    session.flush()
    fill_places(session, run)


def lapse(session: Session, actor: Actor, application: Application) -> None:
    """The deadline passed without an answer; the place goes to who is next. Raises Refused before it has."""
    run, application = locked(session, application)
    scope = scope_in(session, run, application)
    must_be_open(application)
    ANSWER.find("lapse", application.answer)
    if application.answer_by is not None and application.answer_by >= clock.today():
        raise Refused("Svarfristen er ikke ute.")
    change(session, actor, application, ANSWER, "lapse", scope=scope)
    session.flush()
    fill_places(session, run)


def withdraw(
    session: Session, actor: Actor, application: Application, reason_code: str, reason_text: str | None = None
) -> None:
    """The applicant leaves, before the course has begun. Raises NeedsReason, InvalidInput, Refused."""
    run, application = locked(session, application)
    scope = scope_in(session, run, application)
    STANDING.find("withdraw", application.standing)
    if application.attendance not in _MAY_LEAVE:
        raise Refused("Studiet har begynt. Be institusjonen om å registrere at du slutter.")
    known_reason(session, "withdraw", reason_code, reason_text)
    frees = holds_place(application)
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
    if frees:
        fill_places(session, run)


def _others(session: Session, accepted: Application) -> list[Application]:
    """The person's other open applications in the term, not yet begun."""
    term = session.get_one(Run, accepted.run_id).term
    return list(
        session.exec(
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
        )
    )


def _in_time(application: Application) -> None:
    if application.answer_by is not None and application.answer_by < clock.today():
        raise Refused("Svarfristen er ute.")
