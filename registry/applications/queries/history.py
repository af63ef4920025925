"""What has happened to one application, from the ledger."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from registry.core.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``life`` is None for what changes no status, such as an order or a look."""

    at: datetime
    life: str | None
    event: str
    to_state: str | None
    reason: str | None
    text: str | None
    details: dict[str, Any]


def history(session: Session, application_id: int) -> list[Line]:
    """Oldest first. Who did it is not told: it may be another applicant, or a person at work."""
    return histories(session, [application_id]).get(application_id, [])


def histories(session: Session, application_ids: Collection[int]) -> dict[int, list[Line]]:
    """The same of many, by application."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.thing == "application", col(AuditEntry.thing_id).in_(application_ids))
        .order_by(col(AuditEntry.at), col(AuditEntry.id))
    )
    found: dict[int, list[Line]] = {}
    for row in session.exec(query):
        line = Line(row.at, row.life, row.event, row.to_state, row.reason_code, row.reason_text, row.details or {})
        found.setdefault(row.thing_id, []).append(line)
    return found
