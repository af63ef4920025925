"""The chain: append-only, in order, and broken where somebody touched it."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from registry.core import audit
from registry.core.audit import AuditEntry
from registry.core.db import Database


def write(database: Database, count: int = 3) -> None:
    with database.write() as session:
        for number in range(count):
            audit.record(
                session,
                actor="test",
                thing="offer",
                thing_id=number,
                event="made",
                details={"navn": "Språk", "n": number},
            )


def test_the_chain_holds_over_several_transactions(database: Database) -> None:
    write(database)
    write(database)
    with database.read() as session:
        rows = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
        assert [row.previous_hash for row in rows] == [audit.GENESIS, *(row.hash for row in rows[:-1])]
        assert audit.first_broken(session) is None


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'nobody'", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_change_history(database: Database, statement: str) -> None:
    write(database)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text(statement))


def test_a_change_behind_our_back_is_named(database: Database) -> None:
    write(database, 5)
    off = "DROP TRIGGER audit_entry_no_update" if database.is_sqlite else "ALTER TABLE audit_entry DISABLE TRIGGER ALL"
    with database.write() as session:
        session.execute(text(off))
    with database.write() as session:
        session.execute(text("UPDATE audit_entry SET reason_text = 'smoothed over' WHERE id = 3"))
    with database.read() as session:
        assert audit.first_broken(session) == 3


def test_parallel_writers_make_one_chain(database: Database) -> None:
    threads = [threading.Thread(target=write, args=(database, 2)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert len(session.exec(select(AuditEntry)).all()) == 16
        assert audit.first_broken(session) is None
