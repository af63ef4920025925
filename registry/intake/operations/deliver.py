"""One delivery inside the caller's transaction: sorted, written, compared with what was there, counted."""

from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, select

from registry.access.policy import Actor
from registry.core import clock, events, locks
from registry.core.errors import Conflict
from registry.intake.delivery import Delivery, reader_version
from registry.intake.facts import Facts, Provider, UnknownProvider
from registry.intake.models import ImportRun, Source
from registry.intake.operations.context import DEFAULT_PRIORITY, ONE_PROVIDER, PRIORITY, Import
from registry.intake.operations.taking import known_records, take
from registry.intake.operations.vanishing import absence, apply_absence, return_runs
from registry.intake.operations.writing_quarantine import put_in_quarantine
from registry.intake.operations.writing_records import confirm, note, welcome_back
from registry.intake.result import ImportResult
from registry.intake.sorting import Known, Sorted, sort_again, sort_rows
from registry.intake.states import ImportOutcome, RecordEvent
from registry.rules.register import rules_on


def deliver(
    session: Session,
    actor: Actor,
    delivery: Delivery,
    result: ImportResult,
    *,
    facts: Facts,
    only: Provider | None,
    day: date,
) -> ImportRun:
    """Take one delivery inside the caller's transaction, and fill ``result``."""
    locks.hold(session, locks.Lock.IMPORT)
    last = None if delivery.same_as is None else session.get_one(ImportRun, delivery.same_as)
    if last is not None and _newest_of(session, last.source_id) != last.id:
        raise Conflict("En annen leveranse fra samme kilde kom samtidig. Prøv igjen.")
    if last is not None:
        source = session.get_one(Source, last.source_id)
    else:
        source = source_of(session, delivery.format, only or _only_provider(delivery, facts))
    run = start_run(session, actor, source, only, day, delivery.payloads)
    imported = Import(session, actor, source, run, facts, day, run.started_at)
    known = known_records(imported)
    rows = sort_again(last.seen, known, last.pk) if last is not None else sort_rows(delivery, facts, known, only)
    result.run, result.seen, result.unchanged = run.pk, rows.seen, rows.unchanged
    result.new = sum(1 for row in rows.taken if row.known is None)
    result.changed = len(rows.taken) - result.new
    result.rejections = rows.rejections
    result.notices = [*delivery.notices, *rows.notices()]
    take(imported, rows.taken, result)
    result.notices += imported.notices
    confirm(imported, rows.confirmed)
    returned = [record for key in rows.present if (record := known.get(key)) and record.absent_since is not None]
    return_runs(imported, returned)
    welcome_back(imported, returned)
    if delivery.complete:
        _absent(imported, known, rows, result)
    put_in_quarantine(imported, result.rejections)
    _finish(run, result)
    events.publish(session, events.IMPORT_FINISHED, str(run.pk))
    return run


def _newest_of(session: Session, source_id: int) -> int | None:
    runs = select(func.max(ImportRun.id)).where(
        ImportRun.source_id == source_id, ImportRun.outcome != ImportOutcome.REFUSED
    )
    return session.exec(runs).one()


def _absent(imported: Import, known: dict[str, Known], rows: Sorted, result: ImportResult) -> None:
    rules = rules_on(imported.session, imported.as_of)
    found = absence(known, rows)
    result.vanished = len(found.absent)
    if found.too_many(rules):
        result.held = found.unapproved
        result.outcome = ImportOutcome.HELD
        result.message = (
            f"{found.unapproved} av {found.carried} rader mangler i leveransen. Det er så mange at ingen gjennomføringer "
            "blir lukket før noen har sett på det. Nye og endrede rader er tatt inn."
        )
        note(imported, (record.id for record in found.absent), RecordEvent.HELD)
    elif found.absent:
        apply_absence(imported, found, rules)


def _finish(run: ImportRun, result: ImportResult) -> None:
    run.finished_at = clock.now()
    run.outcome, run.message, run.notices = result.outcome, result.message, result.notices
    run.seen, run.new, run.changed, run.unchanged = result.seen, result.new, result.changed, result.unchanged
    run.quarantined, run.vanished, run.held = result.quarantined, result.vanished, result.held


def _only_provider(delivery: Delivery, facts: Facts) -> Provider | None:
    """The one provider that a sheet speaks for; None where it speaks for several, or the format always does."""
    if delivery.format not in ONE_PROVIDER:
        return None
    found: dict[int, Provider] = {}
    for _, row in delivery.rows:
        ref = getattr(row, "provider", None)
        if ref is None:
            continue
        try:
            provider = facts.provider(ref)
        except UnknownProvider:
            continue
        found[provider.id] = provider
        if len(found) > 1:
            return None
    return next(iter(found.values()), None)


def source_of(session: Session, format_name: str, provider: Provider | None) -> Source:
    own = provider if format_name in ONE_PROVIDER else None
    key = f"{format_name}:{own.key}" if own else format_name
    source = session.exec(select(Source).where(Source.key == key)).first()
    if source is None:
        source = Source(
            key=key,
            format=format_name,
            organisation_id=own.id if own else None,
            priority=PRIORITY.get(format_name, DEFAULT_PRIORITY),
            created_at=clock.now(),
        )
        session.add(source)
        session.flush()
    return source


def start_run(
    session: Session,
    actor: Actor,
    source: Source,
    only: Provider | None,
    day: date,
    payloads: list[dict[str, Any]],
) -> ImportRun:
    run = ImportRun(
        source_id=source.pk,
        organisation_id=only.id if only else source.organisation_id,
        reader=reader_version(),
        format=source.format,
        actor=actor.name,
        as_of=day,
        started_at=clock.now(),
        outcome=ImportOutcome.DONE,
        payloads=payloads,
    )
    session.add(run)
    session.flush()
    return run
