"""The outbox: what changed, written in the same transaction as the change.

One worker (``registry.schedule.outbox``) applies rows in order and idempotently to the search index
and to mail. A row carries a topic and a key, never a copy: the worker reads the present row.
"""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, Session

from registry.core import bulk, clock
from registry.core.table import Table

OFFER_CHANGED = "offer.changed"
DOCUMENT_CHANGED = "document.changed"  #: what is told of an offer has, not the offer itself
RUN_CANCELLED = "run.cancelled"
APPLICATION_CHANGED = "application.changed"
COUNTS_CHANGED = "counts.changed"  #: the key is the run's
SYNONYMS_CHANGED = "synonyms.changed"  #: the key is the name of the group

#: What somebody reads (``registry.schedule``): what nobody does makes no rows.
TOPICS = (
    OFFER_CHANGED,
    DOCUMENT_CHANGED,
    RUN_CANCELLED,
    APPLICATION_CHANGED,
    COUNTS_CHANGED,
    SYNONYMS_CHANGED,
)


class OutboxRow(Table, table=True):
    """One thing to tell the outside. ``done_at`` is empty until it has been told."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_waiting", "done_at", "id"),)

    topic: str = Field(max_length=40)
    key: str = Field(max_length=200)
    created_at: datetime
    done_at: datetime | None = None
    attempts: int = 0
    last_error: str | None = None


def publish(session: Session, topic: str, key: str) -> None:
    """Collect one event; the same topic and key is told once per transaction."""
    if topic not in TOPICS:
        raise ValueError(f"unknown topic {topic}")
    session.info.setdefault("events", {})[(topic, key)] = None


def write_pending(session: Session) -> None:
    """Insert what was collected. Called by ``core.db`` at the end of the transaction only."""
    pending: dict[tuple[str, str], None] = session.info.pop("events", {})
    if pending:
        moment = clock.now()
        rows = [{"topic": topic, "key": key, "created_at": moment, "attempts": 0} for topic, key in pending]
        bulk.add_rows(session, OutboxRow, rows)
