"""What every landing has in common: what it is given, and what it answers for each row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from importers.sentences import Sentence, joined
from importers.sheets.columns import Column, plain
from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.intake.reading.facts import Facts
from registry.intake.reading.result import Rejection

Row = tuple[str, Any]  #: the payload's name, the record


@dataclass(frozen=True, slots=True)
class Manifest:
    """The rows of one delivery and what is known of it. ``only`` is the one organisation whose rows are accepted."""

    rows: Sequence[Row]
    facts: Facts
    only: int | None
    columns: Sequence[Column]  #: of the sheet's template
    complete: bool  #: absence means something, and every row was read
    details: dict[str, Any]  #: for the ledger


@dataclass(slots=True)
class Landed:
    """What became of the rows: each is in ``outcomes`` or in ``rejections``."""

    columns: Sequence[Column]
    outcomes: list[tuple[Row, str]] = field(default_factory=list)  #: "new", "changed" or "unchanged"
    rejections: list[Rejection] = field(default_factory=list)
    vanished: int = 0
    notices: list[Sentence] = field(default_factory=list)

    def reject(
        self, row: Row, reason: Sentence, cure: Sentence, column: str | None = None, value: str | None = None
    ) -> None:
        """One row that cannot be taken. ``column`` is the template's heading; it is told as the sheet has it."""
        payload, record = row
        if column is not None:
            column = self._as_written(column, record.raw)
        told = Sentence("Rad %(row)s, %(faults)s", row=record.position, faults=joined((column or "", reason), ": "))
        self.rejections.append(Rejection(payload, record.position, told, column, value, cure, dict(record.raw)))

    def _as_written(self, heading: str, raw: Mapping[str, Any]) -> str:
        column = next((column for column in self.columns if column.nb == heading), None)
        if column is None:
            return heading
        known = set(map(plain, column.headings))
        return next((name for name in raw if plain(name) in known), column.name)

    def count(self, outcome: str) -> int:
        return sum(told == outcome for _, told in self.outcomes)


@dataclass(frozen=True, slots=True)
class Landing:
    """One kind of sheet. ``permission`` over ``scope(organisation)`` is what it takes to deliver one."""

    permission: Permission
    scope: Callable[[int | None], Scope]
    land: Callable[[Session, Actor, Manifest], Landed]
