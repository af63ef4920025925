"""The audit log: one row per change, in the same transaction, chained by hash, append-only.

It is also the ledger of lives: every change of status is a row with ``from_state`` and ``to_state``,
so a figure "as of" a date is a query over these rows.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, Session, col, select

from registry.core import bulk, clock, locks
from registry.core.table import Table, json_type, metadata

GENESIS = "0" * 64
_CHUNK = 5_000
_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class AuditEntry(Table, table=True):
    """One change of one thing. ``at`` is when it took effect, ``recorded_at`` when we learnt of it."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_thing", "thing", "thing_id", "life", "at"),
        Index("ix_audit_entry_life_at", "thing", "life", "at"),
    )

    at: datetime
    recorded_at: datetime
    actor: str = Field(max_length=80)
    thing: str = Field(max_length=40)
    thing_id: int
    life: str | None = Field(default=None, max_length=20)
    event: str = Field(max_length=40)
    from_state: str | None = Field(default=None, max_length=40)
    to_state: str | None = Field(default=None, max_length=40)
    reason_code: str | None = Field(default=None, max_length=40)
    reason_text: str | None = None
    details: dict[str, Any] | None = Field(default=None, sa_type=json_type())
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


def record(
    session: Session,
    *,
    actor: str,
    thing: str,
    thing_id: int,
    event: str,
    at: datetime | None = None,
    recorded_at: datetime | None = None,
    life: str | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
    reason_code: str | None = None,
    reason_text: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Collect one change; it is written with the transaction. ``details`` must be JSON-able and free of personal data."""
    moment = clock.now()
    session.info.setdefault("audit", []).append(
        {
            "at": at or moment,
            "recorded_at": recorded_at or moment,
            "actor": actor,
            "thing": thing,
            "thing_id": thing_id,
            "life": life,
            "event": event,
            "from_state": from_state,
            "to_state": to_state,
            "reason_code": reason_code,
            "reason_text": reason_text,
            "details": details,
        }
    )


def write_pending(session: Session) -> None:
    """Chain and insert what was collected. Called by ``core.db`` at the end of the transaction only."""
    rows: list[dict[str, Any]] = session.info.pop("audit", [])
    if not rows:
        return
    locks.hold(session, locks.Lock.AUDIT_CHAIN)
    previous = session.exec(select(AuditEntry.hash).order_by(col(AuditEntry.id).desc()).limit(1)).first() or GENESIS
    for row in rows:
        row["previous_hash"] = previous
        row["hash"] = previous = chain_hash(previous, row)
    bulk.add_rows(session, AuditEntry, rows)


def chain_hash(previous: str, row: dict[str, Any]) -> str:
    """SHA-256 over the previous hash and the row's content in a fixed order."""
    content = [
        row["at"].isoformat(),
        row["recorded_at"].isoformat(),
        *(row[name] for name in ("actor", "thing", "thing_id", "life", "event", "from_state", "to_state")),
        row["reason_code"],
        row["reason_text"],
        row["details"],
    ]
    return hashlib.sha256(f"{previous}\n{_ENCODE(content)}".encode()).hexdigest()


def first_broken(session: Session) -> int | None:
    """The id of the first row whose hash does not follow from the row before, or None where the chain holds."""
    previous = GENESIS
    for row in _in_order(session):
        if row["previous_hash"] != previous or chain_hash(previous, row) != row["hash"]:
            return int(row["id"])
        previous = row["hash"]
    return None


def _in_order(session: Session) -> Iterable[dict[str, Any]]:
    """Plain rows by pages of ids: memory stays flat however long the log is."""
    table = metadata.tables[AuditEntry.__tablename__]
    last = 0
    while True:
        query = table.select().where(table.c.id > last).order_by(table.c.id).limit(_CHUNK)
        page = session.execute(query).mappings().all()
        if not page:
            return
        for row in page:
            yield dict(row)
        last = page[-1]["id"]
