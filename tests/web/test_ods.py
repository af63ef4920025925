"""The spreadsheet that is written is the one that others read."""

import io
import zipfile

import tablib
from hypothesis import given
from hypothesis import strategies as st
from odf import teletype
from odf.opendocument import load
from odf.table import TableCell, TableRow
from odf.text import P

from importers.text import unstorable
from registry.web.ods import MEDIA, as_ods

TEXTS = st.text().filter(lambda text: not unstorable(text))


def read(body: bytes) -> list[list[list[str]]]:
    """Rows of cells of lines, as odfpy understands them."""
    rows = load(io.BytesIO(body)).spreadsheet.getElementsByType(TableRow)
    cells = [row.getElementsByType(TableCell) for row in rows]
    return [[[teletype.extractText(line) for line in cell.getElementsByType(P)] for cell in row] for row in cells]


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=4))
def test_every_text_comes_back_with_its_lines_and_spaces(rows: list[list[str]]) -> None:
    expected = [[text.splitlines() or [""] for text in row] for row in (["En", "To"], *rows)]
    assert read(as_ods('<"navn">', ["En", "To"], rows)) == expected


def test_numbers_are_numbers_and_nothing_is_nothing() -> None:
    body = as_ods("tabell", ["Tall"], [[42], [0.5], [-1], [True], [None]])
    assert [row[0] for row in tablib.Dataset().load(body, format="ods")] == [42, 0.5, -1, True, ""]


def test_the_kind_is_known_by_the_beginning_of_the_file() -> None:
    body = as_ods("tabell", ["Tall"], [])
    assert body[30:38] == b"mimetype"
    assert body[38 : 38 + len(MEDIA)] == MEDIA.encode()
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        assert package.namelist() == ["mimetype", "content.xml", "META-INF/manifest.xml"]
