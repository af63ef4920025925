"""Which feed an offer came from.

Intake stands beside coordination, and rooms of one height do not know each other: these two tables are
read by the names of their columns.
"""

from collections.abc import Collection

from sqlalchemy import column, func, select, table
from sqlmodel import Session

_RECORDS = table("source_record", column("offer_id"), column("source_id"))
_SOURCES = table("source", column("id"), column("key"))


def sources_of(session: Session, offer_ids: Collection[int] | None = None) -> dict[int, str]:
    """Offer id -> key of the source that tells of it (the first by name where several do)."""
    query = (
        select(_RECORDS.c.offer_id, func.min(_SOURCES.c.key).label("source"))
        .select_from(_RECORDS.join(_SOURCES, _SOURCES.c.id == _RECORDS.c.source_id))
        .group_by(_RECORDS.c.offer_id)
    )
    if offer_ids is not None:
        query = query.where(_RECORDS.c.offer_id.in_(list(offer_ids)))
    return {row.offer_id: row.source for row in session.execute(query)}
