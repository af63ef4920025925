"""A sheet that names people is written anew before anything of it is kept: pseudonyms where the national identity numbers were.

What is read, kept, shown and put in quarantine afterwards is the copy; rows keep their numbers.
"""

import csv
import re
from collections.abc import Sequence
from io import TextIOBase
from pathlib import Path

from importers.persons import UNREADABLE, national_id, without_persons
from importers.protocol import Notice, Payload
from importers.sentences import Sentence
from importers.sheets.columns import Column, Unreadable
from importers.sheets.contract import Pseudonyms
from importers.sheets.lines import Line
from importers.sheets.rows import open_sheet

_ONE = r"[A-Za-z0-9_-]{1,15}:[0-9a-f]{48,64}"
_SOME = re.compile(rf"{_ONE}(?: {_ONE})*")
# What the CSV reader says of a row it cannot part into cells; the copy must be as unreadable, and hold none of it.
_TORN = '"uleselig"x'


def protect(
    payload: Payload,
    target: Path,
    sheet: str,
    columns: Sequence[Column],
    person: str,
    pseudonyms: Pseudonyms,
    ours: frozenset[str] = frozenset(),
) -> tuple[Payload, tuple[Notice, ...]]:
    """Write the sheet to ``target`` as CSV, with ``pseudonyms`` in the column of the field ``person`` and every number
    that looks like a person's taken out elsewhere. Returns the copy, and what is worth telling of the file as it came.
    A pseudonym stays where it is one of ``ours``: else a sheet could lay claim to somebody else's applications.

    The copy of the same sheet is the same, byte for byte, for as long as the keys are. Raises PayloadRefused.
    """
    opened = open_sheet(payload, sheet, columns)
    place = opened.found.places.get(person)
    number = 0
    with target.open("w", encoding="utf-8", newline="") as stream:
        for line in (opened.headings, *opened.lines):
            stream.write("\r\n" * (line.number - number - 1))
            number = line.number
            _write(stream, line, None if line is opened.headings else place, pseudonyms, ours)
    return Payload(target, without_persons(payload.name), "text/csv; charset=utf-8"), opened.told


def _write(stream: TextIOBase, line: Line, place: int | None, pseudonyms: Pseudonyms, ours: frozenset[str]) -> None:
    if line.fault:
        stream.write(f"{_TORN}\r\n")
        return
    cells = [without_persons(cell or "") if index != place else "" for index, cell in enumerate(line.cells)]
    if place is not None and place < len(line.cells):
        cells[place] = _person(line.cells[place] or "", pseudonyms, ours)
    while cells and not cells[-1]:  # a workbook has cells as far as its reader goes
        cells.pop()
    csv.writer(stream, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)


def _person(cell: str, pseudonyms: Pseudonyms, ours: frozenset[str]) -> str:
    if not cell.strip():
        return ""
    if cell in ours and _SOME.fullmatch(cell):
        return cell
    found = national_id(cell)
    return UNREADABLE if found is None else " ".join(pseudonyms(found))


def applicant(text: str) -> tuple[str, ...]:
    """The pseudonyms in a cell of a protected sheet, the one in use first. What else it holds is never quoted."""
    if not _SOME.fullmatch(text.strip()):
        raise Unreadable(
            Sentence("Verdien er ikke et gyldig fødselsnummer eller D-nummer. Den er slettet hos oss."),
            Sentence("Skriv elleve sifre. Sett cellen til formatet tekst, så regnearket ikke fjerner nuller."),
        )
    return tuple(text.split())
