"""DBH table 347, study programmes: the reply of HK-dir's API as JSON or CSV.

Source: https://dbh.hkdir.no/datainnhold/tabell-dokumentasjon/347 (NLOD 2.0). One row is one programme at one institution
in one half-year; it becomes one offer with one run.

Quirks of the feed, each met with below:

- The first element of the JSON is usually ``{"status": {...}}``. Its ``antall`` may differ from the rows that follow
  (cut by hand, limited, changed under way): told in a notice, never a reason to refuse. ``returkode`` other than 0, and
  an object in place of the list, is DBH's way of saying no. No hits is an empty body (204), or a list without rows.
- The columns are those that were asked for, and in no fixed order. Without ``Semester`` the half-year is not known: the
  run is set to autumn with ``term_assumed``. "Årstall" is the year of registration.
- Every value is text or null; institution codes have leading zeros. A spreadsheet takes the zeros away: three digits are
  put back to four.
- Where a column that tells rows apart was not asked for, identical rows come twice. Both are yielded, with the same key.
- Names have double spaces, nynorsk and Sami, and codes have ``/`` and spaces ("FJTC/1", "MFT 05H X"). Only the title is
  folded; the code and ``raw`` are left alone. A name in two languages ("Duoji … / Mastergradsstudium …") is not split.
- ``Underv.språk`` has ISO 639-2 codes; NOR says Norwegian and not which, so it is "no". All Sami languages are "se".
- ``Studiepoeng`` 0.00 stands for programmes without credits: the credits are then unknown.
- CSV has ``;`` (``hentCSVTabellData``) or ``,`` (``bulk-csv``), and the same column names.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from importers.faults import Fault, missing, rejected, unstorable_in
from importers.json_rows import Json, elements, text_of, whole
from importers.payloads import MAX_BYTES, Examined, Kind, examine, open_text
from importers.protocol import Notice, OfferRecord, Payload, PayloadRefused, ProviderRef, RejectedRow, Row, RunRecord
from importers.sheets.delimited import lines
from importers.text import fold, quoted

NAME = "dbh-347"
TITLE = "Studieprogrammer fra DBH (tabell 347), som JSON eller CSV"

TABLE = "347"
FIRST_YEAR, LAST_YEAR = 1990, 2100
_MANDATORY = ("Institusjonskode", "Studieprogramkode", "Studieprogramnavn", "Årstall")
_ASK_AGAIN = "Ta med kolonnen når du henter tabell 347 fra DBH, eller rett raden hos institusjonen."
_TERMS = {"1": "V", "vår": "V", "3": "H", "høst": "H"}
_DELIVERY_BY_CODE = {"1": "campus", "3": "online"}
# Most telling word first: "Nettbasert undervisning med samlinger" is both.
_DELIVERY_BY_WORD = (
    (re.compile(r"nett.*samling|samling.*nett|kombinert"), "hybrid"),
    (re.compile(r"samling|desentral"), "gatherings"),
    (re.compile(r"nett"), "online"),
    (re.compile(r"ved institusjon|stedbasert|campus"), "campus"),
)
_LANGUAGES = {
    "NOR": "no", "NOB": "nb", "NNO": "nn", "ENG": "en", "SME": "se", "SMJ": "se", "SMA": "se", "SMI": "se",
    "SWE": "sv", "DAN": "da", "FIN": "fi", "GER": "de", "DEU": "de", "FRE": "fr", "FRA": "fr", "SPA": "es",
}  # fmt: skip


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield every row of the reply once, in order; positions count rows, not the status element."""
    examined = examine(payload, max_bytes=max_bytes)
    if examined.kind is Kind.ZIP:
        raise PayloadRefused(
            "Filen er et regneark eller en ZIP-fil, ikke et svar fra DBH.", "Lagre den som CSV UTF-8, eller hent JSON."
        )
    yield from examined.notices
    reply = _Reply()
    rows = _json_rows(examined, reply) if examined.kind is Kind.JSON else _csv_rows(examined)
    for position, row in rows:
        yield reply.seen(row if isinstance(row, RejectedRow) else _understood(position, row))
    yield from reply.notices()


class _Reply:
    """What is known of the reply as a whole while its rows pass."""

    def __init__(self) -> None:
        self.announced: int | None = None
        self.rows = 0
        self.differing = 0
        self.content: dict[str, int] = {}

    def status(self, status: Json) -> None:
        if not isinstance(status, dict):
            return
        if str(status.get("returkode") or "0") != "0":
            raise PayloadRefused(*_declined(status, f"DBH svarte med returkode {status['returkode']}."))
        table = status.get("tabell_id")
        if table is not None and str(table) != TABLE:
            raise PayloadRefused(f"Svaret gjelder tabell {table} i DBH, ikke tabell {TABLE}.", "Hent tabell 347.")
        announced = str(status.get("antall") or "")
        self.announced = int(announced) if re.fullmatch(r"[0-9]{1,9}", announced) else None

    def seen(self, row: OfferRecord | RejectedRow) -> OfferRecord | RejectedRow:
        self.rows += 1
        if isinstance(row, OfferRecord):
            content = hash(tuple(row.raw.items()))
            self.differing += self.content.setdefault(row.key, content) != content
        return row

    def notices(self) -> Iterator[Notice]:
        if not self.rows:
            raise PayloadRefused(
                "Svaret fra DBH har ingen rader.", "Kontroller filteret (institusjon, år og nivå) i spørringen."
            )
        if self.announced is not None and self.announced != self.rows:
            yield Notice(f"Antall rader ifølge DBH er {self.announced}, men filen har {self.rows}.")
        if self.differing:
            yield Notice(
                f"{self.differing} {'rad' if self.differing == 1 else 'rader'} har samme institusjon, programkode og halvår som en tidligere rad, "
                "men ulikt innhold. Den siste gjelder."
            )


def _declined(reply: Mapping[str, Json], otherwise: str) -> tuple[str, str]:
    """Reason and cure where DBH answers with a message; ``otherwise`` is the reason where there is none."""
    for key, value in reply.items():
        if key.casefold() in {"melding", "message", "error_description", "error", "detail", "title"} and value:
            text = fold(text_of(value) or "")
            return f"DBH svarte med en melding i stedet for rader: {quoted(text)}.", "Rett spørringen og hent på nytt."
    return otherwise, "Hent tabell 347 fra DBH på nytt."


def _json_rows(examined: Examined, reply: _Reply) -> Iterator[tuple[int, dict[str, str | None] | RejectedRow]]:
    with open_text(examined) as stream:
        start = stream.read(1)
        while start.isspace():
            start = stream.read(1)
        stream.seek(0)
        if start == "{":
            raise _object_refused(whole(stream))
        position = 0
        for element in elements(stream):
            if isinstance(element, dict) and len(element) == 1 and "status" in element:
                reply.status(element["status"])
                continue
            position += 1
            if isinstance(element, dict):
                yield position, {key: text_of(value) for key, value in element.items()}
            else:
                text = text_of(element)
                fault = Fault("Raden", text, f"{quoted(text or '')} er ikke en rad.", "Hent filen på nytt fra DBH.")
                yield position, rejected(position, [fault], {"": text})


def _object_refused(reply: Json) -> PayloadRefused:
    told = reply if isinstance(reply, dict) else {}
    status = told.get("status")
    otherwise = "Filen er ett JSON-objekt, ikke listen med rader som DBH leverer."
    return PayloadRefused(*_declined(status if isinstance(status, dict) else told, otherwise))


def _csv_rows(examined: Examined) -> Iterator[tuple[int, dict[str, str | None] | RejectedRow]]:
    known = {_folded(column) for column in _MANDATORY}

    def count(headings: list[str]) -> int:
        return sum(_folded(heading) in known for heading in headings)

    with open_text(examined) as stream:
        headings: list[str] = []
        for line in lines(stream, count):
            cells = [cell or "" for cell in line.cells]
            if not headings:
                if line.fault is None and not any(cell.strip() for cell in cells):
                    continue
                if count(cells) < 2:
                    raise PayloadRefused(
                        "Filen er verken JSON eller CSV fra tabell 347 i DBH.",
                        "Kontroller at første rad har kolonnenavn som Institusjonskode og Studieprogramkode.",
                    )
                headings = [fold(cell) for cell in cells]
            elif line.fault or len(cells) != len(headings):
                if line.fault is None and not any(cell.strip() for cell in cells):
                    continue
                text = line.fault or f"Raden har {len(cells)} felt, men overskriften har {len(headings)}."
                raw = dict(zip(headings, cells, strict=False))
                fault = Fault("Raden", None, text, "Hent filen på nytt, eller rett anførselstegn og skilletegn.")
                yield line.number, rejected(line.number, [fault], raw)
            elif any(cell.strip() for cell in cells):
                yield line.number, {heading: cell or None for heading, cell in zip(headings, cells, strict=True)}


@lru_cache(maxsize=512)
def _folded(column: str) -> str:
    return fold(column).casefold()


def _understood(position: int, raw: dict[str, str | None]) -> OfferRecord | RejectedRow:
    values = {_folded(column): value.strip() for column, value in raw.items() if value and value.strip()}

    def given(column: str) -> str | None:
        return values.get(_folded(column))

    faults = [missing(column, _ASK_AGAIN) for column in _MANDATORY if given(column) is None] + unstorable_in(raw)
    institution, code, year = (given(column) or "" for column in ("Institusjonskode", "Studieprogramkode", "Årstall"))
    if institution and not re.fullmatch(r"[0-9]{3,4}", institution):
        faults.append(Fault("Institusjonskode", institution, f"{quoted(institution)} er ikke fire sifre.",
                            "Skriv institusjonens kode i DBH, for eksempel 0238."))  # fmt: skip
    if year and not (re.fullmatch(r"[0-9]{4}", year) and FIRST_YEAR <= int(year) <= LAST_YEAR):
        faults.append(Fault("Årstall", year, f"{quoted(year)} er ikke et år mellom {FIRST_YEAR} og {LAST_YEAR}.",
                            "Skriv året med fire sifre, for eksempel 2025."))  # fmt: skip
    semester = given("Semester") or given("Semesternavn")
    half = _TERMS.get(semester.casefold()) if semester else "H"
    if half is None:
        faults.append(Fault("Semester", semester, f"{quoted(semester or '')} er ikke et kjent semester.",
                            "Skriv 1 for vår eller 3 for høst."))  # fmt: skip
    credits_text = given("Studiepoeng")
    number = _credits(credits_text) if credits_text else None
    if credits_text and number is None:
        faults.append(Fault("Studiepoeng", credits_text, f"{quoted(credits_text)} er ikke et tall fra 0 til 600.",
                            "Skriv for eksempel 30.00."))  # fmt: skip
    if faults:
        return rejected(position, faults, raw)

    institution = institution.zfill(4)
    term = f"{year}{half}"
    run = RunRecord(
        term=term, term_assumed=semester is None, delivery=_delivery(given("Organisering_kode"), given("Organisering"))
    )
    language = _LANGUAGES.get((given("Underv.språk") or "").upper())
    nus_code = given("NUS-kode")
    level = given("Nivåkode")
    return OfferRecord(
        position=position,
        key=f"{institution}/{code}/{term}",
        offer_key=code,
        provider=ProviderRef(dbh_code=institution, name=fold(given("Institusjonsnavn") or "") or None),
        title=fold(given("Studieprogramnavn") or ""),
        raw=raw,
        department=fold(given("Avdelingsnavn") or "") or None,
        level_code=level.upper() if level else None,
        credits=number or None,
        credit_scheme="ECTS" if number else None,
        nus_code=nus_code if nus_code and re.fullmatch(r"[0-9]{1,6}", nus_code) else None,
        languages=(language,) if language else (),
        runs=(run,),
    )


def _credits(text: str) -> Decimal | None:
    """The number, 0 included; None where it is none. 600 is twice the longest programme there is."""
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number <= 600 else None


def _delivery(code: str | None, text: str | None) -> str | None:
    if code in _DELIVERY_BY_CODE:
        return _DELIVERY_BY_CODE[code]
    words = (text or "").casefold()
    return next((delivery for pattern, delivery in _DELIVERY_BY_WORD if pattern.search(words)), None)
