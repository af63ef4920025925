"""Source records: the newest payload of every row, and what this delivery did to it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, update
from sqlmodel import col, select

from registry.core import terms
from registry.core.bulk import add_rows, new_ids
from registry.intake.models import RecordChange, RecordRun, SourceRecord
from registry.intake.operations.context import Import
from registry.intake.operations.writing_offers import Written
from registry.intake.operations.writing_runs import WrittenRun
from registry.intake.queries.batches import batches, rows_in
from registry.intake.queries.held import Held, run_key
from registry.intake.reading.shaping import run_suffix
from registry.intake.reading.sorting import Known, Taken
from registry.intake.states import RecordEvent

if TYPE_CHECKING:
    from registry.intake.operations.taking import Touched


def write_records(
    imported: Import,
    touched: Iterable["Touched"],
    offers: Mapping[str, Written],
    runs: Mapping[str, WrittenRun],
    held: Held,
) -> dict[str, int]:
    """Insert what is new and replace what said something else. Returns ids by key."""
    session = imported.session
    new: list[dict[str, Any]] = []
    replaced: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    ids: dict[str, int] = {}
    told_runs: dict[str, list[int]] = {}
    for one in touched:
        offer_id = offers[one.key].id
        for row in one.taken:
            united = held.united.get(offer_id, {})
            told = [runs[run_key(one.key, run, united)].id for run in row.shape.told["runs"]]
            values = _values(imported, row, offer_id, told)
            told_runs[row.shape.key] = list(dict.fromkeys(told))
            if row.known is None:
                new.append({**values, "first_seen_id": imported.run.pk})
            else:
                ids[row.shape.key] = row.known.id
                replaced.append({**values, "record_id": row.known.id})
                before = held.records[offer_id][row.known.id].told
                changes.append(_change(imported, row.known.id, RecordEvent.CHANGED, difference(before, row.shape.told)))
    for made, record_id in zip(new, new_ids(session, SourceRecord, len(new)), strict=True):
        made["id"] = ids[made["key"]] = record_id
        changes.append(_change(imported, record_id, RecordEvent.NEW, {}))
    add_rows(session, SourceRecord, new)
    if replaced:
        names = [name for name in replaced[0] if name not in ("record_id", "key", "source_id")]
        query = update(SourceRecord.__table__).where(  # type: ignore[attr-defined]  # SQLModel does not tell of its tables
            col(SourceRecord.id) == bindparam("record_id")
        )
        session.connection().execute(query.values({name: bindparam(name) for name in names}), replaced)
    changes += _held_until_the_end(imported, ids, told_runs)
    add_rows(session, RecordChange, changes)
    _link_runs(imported, {ids[key]: told for key, told in told_runs.items()}, {row["record_id"] for row in replaced})
    return ids


def _held_until_the_end(
    imported: Import, ids: Mapping[str, int], told_runs: Mapping[str, list[int]]
) -> list[dict[str, Any]]:
    """What rows would end, under the first record of this batch that tells of the run."""
    waiting = dict(imported.endings)
    imported.endings.clear()
    rows: list[dict[str, Any]] = []
    for key, told in told_runs.items():
        mine = {str(run): waiting.pop(run) for run in dict.fromkeys(told) if run in waiting}
        if mine:
            rows.append(_change(imported, ids[key], RecordEvent.HELD, {"endings": mine}))
    return rows


def _link_runs(imported: Import, told: Mapping[int, list[int]], replaced: set[int]) -> None:
    """Which runs each record tells of now; one that it told of before, and no more, is absent from this day."""
    session = imported.session
    links: dict[tuple[int, int], tuple[int, Any, Any]] = {}
    if replaced:
        query = select(  # type: ignore[call-overload]  # select is typed for four columns at most
            RecordRun.source_record_id, RecordRun.run_id, RecordRun.id, RecordRun.absent_since, RecordRun.gone_on
        )
        for record, run, link, absent, gone in rows_in(session, query, RecordRun.source_record_id, replaced):
            links[record, run] = (link, absent, gone)
    wanted = {(record, run) for record, runs in told.items() for run in runs}
    new = [{"source_record_id": record, "run_id": run} for record, run in sorted(wanted - links.keys())]
    add_rows(session, RecordRun, new)
    back = [link for pair, (link, absent, gone) in links.items() if pair in wanted and (absent or gone)]
    dropped = [link for pair, (link, absent, gone) in links.items() if pair not in wanted and absent is None]
    for ids, values in (
        (back, {"absent_since": None, "absence_approved_by": None, "gone_on": None}),
        (dropped, {"absent_since": imported.as_of}),
    ):
        for batch in batches(ids):
            session.execute(
                update(RecordRun)
                .where(col(RecordRun.id).in_(batch))
                .values(**values)
                .execution_options(synchronize_session=False)
            )


def confirm(imported: Import, records: list[int]) -> None:
    """The delivery says the same of these as the one before."""
    for batch in batches(records, 5_000):
        imported.session.execute(
            update(SourceRecord)
            .where(col(SourceRecord.id).in_(batch))
            .values(last_seen_id=imported.run.pk, seen_on=imported.as_of)
            .execution_options(synchronize_session=False)
        )


def note_seen(imported: Import, records: list[int]) -> None:
    """Rows that came in a form that cannot be taken: they are not absent, and what stands is what they said before."""
    for batch in batches(records, 5_000):
        imported.session.execute(
            update(SourceRecord)
            .where(col(SourceRecord.id).in_(batch))
            .values(last_seen_id=imported.run.pk)
            .execution_options(synchronize_session=False)
        )


def welcome_back(imported: Import, records: list[Known]) -> None:
    """Rows that had been absent and came again."""
    if not records:
        return
    for batch in batches([record.id for record in records]):
        imported.session.execute(
            update(SourceRecord)
            .where(col(SourceRecord.id).in_(batch))
            .values(absent_since=None, absence_approved_by=None, gone_on=None)
            .execution_options(synchronize_session=False)
        )
    add_rows(
        imported.session,
        RecordChange,
        [_change(imported, record.id, RecordEvent.RETURNED, {}) for record in records],
    )


def note(imported: Import, records: Iterable[int], event: RecordEvent) -> None:
    """Remember what the delivery did to these records."""
    add_rows(imported.session, RecordChange, [_change(imported, record, event, {}) for record in records])


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Field -> [before, after] for what the row says otherwise; runs under their term."""
    changed: dict[str, list[Any]] = {}
    _differ(before.get("offer", {}), after.get("offer", {}), "", changed)
    earlier = {run_suffix(run): run for run in before.get("runs", ())}
    for run in after.get("runs", ()):
        _differ(earlier.get(run_suffix(run), {}), run, f"{run_suffix(run)} ", changed)
    return changed


def _differ(before: Mapping[str, Any], after: Mapping[str, Any], label: str, changed: dict[str, list[Any]]) -> None:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            changed[label + name] = [before.get(name), after.get(name)]


def _values(imported: Import, row: Taken, offer_id: int, told: Sequence[int]) -> dict[str, Any]:
    """``told``: the ids of the runs that the row tells of, in its order."""
    terms_ = [terms.sort_key(run["term"]) for run in row.shape.told["runs"]]
    return {
        "source_id": imported.source.pk,
        "key": row.shape.key,
        "organisation_id": row.shape.provider.id,
        "offer_id": offer_id,
        "run_id": told[terms_.index(max(terms_))] if told else None,
        "term": row.shape.term,
        "raw": row.raw,
        "told": row.shape.told,
        "content_hash": row.content_hash,
        "last_seen_id": imported.run.pk,
        "seen_on": imported.as_of,
    }


def _change(imported: Import, record: int, event: RecordEvent, fields: dict[str, Any]) -> dict[str, Any]:
    return {"import_run_id": imported.run.pk, "source_record_id": record, "event": event, "fields": fields}
