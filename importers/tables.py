"""Rows of a CSV file by their headings, for feeds that have one table and no template of ours."""

from collections.abc import Iterator
from functools import lru_cache

from importers.faults import Fault, rejected
from importers.payloads import Examined, open_text
from importers.protocol import PayloadRefused, RejectedRow
from importers.sentences import Sentence
from importers.sheets.delimited import lines
from importers.text import fold

_CURE = Sentence("Hent filen på nytt, eller rett anførselstegn og skilletegn.")

RawRow = dict[str, str | None]


def csv_rows(
    examined: Examined, known: frozenset[str], wrong: PayloadRefused, *, least: int = 2
) -> Iterator[tuple[int, RawRow | RejectedRow]]:
    """Yield the number and the cells of every row that is not empty; a row of the wrong length is rejected.

    ``known`` are headings, folded (:func:`folded`). Raises ``wrong`` where fewer than ``least`` of them stand in the first
    row, and :class:`PayloadRefused` where the file ends inside quotes.
    """

    def count(headings: list[str]) -> int:
        return sum(folded(heading) in known for heading in headings)

    with open_text(examined) as stream:
        headings: list[str] = []
        for line in lines(stream, count):
            cells = [cell or "" for cell in line.cells]
            if line.fault is None and not any(cell.strip() for cell in cells):
                continue
            if not headings:
                if count(cells) < least:
                    raise wrong
                headings = [fold(cell) for cell in cells]
            elif line.fault or len(cells) != len(headings):
                text = line.fault or Sentence(
                    "Raden har %(cells)s felt, men overskriften har %(headings)s.",
                    cells=len(cells),
                    headings=len(headings),
                )
                raw = dict(zip(headings, cells, strict=False))
                yield line.number, rejected(line.number, [Fault(Sentence("Raden"), None, text, _CURE)], raw)
            else:
                yield line.number, {heading: cell or None for heading, cell in zip(headings, cells, strict=True)}


@lru_cache(maxsize=512)
def folded(heading: str) -> str:
    """A heading as it is compared."""
    return fold(heading).casefold()
