"""One row of a table, whichever kind of file it was kept in."""

from dataclasses import dataclass

from importers.sentences import Sentence

#: Cells right of this are not read; the widest template has about 40 columns.
MAX_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number as the user sees it, its cells as text, and what is wrong if the row cannot be read at all.

    Dates come as ISO text ("2026-08-17"), numbers with a decimal point ("7.5"), truth values as "ja" and "nei", and
    formulas as their last computed value; an empty cell is None.
    """

    number: int
    cells: tuple[str | None, ...]
    fault: Sentence | None = None

    @property
    def empty(self) -> bool:
        return self.fault is None and not any(cell and cell.strip() for cell in self.cells)
