"""Who is told of changes by the outbox worker, beside the search index."""

from collections.abc import Mapping, Sequence
from typing import Final

from registry.access.policy import system
from registry.coordination.operations import detect_changed, judge_changed
from registry.core import events
from registry.core.db import Database
from registry.core.events import OutboxRow
from registry.schedule.outbox import Listener


def find_flags(database: Database, rows: Sequence[OutboxRow]) -> None:
    """An edited offer's duplicates and overlaps, and the risk of its runs, at once; the next full detection confirms them."""
    keys = {row.key for row in rows}
    detect_changed(database, system("detect"), keys)
    judge_changed(database, system("detect"), offers=keys)


def judge_applied_to(database: Database, rows: Sequence[OutboxRow]) -> None:
    """The risk of the runs that applications came to or were taken back from."""
    judge_changed(database, system("detect"), applications={int(row.key) for row in rows})


def judge_counted(database: Database, rows: Sequence[OutboxRow]) -> None:
    """The risk of the runs whose institutions tell how many have applied."""
    judge_changed(database, system("detect"), counted={row.key for row in rows})


LISTENERS: Final[Mapping[str, Listener]] = {
    events.OFFER_CHANGED: find_flags,
    events.RUN_CANCELLED: find_flags,
    events.APPLICATION_CHANGED: judge_applied_to,
    events.COUNTS_CHANGED: judge_counted,
}
