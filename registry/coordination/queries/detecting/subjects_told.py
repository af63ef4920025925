"""What the log tells of the subjects that offers have had: delivered, corrected, read from another name, taken over in a merge."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from registry.core.audit import AuditEntry
from registry.core.table import columns_of

MAIN, FURTHER = "subject_code", "subjects"
#: Events of an offer whose details hold what was changed, as {"fields": {field: [before, after]}}.
_TOLD = ("changed", "reread", "merge", "unmerge")
#: Those that tell of one field, as {"field", "from", "to"}.
_CORRECTED = ("corrected", "correction_undone")


@dataclass(frozen=True, slots=True)
class Moved:
    """An offer's subject, or the list of its further ones, was another: ``field`` is "subject_code" or "subjects"."""

    offer_id: int
    field: str
    before: Any
    after: Any

    @property
    def codes(self) -> set[str]:
        """Every subject that it speaks of."""
        found = (one if isinstance(one, list) else [one] for one in (self.before, self.after))
        return {code for several in found for code in several if code}


def moved_after(session: Session, entry: int, offers: Collection[int]) -> list[Moved]:
    """Of some offers, after an entry of the log, the newest first."""
    logged = columns_of(AuditEntry)
    return _moved(session, (logged.id > entry) & logged.thing_id.in_(sorted(offers)))


def moved_later(session: Session, moment: datetime) -> list[Moved]:
    """Of every offer, after a moment, the newest first."""
    return _moved(session, columns_of(AuditEntry).at > moment)


def _moved(session: Session, where: Any) -> list[Moved]:
    entry = columns_of(AuditEntry)
    query = sa.select(entry.thing_id, entry.event, entry.details).where(
        entry.thing == "offer", entry.life.is_(None), entry.event.in_((*_TOLD, *_CORRECTED)), where
    )
    rows = session.execute(query.order_by(entry.at.desc(), entry.id.desc()))
    return [one for offer, event, details in rows for one in _read(offer, event, details or {})]


def _read(offer: int, event: str, details: dict[str, Any]) -> Iterator[Moved]:
    if event in _CORRECTED:
        if details.get("field") in (MAIN, FURTHER):
            yield Moved(offer, details["field"], details.get("from"), details.get("to"))
        return
    fields = details.get("fields")
    for name in (FURTHER, MAIN):
        if isinstance(fields, dict) and name in fields:  # a merge of before told the names of its fields alone
            yield Moved(offer, name, *fields[name])
        elif name in details:
            yield Moved(offer, name, *details[name])
