"""Reading offers for those who keep them."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.core import terms
from registry.core.paging import Page, paged
from registry.offers.models import Offer, OfferProvider, Run


@dataclass(frozen=True, slots=True)
class KeptOffer:
    """An offer with its newest runs."""

    offer: Offer
    runs: tuple[Run, ...]


def kept_offers(
    session: Session, organisations: frozenset[int] | None, state: str | None = None, number: int = 1, size: int = 25
) -> Page[KeptOffer]:
    """Offers of the institutions by title, each with its runs, newest term first. None is every institution."""
    query = select(Offer).order_by(col(Offer.sort_title), col(Offer.id))
    if organisations is not None:
        mine = select(OfferProvider.offer_id).where(col(OfferProvider.organisation_id).in_(organisations))
        query = query.where(col(Offer.id).in_(mine))
    if state:
        query = query.where(col(Offer.state) == state)
    found = paged(session, query, number, size)
    runs: dict[int, list[Run]] = {}
    listed = select(Run).where(col(Run.offer_id).in_([offer.pk for offer in found.items]))
    for run in session.exec(listed.order_by(terms.in_order(Run.term).desc(), col(Run.id))):
        runs.setdefault(run.offer_id, []).append(run)
    kept = [KeptOffer(offer, tuple(runs.get(offer.pk, ())[:4])) for offer in found.items]
    return Page(kept, found.number, found.size, found.total)
