"""The door of an import: read to the end, then write everything in one transaction, or nothing."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from importers.protocol import Payload, ProviderRef
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.core import clock, events
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput
from registry.intake.delivery import (
    Delivery,
    Progress,
    Refusal,
    find_format,
    identify,
    keep,
    read_delivery,
    reader_version,
)
from registry.intake.facts import Facts, Provider, UnknownProvider, load_facts
from registry.intake.models import ImportRun, QuarantinedRow, Source
from registry.intake.operations.context import DEFAULT_PRIORITY, ONE_PROVIDER, PRIORITY, Import
from registry.intake.operations.taking import known_records, take
from registry.intake.operations.vanishing import absence, apply_absence, return_runs
from registry.intake.operations.writing_records import confirm, note, welcome_back
from registry.intake.policy import scope_of_provider
from registry.intake.result import ImportResult
from registry.intake.sorting import Known, Sorted, sort_again, sort_rows
from registry.intake.states import ImportOutcome, RecordEvent
from registry.rules.register import rules_on

_LOCK = 7_460_022  # advisory lock number on PostgreSQL: imports go one at a time


class _DryRun(Exception):
    """Takes the transaction back after a rehearsal."""


def import_payloads(
    database: Database,
    actor: Actor,
    format_name: str,
    paths: Sequence[str | Path | Payload],
    *,
    provider: str | None = None,
    dry_run: bool = False,
    as_of: date | None = None,
    progress: Progress | None = None,
    payload_folder: Path | None = None,
) -> ImportResult:
    """Import one delivery of one or more payloads.

    ``provider`` (DBH code, organisation number, key or name) is the only one whose rows are accepted. ``as_of`` is the
    day the delivery speaks of, today where it is not given. ``payload_folder`` keeps the bytes under their SHA-256.
    A payload that cannot be trusted refuses the delivery: the result says why, and only the refusal itself is recorded.

    Raises InvalidInput for an unknown format or provider, NotAllowed.
    """
    payloads = [path if isinstance(path, Payload) else Payload(Path(path), Path(path).name) for path in paths]
    reader = find_format(format_name)
    identities = identify(payloads)
    with database.read() as session:
        facts = load_facts(session)
        only = find_provider(facts, provider) if provider else None
        actor.require(Permission.IMPORT_RUN, scope_of_provider(only.id if only else None))
        same_as = None if isinstance(identities, Refusal) else _same_bytes(session, reader.NAME, identities, only)
    delivery: Delivery | Refusal
    if isinstance(identities, Refusal):
        delivery = identities
    elif same_as is not None:
        delivery = Delivery(reader.NAME, payloads=identities, same_as=same_as)
    else:
        delivery = read_delivery(reader, payloads, identities, progress=progress)
    day = as_of or clock.today()
    if isinstance(delivery, Refusal):
        return _refused(database, actor, format_name, delivery, only, day, dry_run=dry_run)
    if payload_folder is not None and not dry_run:
        for payload, identity in zip(payloads, delivery.payloads, strict=True):
            keep(payload.path, identity["sha256"], payload_folder)
    result = ImportResult(delivery.format, dry_run=dry_run)
    try:
        with database.write() as session:
            deliver(session, actor, delivery, result, facts=facts, only=only, day=day)
            if dry_run:
                session.flush()
                raise _DryRun
    except _DryRun:
        result.run = None
    return result


def find_provider(facts: Facts, text: str) -> Provider:
    """The provider that somebody named. Raises InvalidInput."""
    for ref in (ProviderRef(dbh_code=text), ProviderRef(orgnr=text), ProviderRef(name=text)):
        try:
            return facts.provider(ref)
        except UnknownProvider:
            continue
    raise InvalidInput(f"Tilbyderen «{text}» finnes ikke i registeret.")


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
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = None if delivery.same_as is None else session.get_one(ImportRun, delivery.same_as)
    if last is not None and _newest_of(session, last.source_id) != last.id:
        raise Conflict("En annen leveranse fra samme kilde kom samtidig. Prøv igjen.")
    if last is not None:
        source = session.get_one(Source, last.source_id)
    else:
        source = _source(session, delivery.format, only or _only_provider(delivery, facts))
    run = _run(session, actor, source, only, day, delivery.payloads)
    imported = Import(session, actor, source, run, facts, day, run.started_at)
    known = known_records(imported)
    rows = sort_again(last.seen, known, last.pk) if last is not None else sort_rows(delivery, facts, known, only)
    result.run, result.seen, result.unchanged = run.pk, rows.seen, rows.unchanged
    result.new = sum(1 for row in rows.taken if row.known is None)
    result.changed = len(rows.taken) - result.new
    result.rejections = rows.rejections
    result.notices = [*delivery.notices, *rows.notices()]
    take(imported, rows.taken, result)
    confirm(imported, rows.confirmed)
    returned = [record for key in rows.present if (record := known.get(key)) and record.absent_since is not None]
    return_runs(imported, returned)
    welcome_back(imported, returned)
    if delivery.complete:
        _absent(imported, known, rows, result)
    _quarantine(imported, result)
    _finish(run, result)
    events.publish(session, events.IMPORT_FINISHED, str(run.pk))
    return run


def _same_bytes(
    session: Session, format_name: str, identities: list[dict[str, Any]], only: Provider | None
) -> int | None:
    """The newest run of a source, where it was fed these very bytes, refused no row and read them as we would now."""
    newest = (
        select(func.max(ImportRun.id))
        .where(ImportRun.format == format_name, ImportRun.outcome != ImportOutcome.REFUSED)
        .group_by(col(ImportRun.source_id))
    )
    wanted = sorted(identity["sha256"] for identity in identities)
    for run in session.exec(select(ImportRun).where(col(ImportRun.id).in_(newest))):
        alike = sorted(payload.get("sha256", "") for payload in run.payloads) == wanted
        for_same = run.organisation_id == (only.id if only else None) or (only is None and format_name in ONE_PROVIDER)
        if alike and for_same and run.quarantined == 0 and run.reader == reader_version():
            return run.id
    return None


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


def _quarantine(imported: Import, result: ImportResult) -> None:
    imported.session.add_all(
        QuarantinedRow(
            import_run_id=imported.run.pk,
            payload_name=row.payload,
            position=row.position,
            reason=row.reason,
            field=row.field,
            value=row.value,
            cure=row.cure,
            raw=row.raw,
        )
        for row in result.rejections
    )


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


def _source(session: Session, format_name: str, provider: Provider | None) -> Source:
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


def _run(
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


def _refused(
    database: Database,
    actor: Actor,
    format_name: str,
    refusal: Refusal,
    only: Provider | None,
    day: date,
    *,
    dry_run: bool,
) -> ImportResult:
    result = ImportResult(format_name, outcome=ImportOutcome.REFUSED, message=refusal.message, dry_run=dry_run)
    if dry_run:
        return result
    with database.write() as session:
        source = _source(session, format_name, only)
        run = _run(session, actor, source, only, day, refusal.payloads)
        run.outcome, run.message, run.finished_at = ImportOutcome.REFUSED, refusal.message, clock.now()
        result.run = run.pk
    return result
