"""OpenDocument as LibreOffice writes it: repeats, spans, comments, typed values."""

import zipfile
from pathlib import Path

import pytest

from importers.payloads import Examined, Kind
from importers.protocol import PayloadRefused
from importers.sheets import reading
from importers.sheets.lines import Line

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)
TAIL = "</office:spreadsheet></office:body></office:document-content>"
HELP = '<table:table table:name="Hjelp"><table:table-row><table:table-cell><text:p>hjelp</text:p></table:table-cell></table:table-row></table:table>'


def read(folder: Path, rows: str, before: str = HELP) -> list[Line]:
    path = folder / "sheet.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml", f'{HEAD}{before}<table:table table:name="Ark1">{rows}</table:table>{HELP}{TAIL}'
        )
    examined = Examined(path, Kind.ZIP)
    return list(reading.lines(examined, sheet="Tilbud", known_headings=len))


def cell(content: str, **attributes: str) -> str:
    written = "".join(f' {key.replace("_", ":", 1).replace("_", "-")}="{value}"' for key, value in attributes.items())
    return f"<table:table-cell{written}>{content}</table:table-cell>"


def row(*cells: str, repeated: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


def test_values_by_their_type(tmp_path: Path) -> None:
    (line,) = read(
        tmp_path,
        row(
            cell("<text:p>30,00</text:p>", office_value_type="float", office_value="30"),
            cell("<text:p>x</text:p>", office_value_type="float", office_value="7.5"),
            cell("", office_value_type="date", office_date_value="2026-08-17T10:00:00"),
            cell("", office_value_type="boolean", office_boolean_value="true"),
            cell("", office_value_type="boolean", office_boolean_value="false"),
            cell("", office_value_type="string", office_string_value="tekst"),
            cell("", office_value_type="float"),
        ),
    )
    assert line == Line(1, ("30", "7.5", "2026-08-17", "ja", "nei", "tekst", None))


def test_text_with_spans_spaces_breaks_and_comments(tmp_path: Path) -> None:
    (line,) = read(
        tmp_path,
        row(
            cell('<office:annotation><text:p>husk</text:p></office:annotation><text:p>a<text:s text:c="2"/>b<text:tab/>c</text:p>'),
            cell("<text:p>en <text:span>to</text:span> tre<text:line-break/>fire</text:p><text:p>fem</text:p>"),
        ),
    )  # fmt: skip
    assert line.cells == ("a  b\tc", "en to tre\nfire\nfem")


def test_row_numbers_are_those_that_the_user_sees(tmp_path: Path) -> None:
    x = cell("<text:p>x</text:p>")
    header = f"<table:table-header-rows>{row(x)}</table:table-header-rows>"
    rows = read(
        tmp_path, header + row(cell(""), repeated=3) + row(x, repeated=2) + row(cell(""), repeated=1_048_000) + row(x)
    )
    assert [line.number for line in rows] == [1, 5, 6, 1_048_007]


def test_repeats_made_to_hurt_are_bounded(tmp_path: Path) -> None:
    wide = cell("<text:p>x</text:p>", table_number_columns_repeated="2000000000")
    (line,) = read(tmp_path, row(wide, wide))
    assert len(line.cells) == 200
    with pytest.raises(PayloadRefused, match="mer enn 50 000 rader"):
        read(tmp_path, row(cell("<text:p>x</text:p>"), repeated=2_000_000_000))
    (line,) = read(tmp_path, row(cell('<text:p>x<text:s text:c="2000000000"/></text:p>')))
    assert len(line.cells[0] or "") == 1_001


@pytest.mark.parametrize("rows", ["<table:table-row>", row(cell("", table_number_columns_repeated="x")), "<p>" * 5_000])
def test_damage_is_refused(tmp_path: Path, rows: str) -> None:
    with pytest.raises(PayloadRefused, match="ødelagt"):
        read(tmp_path, rows)


def test_the_help_sheet_is_not_read(tmp_path: Path) -> None:
    assert [line.cells for line in read(tmp_path, row(cell("<text:p>x</text:p>")))] == [("x",)]
    tilbud = HELP.replace("Hjelp", "tilbud").replace(">hjelp<", ">tilbud<")
    assert [line.cells for line in read(tmp_path, row(cell("<text:p>x</text:p>")), before=HELP + tilbud)] == [
        ("tilbud",)
    ]
