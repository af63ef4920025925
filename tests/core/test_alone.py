"""A lock that one process has for as long as it works, on both databases; and what happens to who loses it."""

import fcntl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from registry.core.alone import alone
from registry.core.db import Database
from registry.core.locks import Lock

_LOCKS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND CAST(objid AS bigint) = :lock"


@contextmanager
def lost_to(other: Database, lock: Lock = Lock.SCHEDULER) -> Iterator[None]:
    """The lock, taken from who holds it: their connection is ended, or another file put in the place of theirs.

    Whoever takes it stands in line before it is free, or the one who lost it might have it again first.
    """
    if other.is_sqlite:
        path = Path(f"{other.engine.url.database}-{lock.name.lower()}")
        mine = path.with_suffix(".mine")
        with mine.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            mine.replace(path)
            yield
        return
    number = {"lock": int(lock)}
    with other.engine.connect() as connection, other.engine.connect() as looking, ThreadPoolExecutor(1) as line:
        waiting = line.submit(connection.execute, text("SELECT pg_advisory_lock(:lock)"), number)
        while not looking.execute(text(f"SELECT 1 FROM ({_LOCKS} AND NOT granted) w"), number).first():
            time.sleep(0.01)
        looking.execute(text(f"SELECT pg_terminate_backend(pid, 5000) FROM ({_LOCKS} AND granted) h"), number)
        waiting.result(20)
        connection.commit()
        yield
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), number)
        connection.commit()


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """As another process has it."""
    opened = Database(database.url)
    yield opened
    opened.dispose()


def test_one_holds_it_and_others_do_not(database: Database, other: Database) -> None:
    with alone(database, Lock.SCHEDULER) as first:
        for asks in (other, database):
            with alone(asks, Lock.SCHEDULER) as second:
                assert second is None
        with alone(other, Lock.INDEX) as another:
            assert another is not None, "each lock is one of its own"
        assert first is not None
        assert first.stands()
    with alone(other, Lock.SCHEDULER) as afterwards:
        assert afterwards is not None


def test_it_is_free_after_an_error(database: Database, other: Database) -> None:
    def fall() -> None:
        with alone(database, Lock.SCHEDULER):
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fall()
    with alone(other, Lock.SCHEDULER) as lease:
        assert lease is not None


def test_who_waits_has_it_when_it_is_free(database: Database, other: Database) -> None:
    steps = []

    def wait() -> None:
        with alone(other, Lock.SCHEDULER, wait=True) as lease:
            steps.append(lease is not None and lease.stands())

    waiting = threading.Thread(target=wait)
    with alone(database, Lock.SCHEDULER):
        waiting.start()
        time.sleep(0.2)
        assert steps == []
    waiting.join(20)
    assert steps == [True]


def test_who_has_lost_it_learns_so(database: Database, other: Database) -> None:
    with alone(database, Lock.SCHEDULER) as first:
        assert first is not None
        with lost_to(other):
            assert not first.stands()
            assert not first.stands(), "a connection made anew brings no lock with it"


def test_what_is_lost_on_the_way_out_is_lost(database: Database, other: Database) -> None:
    """The block ends as it would have; the connection is not lent again with a lock on it."""
    with alone(database, Lock.SCHEDULER), lost_to(other):
        pass
    with alone(database, Lock.SCHEDULER) as again:
        assert again is not None


def test_a_server_that_is_away_is_told() -> None:
    away = Database("postgresql+psycopg://registry@127.0.0.1:9/none")
    with pytest.raises(OperationalError), alone(away, Lock.SCHEDULER):
        pass
    away.dispose()
