"""The moment before which nothing changes any more, on both databases, from several connections."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import text
from sqlmodel import Session

from registry.core import clock
from registry.core.db import Database

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
LEEWAY = timedelta(seconds=2)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as travelled:
        yield travelled


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """As another process has it."""
    opened = Database(database.url)
    yield opened
    opened.dispose()


def begin(session: Session) -> None:
    session.execute(text("SELECT 1"))


def test_nobody_writes(database: Database) -> None:
    assert database.settled() == NOON - LEEWAY


def test_a_writer_holds_it_back_until_it_ends(
    database: Database, other: Database, noon: time_machine.Traveller
) -> None:
    with database.write() as session:
        begin(session)
        noon.shift(600)
        assert other.settled() == database.settled() == NOON - LEEWAY
    assert other.settled() == clock.now() - LEEWAY
    with pytest.raises(RuntimeError), database.write() as session:
        begin(session)
        raise RuntimeError("rolled back")
    assert other.settled() == clock.now() - LEEWAY


def test_a_reader_holds_nothing_back(database: Database, other: Database, noon: time_machine.Traveller) -> None:
    with database.read() as session:
        begin(session)
        noon.shift(600)
        assert other.settled() == clock.now() - LEEWAY


def test_the_oldest_of_several_counts(database: Database, other: Database, noon: time_machine.Traveller) -> None:
    if database.is_sqlite:  # who writes second waits for the first
        with database.write() as session:
            begin(session)
        noon.shift(600)
        with other.write() as session:
            begin(session)
            noon.shift(600)
            assert database.settled() == NOON + timedelta(seconds=600) - LEEWAY
        return
    with database.write() as first:
        begin(first)
        noon.shift(600)
        with other.write() as second:
            begin(second)
            assert database.settled() == NOON - LEEWAY
    assert database.settled() == clock.now() - LEEWAY


def test_a_writer_that_is_killed_holds_nothing_back(database: Database) -> None:
    code = (
        "import os, sys; from sqlalchemy import text; from registry.core.db import Database\n"
        "with Database(sys.argv[1]).write() as session:\n"
        "    session.execute(text('SELECT 1')); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, database.url], check=False).returncode == -9
    with database.engine.connect() as connection:  # the server notices in its own time
        for _ in range(500):
            if database.is_sqlite or not connection.execute(text(_HELD)).scalar():
                break
            connection.execute(text("SELECT pg_sleep(0.01)"))
    assert database.settled() == NOON - LEEWAY
