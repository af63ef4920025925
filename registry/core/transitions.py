"""The only way to change a status.

A *life* is a table of frozen :class:`Transition` rows over one status column. ``apply`` checks that the
cell is legal, asks the actor for permission, sets the status, writes the audit row and publishes the event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlmodel import Session

from registry.core import audit, events
from registry.core.errors import IllegalTransition, NeedsReason


class Asker(Protocol):
    """Who asks. ``registry.access.policy.Actor`` is one."""

    @property
    def name(self) -> str: ...

    def require(self, permission: Any, scope: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a life: what may happen, from where, to where, by whom."""

    event: str
    sources: frozenset[StrEnum]
    target: StrEnum
    permission: StrEnum
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class Life:
    """A status column and everything that may happen to it. ``thing`` and ``name`` are kept in the audit log."""

    thing: str
    name: str
    column: str
    states: type[StrEnum]
    transitions: tuple[Transition, ...]
    start: StrEnum
    topic: str | None  #: who is told; None where nobody is
    by_event: Mapping[str, tuple[Transition, ...]] = field(init=False)

    def __post_init__(self) -> None:
        table: dict[str, list[Transition]] = {}
        for row in self.transitions:
            table.setdefault(row.event, []).append(row)
        object.__setattr__(self, "by_event", {event: tuple(rows) for event, rows in table.items()})

    def find(self, event: str, state: StrEnum) -> Transition:
        """The row for this cell. Raises IllegalTransition where the table has none."""
        for row in self.by_event.get(event, ()):
            if state in row.sources:
                return row
        raise IllegalTransition(
            "Dette går ikke an nå, for statusen er en annen enn handlingen krever. Last siden på nytt.",
            life=self.name,
            event=event,
            state=str(state),
        )

    def possible(self, state: StrEnum) -> tuple[str, ...]:
        """Events that are legal from a state, in the table's order."""
        return tuple(dict.fromkeys(row.event for row in self.transitions if state in row.sources))


def apply(
    session: Session,
    actor: Asker,
    thing: Any,
    life: Life,
    event: str,
    *,
    scope: Any,
    key: str,
    at: datetime | None = None,
    reason_code: str | None = None,
    reason_text: str | None = None,
    details: dict[str, Any] | None = None,
) -> Transition:
    """Move ``thing`` along ``life``. ``key`` is what the outbox is told; ``scope`` is what the permission is asked for.

    Raises IllegalTransition, NotAllowed or NeedsReason; nothing is changed then.
    """
    before: StrEnum = getattr(thing, life.column)
    row = life.find(event, before)
    actor.require(row.permission, scope)
    if row.needs_reason and not reason_code:
        raise NeedsReason("Velg en årsak.", event=event)
    setattr(thing, life.column, row.target)
    audit.record(
        session,
        actor=actor.name,
        thing=life.thing,
        thing_id=thing.pk,
        life=life.name,
        event=event,
        at=at,
        from_state=str(before),
        to_state=str(row.target),
        reason_code=reason_code,
        reason_text=reason_text,
        details=details,
    )
    if life.topic is not None:
        events.publish(session, life.topic, key)
    return row
