"""A corrected name is read anew: what the old one told is no longer shown."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, insert, true
from sqlmodel import Session, col

from registry.core import clock
from registry.intake.choosing.merging import choose, strongest_first
from registry.intake.choosing.planning import silent, value_of
from registry.intake.operations.putting import put
from registry.intake.queries.held import Held
from registry.intake.reading.deriving import derive
from registry.intake.reading.facts import Facts
from registry.offers.models import FieldOrigin, Offer, Origin


def read_name_again(
    session: Session, held: Held, offer: Offer, facts: Facts, only: Collection[str] | None = None
) -> dict[str, list[Any]]:
    """Replace what was derived from the offer's name, of all fields or of ``only`` some. An offer that no feed tells of was never
    read: it is left alone. Returns what is another value now: field -> [before, after].
    """
    voices = strongest_first(record.voice(offer.key) for record in held.records[offer.pk].values())
    if not voices:
        return {}
    where = ("offer", offer.pk)
    said = [voice.offer for voice in voices]
    inferred = derive(offer.title, level_code=offer.level_code, native_code=offer.native_code, facts=facts)
    derived = silent("offer", said, inferred)
    before = set(held.derived.get(where, {}))
    if only is not None:
        derived, before = {name: guess for name, guess in derived.items() if name in only}, before & set(only)
    chosen = choose("offer", voices, derived, held.corrected.get(where, {}))
    present = held.present_offer(offer)
    changed: dict[str, list[Any]] = {}
    with session.no_autoflush:
        for name in {*derived, *before}:
            value = value_of("offer", chosen, name)
            if value != present[name]:
                changed[name] = [present[name], value]
                put(session, offer, name, value)
    session.execute(
        delete(FieldOrigin).where(
            col(FieldOrigin.thing) == "offer",
            col(FieldOrigin.thing_id) == offer.pk,
            col(FieldOrigin.origin) == Origin.DERIVED,
            true() if only is None else col(FieldOrigin.field).in_(only),
        )
    )
    moment = clock.now()
    records = [voice.record for voice in voices]
    rows = [
        {
            "thing": "offer",
            "thing_id": offer.pk,
            "field": name,
            "value": guess.value,
            "origin": Origin.DERIVED,
            "confidence": guess.confidence,
            "evidence": guess.evidence,
            "source_record_id": records[0],
            "actor": None,
            "at": moment,
        }
        for name, guess in derived.items()
    ]
    if rows:
        session.execute(insert(FieldOrigin), rows)
    return changed
