"""The institution decides: a place, the waitlist, or no. Places are given under the run's lock only."""

from datetime import timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.models import Application
from registry.applications.operations.changing import change, must_be_open
from registry.applications.operations.submitting import get_application
from registry.applications.policy import scope_in
from registry.applications.states import ANSWER, DECISION, Answer, Decision, Endorsement, RejectReason, Standing
from registry.core import clock
from registry.core.errors import InvalidInput, NeedsReason, Refused
from registry.offers.models import Run
from registry.offers.operations import lock_run
from registry.offers.policy import scope_of as scope_of_offer
from registry.offers.states import RunState

#: Days to answer an offered place, where the institution sets none.
ANSWER_DAYS = 14
_DECIDABLE = frozenset({RunState.OPEN, RunState.CLOSED, RunState.CONFIRMED, RunState.RUNNING})


def free_places(session: Session, run: Run, overbooking: int = 0) -> int | None:
    """Places that may still be offered; None where the run has no limit. Negative where too many were given."""
    if run.places is None:
        return None
    held = session.exec(
        select(func.count())
        .select_from(Application)
        .where(
            Application.run_id == run.pk,
            Application.standing == Standing.OPEN,
            col(Application.answer).in_((Answer.OFFERED, Answer.ACCEPTED)),
        )
    ).one()
    return run.places + overbooking - held


def offer_place(
    session: Session, actor: Actor, application: Application, *, answer_days: int = ANSWER_DAYS, overbooking: int = 0
) -> None:
    """A place, to be answered within ``answer_days`` days. Never above the places plus ``overbooking``.

    Raises Refused where no place is left, InvalidInput for negative numbers.
    """
    run, application = _locked(session, application)
    _offer(session, actor, run, application, answer_days, overbooking)


def waitlist(session: Session, actor: Actor, application: Application) -> None:
    """Waits for a place that comes back."""
    run, application = _locked(session, application)
    _decidable(run, application)
    change(session, actor, application, DECISION, "waitlist", scope=scope_in(session, run, application))


def reject(
    session: Session, actor: Actor, application: Application, reason: RejectReason | str, text: str | None = None
) -> None:
    """No, with a reason. Raises NeedsReason for none, InvalidInput for an unknown one."""
    if not reason:
        raise NeedsReason("Velg en årsak.")
    try:
        code = RejectReason(reason)
    except ValueError:
        raise InvalidInput("Årsaken finnes ikke.", code=str(reason)) from None
    run, application = _locked(session, application)
    _decidable(run, application)
    scope = scope_in(session, run, application)
    change(session, actor, application, DECISION, "reject", scope=scope, reason_code=code, reason_text=text)
    application.reject_reason = code


def promote(
    session: Session, actor: Actor, run: Run, *, answer_days: int = ANSWER_DAYS, overbooking: int = 0
) -> list[Application]:
    """Offers free places to the waitlist in order. Returns who got one."""
    run = lock_run(session, run.pk)
    actor.require(Permission.APPLICATION_DECIDE, scope_of_offer(session, run))
    free = free_places(session, run, overbooking)
    waiting = waiting_line(session, run)
    chosen = waiting if free is None else waiting[: max(0, free)]
    for application in chosen:
        _offer(session, actor, run, application, answer_days, overbooking)
    return chosen


def waiting_line(session: Session, run: Run) -> list[Application]:
    """The waitlist in order: the owner's rank first where one is given, then the time of application."""
    waiting = session.exec(
        select(Application)
        .where(
            Application.run_id == run.pk,
            Application.decision == Decision.WAITLISTED,
            Application.standing == Standing.OPEN,
        )
        .order_by(col(Application.id))
        .with_for_update()  # an applicant may withdraw without holding the run
    ).all()
    return sorted(waiting, key=place_in_line)


def place_in_line(application: Application) -> tuple[bool, int, float, int]:
    """Sorts ranked before unranked, by rank, then by when they applied."""
    rank = application.owner_rank
    return rank is None, rank or 0, application.applied_at.timestamp(), application.pk


def _offer(
    session: Session, actor: Actor, run: Run, application: Application, answer_days: int, overbooking: int
) -> None:
    if answer_days < 1 or overbooking < 0:
        raise InvalidInput("Svarfrist og overbooking kan ikke være negative.")
    _decidable(run, application)
    scope = scope_in(session, run, application)
    DECISION.find("offer", application.decision)
    actor.require(Permission.APPLICATION_DECIDE, scope)
    if application.endorsement is Endorsement.DECLINED:
        raise Refused("Arbeidsgiveren støtter ikke søknaden.")
    free = free_places(session, run, overbooking)
    if free is not None and free < 1:
        raise Refused("Det er ingen ledige plasser.")
    deadline = clock.today() + timedelta(days=answer_days)
    with session.no_autoflush:
        details = {"overbooking": overbooking} if overbooking else None
        change(session, actor, application, DECISION, "offer", scope=scope, details=details)
        application.answer_by = deadline
        change(session, actor, application, ANSWER, "ask", scope=scope, details={"answer_by": deadline.isoformat()})
    session.flush()


def _locked(session: Session, application: Application) -> tuple[Run, Application]:
    """Run first, then application: always in this order, so that two writers cannot wait for each other."""
    run = lock_run(session, application.run_id)
    return run, get_application(session, application.pk, lock=True)


def _decidable(run: Run, application: Application) -> None:
    must_be_open(application)
    if run.state not in _DECIDABLE:
        raise Refused("Søknader til dette kullet kan ikke behandles nå.")
