"""Transactions: nothing half-written, nothing durable by accident, no lost updates."""

import threading
from datetime import UTC

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from registry.core import audit, clock, events
from registry.core.db import Database
from registry.core.events import OutboxRow
from registry.rules.models import Rule


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def half() -> None:
        with database.write() as session:
            audit.record(session, actor="test", thing="offer", thing_id=1, event="made")
            events.publish(session, events.OFFER_CHANGED, "a")
            session.flush()
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        half()
    with database.read() as session:
        assert session.exec(select(OutboxRow)).all() == []
        assert session.exec(select(audit.AuditEntry)).all() == []


def test_a_refused_commit_is_not_made_durable_by_the_next_borrower(database: Database) -> None:
    with database.read() as session:
        session.execute(text("UPDATE rule SET number = 99"))
    with database.write() as session:
        session.exec(select(Rule)).first()
    with database.read() as session:
        assert session.exec(select(Rule).where(col(Rule.number) == 99)).first() is None


def test_rows_that_were_read_may_be_looked_at_afterwards(database: Database) -> None:
    with database.read() as session:
        rule = session.exec(select(Rule).where(Rule.code == "SMALL_CELL")).one()
    assert rule.number == 5


def test_the_same_event_is_told_once_per_transaction(database: Database) -> None:
    with database.write() as session:
        for _ in range(3):
            events.publish(session, events.OFFER_CHANGED, "a")
        events.publish(session, events.OFFER_CHANGED, "b")
    with database.read() as session:
        assert [row.key for row in session.exec(select(OutboxRow).order_by(col(OutboxRow.id)))] == ["a", "b"]


def test_an_unknown_topic_is_refused(database: Database) -> None:
    with database.write() as session, pytest.raises(ValueError, match="unknown topic"):
        events.publish(session, "weather.changed", "a")


def test_enum_and_check_constraints_are_kept_by_the_database(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text("UPDATE county SET region = 'south'"))


def test_times_come_back_in_utc(database: Database) -> None:
    with database.write() as session:
        events.publish(session, events.OFFER_CHANGED, "a")
    with database.read() as session:
        created = session.exec(select(OutboxRow)).one().created_at
    assert created.tzinfo is UTC
    assert created <= clock.now()


def test_parallel_writers_lose_no_update(database: Database) -> None:
    """Read-modify-write under the row's lock: plain code loses half of these."""
    with database.write() as session:
        session.execute(update(Rule).values(number=0))

    def add_one() -> None:
        for _ in range(10):
            with database.write() as session:
                rule = session.exec(select(Rule).order_by(col(Rule.id)).limit(1).with_for_update()).one()
                rule.number += 1

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.exec(select(Rule).order_by(col(Rule.id)).limit(1)).one().number == 40
