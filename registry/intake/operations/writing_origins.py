"""Values read out of names, kept with their confidence and the words that told."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete
from sqlmodel import col

from registry.core.bulk import add_rows
from registry.intake.choosing.planning import OfferPlan
from registry.intake.operations.context import Import
from registry.intake.operations.writing_offers import Written
from registry.intake.operations.writing_runs import WrittenRun
from registry.intake.queries.batches import batches
from registry.intake.queries.held import Held
from registry.intake.reading.deriving import Inferred
from registry.offers.models import FieldOrigin, Origin


def write_origins(
    imported: Import,
    plans: list[OfferPlan],
    offers: Mapping[str, Written],
    runs: Mapping[str, WrittenRun],
    records: Mapping[str, int],
    held: Held,
) -> None:
    """Write what the name tells where feeds are silent; take away what it no longer tells."""
    rows: list[dict[str, Any]] = []
    stale: dict[str, list[int]] = {"offer": [], "run": []}
    for plan in plans:
        named = plan.chosen.get("title")
        told_by = _record_id(named.record if named else None, records)
        things = [("offer", offers[plan.key].id, plan.derived)]
        things += [("run", runs[run.key].id, run.derived) for run in plan.runs.values()]
        for thing, thing_id, wanted in things:
            present = held.derived.get((thing, thing_id), {})
            if present == wanted:
                continue
            if present:
                stale[thing].append(thing_id)
            rows += [_row(imported, thing, thing_id, name, one, told_by) for name, one in wanted.items()]
    for thing, ids in stale.items():
        for batch in batches(ids):
            imported.session.execute(
                delete(FieldOrigin).where(
                    col(FieldOrigin.thing) == thing,
                    col(FieldOrigin.thing_id).in_(batch),
                    col(FieldOrigin.origin) == Origin.DERIVED,
                )
            )
    add_rows(imported.session, FieldOrigin, rows)


def _record_id(record: int | str | None, records: Mapping[str, int]) -> int | None:
    return records[record] if isinstance(record, str) else record


def _row(imported: Import, thing: str, thing_id: int, field: str, one: Inferred, record: int | None) -> dict[str, Any]:
    return {
        "thing": thing,
        "thing_id": thing_id,
        "field": field,
        "value": one.value,
        "origin": Origin.DERIVED,
        "confidence": one.confidence,
        "evidence": one.evidence,
        "source_record_id": record,
        "actor": None,
        "at": imported.now,
    }
