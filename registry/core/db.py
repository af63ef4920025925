"""Engine, session and the one transaction per request, job or command.

SQLite is the embedded default, PostgreSQL the production engine. Writers on SQLite take the lock
at once (``BEGIN IMMEDIATE``): a read-modify-write that upgrades its lock later loses updates.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session, create_engine

from registry.core import audit, events, writers

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=15000",
    "recursive_triggers=ON",
    "temp_store=MEMORY",
    "cache_size=-64000",
)


def make_engine(url: str) -> Engine:
    """An engine with our own BEGIN on SQLite and a clean roll-back whenever a connection comes back."""
    if url.startswith("sqlite"):
        engine = create_engine(url, hide_parameters=True, connect_args={"check_same_thread": False, "timeout": 15})
        _own_sqlite(engine)
    else:
        engine = create_engine(
            url,
            hide_parameters=True,  # values of rows belong in no log
            pool_pre_ping=True,
            connect_args={
                "options": "-c statement_timeout=120000 -c timezone=UTC",
                "tcp_user_timeout": 30_000,  # ms; else a server that vanished is waited for a quarter of an hour
            },
        )
    writers.announce_writers(engine)  # after SQLite's own BEGIN: who is announced has the lock
    return engine


def _own_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions behind our back
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @event.listens_for(engine, "checkin")
    def checkin(connection: Any, _record: Any) -> None:
        if connection is not None and connection.in_transaction:
            connection.rollback()  # else a refused COMMIT becomes durable through the next borrower


class Database:
    """The database, seen from the rooms: ``read()`` and ``write()``, nothing else."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        self._writing = self.engine.execution_options(**{"writes": True, writers.ANNOUNCED: True})

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that is always rolled back. Rows that were read may be looked at afterwards."""
        with Session(self.engine, autoflush=False, expire_on_commit=False) as session:
            try:
                yield session
            finally:
                session.expunge_all()  # a roll-back would empty them
                session.rollback()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: commits at the end, rolls back on any error.

        Audit rows and outbox rows collected during the transaction are written last, so that the
        lock on the audit chain is held for as short as possible.
        """
        with Session(self._writing, expire_on_commit=False) as session:
            try:
                yield session
                session.flush()
                audit.write_pending(session)
                events.write_pending(session)
                session.commit()
            except BaseException:
                session.rollback()
                raise

    def settled(self) -> datetime:
        """The moment before which nothing changes any more. Ask for it before the session that reads what it bounds."""
        return writers.settled(self.engine)

    def dispose(self) -> None:
        self.engine.dispose()
