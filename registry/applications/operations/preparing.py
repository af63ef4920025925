"""Decisions for many at a time: prepared, looked at, and undone or sent. Nothing is decided before the letters are sent."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, update
from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.letters import unknown_fields
from registry.applications.models import UNSENT, Application, BatchItem, DecisionBatch
from registry.applications.operations.deciding import (
    Verdict,
    decidable,
    give,
    known_numbers,
    known_reject_reason,
    offering,
)
from registry.applications.operations.places import free_places
from registry.applications.operations.waiting import fill_places
from registry.applications.states import DECISION, Decision, Endorsement, RejectReason
from registry.core import audit, clock
from registry.core.errors import IllegalTransition, InvalidInput, NotFound, Refused
from registry.offers.models import Run
from registry.offers.operations import lock_run
from registry.offers.policy import scope_of as scope_of_offer

DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an office wants to decide for those it has chosen."""

    decision: Decision
    reject_reason: RejectReason | str | None = None
    answer_days: int | None = None  #: None is rule ANSWER_DAYS
    overbooking: int = 0
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why one of the chosen cannot be decided on: ``presenting.HINDRANCE`` has it in words."""

    application_id: int
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a batch would do. ``free`` is how many places are left afterwards; None where the run has no limit."""

    fit: tuple[Application, ...]
    hindered: tuple[Hindrance, ...]
    free: int | None

    @property
    def may(self) -> bool:
        """Can it be prepared as it stands?"""
        return bool(self.fit) and not self.hindered and (self.free is None or self.free >= 0)


def preview(session: Session, run: Run, wish: Wish, application_ids: Collection[int]) -> Preview:
    """Who would be decided on, who cannot and why, and what would be left of places. Changes nothing.

    Raises InvalidInput for ids that are not of this run, or for what does not belong to the decision.
    """
    _examine(wish)
    chosen = _chosen(session, run, application_ids)
    prepared = set(_prepared_ids(session, run))
    hindered = [
        Hindrance(application.pk, why)
        for application in chosen
        if (why := _hindrance(run, application, wish, prepared)) is not None
    ]
    gone = {one.application_id for one in hindered}
    fit = tuple(application for application in chosen if application.pk not in gone)
    free = free_places(session, run, wish.overbooking)
    if free is not None and wish.decision is Decision.OFFERED:
        free -= len(fit)
    return Preview(fit, tuple(hindered), free)


def prepare(session: Session, actor: Actor, run: Run, wish: Wish, application_ids: Collection[int]) -> DecisionBatch:
    """Keeps the decisions, with their places, until the letters are sent. All of the chosen or none.

    Raises Refused where somebody cannot be decided on or places are lacking, InvalidInput as ``preview``.
    """
    run = lock_run(session, run.pk)
    actor.require(Permission.APPLICATION_DECIDE, scope_of_offer(session, run))
    seen = preview(session, run, wish, application_ids)
    if seen.hindered:
        raise Refused("Noen av de valgte kan ikke avgjøres slik. Se over valget.")
    if not seen.fit:
        raise InvalidInput("Velg minst én søker.")
    if not seen.may:
        raise Refused("Det er ikke plasser til alle.")
    answer_days = None
    if wish.decision is Decision.OFFERED:
        deadline = offering(session, wish.answer_days).answer_by or clock.today()
        answer_days = (deadline - clock.today()).days
    batch = DecisionBatch(
        run_id=run.pk,
        decision=wish.decision,
        reject_reason=known_reject_reason(wish.reject_reason) if wish.decision is Decision.REJECTED else None,
        answer_days=answer_days,
        overbooking=wish.overbooking,
        note=(wish.note or "").strip() or None,
        actor=actor.name,
        prepared_at=clock.now(),
    )
    session.add(batch)
    session.flush()
    session.add_all([BatchItem(batch_id=batch.pk, application_id=application.pk) for application in seen.fit])
    session.flush()
    _tell(session, actor, batch, "prepare", len(seen.fit))
    return batch


def undo(session: Session, actor: Actor, batch: DecisionBatch) -> None:
    """Nothing was decided, and nothing is left of it but the line in the log. Raises Refused once the letters are sent."""
    run, batch = _locked(session, actor, batch)
    batch.undone_at = clock.now()
    session.flush()
    number = len(batch_items(session, batch))
    _tell(session, actor, batch, "undo", number)
    if batch.decision is Decision.OFFERED:
        fill_places(session, run, number)


def send(session: Session, actor: Actor, batch: DecisionBatch) -> list[Application]:
    """Decides, with the deadline counted from today. Returns who was decided on: the change tells each of them by mail.

    Who withdrew, or lost the owner's support, after the batch was prepared is left as they are.
    """
    run, batch = _locked(session, actor, batch)
    everybody = session.exec(select(BatchItem.application_id).where(BatchItem.batch_id == batch.pk)).all()
    chosen = _chosen(session, run, everybody, lock=True)
    wish = Wish(batch.decision, batch.reject_reason, batch.answer_days, batch.overbooking)
    fit = [application for application in chosen if _hindrance(run, application, wish, frozenset()) is None]
    decided = col(BatchItem.application_id).in_([application.pk for application in fit])
    outcome = case((decided, DECIDED), else_="left")
    session.execute(update(BatchItem).where(col(BatchItem.batch_id) == batch.pk).values(outcome=outcome))
    give(session, actor, run, fit, _verdict(session, batch))
    batch.sent_at = clock.now()
    session.flush()
    _tell(session, actor, batch, "send", len(fit))
    if batch.decision is Decision.OFFERED:
        fill_places(session, run, len(chosen) - len(fit))
    return fit


def open_batches(session: Session, run_ids: Collection[int]) -> Sequence[DecisionBatch]:
    """Prepared and neither sent nor undone, oldest first."""
    query = select(DecisionBatch).where(col(DecisionBatch.run_id).in_(list(run_ids)), UNSENT)
    return session.exec(query.order_by(col(DecisionBatch.id))).all()


def batch_sizes(session: Session, batches: Sequence[DecisionBatch]) -> dict[int, int]:
    """How many are in each, by batch."""
    theirs = col(BatchItem.batch_id).in_([batch.pk for batch in batches])
    query = select(BatchItem.batch_id, func.count()).where(theirs).group_by(col(BatchItem.batch_id))
    return dict(session.exec(query).all())


def batch_items(session: Session, batch: DecisionBatch) -> Sequence[BatchItem]:
    """Who is in a batch."""
    return session.exec(select(BatchItem).where(BatchItem.batch_id == batch.pk).order_by(col(BatchItem.id))).all()


def _verdict(session: Session, batch: DecisionBatch) -> Verdict:
    details = {"batch": batch.pk}
    if batch.decision is not Decision.OFFERED:
        return Verdict(batch.decision, batch.reject_reason, details=details)
    made = offering(session, batch.answer_days, batch.overbooking)
    return Verdict(
        batch.decision, answer_by=made.answer_by, overbooking=batch.overbooking, besides=batch, details=details
    )


def _examine(wish: Wish) -> None:
    if wish.decision is Decision.RECEIVED:
        raise InvalidInput("Velg hva du vil gjøre.")
    if wish.decision is Decision.REJECTED:
        known_reject_reason(wish.reject_reason)
    if wish.decision is Decision.OFFERED:
        known_numbers(wish.answer_days, wish.overbooking)
    unknown = unknown_fields(wish.note or "")
    if unknown:
        raise InvalidInput("Brevet har et flettefelt som ikke finnes: %(field)s", field=unknown[0])


def any_decidable(run: Run, applications: Iterable[Application], prepared: Collection[int]) -> bool:
    """Whether ``preview`` would let some decision be prepared for any of them."""
    return any(_hindrance(run, one, Wish(decision), prepared) is None for one in applications for decision in _EVENTS)


def _hindrance(run: Run, application: Application, wish: Wish, prepared: Collection[int]) -> str | None:
    if application.pk in prepared:
        return "prepared"
    try:
        decidable(run, application)
        DECISION.find(_EVENTS[wish.decision], application.decision)
    except Refused:
        return "gone"
    except IllegalTransition:
        return "decided"
    if wish.decision is Decision.OFFERED and application.endorsement is Endorsement.DECLINED:
        return "not_endorsed"
    return None


_EVENTS = {Decision.OFFERED: "offer", Decision.WAITLISTED: "waitlist", Decision.REJECTED: "reject"}


def _chosen(
    session: Session, run: Run, application_ids: Collection[int], *, lock: bool = False
) -> Sequence[Application]:
    query = (
        select(Application)
        .where(Application.run_id == run.pk, col(Application.id).in_(list(application_ids)))
        .order_by(col(Application.id))
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.exec(query).all()
    if len(found) != len(set(application_ids)):
        raise InvalidInput("En av søknadene hører ikke til dette kullet.")
    return found


def _prepared_ids(session: Session, run: Run) -> Sequence[int]:
    theirs = col(DecisionBatch.id) == BatchItem.batch_id
    return session.exec(
        select(BatchItem.application_id).join(DecisionBatch, theirs).where(DecisionBatch.run_id == run.pk, UNSENT)
    ).all()


def _locked(session: Session, actor: Actor, batch: DecisionBatch) -> tuple[Run, DecisionBatch]:
    run = lock_run(session, batch.run_id)
    actor.require(Permission.APPLICATION_DECIDE, scope_of_offer(session, run))
    query = select(DecisionBatch).where(DecisionBatch.id == batch.pk).execution_options(populate_existing=True)
    found = session.exec(query.with_for_update()).first()
    if found is None:
        raise NotFound("Avgjørelsene finnes ikke.")
    if found.sent_at is not None:
        raise Refused("Brevene er allerede sendt.")
    if found.undone_at is not None:
        raise Refused("Avgjørelsene er allerede angret.")
    return run, found


def _tell(session: Session, actor: Actor, batch: DecisionBatch, event: str, number: int) -> None:
    audit.record(
        session,
        actor=actor.name,
        thing="decision_batch",
        thing_id=batch.pk,
        event=event,
        details={"run": batch.run_id, "decision": str(batch.decision), "applications": number},
    )
