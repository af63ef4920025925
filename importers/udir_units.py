"""Units of Udir's two open registers, NSR (schools) and NBR (kindergartens): the same replies with other flags.

Source: https://data-nsr.udir.no/v4 and https://data-nbr.udir.no/v4 (NLOD), daily from Enhetsregisteret. A file is one page
(``EnhetListe``, in version 3 ``Enheter``), a list of units or of pages, or the whole of one unit (``/enhet/{orgnr}``).
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import TextIO
from zoneinfo import ZoneInfo

from importers.days import day
from importers.faults import Fault, missing, rejected
from importers.json_rows import Json, parts
from importers.nested import at, first_said, many, mended, raw_row, said, unstorable_inside
from importers.payloads import MAX_BYTES, Kind, examine, open_text
from importers.protocol import Payload, PayloadRefused, RejectedRow, Row, UnitRecord
from importers.sentences import Sentence
from importers.sheets.values import is_orgnr
from importers.tally import Tally
from importers.text import quoted

_ZONE = ZoneInfo("Europe/Oslo")
_OLDEST = 1800  # schools are older than any offer
_LISTS = ("EnhetListe", "Enheter")
_OWNER = "eierstruktur"
_OWNER_ID = "6"
_PART_OF = "tilknytningsstruktur"
#: People, and how to reach them: no part of what is kept.
_PERSONS = frozenset(("Leder", "Rektor", "Styrer", "Kontaktperson", "Kontaktpersoner", "Epost", "Telefon", "Mobil"))
_KINDS = (
    ("ErSkole", "school"), ("ErBarnehage", "kindergarten"), ("ErSkoleEier", "owner"), ("ErBarnehageEier", "owner"),
)  # fmt: skip
#: What a unit is where it stands in a register of its own: flags, what the units are called, and the format that reads it.
_REGISTERS = {
    "NSR": (("ErSkole", "ErSkoleEier"), Sentence("skoler"), "nsr"),
    "NBR": (("ErBarnehage", "ErBarnehageEier"), Sentence("barnehager"), "nbr"),
}
_PUBLIC = ("ErOffentligSkole", "ErOffentligBarnehage")
_PRIVATE = ("ErPrivatskole", "ErPrivatBarnehage")


def read_units(payload: Payload, register: str, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every unit, in order; positions count units. ``register`` is its name in sentences."""
    examined = examine(payload, max_bytes=max_bytes)
    if examined.kind is not Kind.JSON:
        raise PayloadRefused(
            Sentence("Filen er ikke JSON."), Sentence("Hent enhetene fra %(register)s som JSON.", register=register)
        )
    yield from examined.notices
    tally, known = Tally(("Organisasjonsnummer", "OrgNr")), set[str]()
    with open_text(examined) as stream:
        for position, unit in enumerate(_units(stream), start=1):
            known.update(name for name, (flags, _, _) in _REGISTERS.items() if any(at(unit, f) is True for f in flags))
            yield tally.passing(_understood(position, mended(unit, payload.repairs.get(position)), register, tally))
    if known and register not in known:
        (_, units, form), (_, ours, _) = _REGISTERS[known.pop()], _REGISTERS[register]
        raise PayloadRefused(
            Sentence("Filen har bare %(units)s, ikke %(ours)s: den er fra et annet register.", units=units, ours=ours),
            Sentence("Velg formatet %(form)s, eller hent enhetene fra %(register)s.", form=form, register=register),
        )
    yield from tally.notices(
        Sentence("Filen har ingen enheter fra %(register)s.", register=register),
        Sentence("Kontroller at siden har noe i «EnhetListe», og hent den på nytt."),
    )


def _units(stream: TextIO) -> Iterator[Json]:
    alone: dict[str, Json] = {}
    for name, value in parts(stream):
        page = next((key for key in _LISTS if isinstance(value, dict) and key in value), None)
        if name in _LISTS:
            yield value
        elif page:
            yield from many(at(value, page))
        elif name == "":
            yield value
        elif name in alone:
            alone[name] = [*many(alone[name]), value]
        else:
            alone[name] = value
    if "Organisasjonsnummer" in alone or "OrgNr" in alone:
        yield alone


def _understood(position: int, unit: Json, register: str, tally: Tally) -> UnitRecord | RejectedRow:
    whole: dict[str, Json] = unit if isinstance(unit, dict) else {"": unit}
    kept = {name: value for name, value in whole.items() if name not in _PERSONS}
    number = first_said(whole.get("Organisasjonsnummer"), whole.get("OrgNr"))
    faults = unstorable_inside(kept)
    if number is None:
        faults.append(
            missing("Organisasjonsnummer", Sentence("Hent enheten på nytt fra %(register)s.", register=register))
        )
    elif re.fullmatch(r"U[0-9]+", number):
        faults.append(
            Fault(
                "Organisasjonsnummer",
                number,
                Sentence("%(value)s er en testenhet, ikke en virkelig enhet.", value=quoted(number)),
                Sentence("Ingenting: testenheter skal ikke inn."),
            )
        )
    elif not is_orgnr(number):
        faults.append(
            Fault(
                "Organisasjonsnummer",
                number,
                Sentence("%(value)s er ikke et gyldig organisasjonsnummer.", value=quoted(number)),
                Sentence("Hent enheten på nytt fra %(register)s.", register=register),
            )
        )
    name = first_said(whole.get("FulltNavn"), whole.get("Navn"))
    if name is None:
        faults.append(missing("Navn", Sentence("Hent enheten på nytt fra %(register)s.", register=register)))
    if faults or number is None:
        return rejected(position, faults, raw_row(kept))
    owner = _related(whole, _OWNER, _OWNER_ID)
    if "ForeldreRelasjoner" in whole and owner is None:
        tally.note(Sentence("Enheten har ingen eier (Eierstruktur) i registeret"), number)
    parent = _related(whole, _PART_OF, None)
    active = whole.get("ErAktiv")
    return UnitRecord(
        position=position,
        key=number,
        raw=raw_row(kept),
        name=name,
        form=first_said(at(whole, "Organisasjonsform", "Id"), at(whole, "Organisasjonsform", "Kode")),
        kinds=tuple(dict.fromkeys(kind for flag, kind in _KINDS if whole.get(flag) is True)),
        ownership=_ownership(whole),
        owner_orgnr=owner[0] if owner else None,
        owner_name=owner[1] if owner else None,
        parent_orgnr=parent[0] if parent else None,
        municipality_code=_code(
            4, whole.get("Kommunenummer"), at(whole, "Kommune", "Kommunenummer"), whole.get("KommuneNr")
        ),
        county_code=_code(2, whole.get("Fylkesnummer"), at(whole, "Fylke", "Fylkesnummer"), whole.get("FylkeNr")),
        is_active=active is not False,
        valid_from=_day(whole.get("OppstartsEllerStiftelsesdato")),
        valid_to=_day(whole.get("Nedleggelsesdato")),
    )


def _related(unit: dict[str, Json], name: str, identifier: str | None) -> tuple[str, str | None] | None:
    """The parent of one kind of relation: by the relation's name, for its number is not the same everywhere."""
    relations = [relation for relation in many(unit.get("ForeldreRelasjoner")) if isinstance(relation, dict)]
    named = [r for r in relations if (said(at(r, "Relasjonstype", "Navn")) or "").casefold() == name]
    unnamed = [r for r in relations if identifier and not said(at(r, "Relasjonstype", "Navn"))
               and said(at(r, "Relasjonstype", "Id")) == identifier]  # fmt: skip
    for relation in named + unnamed:
        number = said(at(relation, "Enhet", "Organisasjonsnummer")) or ""
        if is_orgnr(number):
            return number, said(at(relation, "Enhet", "Navn"))
    return None


def _ownership(unit: dict[str, Json]) -> str | None:
    if any(unit.get(flag) is True for flag in _PUBLIC):
        return "public"
    return "private" if any(unit.get(flag) is True for flag in _PRIVATE) else None


def _code(length: int, *values: Json) -> str | None:
    """A municipality's or county's number; a number that lost its leading zero gets it back."""
    text = first_said(*values) or ""
    return text.zfill(length) if re.fullmatch(r"[0-9]+", text) and length - 1 <= len(text) <= length else None


def _day(value: Json) -> date | None:
    """The day as it is written: the register puts today's offset on midnights of times that had another."""
    return day((said(value) or "")[:10], _ZONE, first_year=_OLDEST)
