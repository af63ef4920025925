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
from importers.payloads import MAX_BYTES
from importers.protocol import Payload, PayloadRefused, Row
from importers.sentences import Sentence, in_quotes, joined
from importers.sheets import templates
from importers.sheets.columns import Found
from importers.sheets.rows import Cells, open_sheet

NAME = "offers-sheet"
TITLE = "Tilbud i regneark fra malen vår (CSV, XLSX eller ODS)"

SHEET = "Tilbud"


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield every row with content once, in order; positions are row numbers as the user sees them."""
    opened = open_sheet(payload, SHEET, COLUMNS, max_bytes=max_bytes)
    _require_provider(opened.found)
    yield from opened.notices
    sheet = Sheet(Cells.of(opened.found, COLUMNS))
    for line in opened.lines:
        yield sheet.row(line)


def template(kind: str) -> bytes:
    """An empty sheet to fill in: ``kind`` is "csv", "xlsx" or "ods". Raises ValueError on any other kind."""
    return templates.build(kind, SHEET, COLUMNS)


def _require_provider(found: Found) -> None:
    if not any(column.field in found.places for column in PROVIDER):
        names = joined((in_quotes(column.name) for column in PROVIDER), ", ")
        raise PayloadRefused(
            Sentence("Arket mangler tilbyderen: minst én av kolonnene %(names)s må være med.", names=names),
            Sentence("Legg til overskriften i den første raden. Bruk gjerne malen."),
        )
