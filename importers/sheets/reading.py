"""Any table, row by row: what kind of file it is does not show to the one who reads."""

from collections.abc import Callable, Iterator

from importers.payloads import Examined, Kind, open_text
from importers.protocol import PayloadRefused
from importers.sentences import Sentence
from importers.sheets import archives, delimited, ods, xlsx
from importers.sheets.lines import Line
from importers.text import fold

#: Most rows with content in one sheet. All further-education runs of a year in Norway are about 6,000.
MAX_ROWS = 50_000
_HELP_SHEETS = {"hjelp", "rettleiing", "help"}


def lines(examined: Examined, *, sheet: str, known_headings: Callable[[list[str]], int]) -> Iterator[Line]:
    """Yield the rows with content of the table, each with its number as the user sees it.

    ``sheet`` is the name of the sheet to prefer in a workbook; without it the first one that is not the help sheet is
    read. Raises :class:`PayloadRefused` where the file is damaged, is no table, or is beyond the bounds.
    """
    if examined.kind is Kind.JSON:
        raise PayloadRefused(
            Sentence("Filen er JSON, ikke et regneark eller CSV."), Sentence("Velg riktig format eller riktig fil.")
        )
    if examined.kind is Kind.ZIP:
        found = _workbook(examined, sheet)
    else:
        found = _text(examined, known_headings)
    rows = 0
    for line in found:
        if line.empty:
            continue
        rows += 1
        if rows > MAX_ROWS + 1:
            raise PayloadRefused(Sentence("Arket har mer enn 50 000 rader."), Sentence("Del det i flere filer."))
        yield line


def _text(examined: Examined, known_headings: Callable[[list[str]], int]) -> Iterator[Line]:
    with open_text(examined) as stream:
        yield from delimited.lines(stream, known_headings)


def _workbook(examined: Examined, sheet: str) -> Iterator[Line]:
    def choose(names: list[str]) -> str | None:
        by_folded = {fold(name).casefold(): name for name in reversed(names)}
        others = [name for name in names if fold(name).casefold() not in _HELP_SHEETS]
        return by_folded.get(sheet.casefold()) or next(iter(others), None)

    kind = archives.check(examined.path)
    reader = xlsx if kind is archives.Workbook.XLSX else ods
    found = reader.lines(examined.path, choose)
    while True:
        try:
            line = next(found, None)
        except Exception as error:  # openpyxl raises nearly anything on a workbook that was made to hurt
            raise archives.damaged() from error
        if line is None:
            return
        yield line
