"""The network's decision to let the last national offer of a small subject go."""

from sqlmodel import Session

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.coordination.models import NationalDecision
from registry.coordination.policy import scope_of_offers
from registry.coordination.queries.runs import subjects_by_offer
from registry.core import audit, clock
from registry.core.errors import InvalidInput, NeedsReason, NotFound
from registry.offers.models import Offer, Run


def national_decision(
    session: Session, actor: Actor, offer_id: int, subject_code: str, reason: str, *, run_id: int | None = None
) -> NationalDecision:
    """Permit one loss: of the offer, or with ``run_id`` of that run only. Used up by the loss itself.

    Raises NotFound, NotAllowed, NeedsReason, and InvalidInput where the offer is not of that subject or the run not of the offer.
    """
    offer = session.get(Offer, offer_id)
    if offer is None:
        raise NotFound("Tilbudet finnes ikke.")
    actor.require(Permission.NATIONAL_DECIDE, scope_of_offers(session, (offer_id,)))
    if not reason.strip():
        raise NeedsReason("Skriv hvorfor nettverket lar tilbudet gå.")
    if subject_code not in subjects_by_offer(session).get(offer_id, ()):
        raise InvalidInput("Tilbudet hører ikke til dette faget.", subject=subject_code)
    if run_id is not None:
        run = session.get(Run, run_id)
        if run is None or run.offer_id != offer_id:
            raise InvalidInput("Kullet hører ikke til dette tilbudet.")
    decision = NationalDecision(
        subject_code=subject_code,
        offer_id=offer_id,
        run_id=run_id,
        reason=reason.strip(),
        actor=actor.name,
        decided_on=clock.today(),
    )
    session.add(decision)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        thing="offer",
        thing_id=offer_id,
        event="permit_loss",
        reason_text=decision.reason,
        details={"subject": subject_code, "run": run_id},
    )
    return decision
