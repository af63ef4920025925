"""Empty sheets to fill in, made from a table of columns: CSV, XLSX and ODS, the last two with a help sheet."""

import io
from collections.abc import Callable, Sequence

import tablib
from odf import number as odf_number
from odf import style, table, text
from odf.opendocument import OpenDocumentSpreadsheet
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from importers.sheets.columns import Column

HELP_SHEET = "Hjelp"
_HELP_HEADINGS = (
    "Kolonne", "Må fylles ut", "Hva den betyr", "Hva du kan skrive", "Eksempel", "Overskrift på nynorsk",
    "Overskrift på engelsk",
)  # fmt: skip
_HELP_WIDTHS = (24, 14, 60, 60, 32, 24, 24)


def build(kind: str, sheet: str, columns: Sequence[Column]) -> bytes:
    """The template as a file. Raises ValueError where ``kind`` is not csv, xlsx or ods."""
    try:
        return _BUILDERS[kind](sheet, columns)
    except KeyError:
        raise ValueError(f"unknown kind of template: {kind!r}; known: {', '.join(_BUILDERS)}") from None


def _headings(columns: Sequence[Column]) -> list[str]:
    return [f"{column.nb} *" if column.required else column.nb for column in columns]


def _help(columns: Sequence[Column]) -> list[tuple[str, ...]]:
    rows = [
        (c.nb, "ja" if c.required else "nei", c.explained, c.allowed or "fri tekst", c.example, c.nn, c.en)
        for c in columns
    ]
    return [_HELP_HEADINGS, *rows]


def _csv(sheet: str, columns: Sequence[Column]) -> bytes:
    # Semicolon and a byte order mark: so Excel with Norwegian settings opens it right.
    data = tablib.Dataset(headers=_headings(columns), title=sheet)
    exported: str = data.export("csv", delimiter=";")
    return exported.encode("utf-8-sig")


def _xlsx(sheet: str, columns: Sequence[Column]) -> bytes:
    book = Workbook()
    offers = book.active
    assert offers is not None  # a new workbook has one sheet
    offers.title = sheet
    offers.append(_headings(columns))
    offers.freeze_panes = "A2"
    for place, column in enumerate(columns, start=1):
        head = offers.cell(row=1, column=place)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="FFE8E8E8" if not column.required else "FFFFE9A8")
        offers.column_dimensions[get_column_letter(place)].width = max(14, len(column.nb) + 4)
        offers.column_dimensions[get_column_letter(place)].number_format = "@"  # "1-7" and "0238" stay what they are
    guide = book.create_sheet(HELP_SHEET)
    for values in _help(columns):
        guide.append(values)
    guide.freeze_panes = "A2"
    for place, width in enumerate(_HELP_WIDTHS, start=1):
        guide.cell(row=1, column=place).font = Font(bold=True)
        guide.column_dimensions[get_column_letter(place)].width = width
    for cells in guide.iter_rows():
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _ods(sheet: str, columns: Sequence[Column]) -> bytes:
    book = OpenDocumentSpreadsheet()
    as_text = odf_number.TextStyle(name="as-text")
    as_text.addElement(odf_number.TextContent())
    book.automaticstyles.addElement(as_text)
    plain = style.Style(name="plain", family="table-cell", datastylename="as-text")
    bold = style.Style(name="bold", family="table-cell")
    bold.addElement(style.TextProperties(fontweight="bold"))
    for made in (plain, bold):
        book.automaticstyles.addElement(made)
    for title, rows, styled in ((sheet, [tuple(_headings(columns))], plain), (HELP_SHEET, _help(columns), plain)):
        made = table.Table(name=title)
        made.addElement(table.TableColumn(numbercolumnsrepeated=len(rows[0]), defaultcellstylename=styled))
        for place, values in enumerate(rows):
            row = table.TableRow()
            for value in values:
                cell = table.TableCell(valuetype="string", stylename=plain if place else bold)
                cell.addElement(text.P(text=value))
                row.addElement(cell)
            made.addElement(row)
        book.spreadsheet.addElement(made)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


_BUILDERS: dict[str, Callable[[str, Sequence[Column]], bytes]] = {"csv": _csv, "xlsx": _xlsx, "ods": _ods}
