"""The network's recorded decision to let the last national offer of a small subject go, and taking it back before it is used."""

from sqlmodel import Session, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.coordination.models import NationalDecision
from registry.coordination.policy import scope_of_offers
from registry.coordination.queries.desk.permitted import LIFE, WITHDRAWN, standing_decision
from registry.coordination.queries.detecting.runs import subjects_by_offer
from registry.core import audit, clock
from registry.core.errors import Conflict, InvalidInput, NeedsReason, NotFound
from registry.offers.models import Offer, Run
from registry.offers.operations import lock_offer


def national_decision(
    session: Session, actor: Actor, offer_id: int, subject_code: str, reason: str, *, run_id: int | None = None
) -> NationalDecision:
    """Permit one loss: of the offer, or with ``run_id`` of that run only. Used up by the loss itself.

    Raises NotFound, NotAllowed, NeedsReason, InvalidInput where the offer is not of that subject or the run not of the offer, and
    Conflict where a decision that permits the same has not been used.
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
    lock_offer(session, offer_id)  # of two who record it at once, the second sees the first
    if standing_decision(session, offer_id, subject_code, run_id) is not None:
        raise Conflict("Nettverket har alt ført et vedtak om dette, og det er ikke brukt. Ett vedtak gjelder ett tap.")
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


def withdraw_national_decision(session: Session, actor: Actor, decision_id: int, reason: str) -> None:
    """Take back a decision that has not been used: it permits nothing any more. The log keeps all that it said.

    Raises NotFound, NotAllowed, NeedsReason, or Conflict where the loss has come.
    """
    query = select(NationalDecision).where(NationalDecision.id == decision_id)
    decision = session.exec(query.with_for_update().execution_options(populate_existing=True)).first()
    if decision is None:
        raise NotFound("Vedtaket finnes ikke, eller det er trukket tilbake.")
    actor.require(Permission.NATIONAL_DECIDE, scope_of_offers(session, (decision.offer_id,)))
    if not reason.strip():
        raise NeedsReason("Skriv hvorfor nettverket trekker vedtaket tilbake.")
    if decision.used_at is not None:
        raise Conflict("Vedtaket er brukt og kan ikke trekkes tilbake.")
    audit.record(
        session,
        actor=actor.name,
        thing="offer",
        thing_id=decision.offer_id,
        life=LIFE,
        event=WITHDRAWN,
        reason_text=reason.strip(),
        details={
            "id": decision.pk,
            "subject_code": decision.subject_code,
            "run_id": decision.run_id,
            "reason": decision.reason,
            "actor": decision.actor,
            "decided_on": decision.decided_on.isoformat(),
        },
    )
    session.delete(decision)
    session.flush()
