"""What only one process may do at a time, for longer than a transaction: lead the scheduler, write to the search index.

An advisory lock of a connection's own on PostgreSQL, a locked file beside the database on SQLite. Both are free again when the
process is gone. A connection can be lost without its process, so whoever works for long asks now and then whether it still
holds the lock.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from registry.core.db import Database
from registry.core.locks import Lock

_LOOK_SECONDS = 0.1
_OURS = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND CAST(objid AS bigint) = :lock "
    "AND pid = pg_backend_pid() AND granted"
)


class Lease(Protocol):
    """A lock that is held, as far as is known."""

    def stands(self) -> bool:
        """Ask whether it is still held: False from the moment that somebody else may have it."""


@contextmanager
def alone(database: Database, lock: Lock, *, wait: bool = False) -> Iterator[Lease | None]:
    """The lock, held to the end of the block; None where somebody else has it, unless ``wait`` waits for them.

    Raises SQLAlchemyError where PostgreSQL cannot be reached.
    """
    with _by_file(database, lock, wait) if database.is_sqlite else _by_connection(database, lock, wait) as lease:
        yield lease


class _Connected:
    def __init__(self, connection: Connection, lock: Lock) -> None:
        self._connection = connection
        self._lock = lock

    def take(self) -> bool:
        taken = self._connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": int(self._lock)})
        found = bool(taken.scalar())
        self._connection.commit()  # the lock is the connection's; no transaction stays open
        return found

    def stands(self) -> bool:
        """A connection that was lost is made anew by the question itself: the lock is not."""
        try:
            found = self._connection.execute(_OURS, {"lock": int(self._lock)}).scalar()
            self._connection.commit()
        except SQLAlchemyError:
            with suppress(SQLAlchemyError):
                self._connection.rollback()
            return False
        return bool(found)

    def give_back(self) -> None:
        try:
            self._connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": int(self._lock)})
            self._connection.commit()
        except SQLAlchemyError:
            self._connection.invalidate()  # what may hold a lock is never lent again


@contextmanager
def _by_connection(database: Database, lock: Lock, wait: bool) -> Iterator[Lease | None]:
    with database.engine.connect() as connection:
        lease = _Connected(connection, lock)
        while not (taken := lease.take()) and wait:
            time.sleep(_LOOK_SECONDS)
        if not taken:
            yield None
            return
        try:
            yield lease
        finally:
            if lease.stands():
                lease.give_back()


class _Filed:
    def __init__(self, path: Path, inode: int) -> None:
        self._path = path
        self._inode = inode

    def stands(self) -> bool:
        """Who takes the file away and puts another in its place has let a second one in."""
        with suppress(FileNotFoundError):
            return self._path.stat().st_ino == self._inode
        return False


@contextmanager
def _by_file(database: Database, lock: Lock, wait: bool) -> Iterator[Lease | None]:
    path = Path(f"{database.engine.url.database}-{lock.name.lower()}")
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield None
            return
        yield _Filed(path, os.fstat(handle.fileno()).st_ino)
