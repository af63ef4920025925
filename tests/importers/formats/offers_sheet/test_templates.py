"""The templates: every column, filled in and read back."""

import csv
import io

import openpyxl
import pytest

from importers.formats import offers_sheet
from importers.formats.offers_sheet.columns import COLUMNS
from tests.importers.feeds import Desk, as_csv, notices, offers


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_the_template_has_every_heading_and_can_be_filled_in(sheet: Desk, kind: str) -> None:
    empty = offers_sheet.template(kind)
    assert "ingen rader" in sheet.refused(empty, f"mal.{kind}").reason
    assert notices(sheet.read(fill_in(kind, empty, [column.example for column in COLUMNS]))) == []


def fill_in(kind: str, empty: bytes, values: list[str]) -> bytes:
    values = ["ja" if column.field == "cancelled" else value for column, value in zip(COLUMNS, values, strict=True)]
    if kind == "csv":
        return empty + as_csv(values).encode()
    if kind == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(empty))
        for place, value in enumerate(values, start=1):
            book["Tilbud"].cell(row=2, column=place).value = value
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()
    from odf import opendocument, table, text

    document = opendocument.load(io.BytesIO(empty))
    row = table.TableRow()
    for value in values:
        cell = table.TableCell(valuetype="string")
        cell.addElement(text.P(text=value))
        row.addElement(cell)
    document.spreadsheet.getElementsByType(table.Table)[0].addElement(row)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_the_three_templates_filled_in_alike_are_read_alike(sheet: Desk) -> None:
    found = [
        offers(sheet.read(fill_in(kind, offers_sheet.template(kind), [column.example for column in COLUMNS])))
        for kind in ("csv", "xlsx", "ods")
    ]
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 1


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_workbook_templates_explain_every_column(kind: str) -> None:
    import tablib

    book = tablib.Databook().load(offers_sheet.template(kind), format=kind)
    offers_in, guide = book.sheets()
    assert (offers_in.title, guide.title) == ("Tilbud", "Hjelp")
    assert [row[0] for row in guide] == [column.nb for column in COLUMNS]
    assert all(all(cell for cell in row) for row in guide)


def test_the_csv_template_opens_in_norwegian_excel() -> None:
    template = offers_sheet.template("csv")
    assert template.startswith(b"\xef\xbb\xbf")
    (headings,) = csv.reader(io.StringIO(template.decode("utf-8-sig")), delimiter=";")
    assert [heading.removesuffix(" *") for heading in headings] == [column.nb for column in COLUMNS]


def test_an_unknown_kind_of_template_is_told() -> None:
    with pytest.raises(ValueError, match="csv, xlsx, ods"):
        offers_sheet.template("pdf")
