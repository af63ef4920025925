"""What has happened to one application, from the ledger."""

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
    query = (
        select(AuditEntry)
        .where(AuditEntry.thing == "application", AuditEntry.thing_id == application_id)
        .order_by(col(AuditEntry.at), col(AuditEntry.id))
    )
    return [
        Line(row.at, row.life, row.event, row.to_state, row.reason_code, row.reason_text, row.details or {})
        for row in session.exec(query)
    ]
