"""Who is told of changes by the outbox worker, beside the search index."""

from collections.abc import Mapping, Sequence
from typing import Final

from registry.access.policy import system
from registry.coordination.operations import detect_changed
from registry.core import events
from registry.core.db import Database
from registry.core.events import OutboxRow
from registry.schedule.outbox import Listener


def find_flags(database: Database, rows: Sequence[OutboxRow]) -> None:
    """An edited offer's duplicates and overlaps, at once; the next full detection confirms them."""
    detect_changed(database, system("detect"), {row.key for row in rows})


LISTENERS: Final[Mapping[str, Listener]] = {
    events.OFFER_CHANGED: find_flags,
    events.RUN_CANCELLED: find_flags,
}
