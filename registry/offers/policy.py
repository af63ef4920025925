"""Whose an offer or a run is."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from registry.access.policy import Scope
from registry.offers.models import Offer, OfferProvider, Run
from registry.reference.models import Organisation


def scope_of(session: Session, thing: Offer | Run) -> Scope:
    """Providers of the offer, all of them where it is joint, and their counties."""
    offer_id = thing.offer_id if isinstance(thing, Run) else thing.pk
    return scopes_of(session, [offer_id])[offer_id]


def scopes_of(session: Session, offer_ids: Collection[int]) -> dict[int, Scope]:
    """Scopes of many offers in one query."""
    found: dict[int, tuple[set[int], set[str]]] = {offer_id: (set(), set()) for offer_id in offer_ids}
    query = (
        select(OfferProvider.offer_id, OfferProvider.organisation_id, Organisation.county_code)
        .join(Organisation, col(Organisation.id) == OfferProvider.organisation_id)
        .where(col(OfferProvider.offer_id).in_(list(offer_ids)))
    )
    for offer_id, organisation, county in session.exec(query):
        found[offer_id][0].add(organisation)
        if county:
            found[offer_id][1].add(county)
    return {
        offer_id: Scope(organisations=frozenset(organisations), counties=frozenset(counties))
        for offer_id, (organisations, counties) in found.items()
    }
