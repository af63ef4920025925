"""What the log tells of the values that offers and runs have had: delivered, corrected, read from another name, made one.

The log is the ledger: going back from what stands now, the first change after a moment tells what stood at it.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from registry.core.audit import AuditEntry
from registry.core.table import columns_of

MAIN, FURTHER = "subject_code", "subjects"
#: Events whose details hold {"fields": {field: [before, after]}}, or the same beside the names of the fields as "values".
_WHOLE = ("changed", "reread", "merge", "unmerge", "unite", "divide")
#: Those that tell of one field, as {"field", "from", "to"}.
_SINGLE = ("corrected", "correction_undone")
_MOST = 20_000  # ids in one question, below SQLite's 32,766

Values = Mapping[tuple[int, str], Any]  #: (id, field) -> the value as JSON holds it


def values_at(
    session: Session, thing: str, fields: Collection[str], moment: datetime, ids: Collection[int] | None = None
) -> Values:
    """What "offer"s or "run"s were told to be at a moment, where they have changed since; ``ids``: of these alone."""
    entry = columns_of(AuditEntry)
    found: dict[tuple[int, str], Any] = {}
    for one, field, before, _ in _changes(session, thing, fields, entry.at > moment, ids):
        found.setdefault((one, field), before)
    return found


def subjects_since(session: Session, entry_id: int, offers: Collection[int]) -> set[str]:
    """The subjects that some offers have left or come to after an entry of the log."""
    entry = columns_of(AuditEntry)
    changes = _changes(session, "offer", (MAIN, FURTHER), entry.id > entry_id, offers)
    several = (told if isinstance(told, list) else [told] for _, _, *both in changes for told in both)
    return {code for codes in several for code in codes if code}


def _changes(
    session: Session, thing: str, fields: Collection[str], where: Any, ids: Collection[int] | None
) -> Iterator[tuple[int, str, Any, Any]]:
    """(id, field, before, after), the oldest first for each thing."""
    entry = columns_of(AuditEntry)
    query = sa.select(entry.thing_id, entry.event, entry.details).where(
        entry.thing == thing, entry.life.is_(None), entry.event.in_((*_WHOLE, *_SINGLE)), where
    )
    some = None if ids is None else sorted(ids)
    for start in range(0, 1 if some is None else len(some), _MOST):
        asked = query if some is None else query.where(entry.thing_id.in_(some[start : start + _MOST]))
        for one, event, details in session.execute(asked.order_by(entry.at, entry.id)):
            for field, before, after in _read(event, details or {}):
                if field in fields:
                    yield one, field, before, after


def _read(event: str, details: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    if event in _SINGLE:
        yield details["field"], details.get("from"), details.get("to")
        return
    for told in (details.get("fields"), details.get("values")):
        if isinstance(told, dict):  # what made two one told the names of the fields alone before
            yield from ((field, *both) for field, both in told.items())
