"""Which feed an offer came from.

Intake stands beside coordination, and rooms of one height do not know each other: these two tables are
read by the names of their columns.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, column, select, table, union
from sqlmodel import Session

_RECORDS = table(
    "source_record",
    column("id"),
    column("offer_id"),
    column("run_id"),
    column("source_id"),
    column("key"),
    column("seen_on", Date),
)
_TOLD_RUNS = table("record_run", column("source_record_id"), column("run_id"), column("absent_since"))
_SOURCES = table("source", column("id"), column("key"), column("organisation_id"))


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """A record that tells of an offer: which feed, whose (None is nobody's), under which key, and when it was last fetched."""

    source: str
    key: str
    seen_on: date
    source_id: int
    organisation_id: int | None


def records_of(session: Session, offer_ids: Collection[int]) -> dict[int, list[SourceSeen]]:
    """Offer id -> its source records, the newest first."""
    query = (
        select(
            _RECORDS.c.offer_id,
            _SOURCES.c.key,
            _RECORDS.c.key,
            _RECORDS.c.seen_on,
            _SOURCES.c.id,
            _SOURCES.c.organisation_id,
        )
        .select_from(_RECORDS.join(_SOURCES, _SOURCES.c.id == _RECORDS.c.source_id))
        .where(_RECORDS.c.offer_id.in_(list(offer_ids)))
        .order_by(_RECORDS.c.seen_on.desc(), _RECORDS.c.key)
    )
    found: defaultdict[int, list[SourceSeen]] = defaultdict(list)
    for offer_id, *values in session.execute(query):
        found[offer_id].append(SourceSeen(*values))
    return dict(found)


def feeds_of_runs(session: Session, run_ids: Collection[int]) -> dict[int, list[str]]:
    """Run id -> keys of the feeds that tell of it now, by name."""
    newest = select(_RECORDS.c.run_id, _RECORDS.c.source_id).where(_RECORDS.c.run_id.in_(list(run_ids)))
    every = select(_TOLD_RUNS.c.run_id, _RECORDS.c.source_id).where(
        _RECORDS.c.id == _TOLD_RUNS.c.source_record_id,
        _TOLD_RUNS.c.run_id.in_(list(run_ids)),
        _TOLD_RUNS.c.absent_since.is_(None),
    )
    told = union(newest, every).subquery()
    query = (
        select(told.c.run_id, _SOURCES.c.key)
        .where(_SOURCES.c.id == told.c.source_id)
        .order_by(told.c.run_id, _SOURCES.c.key)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for run_id, key in session.execute(query):
        found[run_id].append(key)
    return dict(found)
