"""A run is postponed or merged into another: everybody goes along, with their place in line and the place they hold.

The old applications stay, displaced, so that the figures of the old run remain true.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from importers.sentences import Sentence
from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.applications.models import Application, Relocation
from registry.applications.operations.changing import change, hold
from registry.applications.operations.deciding import DECIDABLE
from registry.applications.operations.displacing import copy_to, displace, in_line, on_it, open_applications
from registry.applications.operations.places import free_places, holds_place
from registry.applications.operations.submitting import create
from registry.applications.operations.waiting import place_in_line
from registry.applications.policy import on_behalf_of
from registry.applications.states import ANSWER, ATTENDANCE, DECISION, Answer, Decision, Standing
from registry.core import audit, clock, terms
from registry.core.errors import InvalidInput, Refused
from registry.core.transitions import Life
from registry.offers import operations as runs
from registry.offers.models import Run
from registry.offers.policy import scope_of as scope_of_offer
from registry.offers.states import RunState
from registry.rules.register import rules_on

#: Where a run can be merged into: people may still be given places there.
MERGES_INTO = (DECIDABLE | {RunState.PLANNED}) - {RunState.RUNNING}


@dataclass(frozen=True, slots=True)
class Carried:
    """What carrying a run's applicants along does, or would do."""

    moved: int  #: go along
    with_place: int  #: of them, keep the place they hold
    waiting: int  #: of them, held a place and go to the waitlist, since the new run is full


def postpone(
    session: Session, actor: Actor, run: Run, term: str, reason_code: str, reason_text: str | None = None
) -> Run:
    """Moves the run to a later term with everybody on it. Returns the new run, with as many places.

    Raises InvalidInput where ``term`` is not later, NeedsReason, IllegalTransition, NotAllowed.
    """
    run = runs.lock_run(session, run.pk)
    moment = clock.now()
    successor = runs.mark_postponed(session, actor, run, term, reason_code, reason_text, moment)
    session.flush()
    _carry(session, actor, run, successor, moment, limited=False)
    return successor


def would_carry(session: Session, run: Run, into: Run) -> Carried:
    """What merging would do, shown before anybody confirms. Changes nothing."""
    going = [application for application in open_applications(session, run) if in_line(application)]
    return _counted(session, into, going, _already_there(session, going, into))


def merge(session: Session, actor: Actor, run: Run, into: Run) -> Carried:
    """Cancels the run with reason "merged"; its applicants go along to ``into`` in the order they stand in line.

    Who holds a place keeps it while there are places, and goes to the waitlist with the place in line after that. Who has applied to
    both stays with the application there, with the better of the two places in line.

    Raises Refused where ``into`` takes nobody, InvalidInput for the same run or an earlier term, NeedsDecision for the last
    national offer of a small subject; nothing is changed then.
    """
    if run.pk == into.pk:
        raise InvalidInput("Velg et annet kull å slå sammen med.")
    for run_id in sorted((run.pk, into.pk)):
        runs.lock_run(session, run_id)
    if into.state not in MERGES_INTO:
        raise Refused("Kullet tar ikke lenger imot søkere.")
    if terms.sort_key(into.term) < terms.sort_key(run.term):
        raise InvalidInput("Kullet kan bare slås sammen med et kull i samme eller et senere semester.")
    actor.require(Permission.RUN_CANCEL, scope_of_offer(session, into))
    moment = clock.now()
    with session.no_autoflush:
        runs.mark_cancelled(session, actor, run, "merged", None, moment)
    session.flush()
    audit.record(
        session, actor=actor.name, thing="run", thing_id=run.pk, event="merge", at=moment, details={"into": into.key}
    )
    return _carry(session, actor, run, into, moment)


def _carry(session: Session, actor: Actor, run: Run, target: Run, moment: datetime, *, limited: bool = True) -> Carried:
    people = select(Application.applicant_key).where(on_it(run))
    there_too = (col(Application.run_id) == target.pk) & col(Application.applicant_key).in_(people)
    hold(session, on_it(run) | there_too)  # at once: what becomes of an application there depends on the one here
    going = [application for application in displace(session, actor, run, moment) if in_line(application)]
    there = _already_there(session, going, target)
    free = free_places(session, target) if limited else None  # who was overbooked before is overbooked after
    carried = _counted(session, target, going, there)
    service, scope = on_behalf_of(actor), scope_of_offer(session, target)
    deadline = clock.today() + timedelta(days=int(rules_on(session, clock.today())["ANSWER_DAYS"]))
    for application in sorted(going, key=place_in_line):
        found = there.get(application.applicant_key)
        if found is None:
            found = create(session, service, copy_to(target, application), at=moment)
        elif found.standing is Standing.OPEN:
            found.applied_at = min(found.applied_at, application.applied_at)
        session.add(
            Relocation(
                application_id=application.pk,
                run_id=target.pk,
                position=1,
                score=1.0,
                explanation=Sentence("Kullet er flyttet hit."),
                proposed_at=moment,
                chosen_at=moment,
            )
        )
        if not in_line(found) or found.standing is not Standing.OPEN or holds_place(found):
            continue
        keeps = _holds(application) and (free is None or free > 0)
        if keeps and free is not None:
            free -= 1
        if keeps:
            found.answer_by = deadline
            _give(session, service, found, application, scope, moment)
        elif (_holds(application) or application.decision is Decision.WAITLISTED) and (
            found.decision is Decision.RECEIVED
        ):
            _change(session, service, found, DECISION, "waitlist", scope, moment, application)
    session.flush()
    return carried


def _give(session: Session, actor: Actor, found: Application, old: Application, scope: Scope, moment: datetime) -> None:
    """The place goes along as it was held: offered with a new deadline, or accepted."""
    with session.no_autoflush:
        _change(session, actor, found, DECISION, "offer", scope, moment, old)
        _change(session, actor, found, ANSWER, "ask", scope, moment, old)
        if old.answer is Answer.ACCEPTED:
            _change(session, actor, found, ANSWER, "accept", scope, moment, old)
            _change(session, actor, found, ATTENDANCE, "enrol", scope, moment, old)


def _change(
    session: Session,
    actor: Actor,
    found: Application,
    life: Life,
    event: str,
    scope: Scope,
    moment: datetime,
    old: Application,
) -> None:
    change(session, actor, found, life, event, scope=scope, at=moment, details={"carried_from": old.pk})


def _counted(session: Session, target: Run, going: Sequence[Application], there: dict[str, Application]) -> Carried:
    holding = [
        application
        for application in going
        if _holds(application)
        and (application.applicant_key not in there or not holds_place(there[application.applicant_key]))
    ]
    free = free_places(session, target)
    keep = len(holding) if free is None else min(len(holding), max(0, free))
    return Carried(len(going), keep, len(holding) - keep)


def _holds(application: Application) -> bool:
    """Held a place before the run was lost."""
    return application.answer in (Answer.OFFERED, Answer.ACCEPTED)


def _already_there(session: Session, going: Sequence[Application], target: Run) -> dict[str, Application]:
    keys = [application.applicant_key for application in going]
    query = select(Application).where(Application.run_id == target.pk, col(Application.applicant_key).in_(keys))
    return {application.applicant_key: application for application in session.exec(query)}
