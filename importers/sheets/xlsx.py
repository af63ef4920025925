"""XLSX row by row, through openpyxl's reading mode."""

import itertools
import warnings
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import openpyxl

from importers.sheets.lines import MAX_COLUMNS, Line

_BATCH = 500
_LAST_ROW = 1_048_576  # Excel's own bound; a row beyond it was written to make the reader count
_EMPTY = (None,) * MAX_COLUMNS


def lines(path: Path, choose: Callable[[list[str]], str | None]) -> Iterator[Line]:
    """Yield every row with content of the sheet that ``choose`` picks from the names of the visible sheets.

    Formulas give their last computed value. Cells right of column 200 are not read.
    Errors of openpyxl are let through; the caller knows what a damaged workbook means.
    """
    with path.open("rb") as stream:  # a path would have to end in .xlsx, and payloads are kept under other names
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns about styles and extensions, which are not read here
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        name = choose([sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"])
        if name is None:
            return
        sheet = book[name]
        sheet.reset_dimensions()  # the declared size of a sheet may be false
        rows = enumerate(sheet.iter_rows(min_row=1, max_row=_LAST_ROW, max_col=MAX_COLUMNS, values_only=True), 1)
        while True:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                batch = list(itertools.islice(rows, _BATCH))
            if not batch:
                return
            for number, cells in batch:
                if cells != _EMPTY:
                    yield Line(number, tuple(map(_text, cells)))


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "ja" if value else "nei"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
