"""The registry's own sheet of counts, for institutions that send no single applications.

One line is one run on one day. ``template`` gives an empty sheet with a help sheet.

Quirks, each met with below or in ``importers.sheets``:

- An empty cell is a figure that nobody knows; 0 is a figure.
- The same run may have several days in one sheet, and no day twice.
- Figures that cannot stand together (more completed than started, more accepted than were offered a place) are refused.
"""

from collections.abc import Iterator

from importers.faults import Fault, missing, rejected
from importers.payloads import MAX_BYTES
from importers.protocol import Payload, RejectedRow, Row, RunCountRecord, Yields
from importers.run_counts import at_odds
from importers.sentences import Sentence
from importers.sheets import templates, values
from importers.sheets.columns import Column
from importers.sheets.lines import Line
from importers.sheets.rows import Cells, Values, open_sheet
from importers.sheets.runs import RUN, provider_ref, run_ref, unnamed

NAME = "counts-sheet"
TITLE = "Tall på søkere og deltakere per kull i regneark fra malen vår (CSV, XLSX eller ODS)"
YIELDS = Yields.RUN_COUNTS

SHEET = "Tall"
_NUMBER = values.whole_number(0, 100_000)

FIGURES = tuple(
    Column(field, nb, nn, en, _NUMBER, explained, example, "helt tall fra 0", also=also)
    for field, nb, nn, en, explained, example, also in (
        ("applied", "Søkt", "Søkt", "Applied", "Alle som har søkt.", "42", ("Søkere", "Søkjarar", "Antall søkere")),
        (
            "qualified", "Kvalifisert", "Kvalifisert", "Qualified",
            "Søkere som kan få plass, uten dem som er avvist og dem som har trukket seg.", "38", ("Kvalifiserte",),
        ),
        ("offered", "Tilbudt plass", "Tilbode plass", "Offered", "Har fått tilbud om plass.", "30", ("Fått tilbud",)),
        ("accepted", "Takket ja", "Takka ja", "Accepted", "Har takket ja til plassen.", "27", ()),
        ("waitlisted", "Venteliste", "Venteliste", "Waitlisted", "Står på venteliste nå.", "8", ("På venteliste",)),
        ("rejected", "Avslag", "Avslag", "Rejected", "Har fått avslag.", "4", ()),
        ("withdrawn", "Trukket", "Trekt", "Withdrawn", "Har trukket søknaden selv.", "3", ("Trukket søknad",)),
        ("no_show", "Ikke møtt", "Ikkje møtt", "No show", "Takket ja, men møtte ikke.", "2", ()),
        ("started", "Startet", "Starta", "Started", "Har møtt til studiestart.", "25", ("Møtt",)),
        ("completed", "Fullført", "Fullført", "Completed", "Har fullført.", "22", ()),
    )
)  # fmt: skip

COLUMNS = (
    *RUN,
    Column(
        "counted_on", "Telledato", "Teljedato", "Counted on", values.day,
        "Dagen tallene gjelder.", "15.04.2026", "dato", required=True, also=("Dato", "Date", "Per dato"),
    ),
    *FIGURES,
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


def _row(cells: Cells, line: Line, first: dict[tuple[object, ...], int]) -> RunCountRecord | RejectedRow:
    raw = cells.found.raw(line.cells)
    if faults := cells.unfit(line, raw):
        return rejected(line.number, faults, raw)
    found, faults = cells.read(line)
    faults += cells.lacking(found, faults, ("counted_on",))
    faults += unnamed(cells, found, faults)
    faults += _together(cells, found)
    counts = {column.field: found[column.field] for column in FIGURES if column.field in found}
    if not counts and not any(cells.told(column.field, faults) for column in FIGURES):
        faults.append(missing(cells.heading("applied"), Sentence("Skriv minst ett tall.")))
    if faults:
        return rejected(line.number, faults, raw)
    earlier = first.setdefault((provider_ref(found), run_ref(found), found["counted_on"]), line.number)
    if earlier != line.number:
        text = Sentence("Rad %(row)s gjelder det samme kullet og den samme dagen.", row=earlier)
        fault = Fault(
            cells.heading("counted_on"), None, text, Sentence("Behold den raden som er riktig, og slett den andre.")
        )
        return rejected(line.number, [fault], raw)
    return RunCountRecord(line.number, raw, provider_ref(found), run_ref(found), found["counted_on"], counts)


def _together(cells: Cells, found: Values) -> list[Fault]:
    counts = {column.field: found[column.field] for column in FIGURES if column.field in found}
    return [
        Fault(
            cells.heading(part),
            str(found[part]),
            Sentence(
                "%(count)s er mer enn «%(whole)s» (%(limit)s).",
                count=found[part],
                whole=cells.heading(whole),
                limit=found[whole],
            ),
            Sentence("Rett ett av de to tallene."),
        )
        for part, whole in at_odds(counts)
    ]
