"""The rows of a sheet that was made from a template: opened, its columns found, each row read into values or faults."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importers.faults import Fault, missing, unstorable_in
from importers.payloads import MAX_BYTES, examine
from importers.persons import without_persons
from importers.protocol import Notice, Payload, PayloadRefused
from importers.sentences import Sentence
from importers.sheets import reading
from importers.sheets.columns import Column, Found, Unreadable, find, index, plain
from importers.sheets.lines import MAX_COLUMNS, Line
from importers.sheets.values import refuse_formula_error
from importers.text import fold, quoted

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Opened:
    """A sheet whose headings are understood. ``lines`` are the rows under them that have content."""

    headings: Line
    found: Found
    told: tuple[Notice, ...]  #: of the file itself: in which encoding it was read
    lines: Iterator[Line]

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Everything that is worth telling before the first row."""
        return (*self.told, *self.found.notices)


def open_sheet(payload: Payload, sheet: str, columns: Sequence[Column], *, max_bytes: int = MAX_BYTES) -> Opened:
    """Open a CSV, XLSX or ODS file and match its first row with ``columns``; ``sheet`` is the one preferred in a workbook.

    Raises PayloadRefused for a file that is no table, has no row under the headings, or lacks a heading that it must have.
    """
    examined = examine(payload, max_bytes=max_bytes)
    known = index(columns)

    def count(headings: list[str]) -> int:
        return sum(plain(heading) in known for heading in headings)

    lines = reading.lines(examined, sheet=sheet, known_headings=count)
    first = next(lines, None)
    if first is None:
        raise PayloadRefused(
            Sentence("Arket er tomt."), Sentence("Fyll ut minst én rad under overskriftene, og prøv på nytt.")
        )
    headings = first.cells[:MAX_COLUMNS]
    if not count([cell or "" for cell in headings]):
        start = without_persons(fold(" ".join(cell for cell in headings if cell)))
        raise PayloadRefused(
            Sentence(
                "Den første raden har ingen kjente overskrifter. Den begynner slik: %(value)s.", value=quoted(start)
            ),
            Sentence("Bruk malen, eller sett overskriftene i den første raden."),
        )
    found = find(headings, columns)
    return Opened(first, found, examined.notices, _some(lines))


def _some(lines: Iterator[Line]) -> Iterator[Line]:
    line = next(lines, None)
    if line is None:
        raise PayloadRefused(
            Sentence("Arket har overskrifter, men ingen rader."), Sentence("Fyll ut minst én rad, og prøv på nytt.")
        )
    yield line
    yield from lines


@dataclass(frozen=True, slots=True)
class Cells:
    """Reads the rows of one sheet by its columns."""

    found: Found
    columns: Mapping[str, Column]  #: by field

    @classmethod
    def of(cls, found: Found, columns: Sequence[Column]) -> "Cells":
        return cls(found, {column.field: column for column in columns})

    def unfit(self, line: Line, raw: Mapping[str, str | None]) -> list[Fault]:
        """What is wrong with the row as a whole, before any cell is read."""
        spilled = any(cell and cell.strip() for cell in line.cells[len(self.found.headings) :])
        if line.fault or spilled:
            text = line.fault or Sentence("Raden har flere felt enn overskriften.")
            return [Fault(Sentence("Raden"), None, text, Sentence("Sjekk skilletegn og anførselstegn."))]
        return unstorable_in(raw)

    def read(self, line: Line) -> tuple[Values, list[Fault]]:
        """The values of the cells that have content, by field, and every cell that cannot be understood."""
        values: Values = {}
        faults: list[Fault] = []
        for name, place in self.found.places.items():
            cell = line.cells[place] if place < len(line.cells) else None
            if cell is None or not cell.strip():
                continue
            try:
                refuse_formula_error(cell)
                values[name] = self.columns[name].read(cell)
            except Unreadable as error:
                faults.append(Fault(self.heading(name), cell, error.text, error.cure))
        return values, faults

    def heading(self, name: str) -> str:
        """The column's heading as the sheet has it, else as the template has it."""
        return self.found.heading(name) if name in self.found.places else self.columns[name].name

    def told(self, name: str, faults: Sequence[Fault]) -> bool:
        """Has something been said of this column already?"""
        return any(fault.column == self.heading(name) for fault in faults)

    def lacking(self, values: Mapping[str, Any], faults: Sequence[Fault], required: Sequence[str]) -> list[Fault]:
        """One fault for each required field that has neither a value nor a fault."""
        return [
            missing(self.heading(name), Sentence("Skriv for eksempel %(example)s.", example=self.columns[name].example))
            for name in required
            if name not in values and not self.told(name, faults)
        ]
