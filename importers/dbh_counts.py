"""Tables of DBH that count people: applicants, participants and completions, per institution, term and programme.

Measures: applied (alternatives in applications), offered, accepted, started, participants, completed; ``_women`` and
``_men`` after a measure where the table has them apart.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from importers.dbh_reply import Reply, is_year, no_year
from importers.faults import Fault, missing, rejected, unstorable_in
from importers.payloads import MAX_BYTES, examine
from importers.protocol import CountRecord, Notice, Payload, ProviderRef, RejectedRow, Row
from importers.sentences import Sentence
from importers.tables import RawRow, folded
from importers.tally import Tally
from importers.text import fold, quoted

_HEADINGS = (
    "Institusjonskode",
    "Årstall",
    "Fagskolens navn",
    "Antall totalt",
    "Søknadsalternativer",
    "Studieprogramkode",
)
_PROVIDERS = frozenset(("institusjonskode", "institusjonsnavn", "fagskolens navn", "fagskolenummer"))
_TIMES = frozenset(("årstall", "semester", "semesternavn"))
_PROGRAMMES = ("studieprogramkode", "utdanningstilbudets kode")
#: What sets rows of one programme and term apart. Other columns are text beside these, or are not known.
_GROUPS = frozenset(
    (
        "avdelingskode",
        "kvalifisert",
        "prioritet",
        "kjønn",
        "kode type videreutdanning",
        "kvalifikasjonskode",
        "nivåkode",
        "opptakstype",
        "studentkategori",
        "nus-kode",
        "fagkode",
    )
)
_BESIDE = re.compile(r"navn$|tekst$|_ssb$|^type |^studnavn$|^avdelingskode \(")
_TERMS = {"1": "V", "vår": "V", "3": "H", "høst": "H"}
_NUMBER = re.compile(r"([0-9]{1,7})(?:[.,]0+)?")
_AGAIN = Sentence("Ta med kolonnen i groupBy når du henter tabellen fra DBH.")


@dataclass(frozen=True, slots=True)
class Counted:
    """What a format knows of its tables: their numbers, and column (folded) -> measure."""

    tables: tuple[str, ...]
    measures: Mapping[str, str]


def total(measure: str) -> dict[str, str]:
    """The columns of a table that counts one thing, with women and men apart."""
    return {
        "antall": measure,
        "antall totalt": measure,
        "antall kvinner": f"{measure}_women",
        "antall menn": f"{measure}_men",
    }


def read_counts(payload: Payload, counted: Counted, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every row of the reply, in order; positions count rows, not the status element."""
    examined = examine(payload, max_bytes=max_bytes)
    yield from examined.notices
    reply, tally = Reply(counted.tables), Tally(counted.measures)
    told = False
    for position, row in reply.read(examined, _HEADINGS):
        if not told and reply.shielded:
            yield Notice(Sentence("DBH har skjermet små tall: 0 kan bety 1 eller 2, og andre tall kan være avrundet."))
        told = True
        yield tally.passing(
            row if isinstance(row, RejectedRow) else _understood(position, row, counted, reply.table, tally)
        )
    yield from reply.notices()
    yield from tally.notices()


def _understood(
    position: int, raw: RawRow, counted: Counted, table: str | None, tally: Tally
) -> CountRecord | RejectedRow:
    values = {folded(column): value.strip() for column, value in raw.items() if value and value.strip()}
    faults = unstorable_in(raw)
    provider, term = _provider(values, faults), _term(values, faults)
    counts: dict[str, int] = {}
    for column, value in values.items():
        measure = counted.measures.get(column)
        number = _NUMBER.fullmatch(value)
        if measure and number:
            counts[measure] = int(number[1])
        elif measure:
            tally.note(Sentence("Tall som er skjermet eller ikke kan leses, er utelatt"), value)
        elif column not in _PROVIDERS | _TIMES | _GROUPS and column not in _PROGRAMMES and not _BESIDE.search(column):
            tally.note(Sentence("Kolonner som ikke er kjent, er bare tatt vare på"), column)
    if not any(column in counted.measures for column in map(folded, raw)):
        faults.append(missing(next(iter(counted.measures)), Sentence("Hent tabellen med tallene.")))
    if faults or provider is None:
        return rejected(position, faults, raw)
    group = {column: values[column] for column in sorted(_GROUPS & set(values))}
    programme = next((values[column] for column in _PROGRAMMES if column in values), None)
    parts = [
        table or "",
        provider.dbh_code or provider.name or "",
        term,
        programme or "",
        *map("=".join, group.items()),
    ]
    return CountRecord(
        position=position,
        key="/".join(parts),
        raw=raw,
        provider=provider,
        term=term,
        counts=counts,
        table=table,
        offer_key=programme,
        group=group,
    )


def _provider(values: Mapping[str, str], faults: list[Fault]) -> ProviderRef | None:
    code, college = values.get("institusjonskode"), values.get("fagskolens navn")
    if code is None and college is None:
        faults.append(missing("Institusjonskode", _AGAIN))
        return None
    if code is not None and not re.fullmatch(r"[0-9]{3,4}", code):
        faults.append(Fault("Institusjonskode", code, Sentence("%(value)s er ikke fire sifre.", value=quoted(code)),
                            Sentence("Skriv institusjonens kode i DBH, for eksempel 0238.")))  # fmt: skip
        return None
    name = fold(values.get("institusjonsnavn") or college or "") or None
    return ProviderRef(dbh_code=code.zfill(4) if code else None, name=name)


def _term(values: Mapping[str, str], faults: list[Fault]) -> str:
    year, semester = values.get("årstall"), values.get("semester") or values.get("semesternavn")
    if year is None:
        faults.append(missing("Årstall", _AGAIN))
    elif not is_year(year):
        faults.append(no_year(year))
    if semester and semester.casefold() not in _TERMS:
        faults.append(
            Fault(
                "Semester",
                semester,
                Sentence("%(value)s er ikke et kjent semester.", value=quoted(semester)),
                Sentence("Skriv 1 for vår eller 3 for høst."),
            )
        )
    return f"{year}{_TERMS.get((semester or '').casefold(), '')}"
