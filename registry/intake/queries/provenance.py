"""Where every value of an offer and its runs came from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from registry.core import terms
from registry.intake.choosing.merging import Chosen, Voice, choose, strongest_first
from registry.intake.models import Source, SourceRecord
from registry.intake.queries.batches import rows_in
from registry.intake.queries.held import Held, hold
from registry.intake.reading.fields import FIELDS
from registry.offers.models import FieldOrigin, Offer, Origin


@dataclass(frozen=True, slots=True)
class Provenance:
    """One shown value. ``origin`` PERSON without ``who`` was entered in the pages; ``older`` are titles of other years."""

    thing: str  #: "offer" or "run"
    thing_id: int
    run: str | None  #: the run's key
    term: str | None
    field: str
    value: Any
    origin: Origin
    source: str | None = None  #: the source's key
    on: date | None = None  #: newest delivery that said so, or the day it was corrected
    confidence: float | None = None
    evidence: str | None = None
    who: str | None = None
    corrected: bool = False
    older: tuple[str, ...] = ()


def provenance(session: Session, offer: Offer) -> list[Provenance]:
    """Every value that the offer's page shows, the offer's own first, then run by run from the newest."""
    held = hold(session, [offer.pk], lock=False)
    voices = strongest_first(record.voice(offer.key) for record in held.records[offer.pk].values())
    told_by = _sources(session, [int(voice.record) for voice in voices])
    people = _people(session, held)
    # A row whose reading was not kept (the demonstration year's): no more is known than that all came with it.
    silent = next((voice.record for voice in voices if not (voice.offer or voice.runs)), None)
    titles = [voice.offer["title"] for voice in voices if voice.offer.get("title")]
    found = list(
        _values(
            "offer",
            offer.pk,
            None,
            None,
            held.present_offer(offer),
            voices,
            held,
            told_by,
            people,
            silent,
            tuple(dict.fromkeys(title for title in titles if title != offer.title)),
        )
    )
    for run in sorted(held.runs[offer.pk].values(), key=lambda run: (terms.sort_key(run.term), run.key), reverse=True):
        said = [voice for voice in voices if run.key in voice.runs]
        present = held.present_run(run)
        found += _values("run", run.pk, run.key, run.term, present, said, held, told_by, people, silent, ())
    return found


def _values(
    thing: str,
    thing_id: int,
    run: str | None,
    term: str | None,
    present: Mapping[str, Any],
    voices: list[Voice],
    held: Held,
    told_by: Mapping[int, tuple[str, date]],
    people: Mapping[tuple[str, int, str], tuple[str | None, datetime]],
    silent: int | str | None,
    older: tuple[str, ...],
) -> Iterable[Provenance]:
    where = (thing, thing_id)
    corrected = held.corrected.get(where, {})
    chosen = choose(thing, voices, held.derived.get(where, {}), corrected, run)
    for name, nothing in FIELDS[thing].items():
        value, one = present[name], chosen.get(name)
        if value == nothing and name not in corrected:
            continue
        if one is None or (one.value != value and name not in corrected):
            one = Chosen(value, Origin.PERSON if silent is None else Origin.FEED, silent)
        source, on = told_by.get(int(one.record), (None, None)) if one.record is not None else (None, None)
        who, at = people.get((thing, thing_id, name), (None, None))
        yield Provenance(
            thing,
            thing_id,
            run,
            term,
            name,
            value,
            one.origin,
            source,
            at.date() if at else on,
            one.confidence,
            one.evidence,
            who,
            name in corrected,
            older if name == "title" else (),
        )


def _sources(session: Session, records: list[int]) -> dict[int, tuple[str, date]]:
    query: Any = select(col(SourceRecord.id), col(Source.key), col(SourceRecord.seen_on)).join(
        Source, col(Source.id) == col(SourceRecord.source_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows_in(session, query, SourceRecord.id, records)}


def _people(session: Session, held: Held) -> dict[tuple[str, int, str], tuple[str | None, datetime]]:
    found: dict[tuple[str, int, str], tuple[str | None, datetime]] = {}
    for thing in ("offer", "run"):
        ids = [thing_id for kind, thing_id in held.corrected if kind == thing]
        query: Any = select(
            col(FieldOrigin.thing_id), col(FieldOrigin.field), col(FieldOrigin.actor), col(FieldOrigin.at)
        ).where(col(FieldOrigin.thing) == thing, col(FieldOrigin.origin) == Origin.PERSON)
        for thing_id, field, actor, at in rows_in(session, query, FieldOrigin.thing_id, ids):
            found[thing, thing_id, field] = (actor, at)
    return found
