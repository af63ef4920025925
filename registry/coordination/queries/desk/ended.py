"""A run that nothing is left to rescue of: what became of it, and which run took its place."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from registry.coordination.queries.reports.offers import Card, offer_cards
from registry.core.audit import AuditEntry
from registry.offers.models import Run
from registry.offers.states import CANCELLABLE, CancelReason, RunState


@dataclass(frozen=True, slots=True)
class Ended:
    """``at`` is when it went, None where that is not a single event. ``into`` is the run that its applicants went along to."""

    state: RunState
    reason: CancelReason | None
    text: str | None
    at: datetime | None
    offer: Card
    into: Run | None = None
    into_offer: Card | None = None


def ended(session: Session, run: Run) -> Ended | None:
    """What became of a run; None while it still can be cancelled."""
    if run.state in CANCELLABLE:
        return None
    into = _successor(session, run)
    cards = offer_cards(session, {run.offer_id, *([into.offer_id] if into else [])})
    return Ended(
        run.state,
        run.cancel_reason,
        run.cancel_text,
        run.cancelled_at,
        cards[run.offer_id],
        into,
        cards.get(into.offer_id) if into else None,
    )


def _successor(session: Session, run: Run) -> Run | None:
    if run.postponed_to_id is not None:
        return session.get_one(Run, run.postponed_to_id)
    if run.cancel_reason is not CancelReason.MERGED:
        return None
    # Which run it was merged into stands in the log of what was done, under the key that the run had then.
    merges = select(AuditEntry.details).where(
        AuditEntry.thing == "run", AuditEntry.thing_id == run.pk, AuditEntry.event == "merge"
    )
    details = session.exec(merges.order_by(col(AuditEntry.id).desc()).limit(1)).first()
    return session.exec(select(Run).where(Run.key == (details or {}).get("into", ""))).first()
