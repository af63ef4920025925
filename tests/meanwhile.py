"""Two who write at the same moment: the second goes as far as it comes while the first has changed and not yet committed."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from sqlalchemy import text

from registry.core.db import Database

T = TypeVar("T")
_HINDERED = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
)
_POLLS = 3_000  # of a hundredth of a second; counted, since tests make the clock stand still


def meanwhile(database: Database, second: ThreadPoolExecutor, work: Callable[[], T]) -> Future[T]:
    """Starts ``work`` and returns once it is done, or waits for a row that somebody holds: whatever it has read, it has read
    before the caller goes on. On SQLite it has not begun then, since writers take turns from their first line.
    """
    theirs = second.submit(work)
    for _ in range(_POLLS):
        if database.is_sqlite or theirs.done() or _is_hindered(database):
            return theirs
        Event().wait(0.01)
    raise TimeoutError("the second writer neither ends nor waits")


def _is_hindered(database: Database) -> bool:
    with database.read() as session:  # anew each time: who is active is told as of the transaction's first question
        return bool(session.execute(_HINDERED).scalar_one())
