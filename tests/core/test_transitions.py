"""The only way to change a status: legal or refused, and on refusal nothing has happened."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from sqlmodel import Session, col, select

from registry.core import events
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import IllegalTransition, NeedsReason, NotAllowed
from registry.core.events import OutboxRow
from registry.core.transitions import Life, Transition, apply


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    LOCKED = "locked"


class Right(StrEnum):
    USE = "door.use"
    LOCK = "door.lock"


DOOR = Life(
    thing="door",
    name="position",
    column="position",
    states=Door,
    start=Door.SHUT,
    topic=events.OFFER_CHANGED,
    transitions=(
        Transition("open", frozenset({Door.SHUT}), Door.OPEN, Right.USE),
        Transition("shut", frozenset({Door.OPEN}), Door.SHUT, Right.USE),
        Transition("lock", frozenset({Door.SHUT}), Door.LOCKED, Right.LOCK, needs_reason=True),
        Transition("open", frozenset({Door.LOCKED}), Door.OPEN, Right.LOCK),
    ),
)
LEGAL = {
    ("open", Door.SHUT): Door.OPEN,
    ("open", Door.LOCKED): Door.OPEN,
    ("shut", Door.OPEN): Door.SHUT,
    ("lock", Door.SHUT): Door.LOCKED,
}


@dataclass
class Thing:
    position: Door
    pk: int = 7
    note: str = "untouched"


@dataclass
class Somebody:
    """Holds some rights over one house."""

    rights: frozenset[Right] = frozenset(Right)
    house: str = "mine"
    name: str = "person:7"
    asked: list[tuple[Any, Any]] = field(default_factory=list)

    def require(self, permission: Any, scope: Any) -> None:
        self.asked.append((permission, scope))
        if permission not in self.rights or scope != self.house:
            raise NotAllowed("Nei.")


def move(session: Session, thing: Thing, event: str, actor: Somebody | None = None, **options: Any) -> Transition:
    return apply(session, actor or Somebody(), thing, DOOR, event, scope="mine", key="front-door", **options)


def written(database: Database) -> tuple[list[AuditEntry], list[OutboxRow]]:
    with database.read() as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
        return list(entries), list(session.exec(select(OutboxRow)).all())


@pytest.mark.parametrize("state", Door)
@pytest.mark.parametrize("event", ["open", "shut", "lock", "paint"])
def test_every_cell_moves_as_the_table_says_or_is_refused(database: Database, event: str, state: Door) -> None:
    thing = Thing(state)
    with database.write() as session:
        if (event, state) in LEGAL:
            row = move(session, thing, event, reason_code="night")
            assert (row.event, row.target) == (event, LEGAL[event, state])
        else:
            with pytest.raises(IllegalTransition) as refusal:
                move(session, thing, event, reason_code="night")
            assert refusal.value.details == {"life": "position", "event": event, "state": state.value}
            assert event not in refusal.value.message  # codes are for machines
    entries, told = written(database)
    happened = (event, state) in LEGAL
    assert thing == Thing(LEGAL.get((event, state), state))
    assert (len(entries), len(told)) == (int(happened), int(happened))


def test_the_audit_row_says_who_what_when_and_why(database: Database) -> None:
    night = datetime(2026, 3, 1, 22, tzinfo=UTC)
    with database.write() as session:
        move(session, Thing(Door.SHUT), "lock", at=night, reason_code="night", reason_text="Sent.", details={"key": 3})
    [entry], [event] = written(database)
    assert (entry.actor, entry.thing, entry.thing_id, entry.life) == ("person:7", "door", 7, "position")
    assert (entry.event, entry.from_state, entry.to_state) == ("lock", "shut", "locked")
    assert (entry.at, entry.reason_code, entry.reason_text, entry.details) == (night, "night", "Sent.", {"key": 3})
    assert entry.recorded_at > night
    assert (event.topic, event.key, event.done_at) == (events.OFFER_CHANGED, "front-door", None)


def test_the_permission_is_that_of_the_row_and_of_the_scope(database: Database) -> None:
    """«open» asks for different rights from shut and from locked."""
    actor = Somebody()
    with database.write() as session:
        move(session, Thing(Door.SHUT), "open", actor)
        move(session, Thing(Door.LOCKED), "open", actor)
    assert actor.asked == [(Right.USE, "mine"), (Right.LOCK, "mine")]


@pytest.mark.parametrize("actor", [Somebody(frozenset({Right.USE})), Somebody(house="yours")])
def test_without_permission_nothing_has_happened(database: Database, actor: Somebody) -> None:
    thing = Thing(Door.SHUT)
    with database.write() as session, pytest.raises(NotAllowed):
        move(session, thing, "lock", actor, reason_code="night")
    assert thing == Thing(Door.SHUT)
    assert written(database) == ([], [])


@pytest.mark.parametrize("reason", [None, ""])
def test_without_a_needed_reason_nothing_has_happened(database: Database, reason: str | None) -> None:
    thing = Thing(Door.SHUT)
    with database.write() as session, pytest.raises(NeedsReason) as refusal:
        move(session, thing, "lock", reason_code=reason)
    assert refusal.value.details == {"event": "lock"}
    assert thing == Thing(Door.SHUT)
    assert written(database) == ([], [])


def test_who_may_not_is_told_that_before_being_asked_for_a_reason(database: Database) -> None:
    with database.write() as session, pytest.raises(NotAllowed):
        move(session, Thing(Door.SHUT), "lock", Somebody(frozenset()))


def test_what_is_possible_is_named_once_and_in_the_order_of_the_table() -> None:
    assert DOOR.possible(Door.SHUT) == ("open", "lock")
    assert DOOR.possible(Door.LOCKED) == ("open",)
    assert DOOR.possible(Door.OPEN) == ("shut",)
