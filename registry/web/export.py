"""Downloads of a table: CSV, XLSX, ODS and JSON. CSV is what Norwegian Excel opens: UTF-8 with a mark, semicolons."""

import csv
import io
import json
import unicodedata
from typing import Any

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from importers.text import storable
from registry.core.text import slug
from registry.web.formatting import term_name
from registry.web.i18n import gettext
from registry.web.ods import MEDIA as ODS
from registry.web.ods import as_ods
from registry.web.tables import Kind, Table, plain

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": ODS,
    "json": "application/json",
}
_FORMULA = "=+-@"


def export(table: Table, kind: str) -> Response:
    """The download. Raises KeyError for a kind that is not in ``TYPES``."""
    media = TYPES[kind]
    body = as_json(table) if kind == "json" else as_csv(table) if kind == "csv" else as_sheet(table, kind)
    response = Response(body, content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{slug(table.name) or "tabell"}.{kind}"'
    return response


def as_csv(table: Table) -> bytes:
    """Decimal comma, as a Norwegian spreadsheet reads it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(_headings(table))
    for row in _rows(table):
        writer.writerow(
            [str(cell).replace(".", ",") if isinstance(cell, float) else "" if cell is None else cell for cell in row]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_json(table: Table) -> bytes:
    """A list of objects under the columns' keys; values are data, not cells, and are left as they are."""
    keys = [column.key for column in table.columns]
    rows = [dict(zip(keys, map(plain, row), strict=True)) for row in table.cells()]
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


def neutral(value: Any) -> Any:
    """What a cell can hold. A text that a spreadsheet would run as a formula gets an apostrophe first (OWASP, CSV injection).

    Judged after white space, control and invisible characters, and after full-width signs become plain ones.
    """
    if not isinstance(value, str):
        return value
    value = storable(value)
    if value[:1].isalnum():  # most cells: nothing before the letter, nothing to fold
        return value
    cleaned = "".join(char for char in value if unicodedata.category(char) not in ("Cc", "Cf", "Zs", "Zl", "Zp", "Mn"))
    folded = unicodedata.normalize("NFKC", cleaned)
    return f"'{value}" if folded[:1] and folded[0] in _FORMULA else value


def _headings(table: Table) -> list[str]:
    return [str(neutral(gettext(column.label))) for column in table.columns]


def _rows(table: Table) -> list[list[Any]]:
    kinds = [column.kind for column in table.columns]
    return [[neutral(_told(cell, kind)) for cell, kind in zip(row, kinds, strict=True)] for row in table.cells()]


def _told(cell: Any, kind: Kind | str) -> Any:
    """Labels and terms in the reader's language, as on the page; everything else as a file holds it."""
    if cell is None:
        return None
    if kind == Kind.LABEL:
        return gettext(str(cell))
    if kind == Kind.TERM:
        return term_name(cell) if isinstance(cell, str) else ", ".join(map(term_name, cell))
    return plain(cell)


def as_sheet(table: Table, kind: str) -> bytes:
    """A workbook of one sheet, "xlsx" or "ods". Raises KeyError for another kind."""
    if kind == "xlsx":
        return _as_workbook(table)
    return {"ods": as_ods}[kind](table.name[:31], _headings(table), _rows(table))


def _as_workbook(table: Table) -> bytes:
    """Row by row, never the whole sheet in memory: tens of thousands of rows are asked for."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.name[:31])
    heads = [WriteOnlyCell(sheet, heading) for heading in _headings(table)]
    for head in heads:
        head.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    sheet.append(heads)
    for row in _rows(table):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
