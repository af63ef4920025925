"""Values that people entered in the pages are corrections: a feed must not write over them."""

from collections.abc import Mapping
from typing import Any

from registry.core.bulk import add_rows
from registry.intake.choosing.merging import Voice, choose, strongest_first
from registry.intake.operations.context import Import
from registry.intake.queries.held import Held
from registry.intake.reading.fields import FIELDS
from registry.offers.models import FieldOrigin, Origin

#: Who entered a value that no correction tells of: the audit log of the offer knows more.
STAFF = "staff"


def keep_entered_values(imported: Import, held: Held) -> None:
    """Whatever differs from what feeds, names and corrections gave before was entered by somebody: keep it as theirs."""
    rows: list[dict[str, Any]] = []
    for offer_id, offer in held.offers.items():
        voices = strongest_first(record.voice(offer.key) for record in held.records[offer_id].values())
        rows += _entered(imported, held, "offer", offer_id, held.present_offer(offer), voices)
        for key, run in held.runs[offer_id].items():
            told = [voice for voice in voices if key in voice.runs]
            rows += _entered(imported, held, "run", run.pk, held.present_run(run), told, key)
    add_rows(imported.session, FieldOrigin, rows)


def _entered(
    imported: Import,
    held: Held,
    thing: str,
    thing_id: int,
    present: Mapping[str, Any],
    voices: list[Voice],
    run: str | None = None,
) -> list[dict[str, Any]]:
    where = (thing, thing_id)
    corrected = held.corrected.get(where, {})
    before = choose(thing, voices, held.derived.get(where, {}), corrected, run)
    rows: list[dict[str, Any]] = []
    for name, nothing in FIELDS[thing].items():
        chosen = before.get(name)
        expected = nothing if chosen is None or chosen.value is None else chosen.value
        if name in corrected or present[name] == expected or present[name] == nothing:
            continue
        if any(voice.told(run).get(name) == present[name] for voice in voices):
            continue  # some feed tells it: who is heard first has changed, nobody has entered it
        held.corrected.setdefault(where, {})[name] = present[name]
        rows.append(
            {
                "thing": thing,
                "thing_id": thing_id,
                "field": name,
                "value": present[name],
                "origin": Origin.PERSON,
                "confidence": None,
                "evidence": None,
                "source_record_id": None,
                "actor": STAFF,
                "at": imported.now,
            }
        )
    return rows
