"""DBH table 347, study programmes: the reply of HK-dir's API as JSON or CSV.

Source: https://dbh.hkdir.no/datainnhold/tabell-dokumentasjon/347 (NLOD 2.0). One row is one programme at one institution
in one half-year; it becomes one offer with one run.

Quirks of the feed, each met with below:

- Status, refusals and CSV are those of every table of DBH: ``importers.dbh_reply``.
- The columns are those that were asked for, and in no fixed order. Without ``Semester`` the half-year is not known: the
  run is set to autumn with ``term_assumed``. "Årstall" is the year of registration.
- Every value is text or null; institution codes have leading zeros. A spreadsheet takes the zeros away: three digits are
  put back to four.
- Where a column that tells rows apart was not asked for, identical rows come twice. Both are yielded, with the same key.
- Names have double spaces, nynorsk and Sami, and codes have ``/`` and spaces ("FJTC/1", "MFT 05H X"). Only the title is
  folded; the code and ``raw`` are left alone. A name in two languages ("Duoji … / Mastergradsstudium …") is not split.
- ``Underv.språk`` has ISO 639-2 codes; NOR says Norwegian and not which, so it is "no". All Sami languages are "se".
- ``Studiepoeng`` 0.00 stands for programmes without credits: the credits are then unknown.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from importers.dbh_reply import Reply, is_year, no_year
from importers.faults import Fault, missing, rejected, unstorable_in
from importers.payloads import MAX_BYTES, examine
from importers.protocol import OfferRecord, Payload, ProviderRef, RejectedRow, Row, RunRecord
from importers.sentences import Sentence
from importers.tables import folded
from importers.tally import Tally
from importers.text import fold, quoted

NAME = "dbh-347"
TITLE = "Studieprogrammer fra DBH (tabell 347), som JSON eller CSV"

TABLE = "347"
_MANDATORY = ("Institusjonskode", "Studieprogramkode", "Studieprogramnavn", "Årstall")
_ASK_AGAIN = Sentence("Ta med kolonnen når du henter tabell 347 fra DBH, eller rett raden hos institusjonen.")
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
    yield from examined.notices
    reply, tally = Reply((TABLE,)), Tally(_MANDATORY)
    for position, row in reply.read(examined, _MANDATORY):
        yield tally.passing(row if isinstance(row, RejectedRow) else _understood(position, row))
    yield from reply.notices()
    yield from tally.notices()


def _understood(position: int, raw: dict[str, str | None]) -> OfferRecord | RejectedRow:
    values = {folded(column): value.strip() for column, value in raw.items() if value and value.strip()}

    def given(column: str) -> str | None:
        return values.get(folded(column))

    faults = [missing(column, _ASK_AGAIN) for column in _MANDATORY if given(column) is None] + unstorable_in(raw)
    institution, code, year = (given(column) or "" for column in ("Institusjonskode", "Studieprogramkode", "Årstall"))
    if institution and not re.fullmatch(r"[0-9]{3,4}", institution):
        faults.append(
            Fault(
                "Institusjonskode",
                institution,
                Sentence("%(value)s er ikke fire sifre.", value=quoted(institution)),
                Sentence("Skriv institusjonens kode i DBH, for eksempel 0238."),
            )
        )
    if year and not is_year(year):
        faults.append(no_year(year))
    semester = given("Semester") or given("Semesternavn")
    half = _TERMS.get(semester.casefold()) if semester else "H"
    if half is None:
        faults.append(
            Fault(
                "Semester",
                semester,
                Sentence("%(value)s er ikke et kjent semester.", value=quoted(semester or "")),
                Sentence("Skriv 1 for vår eller 3 for høst."),
            )
        )
    credits_text = given("Studiepoeng")
    number = _credits(credits_text) if credits_text else None
    if credits_text and number is None:
        faults.append(
            Fault(
                "Studiepoeng",
                credits_text,
                Sentence("%(value)s er ikke et tall fra 0 til 600.", value=quoted(credits_text)),
                Sentence("Skriv for eksempel 30.00."),
            )
        )
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
