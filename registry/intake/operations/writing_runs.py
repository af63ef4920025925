"""Runs as they shall be: new ones in the state they came in, others changed and brought on through their life."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select

from registry.applications.operations.waiting import places_changed
from registry.core import audit, events, transitions
from registry.core.bulk import add_rows, new_ids
from registry.intake.choosing.planning import OfferPlan, RunPlan, value_of
from registry.intake.choosing.run_states import event_towards, state_on
from registry.intake.operations.context import IMPORTER, Import, scope_of
from registry.intake.operations.writing_offers import Written
from registry.intake.queries.batches import batches, objects_in
from registry.intake.queries.held import Held
from registry.intake.reading.fields import RUN_COLUMNS, RUN_FIELDS, column_value
from registry.offers.models import Run, RunPlace
from registry.offers.states import CANCELLABLE, RUN, CancelReason


@dataclass(slots=True)
class WrittenRun:
    """A run that was written: its id, and whether anything differed."""

    id: int
    changed: bool


def write_runs(
    imported: Import, plans: list[OfferPlan], offers: Mapping[str, Written], held: Held
) -> dict[str, WrittenRun]:
    """Write every planned run. Returns them by key."""
    written: dict[str, WrittenRun] = {}
    new: list[tuple[OfferPlan, RunPlan]] = []
    for plan in plans:
        existing = held.runs.get(offers[plan.key].id, {})
        for run_plan in plan.runs.values():
            run = existing.get(run_plan.key)
            if run is None:
                new.append((plan, run_plan))
            else:
                changed = _change(imported, run, plan, run_plan, held)
                written[run_plan.key] = WrittenRun(run.pk, changed)
    imported.session.flush()
    for key, run_id in _insert(imported, new, offers).items():
        written[key] = WrittenRun(run_id, True)
    _write_places(imported, plans, written, held)
    _cancel_new(imported, new, written)
    for plan in plans:
        if any(written[key].changed for key in plan.runs):
            events.publish(imported.session, events.OFFER_CHANGED, plan.key)
    return written


def _insert(imported: Import, new: list[tuple[OfferPlan, RunPlan]], offers: Mapping[str, Written]) -> dict[str, int]:
    if not new:
        return {}
    rows: list[dict[str, Any]] = []
    for (plan, run), run_id in zip(new, new_ids(imported.session, Run, len(new)), strict=True):
        told = {name: value_of("run", run.chosen, name) for name in RUN_COLUMNS}
        rows.append(
            {
                **{name: column_value(name, value) for name, value in told.items()},
                "id": run_id,
                "key": run.key,
                "offer_id": offers[plan.key].id,
                "term": run.term,
                "state": state_on({**told, "term": run.term}, imported.as_of),
                "is_demo": False,
                "created_at": imported.now,
                "updated_at": imported.written_at,
                "version": 1,
            }
        )
    add_rows(imported.session, Run, rows)
    for row in rows:
        audit.record(
            imported.session,
            actor=IMPORTER.name,
            thing=RUN.thing,
            thing_id=row["id"],
            life=RUN.name,
            event="established",
            at=imported.since(row["term"]),
            to_state=str(row["state"]),
            details={"import_run": imported.run.pk, "key": row["key"]},
        )
    return {row["key"]: row["id"] for row in rows}


def _change(imported: Import, run: Run, plan: OfferPlan, run_plan: RunPlan, held: Held) -> bool:
    """Set what differs, then bring the run on as the feed tells. A run never goes back by feed.

    Closing and cancelling wait for the delivery's end: when every row says so, it is the feed that is broken.
    """
    present = held.present_run(run)
    changed: dict[str, list[Any]] = {}
    for name in RUN_FIELDS:
        wanted = value_of("run", run_plan.chosen, name)
        if present[name] != wanted:
            changed[name] = [present[name], wanted]
            if name in RUN_COLUMNS:
                setattr(run, name, column_value(name, wanted))
    if changed:
        audit.record(
            imported.session,
            actor=IMPORTER.name,
            thing=RUN.thing,
            thing_id=run.pk,
            event="changed",
            details={"import_run": imported.run.pk, "fields": changed},
        )
    if "places" in changed:
        places_changed(imported.session, run, *changed["places"])
    told = {name: value_of("run", run_plan.chosen, name) for name in RUN_COLUMNS}
    event = event_towards(run.state, state_on({**told, "term": run.term}, imported.as_of))
    if run_plan.told.get("cancelled") and run.state in CANCELLABLE:
        imported.endings[run.pk] = {
            "does": "cancel",
            "reason": run_plan.told["cancel_reason"],
            "text": run_plan.told.get("cancel_text"),
        }
    elif event == "close" and run.postponed_to_id is None and not _is_past(present, imported):
        imported.endings[run.pk] = {"does": "close", "reason": None, "text": None}
    elif event is not None and run.postponed_to_id is None:
        transitions.apply(
            imported.session, IMPORTER, run, RUN, event, scope=_scope(plan), key=plan.key, details=_by(imported)
        )
        changed.setdefault("state", [])
    if changed:
        run.updated_at = imported.written_at
        run.version += 1
        return True
    return False


def _is_past(present: Mapping[str, Any], imported: Import) -> bool:
    """The deadline that people knew of has passed: closing the run is no news to anybody."""
    closes = present["application_closes_on"]
    return closes is not None and date.fromisoformat(closes) < imported.as_of


def _cancel_new(imported: Import, new: list[tuple[OfferPlan, RunPlan]], written: Mapping[str, WrittenRun]) -> None:
    cancelled = {written[run.key].id: (plan, run) for plan, run in new if run.told.get("cancelled")}
    for run in objects_in(imported.session, select(Run), Run.id, cancelled):
        _cancel_unseen(imported, run, *cancelled[run.id])
    imported.session.flush()


def _cancel_unseen(imported: Import, run: Run, plan: OfferPlan, run_plan: RunPlan) -> None:
    """A run that is cancelled when we first hear of it has no applicants here, and nobody counted on it."""
    run.cancel_reason = CancelReason(run_plan.told["cancel_reason"])
    run.cancel_text = run_plan.told.get("cancel_text")
    run.cancelled_at = imported.now
    transitions.apply(
        imported.session,
        IMPORTER,
        run,
        RUN,
        "cancel",
        scope=_scope(plan),
        key=plan.key,
        reason_code=str(run.cancel_reason),
        reason_text=run.cancel_text,
        details=_by(imported),
    )
    events.publish(imported.session, events.RUN_CANCELLED, run.key)


def _write_places(imported: Import, plans: list[OfferPlan], written: Mapping[str, WrittenRun], held: Held) -> None:
    rows: list[dict[str, Any]] = []
    stale: list[int] = []
    for plan in plans:
        for run in plan.runs.values():
            run_id, wanted = written[run.key].id, value_of("run", run.chosen, "municipalities")
            present = held.places.get(run_id, [])
            if wanted != present:
                rows += [{"run_id": run_id, "municipality_code": code} for code in wanted]
                if present:
                    stale.append(run_id)
    for batch in batches(stale):
        imported.session.execute(delete(RunPlace).where(col(RunPlace.run_id).in_(batch)))
    add_rows(imported.session, RunPlace, rows)


def _scope(plan: OfferPlan) -> Any:
    return scope_of({plan.provider.id, *plan.value("partners")})


def _by(imported: Import) -> dict[str, Any]:
    return {"import_run": imported.run.pk}
