"""One delivery: begun, taken in by batches, and ended. Each of the three is done inside the caller's transaction.

What a batch wrote, its share of the accounts and how far it came are one transaction, so a process may be killed
anywhere: the next one goes on after the newest batch, and nothing is lost or doubled. Only the end knows what is absent.
"""

from datetime import date
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from registry.access.policy import Actor
from registry.core import clock, locks
from registry.core.errors import Conflict
from registry.intake.models import ImportRun, Source, SourceRecord
from registry.intake.operations.context import Import
from registry.intake.operations.guarding import end_guarded
from registry.intake.operations.registers import take_registered
from registry.intake.operations.taking import known_records, take
from registry.intake.operations.vanishing import return_runs
from registry.intake.operations.writing_quarantine import put_in_quarantine
from registry.intake.operations.writing_records import confirm, note_seen, welcome_back
from registry.intake.reading import remarks
from registry.intake.reading.delivery import Delivery, reader_version
from registry.intake.reading.facts import Facts, Provider
from registry.intake.reading.registers import of_register
from registry.intake.reading.result import ImportResult
from registry.intake.reading.sorting import Sorted, key_rows, sort_keyed
from registry.intake.reading.spool import SpooledRow
from registry.intake.states import ImportOutcome


def begin(
    session: Session, actor: Actor, source: Source, delivery: Delivery, *, only: Provider | None, day: date
) -> ImportRun:
    """The import run of a delivery that is about to be taken in."""
    run = start_run(session, actor, source, only, day, delivery.payloads)
    run.complete, run.rows = delivery.complete, len(delivery.rows)
    run.notices = list(delivery.notices)
    session.flush()
    return run


def take_batch(
    session: Session,
    actor: Actor,
    run_id: int,
    batch: list[SpooledRow],
    result: ImportResult,
    *,
    after: int,
    facts: Facts,
    only: Provider | None,
) -> None:
    """Take in the rows that follow the first ``after``. Raises Conflict where another process has gone on already."""
    locks.hold(session, locks.Lock.IMPORT)
    run = session.get_one(ImportRun, run_id, with_for_update=True, populate_existing=True)
    if run.outcome is not ImportOutcome.RUNNING or run.seen != after:
        raise Conflict("Leveransen tas inn av en annen prosess.")
    imported = Import(session, actor, session.get_one(Source, run.source_id), run, facts, run.as_of, run.started_at)
    rows = Sorted()
    if of_register(run.format):
        take_registered(imported, batch, only, rows)
    else:
        _take_offers(imported, batch, only, rows, result)
    put_in_quarantine(imported, rows.rejections)
    result.reject(rows.rejections)
    _account(run, rows, imported.notices)
    session.flush()


def _take_offers(
    imported: Import, batch: list[SpooledRow], only: Provider | None, rows: Sorted, result: ImportResult
) -> None:
    keyed = key_rows(batch, imported.facts, only, rows)
    known = known_records(imported, {one.key for one in keyed})
    sort_keyed(keyed, known, imported.run.pk, imported.facts, rows)
    take(imported, rows.taken, result)
    confirm(imported, rows.confirmed)
    note_seen(imported, rows.unfit)
    return_runs(imported, rows.returned)
    welcome_back(imported, rows.returned)


def _account(run: ImportRun, rows: Sorted, notices: list[str]) -> None:
    new = sum(1 for row in rows.taken if row.known is None)
    run.seen += rows.seen
    run.new += new
    run.changed += len(rows.taken) - new
    run.unchanged += rows.unchanged
    run.quarantined += len(rows.rejections)
    run.notices = [*run.notices, *notices]
    run.progress = {
        "providers": sorted({*run.progress.get("providers", ()), *rows.providers}),
        "remarks": remarks.gather(run.progress.get("remarks", {}), rows.remarks),
    }
    run.touched_at = clock.now()


def end(session: Session, actor: Actor, run_id: int, facts: Facts) -> ImportRun:
    """Every row is taken in: what the delivery lacks is decided, and the run is over.

    Raises Conflict where another process has ended it.
    """
    locks.hold(session, locks.Lock.IMPORT)
    run = session.get_one(ImportRun, run_id, with_for_update=True, populate_existing=True)
    if run.outcome is not ImportOutcome.RUNNING:
        raise Conflict("Leveransen tas inn av en annen prosess.")
    imported = Import(session, actor, session.get_one(Source, run.source_id), run, facts, run.as_of, run.started_at)
    run.outcome = ImportOutcome.DONE
    if run.complete and not of_register(run.format):
        end_guarded(imported, set(run.progress.get("providers", ())))
    run.notices = [*run.notices, *imported.notices, *remarks.sentences(run.progress.get("remarks", {}))]
    run.progress = {}
    run.finished_at = run.touched_at = clock.now()
    session.flush()
    return run


def deliver(
    session: Session,
    actor: Actor,
    delivery: Delivery,
    result: ImportResult,
    *,
    source: Source,
    facts: Facts,
    only: Provider | None,
    day: date,
) -> ImportRun:
    """A whole delivery inside one transaction: a small one, a rehearsal, or one row tried again."""
    locks.hold(session, locks.Lock.IMPORT)
    run = begin(session, actor, source, delivery, only=only, day=day)
    for batch in delivery.rows.batches():
        take_batch(session, actor, run.pk, batch, result, after=run.seen, facts=facts, only=only)
    end(session, actor, run.pk, facts)
    result.tell(run)
    return run


def deliver_same(
    session: Session, actor: Actor, last_id: int, payloads: list[dict[str, Any]], *, facts: Facts, day: date
) -> ImportRun:
    """The very bytes of the newest delivery once more: every row is what it was, and there is nothing to read.

    Raises Conflict where a newer delivery of the source has come since somebody looked.
    """
    locks.hold(session, locks.Lock.IMPORT)
    last = session.get_one(ImportRun, last_id)
    if newest_of(session, last.source_id) != last.id:
        raise Conflict("En annen leveranse fra samme kilde kom samtidig. Prøv igjen.")
    source = session.get_one(Source, last.source_id)
    run = start_run(session, actor, source, None, day, payloads)
    run.organisation_id, run.notices = last.organisation_id, []
    run.rows = run.seen = run.unchanged = last.seen
    mine = (col(SourceRecord.source_id) == source.pk, col(SourceRecord.last_seen_id) == last_id)
    providers = select(SourceRecord.organisation_id).where(*mine).distinct()
    run.progress = {"providers": sorted(session.exec(providers))}
    session.execute(
        update(SourceRecord)
        .where(*mine)
        .values(last_seen_id=run.pk, seen_on=day)
        .execution_options(synchronize_session=False)
    )
    session.flush()
    return end(session, actor, run.pk, facts)


def newest_of(session: Session, source_id: int) -> int | None:
    """The newest delivery of a source that was not refused."""
    runs = select(func.max(ImportRun.id)).where(
        ImportRun.source_id == source_id, ImportRun.outcome != ImportOutcome.REFUSED
    )
    return session.exec(runs).one()


def start_run(
    session: Session,
    actor: Actor,
    source: Source,
    only: Provider | None,
    day: date,
    payloads: list[dict[str, Any]],
) -> ImportRun:
    """A run that has begun."""
    run = ImportRun(
        source_id=source.pk,
        organisation_id=only.id if only else source.organisation_id,
        reader=reader_version(),
        format=source.format,
        actor=actor.name,
        as_of=day,
        started_at=clock.now(),
        touched_at=clock.now(),
        outcome=ImportOutcome.RUNNING,
        payloads=payloads,
    )
    session.add(run)
    session.flush()
    return run
