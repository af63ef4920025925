"""Locks that share a database share their numbers: what one part holds must not stop another."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from registry.core.db import Database
from registry.core.locks import Lock, hold


@pytest.mark.parametrize("asked", list(Lock))
def test_a_lock_stops_its_own_kind_and_nothing_else(database: Database, asked: Lock) -> None:
    if database.is_sqlite:
        with database.write() as session:
            hold(session, asked)  # one writer at a time already: no error, nothing to wait for
        return
    with database.read() as holder:
        hold(holder, Lock.SCHEDULER)
        with database.read() as other:
            other.execute(text("SET LOCAL lock_timeout = '100ms'"))
            if asked is Lock.SCHEDULER:
                with pytest.raises(OperationalError):
                    hold(other, asked)
            else:
                hold(other, asked)
