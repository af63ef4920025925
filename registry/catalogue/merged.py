"""Offers that have gone into another record of the same offer: what somebody has kept the key of lives on under that one's.

Coordination stands above the catalogue: its table is read by the names of its columns.
"""

from collections.abc import Sequence

from sqlalchemy import DateTime, Integer, column, select, table
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from registry.offers.models import Offer

_MERGES = table(
    "offer_merge",
    column("gone_offer_id", Integer),
    column("kept_offer_id", Integer),
    column("undone_at", DateTime),
)


def standing_keys(session: Session, keys: Sequence[str]) -> list[str]:
    """The keys in their order, each once; that of a record which has gone into another is that one's."""
    gone, kept = aliased(Offer), aliased(Offer)
    query = (
        select(col(gone.key), col(kept.key))
        .join(_MERGES, _MERGES.c.gone_offer_id == col(gone.id))
        .join(kept, col(kept.id) == _MERGES.c.kept_offer_id)
        .where(col(gone.key).in_(keys), _MERGES.c.undone_at.is_(None))
    )
    into = dict(session.execute(query).all()) if keys else {}
    return list(dict.fromkeys(into.get(key, key) for key in keys))
