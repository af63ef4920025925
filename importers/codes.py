"""Classifications as Klass (Statistics Norway) delivers them: codes, what became of codes, and what codes answer to.

Source: https://data.ssb.no/api/klass/v1 (NLOD): ``/classifications/{131 | 104 | 36}`` with ``/codes``, ``/codesAt``,
``/changes`` and ``/corresponds``, as JSON or CSV. A reply does not say which classification it is of: the lengths of the
codes in it do.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from importers.days import day
from importers.faults import Fault, missing, rejected, unstorable_in
from importers.json_rows import parts, text_of
from importers.payloads import Examined, Kind, open_text
from importers.protocol import CodeLinkRecord, CodeRecord, PayloadRefused, RejectedRow
from importers.sentences import Sentence
from importers.tables import RawRow, csv_rows
from importers.text import fold, quoted

MUNICIPALITY, COUNTY, NUS, UNIT = "kommune", "fylke", "nus", "orgnr"
_ZONE = ZoneInfo("Europe/Oslo")
_OLDEST = 1800
_LISTS = ("codes", "codeChanges", "correspondenceItems")
_HEADINGS = frozenset(
    (
        "code",
        "parentcode",
        "level",
        "name",
        "oldcode",
        "newcode",
        "changeoccurred",
        "sourcecode",
        "targetcode",
        "nus2000",
        "tekstl",
    )
)
#: "UTGÅTT KODE, SE 623404", "FEIL KODE, SE 579925", "UTGÅTT KODE, SE NY", "UTGÅTT KODE".
_RETIRED = re.compile(r"[\s,]*\b(?:UTGÅTT|FEIL) KODE(?:\s*,?\s*SE\s+(?:(?P<other>[0-9]{1,6})|NY))?\s*$", re.IGNORECASE)
_AGAIN = Sentence("Hent kodeverket på nytt fra Klass.")


def rows_of(examined: Examined) -> Iterator[tuple[int, RawRow | RejectedRow]]:
    """Yield the number and the columns of every row, of JSON or CSV. Raises :class:`PayloadRefused`."""
    wrong = PayloadRefused(
        Sentence("Filen er verken JSON eller CSV fra Klass."),
        Sentence("Hent koder (codes), endringer (changes) eller samsvar (corresponds)."),
    )
    if examined.kind is Kind.TEXT:
        yield from csv_rows(examined, _HEADINGS, wrong)
        return
    if examined.kind is not Kind.JSON:
        raise wrong
    position = 0
    with open_text(examined) as stream:
        for name, value in parts(stream):
            if name not in _LISTS and name != "":
                continue
            position += 1
            if isinstance(value, dict):
                yield position, {key: text_of(inner) for key, inner in value.items() if key != "_links"}
            else:
                text = text_of(value)
                fault = Fault(
                    Sentence("Raden"), text, Sentence("%(value)s er ikke en kode.", value=quoted(text or "")), _AGAIN
                )
                yield position, rejected(position, [fault], {"": text})


def scheme_of(examined: Examined) -> str:
    """Which classification the codes of a file are of, by their lengths. Raises :class:`PayloadRefused` where none is."""
    lengths: set[int] = set()
    for _, row in rows_of(examined):
        if isinstance(row, dict):
            lengths.add(len(_given(row, "code", "newCode", "oldCode", "targetCode", "nus2000") or ""))
    lengths.discard(0)
    if lengths and lengths <= {1, 2, 3, 4, 6} and (6 in lengths or (1 in lengths and 4 in lengths)):
        return NUS
    if 4 in lengths and lengths <= {3, 4}:  # a spreadsheet has taken leading zeros away
        return MUNICIPALITY
    if 2 in lengths and lengths <= {1, 2}:
        return COUNTY
    raise PayloadRefused(
        Sentence("Kodene i filen er verken kommuner, fylker eller NUS."),
        Sentence("Hent klassifikasjon 131 (kommuner), 104 (fylker) eller 36 (NUS) fra Klass."),
    )


def understood(position: int, row: RawRow, scheme: str) -> CodeRecord | CodeLinkRecord | RejectedRow:
    """One row as a code, a change or a correspondence."""
    faults = unstorable_in(row)
    if faults:
        return rejected(position, faults, row)
    if any(_has(row, name) for name in ("oldCode", "newCode")):
        return _link(position, row, scheme, scheme, ("oldCode", "oldName"), ("newCode", "newName"))
    if any(_has(row, name) for name in ("sourceCode", "targetCode")):
        source = _given(row, "sourceCode") or ""
        return _link(position, row, UNIT if len(source) == 9 else scheme, scheme,
                     ("sourceCode", "sourceName"), ("targetCode", "targetName"))  # fmt: skip
    return _code(position, row, scheme)


def _has(row: RawRow, name: str) -> bool:
    return any(column.casefold() == name.casefold() for column in row)


def _given(row: RawRow, *names: str) -> str | None:
    by_name = {column.casefold(): value for column, value in row.items()}
    found = (fold(by_name.get(name.casefold()) or "") for name in names)
    return next((text for text in found if text), None)


def _right(code: str | None, scheme: str) -> str | None:
    """The code with the zero that it may have lost; None where it is none of the scheme."""
    if code is None:
        return None
    if scheme == MUNICIPALITY:
        code = code.zfill(4)
    elif scheme == COUNTY:
        code = code.zfill(2)
    shape = {MUNICIPALITY: "[0-9]{4}", COUNTY: "[0-9]{2}", NUS: "[0-9]{1,4}|[0-9]{6}", UNIT: "[0-9]{9}"}[scheme]
    return code if re.fullmatch(shape, code) else None


def _code(position: int, row: RawRow, scheme: str) -> CodeRecord | RejectedRow:
    told, name = _given(row, "code", "nus2000"), _given(row, "name", "tekstl")
    code = _right(told, scheme)
    faults = []
    if told is None:
        faults.append(missing("code", _AGAIN))
    elif code is None:
        faults.append(
            Fault(
                "code",
                told,
                Sentence("%(value)s er ikke en kode i %(scheme)s.", value=quoted(told), scheme=scheme),
                _AGAIN,
            )
        )
    if name is None:
        faults.append(missing("name", _AGAIN))
    if faults or code is None or name is None:
        return rejected(position, faults, row)
    retired = _RETIRED.search(name) if scheme == NUS else None
    level, parent = _given(row, "level"), _right(_given(row, "parentCode"), scheme)
    valid_from = _day(_given(row, "validFrom", "validFromInRequestedRange"))
    ended = _day(_given(row, "validTo", "validToInRequestedRange"))
    return CodeRecord(
        position=position,
        key=f"{scheme}/{code}/{valid_from or ''}",
        raw=row,
        scheme=scheme,
        code=code,
        name=(name[: retired.start()] or name) if retired else name,
        parent=parent,
        level=int(level) if level and re.fullmatch("[1-9]", level) else None,
        valid_from=valid_from,
        valid_to=ended - timedelta(days=1) if ended else None,  # Klass names the first day that a code no longer holds
        is_retired=retired is not None,
        replaced_by=retired["other"] if retired else None,
    )


def _link(
    position: int, row: RawRow, scheme: str, other_scheme: str, first: tuple[str, str], then: tuple[str, str]
) -> CodeLinkRecord | RejectedRow:
    faults = []
    codes = []
    for (column, _), of in ((first, scheme), (then, other_scheme)):
        told = _given(row, column)
        code = _right(told, of)
        if told is None:
            faults.append(
                missing(column, Sentence("Ingenting hvis koden er ny eller er borte uten å ha fått en annen."))
            )
        elif code is None:
            faults.append(
                Fault(
                    column,
                    told,
                    Sentence("%(value)s er ikke en kode i %(scheme)s.", value=quoted(told), scheme=of),
                    _AGAIN,
                )
            )
        codes.append(code or "")
    changed_on = _day(_given(row, "changeOccurred"))
    if _has(row, "changeOccurred") and changed_on is None:
        faults.append(missing("changeOccurred", _AGAIN))
    if faults:
        return rejected(position, faults, row)
    return CodeLinkRecord(
        position=position,
        key=f"{scheme}/{codes[0]}>{other_scheme}/{codes[1]}/{changed_on or ''}",
        raw=row,
        scheme=scheme,
        code=codes[0],
        other_scheme=other_scheme,
        other_code=codes[1],
        name=_given(row, first[1]),
        other_name=_given(row, then[1]),
        changed_on=changed_on,
    )


def _day(text: str | None) -> date | None:
    """A day; Klass writes "+999999999-12-31" for no end, which is none."""
    return day(text, _ZONE, first_year=_OLDEST)
