"""The institution decides: a place, the waitlist, or no. Places are given under the run's lock only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.models import Application, DecisionBatch
from registry.applications.operations.changing import change, must_be_open
from registry.applications.operations.places import free_places
from registry.applications.operations.submitting import get_application
from registry.applications.states import ANSWER, DECISION, Decision, Endorsement, RejectReason
from registry.core import clock
from registry.core.errors import InvalidInput, NeedsReason, Refused
from registry.offers.models import Run
from registry.offers.operations import lock_run
from registry.offers.policy import scope_of as scope_of_offer
from registry.offers.states import RunState
from registry.rules.register import rules_on

DECIDABLE = frozenset({RunState.OPEN, RunState.CLOSED, RunState.CONFIRMED, RunState.RUNNING})


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decision, for one applicant or many. ``details`` go to the ledger."""

    decision: Decision
    reject_reason: RejectReason | None = None
    text: str | None = None
    answer_by: date | None = None  #: of an offered place
    overbooking: int = 0
    besides: DecisionBatch | None = None  #: the batch whose prepared places are now given
    details: dict[str, Any] | None = None


def offer_place(
    session: Session, actor: Actor, application: Application, *, answer_days: int | None = None, overbooking: int = 0
) -> None:
    """A place, to be answered within ``answer_days`` days (rule ANSWER_DAYS). Never above the places plus ``overbooking``.

    Raises Refused where no place is left, InvalidInput for negative numbers.
    """
    run, application = locked(session, application)
    give(session, actor, run, [application], offering(session, answer_days, overbooking))


def waitlist(session: Session, actor: Actor, application: Application) -> None:
    """Waits for a place that comes back."""
    run, application = locked(session, application)
    give(session, actor, run, [application], Verdict(Decision.WAITLISTED))


def reject(
    session: Session, actor: Actor, application: Application, reason: RejectReason | str, text: str | None = None
) -> None:
    """No, with a reason. Raises NeedsReason for none, InvalidInput for an unknown one."""
    code = known_reject_reason(reason)
    run, application = locked(session, application)
    give(session, actor, run, [application], Verdict(Decision.REJECTED, code, text))


def known_reject_reason(reason: RejectReason | str | None) -> RejectReason:
    """Raises NeedsReason for none, InvalidInput for an unknown one."""
    if not reason:
        raise NeedsReason("Velg en årsak.")
    try:
        return RejectReason(reason)
    except ValueError:
        raise InvalidInput("Årsaken finnes ikke.", code=str(reason)) from None


def offering(
    session: Session, answer_days: int | None = None, overbooking: int = 0, *, details: dict[str, Any] | None = None
) -> Verdict:
    """An offered place with its deadline. Raises InvalidInput for negative numbers."""
    known_numbers(answer_days, overbooking)
    days = answer_days if answer_days is not None else int(rules_on(session, clock.today())["ANSWER_DAYS"])
    return Verdict(
        Decision.OFFERED, answer_by=clock.today() + timedelta(days=days), overbooking=overbooking, details=details
    )


def known_numbers(answer_days: int | None, overbooking: int) -> None:
    """Raises InvalidInput for less than a day to answer, or less than no overbooking."""
    if (answer_days is not None and answer_days < 1) or overbooking < 0:
        raise InvalidInput("Svarfrist og overbooking kan ikke være negative.")


def give(session: Session, actor: Actor, run: Run, applications: Sequence[Application], verdict: Verdict) -> None:
    """One decision for all of these, or for none. The run and the applications are locked by who calls.

    Raises Refused where somebody cannot be decided on or places are lacking, IllegalTransition, NotAllowed.
    """
    scope = scope_of_offer(session, run)
    for application in applications:
        decidable(run, application)
        DECISION.find(_EVENT[verdict.decision], application.decision)
    actor.require(Permission.APPLICATION_DECIDE, scope)
    if verdict.decision is Decision.OFFERED:
        if any(application.endorsement is Endorsement.DECLINED for application in applications):
            raise Refused("Arbeidsgiveren støtter ikke søknaden.")
        free = free_places(session, run, verdict.overbooking, besides=verdict.besides)
        if free is not None and free < 1:
            raise Refused("Det er ingen ledige plasser.")
        if free is not None and free < len(applications):
            raise Refused("Det er ikke plasser til alle.")
    details = {**(verdict.details or {}), **({"overbooking": verdict.overbooking} if verdict.overbooking else {})}
    with session.no_autoflush:  # a status and what belongs to it reach the database together
        for application in applications:
            change(
                session,
                actor,
                application,
                DECISION,
                _EVENT[verdict.decision],
                scope=scope,
                reason_code=verdict.reject_reason,
                reason_text=verdict.text,
                details=details or None,
            )
            application.reject_reason = verdict.reject_reason
            if verdict.answer_by is not None:
                application.answer_by = verdict.answer_by
                deadline = {"answer_by": verdict.answer_by.isoformat()}
                change(session, actor, application, ANSWER, "ask", scope=scope, details=deadline)
    session.flush()


_EVENT = {Decision.OFFERED: "offer", Decision.WAITLISTED: "waitlist", Decision.REJECTED: "reject"}


def locked(session: Session, application: Application) -> tuple[Run, Application]:
    """Run first, then application: always in this order, so that two writers cannot wait for each other."""
    run = lock_run(session, application.run_id)
    return run, get_application(session, application.pk, lock=True)


def decidable(run: Run, application: Application) -> None:
    """Raises Refused for who is gone, and for a run whose time is not now."""
    must_be_open(application)
    if run.state not in DECIDABLE:
        raise Refused("Søknader til dette kullet kan ikke behandles nå.")
