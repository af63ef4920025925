"""Whatever is done to applications in whatever order, no place is given twice and the log tells the rows' story."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from registry.core import audit
from registry.core.db import Database
from tests.applications import making
from tests.applications.machines import walk
from tests.applications.walking import edges


def test_every_edge_is_walked_and_nothing_untrue_comes_of_any_order(database: Database) -> None:
    """``bench/walks.py`` goes on until each edge has been walked twenty times on both databases."""
    world = walk(database, examples=2, steps=10)
    assert world.refused > 0
    world.cover(times=1, most=1_000)
    assert {edge for edge in edges() if not world.walked[edge]} == set()
    with database.read() as session:
        assert audit.first_broken(session) is None


#: Rows that a status forbids: the database itself says no.
IMPOSSIBLE = (
    "UPDATE application SET decision = 'rejected'",
    "UPDATE application SET answer = 'declined'",
    "UPDATE application SET decision = 'offered', answer = 'accepted'",
    "UPDATE application SET decision = 'offered', answer = 'offered'",
    "UPDATE application SET attendance = 'started'",
    "UPDATE application SET decision = 'offered', answer = 'accepted', attendance = 'completed'",
    "UPDATE application SET standing = 'withdrawn'",
    "UPDATE application SET standing = 'displaced'",
    "UPDATE application SET withdraw_reason = 'personal'",
    "UPDATE application SET endorsement = 'declined'",
    "UPDATE application SET priority = 0",
    "UPDATE application SET decision = 'maybe'",
    "UPDATE run SET state = 'cancelled'",
    "UPDATE run SET cancel_reason = 'funding'",
    "UPDATE run SET state = 'postponed'",
    "UPDATE run SET state = 'absorbed'",
    "UPDATE run SET absorbed_into_id = id",
    "UPDATE offer SET state = 'discontinued'",
    "UPDATE offer SET discontinue_reason = 'funding'",
)


@pytest.fixture
def one(database: Database) -> Iterator[Database]:
    with database.write() as session:
        making.application(session, making.run(session))
    return database


def test_the_database_refuses_rows_that_cannot_be(one: Database) -> None:
    for statement in IMPOSSIBLE:
        with pytest.raises(IntegrityError), one.write() as session:
            session.execute(text(statement))
