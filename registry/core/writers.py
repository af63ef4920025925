"""Who is writing, and since when: what changed before the oldest of them began is all there to be read.

A change is stamped inside its transaction, so one that commits late is older than what others have read already. Every
transaction that writes therefore announces when it began, for as long as it is under way: by an advisory lock on PostgreSQL,
whose second number is the moment, and on SQLite, where one writes at a time, by a locked file beside the database. Both end
with the process.
"""

import fcntl
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from registry.core import clock
from registry.core.locks import Lock

#: Clocks of several machines differ by less, and so do the first stamp of a transaction and its beginning.
_LEEWAY = timedelta(seconds=2)
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)  # seconds since then fit PostgreSQL's integer until 2088
ANNOUNCED = "announced"  #: execution option of connections whose transactions tell that they are under way
_HELD = "writing"  # the name under which a connection of SQLite keeps its announcement
_ANNOUNCE = "SELECT pg_advisory_xact_lock_shared(%s, %s)"
_OLDEST = (
    "SELECT min(CAST(CAST(objid AS bigint) AS integer)) FROM pg_locks "
    "WHERE locktype = 'advisory' AND objsubid = 2 AND CAST(classid AS bigint) = %s "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def announce_writers(engine: Engine) -> None:
    """From now on every transaction of ``engine`` with the option ``ANNOUNCED`` tells that it is under way."""
    if engine.dialect.name == "sqlite":
        _announce_by_file(engine)
    else:
        _announce_by_lock(engine)


def settled(engine: Engine) -> datetime:
    """The moment before which nothing is stamped any more: whatever changed earlier can be read by who begins to read now."""
    moment = clock.now()
    since = _file_since(engine) if engine.dialect.name == "sqlite" else _lock_since(engine)
    return (moment if since is None else min(moment, since)) - _LEEWAY


def _announce_by_lock(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(ANNOUNCED, False):
            connection.exec_driver_sql(_ANNOUNCE, (int(Lock.WRITING), _seconds()))


def _lock_since(engine: Engine) -> datetime | None:
    with engine.connect() as connection:
        seconds = connection.exec_driver_sql(_OLDEST, (int(Lock.WRITING),)).scalar()
    return None if seconds is None else _EPOCH + timedelta(seconds=seconds)


def _announce_by_file(engine: Engine) -> None:
    path = _file(engine)
    if path is None:
        return

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(ANNOUNCED, False):
            release(connection, connection)
            handle = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
            fcntl.flock(handle, fcntl.LOCK_EX)  # who wrote before has committed: nobody else holds it for long
            handle.write(b"%16d" % _seconds())
            connection.info[_HELD] = handle

    @event.listens_for(engine, "checkin")
    def release(_connection: Any, record: Any) -> None:
        """The transaction is over, whatever became of it."""
        handle = record.info.pop(_HELD, None)
        if handle is not None:
            handle.close()


def _file_since(engine: Engine) -> datetime | None:
    """Whoever has the database's lock and not yet the file's has stamped nothing."""
    path = _file(engine)
    if path is None or not path.exists():
        return None
    with path.open("rb", buffering=0) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _EPOCH + timedelta(seconds=int(handle.read(16) or b"0"))
    return None


def _file(engine: Engine) -> Path | None:
    """None for a database in memory, which nobody else reads."""
    name = engine.url.database
    return Path(f"{name}-writing") if name and name != ":memory:" else None


def _seconds() -> int:
    return int((clock.now() - _EPOCH).total_seconds())
