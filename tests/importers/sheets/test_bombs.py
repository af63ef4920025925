"""Workbooks made to fill memory or time: small when packed, well formed, and refused or read within bounds."""

import io
import time
import zipfile
from pathlib import Path

import psutil
import pytest

from importers.formats import offers_sheet
from importers.formats.offers_sheet.columns import COLUMNS
from importers.protocol import OfferRecord, Payload, PayloadRefused, RejectedRow
from importers.sheets import archives
from tests.importers.feeds import as_xlsx

HEADINGS = [column.nb for column in COLUMNS]
BOOK = as_xlsx(HEADINGS, [column.example for column in COLUMNS])
SHEET = "xl/worksheets/sheet1.xml"
TOO_MUCH = "Regnearket har for mange celler, stiler eller tekster."


def replaced(book: bytes, part: str, old: bytes, new: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as before, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            if name == part:
                assert old in content
                content = content.replace(old, new, 1)
            after.writestr(name, content)
    return stream.getvalue()


def added(book: bytes, part: str, content: bytes) -> bytes:
    stream = io.BytesIO(book)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, content)
    return stream.getvalue()


def numbered(text: str, count: int) -> bytes:
    """The text so many times, each with a number of its own: what is all alike is packed too well, and refused for that."""
    return b"".join(text.replace("#", str(number)).encode() for number in range(count))


def in_sheet(content: bytes) -> bytes:
    return replaced(BOOK, SHEET, b"</sheetData>", content + b"</sheetData>")


def ods(content: bytes) -> bytes:
    book = offers_sheet.template("ods")
    return replaced(book, "content.xml", b"</table:table>", content + b"</table:table>")


BOMBS = {
    "cells beside each other in one row": lambda: in_sheet(b'<row r="3">' + numbered('<c t="n"><v>#</v></c>', 6_000) + b"</row>"),
    "cells": lambda: in_sheet(numbered('<row r="3"><c/><c/><c/><c/><c/><c/><c/><c/><c/><c/><c s="#"/></row>', 320_000 // 4) * 4),
    "cell styles": lambda: replaced(
        BOOK, "xl/styles.xml", b"</cellXfs>", numbered('<xf numFmtId="#" fontId="0" fillId="0" borderId="0"/>', 70_000) + b"</cellXfs>"
    ),
    "names": lambda: replaced(
        BOOK, "xl/workbook.xml", b"<calcPr", b"<definedNames>" + numbered('<definedName name="n#">A1</definedName>', 40_000) + b"</definedNames><calcPr"
    ),
    "conditional formats": lambda: replaced(
        BOOK, SHEET, b"</sheetData>", b"</sheetData>" + numbered('<conditionalFormatting sqref="A#"><cfRule type="expression" priority="#"/></conditionalFormatting>', 10_000)
    ),
    "strings": lambda: added(
        BOOK, "xl/sharedStrings.xml", b"<sst>" + numbered("<si><t>#</t></si>", 400_000) + b"</sst>"
    ),
    "rows": lambda: in_sheet(numbered('<row r="#"/>', 120_000)),
    "tables of an ODS": lambda: ods(numbered('</table:table><table:table table:name="#">', 30_000)),
    "cells of an ODS": lambda: ods(b"<table:table-row>" + numbered("<table:table-cell/>", 30_000) + b"</table:table-row>"),
}  # fmt: skip


@pytest.fixture(scope="module", params=BOMBS)
def bomb(request: pytest.FixtureRequest) -> bytes:
    return BOMBS[request.param]()


def test_a_bomb_does_no_harm(bomb: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(bomb)
    started, before = time.process_time(), psutil.Process().memory_info().rss
    with pytest.raises(PayloadRefused, match=TOO_MUCH):
        list(offers_sheet.read(Payload(path, "bomb")))
    assert time.process_time() - started < 10
    assert psutil.Process().memory_info().rss - before < 200_000_000


def test_what_is_large_within_the_bounds_is_read(tmp_path: Path) -> None:
    path = tmp_path / "book"
    path.write_bytes(in_sheet(numbered('<row r="3"><c r="A#"/></row>', 20_000)))
    rows = [row for row in offers_sheet.read(Payload(path, "book")) if isinstance(row, OfferRecord | RejectedRow)]
    assert len(rows) == 1


def test_the_bounds_leave_room_for_a_full_sheet() -> None:
    """15,000 rows with every cell filled: each cell has six tags, and each row two."""
    assert 15_000 * (6 * len(COLUMNS) + 2) < archives.MAX_SHEET_TAGS
    assert 6 * len(COLUMNS) + 2 < archives.MAX_ROW_TAGS
