"""Enhetsregisteret (Brønnøysundregistrene): units and sub-units, as JSON.

Source: https://data.brreg.no/enhetsregisteret/api (NLOD). A file is one unit, a page of a search (HAL), a page of changes
(``/oppdateringer``), a list of units (the whole register, unpacked) or of pages.

Quirks of the register, each met with below:

- A deleted unit is answered with few fields and ``slettedato``: kept, as not active, with its last day. What was removed
  for legal reasons has a number and a date, and no name.
- A search without hits has no ``_embedded`` at all: refused, since nothing came.
- ``institusjonellSektorkode.kode`` may be several codes with commas between; ``naeringskode1`` may be ``{}``.
- Names are in capitals and may hold "UNDER SLETTING FRA 01.01.2024": left as they are.
- Schools and kindergartens are sub-units (BEDR) of their owner: ``overordnetEnhet`` is the unit above, which need not be
  the owner; who owns a school is told by NSR and NBR.
- The number of a municipality is in ``forretningsadresse`` of a unit and ``beliggenhetsadresse`` of a sub-unit.
- A change tells a number and what happened. A deletion ("Sletting", "Fjernet") is taken; anything else says only that the
  unit must be fetched, and is rejected with that cure.
- E-mail and telephone are left out of what is kept: of a sole proprietorship they are a person's.
"""

import re
from collections.abc import Iterator
from typing import TextIO
from zoneinfo import ZoneInfo

from importers.days import day
from importers.faults import Fault, missing, rejected
from importers.json_rows import Json, parts
from importers.nested import at, first_said, many, raw_row, said, unstorable_inside
from importers.payloads import MAX_BYTES, Kind, examine, open_text
from importers.protocol import Payload, PayloadRefused, RejectedRow, Row, UnitRecord, Yields
from importers.sentences import Sentence
from importers.sheets.values import is_orgnr
from importers.tally import Tally
from importers.text import quoted

NAME = "brreg"
TITLE = "Enheter og underenheter fra Enhetsregisteret, som JSON"
YIELDS = Yields.UNITS

_ZONE = ZoneInfo("Europe/Oslo")
_OLDEST = 1800
_LISTS = ("enheter", "underenheter", "oppdaterteEnheter", "oppdaterteUnderenheter")
_LEFT_OUT = frozenset(("_links", "epostadresse", "telefon", "mobil", "postadresse"))
_OWNERS = frozenset(("KOMM", "FYLK"))
_GONE = frozenset(("sletting", "fjernet"))


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every unit, in the order of the file; positions count units."""
    examined = examine(payload, max_bytes=max_bytes)
    if examined.kind is not Kind.JSON:
        raise PayloadRefused(Sentence("Filen er ikke JSON."), Sentence("Hent enhetene fra Enhetsregisteret som JSON."))
    yield from examined.notices
    tally = Tally(("organisasjonsnummer", "endringstype"))
    with open_text(examined) as stream:
        for position, unit in enumerate(_units(stream), start=1):
            yield tally.passing(_understood(position, unit))
    yield from tally.notices(
        Sentence("Filen har ingen enheter: søket ga ingen treff."), Sentence("Kontroller søket, og hent filen på nytt.")
    )


def _units(stream: TextIO) -> Iterator[Json]:
    alone: dict[str, Json] = {}
    for name, value in parts(stream):
        if name == "_embedded":
            yield from _listed(value)
        elif name == "" and isinstance(value, dict) and "_embedded" in value:
            yield from _listed(value["_embedded"])
        elif name == "":
            yield value
        elif name in alone:
            alone[name] = [*many(alone[name]), value]
        else:
            alone[name] = value
    if "organisasjonsnummer" in alone:
        yield alone
    elif "status" in alone and first_said(alone.get("message"), alone.get("error")):
        told = first_said(alone.get("message"), alone.get("error")) or ""
        raise PayloadRefused(
            Sentence("Enhetsregisteret svarte med en feil: %(value)s.", value=quoted(told)),
            Sentence("Rett spørringen og hent på nytt."),
        )


def _listed(embedded: Json) -> Iterator[Json]:
    for name in _LISTS:
        yield from many(at(embedded, name))


def _understood(position: int, unit: Json) -> UnitRecord | RejectedRow:
    whole: dict[str, Json] = unit if isinstance(unit, dict) else {"": unit}
    kept = {name: value for name, value in whole.items() if name not in _LEFT_OUT}
    number = (said(whole.get("organisasjonsnummer")) or "").replace(" ", "")
    change = said(whole.get("endringstype"))
    gone = said(whole.get("slettedato")) or (said(whole.get("dato")) if (change or "").casefold() in _GONE else None)
    name = said(whole.get("navn"))
    faults = unstorable_inside(kept)
    if not number:
        faults.append(missing("organisasjonsnummer", Sentence("Hent enheten på nytt fra Enhetsregisteret.")))
    elif not is_orgnr(number):
        faults.append(
            Fault(
                "organisasjonsnummer",
                number,
                Sentence("%(value)s er ikke et gyldig organisasjonsnummer.", value=quoted(number)),
                Sentence("Hent enheten på nytt fra Enhetsregisteret."),
            )
        )
    elif change and not gone:
        faults.append(Fault("endringstype", change, Sentence("Endringen sier bare at enheten er endret, ikke hvordan."),
                            Sentence("Hent selve enheten.")))  # fmt: skip
    elif name is None and not gone:
        faults.append(missing("navn", Sentence("Hent enheten på nytt fra Enhetsregisteret.")))
    last_day = day(gone, _ZONE, first_year=_OLDEST) if gone else None
    if gone and last_day is None:
        faults.append(
            Fault(
                "slettedato",
                gone,
                Sentence("%(value)s er ikke en dato.", value=quoted(gone)),
                Sentence("Hent enheten på nytt."),
            )
        )
    if faults:
        return rejected(position, faults, raw_row(kept))
    form = said(at(whole, "organisasjonsform", "kode"))
    sectors = said(at(whole, "institusjonellSektorkode", "kode")) or ""
    place = first_said(
        at(whole, "beliggenhetsadresse", "kommunenummer"), at(whole, "forretningsadresse", "kommunenummer")
    )
    parent = (said(whole.get("overordnetEnhet")) or "").replace(" ", "")
    started = first_said(
        whole.get("stiftelsesdato"), whole.get("oppstartsdato"), whole.get("registreringsdatoEnhetsregisteret")
    )
    return UnitRecord(
        position=position,
        key=number,
        raw=raw_row(kept),
        name=name,
        form=form,
        kinds=("owner",) if form in _OWNERS else (),
        parent_orgnr=parent if is_orgnr(parent) else None,
        municipality_code=place if place and re.fullmatch(r"[0-9]{4}", place) else None,
        sector_codes=tuple(code for code in map(str.strip, sectors.split(",")) if re.fullmatch(r"[0-9]{4}", code)),
        is_active=not gone,
        valid_from=day(started, _ZONE, first_year=_OLDEST),
        valid_to=last_day,
    )
