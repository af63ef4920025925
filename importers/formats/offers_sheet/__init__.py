"""The registry's own sheet of offers, in CSV, XLSX or ODS, for institutions that have no feed.

One line is one run; lines with the same provider and offer code are the same offer. The columns and their meaning are
in ``columns.py``; ``template`` gives an empty sheet with a help sheet.

Quirks, each met with below or in ``importers.sheets``:

- Headings may be bokmål, nynorsk or English, in any order and case; unknown ones are told with the nearest known one.
- Follow-on lines of an offer may leave the columns about the offer empty; what they repeat must be the same.
- CSV comes with ``;``, ``,`` or tab, sometimes with Excel's ``sep=;`` line, and from older Excel in cp1252.
- Spreadsheets take leading zeros away (0238, 0301), turn "1-7" into a date, keep formulas with their last value, and
  count rows from the heading: positions are the row numbers that the user sees.
- Names have commas, so several values in a cell are set apart by semicolon, ``|`` or a line end.
"""

from collections.abc import Iterator

from importers.formats.offers_sheet.columns import COLUMNS, PROVIDER
from importers.formats.offers_sheet.rows import Sheet
from importers.payloads import MAX_BYTES, examine
from importers.protocol import Payload, PayloadRefused, Row
from importers.sheets import reading, templates
from importers.sheets.columns import Found, find, index, plain
from importers.sheets.lines import MAX_COLUMNS
from importers.text import fold, quoted

NAME = "offers-sheet"
TITLE = "Tilbud i regneark fra malen vår (CSV, XLSX eller ODS)"

SHEET = "Tilbud"


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield every row with content once, in order; positions are row numbers as the user sees them."""
    examined = examine(payload, max_bytes=max_bytes)
    known = index(COLUMNS)

    def count(headings: list[str]) -> int:
        return sum(plain(heading) in known for heading in headings)

    lines = reading.lines(examined, sheet=SHEET, known_headings=count)
    first = next(lines, None)
    if first is None:
        raise PayloadRefused("Arket er tomt.", "Fyll ut minst én rad under overskriftene, og prøv på nytt.")
    headings = first.cells[:MAX_COLUMNS]
    if not count([cell or "" for cell in headings]):
        start = fold(" ".join(cell for cell in headings if cell))
        raise PayloadRefused(
            f"Den første raden har ingen kjente overskrifter. Den begynner slik: {quoted(start)}.",
            "Bruk malen, eller sett overskriftene i den første raden.",
        )
    found = find(headings, COLUMNS)
    _require_provider(found)
    yield from (*examined.notices, *found.notices)
    sheet = Sheet(found)
    rows = 0
    for line in lines:
        rows += 1
        yield sheet.row(line)
    if not rows:
        raise PayloadRefused("Arket har overskrifter, men ingen rader.", "Fyll ut minst én rad, og prøv på nytt.")


def template(kind: str) -> bytes:
    """An empty sheet to fill in: ``kind`` is "csv", "xlsx" or "ods". Raises ValueError on any other kind."""
    return templates.build(kind, SHEET, COLUMNS)


def _require_provider(found: Found) -> None:
    if not any(column.field in found.places for column in PROVIDER):
        names = ", ".join(f"«{column.nb}»" for column in PROVIDER)
        raise PayloadRefused(
            f"Arket mangler tilbyderen: minst én av kolonnene {names} må være med.",
            "Legg til overskriften i den første raden. Bruk gjerne malen.",
        )
