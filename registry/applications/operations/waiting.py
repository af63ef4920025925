"""The waitlist: who is next, and places that come back go to them at once, in the transaction that freed them."""

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor, system
from registry.applications.models import UNSENT, Application, BatchItem, DecisionBatch
from registry.applications.operations.deciding import give, offering
from registry.applications.operations.places import free_places
from registry.applications.states import Decision, Endorsement, Standing
from registry.offers.models import Run
from registry.offers.operations import lock_run
from registry.offers.policy import scope_of as scope_of_offer
from registry.offers.states import RunState

#: When the course has begun a free place is offered by a person, not by itself.
_FILLS_ITSELF = frozenset({RunState.OPEN, RunState.CLOSED, RunState.CONFIRMED})
#: Who gave a place that came back: nobody who left is named as its giver.
WAITLIST = system("waitlist")


def promote(
    session: Session, actor: Actor, run: Run, *, answer_days: int | None = None, overbooking: int = 0
) -> list[Application]:
    """An office offers free places to the waitlist in order. Returns who got one."""
    run = lock_run(session, run.pk)
    actor.require(Permission.APPLICATION_DECIDE, scope_of_offer(session, run))
    return _give_next(session, actor, run, answer_days, overbooking)


def fill_places(session: Session, run: Run, freed: int = 1) -> list[Application]:
    """As many places as came back go to the waitlist in order: an office that keeps others free has its reasons.

    The caller holds the run's lock and has flushed. Returns who got one.
    """
    if run.state not in _FILLS_ITSELF or freed < 1:
        return []
    return _give_next(session, WAITLIST, run, None, 0, automatic=freed)


def places_changed(session: Session, run: Run, before: int | None, after: int | None) -> list[Application]:
    """A run's places were changed by who may; new ones go to who waits. Takes the run's lock. Returns who got one."""
    if before is None or after is None or after <= before:
        return []
    session.flush()
    return fill_places(session, lock_run(session, run.pk), after - before)


def _give_next(
    session: Session, actor: Actor, run: Run, answer_days: int | None, overbooking: int, *, automatic: int | None = None
) -> list[Application]:
    free = free_places(session, run, overbooking)
    if free is not None and free < 1:
        return []
    line = waiting_line(session, run)
    chosen = line if free is None else line[:free]
    chosen = chosen if automatic is None else chosen[:automatic]
    if chosen:
        details = {"automatic": True} if automatic else None
        give(session, actor, run, chosen, offering(session, answer_days, overbooking, details=details))
    return chosen


def waiting_line(session: Session, run: Run) -> list[Application]:
    """Who may get the next place, in order: the owner's rank first where one is given, then the time of application.

    Left out are those whom the owner does not support, and those for whom a decision is prepared.
    """
    prepared = (
        select(BatchItem.application_id)
        .join(DecisionBatch, col(DecisionBatch.id) == BatchItem.batch_id)
        .where(DecisionBatch.run_id == run.pk, UNSENT)
    )
    waiting = session.exec(
        select(Application)
        .where(
            Application.run_id == run.pk,
            Application.decision == Decision.WAITLISTED,
            Application.standing == Standing.OPEN,
            Application.endorsement != Endorsement.DECLINED,
            col(Application.id).not_in(prepared),
        )
        .order_by(col(Application.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return sorted(waiting, key=place_in_line)


def place_in_line(application: Application) -> tuple[bool, int, float, int]:
    """Sorts ranked before unranked, by rank, then by when they applied."""
    rank = application.owner_rank
    return rank is None, rank or 0, application.applied_at.timestamp(), application.pk
