"""The registry's own sheet of a competence plan, for owners that keep theirs in a spreadsheet.

One line is one need: a subject, a year, and how many people. ``template`` gives an empty sheet with a help sheet.

Quirks, each met with below or in ``importers.sheets``:

- The sheet is the plan: a need that is not in it any more is taken out, but only where every row of that year was understood.
- Owners write priorities as words ("høy", "middels", "lav") as often as numbers.
- One subject may be needed for several target groups; the same subject, group and year twice is refused.
"""

from collections.abc import Iterator

from importers.faults import Fault, rejected
from importers.payloads import MAX_BYTES
from importers.protocol import NeedRecord, Payload, ProviderRef, RejectedRow, Row, Yields
from importers.sentences import Sentence
from importers.sheets import templates, values
from importers.sheets.columns import Column, Unreadable
from importers.sheets.lines import Line
from importers.sheets.rows import Cells, open_sheet
from importers.text import fold, quoted

NAME = "plan-sheet"
TITLE = "Kompetanseplan i regneark fra malen vår (CSV, XLSX eller ODS)"
YIELDS = Yields.NEEDS

SHEET = "Kompetanseplan"

PRIORITIES_ALLOWED = Sentence("1 (høyest) til 5 (lavest), eller høy, middels eller lav")
_WORDS = values.one_of(
    {
        "svært høy": "1", "svært høg": "1", "høy": "2", "høg": "2", "high": "2", "middels": "3", "medium": "3",
        "lav": "4", "låg": "4", "low": "4", "svært lav": "5", "svært låg": "5",
        **{str(number): str(number) for number in range(1, 6)},
    },
    PRIORITIES_ALLOWED,
)  # fmt: skip


def priority(text: str) -> int:
    return int(_WORDS(text))


def one_target(text: str) -> str:
    """One target group; which there are is the registry's to know."""
    found = values.items(text)
    if len(found) != 1:
        raise Unreadable(
            Sentence("%(value)s er flere målgrupper.", value=quoted(text)),
            Sentence("Skriv én linje for hver målgruppe."),
        )
    return found[0]


COLUMNS = (
    Column(
        "orgnr", "Organisasjonsnummer", "Organisasjonsnummer", "Organisation number", values.orgnr,
        "Eierens organisasjonsnummer. Kan stå tomt når planen er deres egen.", "964338531", "ni sifre", also=("Orgnr",),
    ),
    Column(
        "owner", "Eier", "Eigar", "Owner", values.short_words(300),
        "Navnet på kommunen, fylkeskommunen eller den private eieren. Kan stå tomt når planen er deres egen.",
        "Bergen kommune", also=("Barnehage- og skoleeier",),
    ),
    Column(
        "year", "År", "År", "Year", values.whole_number(2025, 2100),
        "Året behovet gjelder.", "2027", "årstall", required=True, also=("Planår",),
    ),
    Column(
        "subject", "Fag", "Fag", "Subject", values.short_words(300),
        "Faget, med registerets fagkode eller navn.", "Matematikk", required=True, also=("Fagområde",),
    ),
    Column(
        "target", "Målgruppe", "Målgruppe", "Target group", one_target,
        "Hvem som trenger det. Tom betyr alle.", "kindergarten:teacher", "navn, eller arbeidssted:rolle",
    ),
    Column(
        "head_count", "Antall personer", "Tal på personar", "Number of people", values.whole_number(1, 100_000),
        "Hvor mange som trenger faget.", "4", "helt tall fra 1", required=True, also=("Antall", "Behov", "Personer", "Tal"),
    ),
    Column(
        "priority", "Prioritet", "Prioritet", "Priority", priority,
        "Hvor viktig det er. Tom betyr 3.", "1", PRIORITIES_ALLOWED,
    ),
)  # fmt: skip


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield every row with content once, in order; positions are row numbers as the user sees them."""
    opened = open_sheet(payload, SHEET, COLUMNS, max_bytes=max_bytes)
    yield from opened.notices
    cells = Cells.of(opened.found, COLUMNS)
    first: dict[tuple[object, ...], int] = {}
    for line in opened.lines:
        yield _row(cells, line, first)


def template(kind: str) -> bytes:
    """An empty sheet to fill in: ``kind`` is "csv", "xlsx" or "ods". Raises ValueError on any other kind."""
    return templates.build(kind, SHEET, COLUMNS)


def _row(cells: Cells, line: Line, first: dict[tuple[object, ...], int]) -> NeedRecord | RejectedRow:
    raw = cells.found.raw(line.cells)
    if faults := cells.unfit(line, raw):
        return rejected(line.number, faults, raw)
    found, faults = cells.read(line)
    faults += cells.lacking(found, faults, ("year", "subject", "head_count"))
    if faults:
        return rejected(line.number, faults, raw)
    named = "orgnr" in found or "owner" in found
    owner = ProviderRef(orgnr=found.get("orgnr"), name=found.get("owner")) if named else None
    key = (owner, found["year"], fold(found["subject"]).casefold(), fold(found.get("target", "")).casefold())
    earlier = first.setdefault(key, line.number)
    if earlier != line.number:
        text = Sentence("Rad %(row)s har samme år, fag og målgruppe.", row=earlier)
        fault = Fault(cells.heading("subject"), found["subject"], text, Sentence("Slå de to linjene sammen til én."))
        return rejected(line.number, [fault], raw)
    told = {name: found[name] for name in ("year", "subject", "head_count", "priority", "target") if name in found}
    return NeedRecord(position=line.number, raw=raw, owner=owner, **told)
