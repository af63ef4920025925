"""CSV with semicolon, comma or tab, row by row, as a spreadsheet would number the rows."""

import csv
from collections.abc import Callable, Iterator
from typing import TextIO

from importers.protocol import PayloadRefused
from importers.sentences import Sentence
from importers.sheets.lines import Line

DELIMITERS = ";,\t"
_SAMPLE = 65_536


def lines(stream: TextIO, known_headings: Callable[[list[str]], int]) -> Iterator[Line]:
    """Yield every row, empty ones too.

    The delimiter is the one that gives most known headings in the first row that is not empty; ``known_headings``
    counts them. A row with misplaced quotes is yielded with ``fault``. Raises :class:`PayloadRefused` where the file
    ends inside quotes: then it is cut off, or a quote is never closed and rows would be swallowed.
    """
    delimiter = _delimiter(stream, known_headings)
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise PayloadRefused(
                    Sentence("Filen slutter midt i en tekst med anførselstegn."),
                    Sentence("Kontroller at hele filen kom med, og at hvert anførselstegn har en make."),
                ) from error
            yield Line(number, (), _fault(error))
        else:
            yield Line(number, tuple(cells))


def _fault(error: csv.Error) -> Sentence:
    if "field larger" in str(error):
        return Sentence("En tekst er lengre enn 131 072 tegn.")
    return Sentence("Anførselstegnene står feil.")


def _delimiter(stream: TextIO, known_headings: Callable[[list[str]], int]) -> str:
    """Find the delimiter and leave the stream at the first row. Excel's own line ``sep=;`` is obeyed and left out."""
    sample = stream.read(_SAMPLE)
    first = sample.split("\n", 1)[0].rstrip("\r")
    stream.seek(0)
    if first[:4].lower() == "sep=" and len(first) == 5 and first[4] in DELIMITERS + "|":
        stream.readline()
        return first[4]
    return max(DELIMITERS, key=lambda delimiter: known_headings(_first_row(sample, delimiter)))


def _first_row(sample: str, delimiter: str) -> list[str]:
    try:
        return next((row for row in csv.reader(sample.splitlines(keepends=True), delimiter=delimiter) if any(row)), [])
    except csv.Error:
        return []
