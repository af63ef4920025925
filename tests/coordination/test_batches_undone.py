"""One answer to several pairs is taken back as one, whatever was answered to some of them since, and in whatever order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session

from registry.access.policy import Actor, Holding
from registry.access.roles import Role
from registry.coordination.operations import decide, decide_many, undo, undo_batch
from registry.coordination.operations.deciding import standing_decisions
from registry.coordination.queries.desk.reviewing import log_of
from registry.coordination.states import Verdict
from registry.core.db import Database
from tests.meanwhile import meanwhile

COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)


def standing(session: Session, pairs: list[int]) -> dict[int, Verdict]:
    return {pair: one.verdict for pair, one in standing_decisions(session, pairs).items()}


def answered(session: Session, pairs: list[int]) -> tuple[str, int]:
    """The batch, and the answer that has replaced its first one since."""
    batch = decide_many(session, COORDINATOR, pairs, "keep_both", "Ulike fylker")
    return batch, decide(session, COORDINATOR, pairs[0], "wrong_data", "Feil trinn").pk


@pytest.mark.parametrize("batch_first", [True, False])
def test_both_undone_leave_nothing(database: Database, three: list[int], batch_first: bool) -> None:
    with database.write() as session:
        batch, replacing = answered(session, three)
        steps: list[Callable[[], object]] = [
            lambda: undo_batch(session, COORDINATOR, batch),
            lambda: undo(session, COORDINATOR, replacing),
        ]
        for step in steps if batch_first else reversed(steps):
            step()
        assert standing(session, three) == {}


def test_what_stood_before_the_batch_stands_again(database: Database, three: list[int]) -> None:
    with database.write() as session:
        decide(session, COORDINATOR, three[0], "cannot_decide", "Venter på tall")
        outer, _ = answered(session, three)
        inner = decide_many(session, COORDINATOR, three, "coordinate")
        assert undo_batch(session, COORDINATOR, inner) == 3
        assert set(standing(session, three).values()) == {Verdict.KEEP_BOTH, Verdict.WRONG_DATA}
        assert undo_batch(session, COORDINATOR, outer) == 2, "what stands again is of its batch as before"
        undo(session, COORDINATOR, standing_decisions(session, three)[three[0]].pk)
        assert standing(session, three) == {three[0]: Verdict.CANNOT_DECIDE}


def test_one_that_was_undone_by_itself_takes_no_other_along(database: Database, three: list[int]) -> None:
    with database.write() as session:
        _batch, replacing = answered(session, three)
        undo(session, COORDINATOR, standing_decisions(session, three)[three[1]].pk)
        undo(session, COORDINATOR, replacing)
        assert standing(session, three) == {three[0]: Verdict.KEEP_BOTH, three[2]: Verdict.KEEP_BOTH}


def test_the_log_tells_that_it_was_undone(database: Database, three: list[int]) -> None:
    with database.write() as session:
        batch = decide_many(session, COORDINATOR, three, "keep_both")
        undo_batch(session, COORDINATOR, batch)
        assert [line.event for line in log_of(session, three[0])] == ["decided", "undone"]


def test_what_is_restored_at_that_moment_is_taken_along(database: Database, three: list[int]) -> None:
    with database.write() as session:
        batch, replacing = answered(session, three)

    def all_of_it() -> int:
        with database.write() as session:
            return undo_batch(session, COORDINATOR, batch)

    with ThreadPoolExecutor(1) as second:
        with database.write() as session:
            undo(session, COORDINATOR, replacing)
            taken = meanwhile(database, second, all_of_it)
        assert taken.result(60) == 3
    with database.read() as session:
        assert standing(session, three) == {}
