"""ODS row by row from the stream of ``content.xml``.

odfpy builds the whole document as a tree, about 40 times the file, and tablib reads through it; so they write our
templates, and reading is done here. OpenDocument 1.3, part 3, chapter 9 (tables) and 19 (values).
"""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse

from importers.sheets.lines import MAX_COLUMNS, Line

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CELLS = {_TABLE + "table-cell", _TABLE + "covered-table-cell"}
_MAX_SPACES = 1_000


def lines(path: Path, choose: Callable[[list[str]], str | None]) -> Iterator[Line]:
    """Yield the rows of the sheet that ``choose`` picks by name; a run of repeated empty rows is one line.

    Errors of the XML parser are let through; the caller knows what a damaged workbook means.
    """
    with zipfile.ZipFile(path) as archive:
        with archive.open("content.xml") as stream:
            names = [table.get(_TABLE + "name") or "" for table in _tables(stream)]
        name = choose(names)
        if name is None:
            return
        with archive.open("content.xml") as stream:
            yield from _rows(iterparse(stream, events=("start", "end"), forbid_dtd=True), names.index(name))


def _tables(stream: IO[bytes]) -> Iterator[Element]:
    """Every table as it opens; what has been read is thrown away."""
    opened: list[Element] = []
    for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            opened.append(element)
            if element.tag == _TABLE + "table":
                yield element
        else:
            opened.pop()
            if opened:
                opened[-1].remove(element)


def _rows(events: Iterator[tuple[str, Element]], wanted: int) -> Iterator[Line]:
    number, index, inside = 1, -1, False
    opened: list[Element] = []
    within = 0  # how deep in a row: what a row holds stays until the row is read, anything else goes as it closes
    for event, element in events:
        if event == "start":
            opened.append(element)
            within += element.tag == _TABLE + "table-row"
        if element.tag == _TABLE + "table":
            if event == "start":
                index += 1
                inside = index == wanted
            elif inside:
                return
        elif event == "end" and element.tag == _TABLE + "table-row" and inside:
            line = Line(number, _cells(element))
            repeated = _count(element, "number-rows-repeated")
            for step in range(1 if line.empty else repeated):
                yield Line(number + step, line.cells)
            number += repeated
        if event == "end":
            opened.pop()
            within -= element.tag == _TABLE + "table-row"
            if opened and not within:
                opened[-1].remove(element)


def _cells(row: Element) -> tuple[str | None, ...]:
    cells: list[str | None] = []
    for cell in row:
        if cell.tag in _CELLS:
            room = MAX_COLUMNS - len(cells)
            cells += [_value(cell)] * min(room, _count(cell, "number-columns-repeated"))
    return tuple(cells)


def _count(element: Element, name: str) -> int:
    return max(1, int(element.get(_TABLE + name) or 1))


def _value(cell: Element) -> str | None:
    kind = cell.get(_OFFICE + "value-type")
    if kind in ("float", "percentage", "currency"):
        return (cell.get(_OFFICE + "value") or "").removesuffix(".0") or None
    if kind == "date":
        return (cell.get(_OFFICE + "date-value") or "")[:10] or None
    if kind == "boolean":
        return "ja" if cell.get(_OFFICE + "boolean-value") == "true" else "nei"
    paragraphs = [_text(child) for child in cell if child.tag == _TEXT + "p"]
    return "\n".join(paragraphs) or cell.get(_OFFICE + "string-value") or None


def _text(paragraph: Element) -> str:
    """The text of a paragraph, spans and all; comments (``office:annotation``) are no part of the value."""
    parts = [paragraph.text or ""]
    for child in paragraph:
        if child.tag == _TEXT + "s":
            parts.append(" " * min(_MAX_SPACES, int(child.get(_TEXT + "c") or 1)))
        elif child.tag == _TEXT + "tab":
            parts.append("\t")
        elif child.tag == _TEXT + "line-break":
            parts.append("\n")
        elif child.tag != _OFFICE + "annotation":
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)
