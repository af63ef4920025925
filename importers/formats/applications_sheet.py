"""The registry's own sheet of applications, for institutions that take applications in a system of their own.

One line is one person's application to one run, with where it stands now; the same sheet may be sent again and again.
``template`` gives an empty sheet with a help sheet.

Quirks, each met with below or in ``importers.sheets``:

- A national identity number is read by ``protect`` alone, which writes the sheet anew with keyed pseudonyms. ``read`` knows
  the copy only; given the sheet itself it refuses every row and quotes nothing of it.
- Numbers of persons turn up in the wrong column, in headings and in file names: they are taken out everywhere.
- Spreadsheets drop the leading zero of those born on the first nine days of a month: ten digits are tried as eleven.
- One column of status stands for four lives (decision, answer, attendance, standing); who reads it walks there by legal steps.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from importers.faults import Fault, rejected
from importers.payloads import MAX_BYTES
from importers.persons import UNREADABLE, without_persons
from importers.protocol import ApplicationRecord, Notice, Payload, RejectedRow, Row, Yields
from importers.sentences import Sentence
from importers.sheets import templates, values
from importers.sheets.columns import Column
from importers.sheets.contract import Pseudonyms
from importers.sheets.lines import Line
from importers.sheets.protecting import applicant
from importers.sheets.protecting import protect as protect_sheet
from importers.sheets.rows import Cells, Values, open_sheet
from importers.sheets.runs import RUN, provider_ref, run_ref, unnamed

NAME = "applications-sheet"
TITLE = "Søknader i regneark fra malen vår (CSV, XLSX eller ODS); fødselsnummer blir pseudonymer i døra"
YIELDS = Yields.APPLICATIONS

SHEET = "Søknader"
PERSON = "applicant"

STATUSES_ALLOWED = Sentence(
    "søkt, venteliste, tilbudt plass, avslag, takket ja, takket nei, svarte ikke, trukket, møtt, ikke møtt, fullført, "
    "ikke bestått, avbrutt eller utsatt"
)
_STATUS = values.one_of(
    {
        "søkt": "received", "søkt plass": "received", "mottatt": "received", "motteke": "received", "received": "received",
        "applied": "received",
        "venteliste": "waitlisted", "på venteliste": "waitlisted", "waitlisted": "waitlisted", "waiting list": "waitlisted",
        "tilbudt plass": "offered", "tilbode plass": "offered", "tilbud": "offered", "offered": "offered",
        "avslag": "rejected", "rejected": "rejected",
        "takket ja": "accepted", "takka ja": "accepted", "accepted": "accepted",
        "takket nei": "declined", "takka nei": "declined", "declined": "declined",
        "svarte ikke": "lapsed", "svara ikkje": "lapsed", "lapsed": "lapsed", "no answer": "lapsed",
        "trukket": "withdrawn", "trekt": "withdrawn", "withdrawn": "withdrawn",
        "møtt": "started", "startet": "started", "starta": "started", "started": "started",
        "ikke møtt": "no_show", "ikkje møtt": "no_show", "no show": "no_show",
        "fullført": "completed", "completed": "completed",
        "ikke bestått": "failed", "ikkje bestått": "failed", "failed": "failed",
        "avbrutt": "dropped_out", "avbrote": "dropped_out", "dropped out": "dropped_out",
        "utsatt": "deferred", "utsett": "deferred", "deferred": "deferred",
    },
    STATUSES_ALLOWED,
)  # fmt: skip
REASONS_ALLOWED = (
    "ved avslag: ikke nok plasser, fyller ikke opptakskravene, ikke i målgruppen, søknaden mangler dokumentasjon eller "
    "søknaden kom etter fristen; når søkeren trakk seg: har takket ja til et annet tilbud, fikk ikke støtte fra "
    "arbeidsgiver, arbeidsplassen mangler vikar, lar seg ikke forene med jobben, for lang reise til samlingene, "
    "økonomiske grunner, har byttet jobb, personlige grunner, eller grunnen i egne ord"
)
#: Statuses that mean nothing without a reason.
_EXPLAINED = frozenset({"rejected", "withdrawn"})

COLUMNS = (
    *RUN,
    Column(
        PERSON, "Fødselsnummer", "Fødselsnummer", "National identity number", applicant,
        "Søkerens fødselsnummer eller D-nummer. Det blir gjort om til et pseudonym i det filen kommer inn, og blir ikke lagret.",
        "elleve sifre", "elleve sifre", required=True, also=("Fnr", "Personnummer", "Søker", "National id"),
    ),
    Column(
        "status", "Status", "Status", "Status", _STATUS,
        "Hvor søknaden står nå.", "takket ja", STATUSES_ALLOWED, required=True,
    ),
    Column(
        "status_on", "Statusdato", "Statusdato", "Status date", values.day,
        "Dagen søknaden fikk denne statusen. Dagen arket kommer inn, når den ikke er fylt ut.", "15.05.2026", "dato",
        also=("Dato", "Date"),
    ),
    Column(
        "reason", "Grunn", "Grunn", "Reason", values.short_words(200),
        "Hvorfor søkeren fikk avslag eller trakk seg. Må fylles ut da.", "Fyller ikke opptakskravene", REASONS_ALLOWED,
        also=("Begrunnelse", "Årsak"),
    ),
    Column(
        "answer_by", "Svarfrist", "Svarfrist", "Answer by", values.day,
        "Siste dag å svare på tilbud om plass.", "01.06.2026", "dato", also=("Frist",),
    ),
    Column(
        "applied_on", "Søkt dato", "Søkt dato", "Applied on", values.day,
        "Dagen søknaden kom. Den avgjør plassen i køen.", "10.04.2026", "dato", also=("Søknadsdato",),
    ),
    Column(
        "priority", "Prioritet", "Prioritet", "Priority", values.whole_number(1, 99),
        "Søkerens egen rekkefølge, der han eller hun har søkt flere.", "1", "helt tall fra 1",
    ),
    Column(
        "owner", "Arbeidsgiver", "Arbeidsgivar", "Employer", values.orgnr,
        "Organisasjonsnummeret til kommunen, fylkeskommunen eller den private eieren søkeren arbeider hos.", "964338531",
        "ni sifre", also=("Arbeidsgivers organisasjonsnummer", "Eier"),
    ),
    Column(
        "credits", "Studiepoeng", "Studiepoeng", "Credits", values.offer_credits,
        "Poeng søkeren har fått.", "15", "et tall over 0 og til og med 360", also=("Poeng",),
    ),
    Column(
        "reference", "Søknadsnummer", "Søknadsnummer", "Application number", values.short_words(60),
        "Institusjonens eget nummer på søknaden. Ikke fødselsnummer.", "S-2026-00417", also=("Saksnummer", "Reference"),
    ),
)  # fmt: skip


def protect(
    payload: Payload, target: Path, pseudonyms: Pseudonyms, ours: frozenset[str] = frozenset()
) -> tuple[Payload, tuple[Notice, ...]]:
    """Write the sheet anew without anybody's number. Nothing but the copy may be kept, read or shown.

    ``ours`` are cells that whoever asks wrote: a pseudonym among them stays, and any other is nobody's.
    """
    return protect_sheet(payload, target, SHEET, COLUMNS, PERSON, pseudonyms, ours)


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield every row with content of a protected sheet once, in order; positions are row numbers as the user sees them."""
    opened = open_sheet(payload, SHEET, COLUMNS, max_bytes=max_bytes)
    yield from opened.notices
    sheet = _Sheet(Cells.of(opened.found, COLUMNS))
    for line in opened.lines:
        yield sheet.row(line)


def template(kind: str) -> bytes:
    """An empty sheet to fill in: ``kind`` is "csv", "xlsx" or "ods". Raises ValueError on any other kind."""
    return templates.build(kind, SHEET, COLUMNS)


class _Sheet:
    """What is known while the rows pass: which row first told of an application."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.first: dict[tuple[object, ...], int] = {}

    def row(self, line: Line) -> ApplicationRecord | RejectedRow:
        raw = self._raw(line)
        if faults := self.cells.unfit(line, raw):
            return rejected(line.number, faults, raw)
        found, faults = self.cells.read(line)
        faults = [self._silent(fault) for fault in faults]
        faults += self.cells.lacking(found, faults, (PERSON, "status"))
        faults += unnamed(self.cells, found, faults)
        if found.get("status") in _EXPLAINED:
            faults += self.cells.lacking(found, faults, ("reason",))
        if not faults:
            faults = self._twice(line.number, found)
        return rejected(line.number, faults, raw) if faults else _record(line.number, found, raw)

    def _raw(self, line: Line) -> dict[str, str | None]:
        """The row as it came, without what could name a person."""
        came = self.cells.found.raw(line.cells)
        raw = {name: cell and without_persons(cell) for name, cell in came.items()}
        heading = self.cells.heading(PERSON)
        # As it came: one pseudonym in twenty-five holds eleven digits in a row, and is not to be thinned for that.
        if cell := (came.get(heading) or "").strip():
            raw[heading] = cell if _is_pseudonym(cell) else UNREADABLE
        return raw

    def _silent(self, fault: Fault) -> Fault:
        return Fault(
            fault.column,
            None if fault.column == self.cells.heading(PERSON) else fault.value and without_persons(fault.value),
            fault.text.changed(without_persons),
            fault.cure,
        )

    def _twice(self, number: int, found: Values) -> list[Fault]:
        key = (provider_ref(found), run_ref(found), found[PERSON][0])
        earlier = self.first.setdefault(key, number)
        if earlier == number:
            return []
        text = Sentence("Rad %(row)s gjelder den samme søkeren og det samme kullet.", row=earlier)
        return [
            Fault(
                self.cells.heading(PERSON), None, text, Sentence("Behold den raden som er riktig, og slett den andre.")
            )
        ]


def _is_pseudonym(cell: str) -> bool:
    try:
        applicant(cell)
    except ValueError:
        return False
    return True


def _record(number: int, found: Values, raw: Mapping[str, str | None]) -> ApplicationRecord:
    key, *formerly = found[PERSON]
    told = ("status", "status_on", "reason", "answer_by", "applied_on", "priority", "owner", "credits", "reference")
    return ApplicationRecord(
        position=number,
        raw=raw,
        provider=provider_ref(found),
        run=run_ref(found),
        applicant=key,
        formerly=tuple(formerly),
        **{name: found[name] for name in told if name in found},
    )


__all__ = ["NAME", "TITLE", "YIELDS", "protect", "read", "template"]
