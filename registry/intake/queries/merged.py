"""Codes whose offer has been made one with another: what is delivered under them speaks of that one.

Coordination stands beside intake, and rooms of one height do not know each other: its table is read by the names of its columns.
"""

from sqlalchemy import DateTime, Integer, column, select, table
from sqlmodel import Session, col

from registry.offers.models import Offer, OfferProvider

_MERGES = table(
    "offer_merge",
    column("gone_offer_id", Integer),
    column("kept_offer_id", Integer),
    column("undone_at", DateTime),
)
Code = tuple[int, str]  #: leading institution, the offer's own code


def merged_codes(session: Session) -> dict[Code, Code]:
    """Code of a record that has gone into another -> code of the one offer, followed to the end."""
    into = dict(
        session.execute(
            select(_MERGES.c.gone_offer_id, _MERGES.c.kept_offer_id).where(_MERGES.c.undone_at.is_(None))
        ).all()
    )
    if not into:
        return {}
    query = (
        select(col(Offer.id), col(OfferProvider.organisation_id), col(Offer.native_code))
        .join(OfferProvider, col(OfferProvider.offer_id) == col(Offer.id))
        .where(col(OfferProvider.leads), col(Offer.id).in_({*into, *into.values()}))
    )
    codes = {offer_id: (organisation, code) for offer_id, organisation, code in session.execute(query)}
    found = {}
    for gone, kept in into.items():
        while kept in into:
            kept = into[kept]
        if gone in codes and kept in codes:
            found[codes[gone]] = codes[kept]
    return found
