"""The door of an import: read to the end, then write; a small delivery in one transaction, a large one by batches."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from importers.protocol import Payload
from importers.sentences import Sentence, joined
from registry.access.keyring import Keyring
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.core import clock
from registry.core.db import Database
from registry.intake.models import ImportRun, Source
from registry.intake.operations.choosing_source import find_provider, only_others, provider_with, source_of, spoken_for
from registry.intake.operations.context import ONE_PROVIDER
from registry.intake.operations.deliver import begin, deliver, deliver_same, end, start_run, take_batch
from registry.intake.operations.landing import landing_of
from registry.intake.operations.landing.door import land_payloads
from registry.intake.operations.resuming import settle_unfinished
from registry.intake.policy import scope_of_provider
from registry.intake.reading.delivery import (
    Delivery,
    Progress,
    Refusal,
    find_format,
    identify,
    keep,
    read_delivery,
    reader_version,
)
from registry.intake.reading.facts import Facts, Provider, load_facts
from registry.intake.reading.result import ImportResult
from registry.intake.states import ImportOutcome


class _DryRun(Exception):
    """Takes the transaction back after a rehearsal."""


def import_payloads(
    database: Database,
    actor: Actor,
    format_name: str,
    paths: Sequence[str | Path | Payload],
    *,
    provider: str | None = None,
    source_id: int | None = None,
    dry_run: bool = False,
    as_of: date | None = None,
    progress: Progress | None = None,
    payload_folder: Path | None = None,
    max_bytes: int | None = None,
    keyring: Keyring | None = None,
    is_protected: bool = False,
) -> ImportResult:
    """Import one delivery of one or more payloads.

    ``provider`` (DBH code, organisation number, key or name) is the only one whose rows are accepted. ``source_id`` is the
    source that was asked for the payloads, where they were not handed in. ``as_of`` is the day the delivery speaks of,
    today where it is not given. ``payload_folder`` keeps the bytes under their SHA-256; a delivery that was broken off
    can be resumed only where they are kept. ``max_bytes`` bounds each payload, the format's own bound else. A payload that
    cannot be trusted refuses the delivery: the result says why, and only the refusal itself is recorded. ``keyring`` makes
    pseudonyms of the people in a sheet that names people, unless the payloads are copies where that is done
    (``is_protected``).

    Raises InvalidInput for an unknown format or provider, NotAllowed, or Conflict where another process is taking in a
    delivery of the same source.
    """
    given_payloads = (path if isinstance(path, Payload) else Payload(Path(path), Path(path).name) for path in paths)
    payloads = [replace(payload, max_bytes=payload.max_bytes or max_bytes) for payload in given_payloads]
    reader = find_format(format_name)
    if landing := landing_of(reader):
        return land_payloads(
            database,
            actor,
            reader,
            landing,
            payloads,
            organisation=provider,
            keyring=keyring,
            is_protected=is_protected,
            dry_run=dry_run,
            as_of=as_of,
            payload_folder=payload_folder,
        )
    identities = identify(payloads)
    day = as_of or clock.today()
    with database.read() as session:
        facts = load_facts(session)
        given = None if source_id is None else session.get_one(Source, source_id)
        only = (
            find_provider(facts, provider)
            if provider
            else provider_with(facts, given.organisation_id if given else None)
        )
        actor.require(Permission.IMPORT_RUN, scope_of_provider(only.id if only else None))
        same_as = (
            None if isinstance(identities, Refusal) else _same_bytes(session, reader.NAME, identities, only, source_id)
        )
    result = ImportResult(reader.NAME, dry_run=dry_run)
    if isinstance(identities, Refusal):
        return _refused(database, actor, identities, only, day, result, source_id)
    if same_as is not None:
        return _same(database, actor, same_as, identities, facts, day, result)
    with read_delivery(reader, payloads, identities, progress=progress) as delivery:
        if isinstance(delivery, Delivery) and (others := only_others(delivery, facts, only)):
            delivery = Refusal(identities, _somebody_elses(others, only))
        if isinstance(delivery, Refusal):
            return _refused(database, actor, delivery, only, day, result, source_id)
        if payload_folder is not None and not dry_run:
            for payload, identity in zip(payloads, identities, strict=True):
                keep(payload.path, identity["sha256"], payload_folder)
        speaker = only or spoken_for(delivery, facts)
        if not dry_run:
            with database.read() as session:
                source = None if given is None else given.pk
                source = source or _known_source(session, reader.NAME, speaker)
            if source is not None:
                settle_unfinished(database, actor, source, payload_folder)
        if dry_run or delivery.rows.is_small:
            _at_once(database, actor, delivery, result, facts, only, speaker, day, source_id)
        else:
            _by_batches(database, actor, delivery, result, facts, only, speaker, day, source_id, progress)
    return result


def _at_once(
    database: Database,
    actor: Actor,
    delivery: Delivery,
    result: ImportResult,
    facts: Facts,
    only: Provider | None,
    speaker: Provider | None,
    day: date,
    source_id: int | None,
) -> None:
    try:
        with database.write() as session:
            source = _source(session, delivery.format, speaker, source_id)
            deliver(session, actor, delivery, result, source=source, facts=facts, only=only, day=day)
            if result.dry_run:
                raise _DryRun
    except _DryRun:
        result.run = None


def _by_batches(
    database: Database,
    actor: Actor,
    delivery: Delivery,
    result: ImportResult,
    facts: Facts,
    only: Provider | None,
    speaker: Provider | None,
    day: date,
    source_id: int | None,
    progress: Progress | None,
) -> None:
    with database.write() as session:
        run_id = begin(
            session,
            actor,
            _source(session, delivery.format, speaker, source_id),
            delivery,
            only=only,
            day=day,
        ).pk
    done = 0
    for batch in delivery.rows.batches():
        with database.write() as session:
            take_batch(session, actor, run_id, batch, result, after=done, facts=facts, only=only)
        done += len(batch)
        if progress is not None:
            progress(done)
    with database.write() as session:
        result.tell(end(session, actor, run_id, facts))


def _source(session: Session, format_name: str, speaker: Provider | None, source_id: int | None) -> Source:
    if source_id is not None:
        return session.get_one(Source, source_id)
    return source_of(session, format_name, speaker)


def _known_source(session: Session, format_name: str, speaker: Provider | None) -> int | None:
    key = f"{format_name}:{speaker.key}" if speaker and format_name in ONE_PROVIDER else format_name
    return session.exec(select(Source.id).where(Source.key == key)).first()


def _same(
    database: Database,
    actor: Actor,
    same_as: int,
    identities: list[dict[str, Any]],
    facts: Facts,
    day: date,
    result: ImportResult,
) -> ImportResult:
    try:
        with database.write() as session:
            result.tell(deliver_same(session, actor, same_as, identities, facts=facts, day=day))
            if result.dry_run:
                raise _DryRun
    except _DryRun:
        result.run = None
    return result


def _same_bytes(
    session: Session,
    format_name: str,
    identities: list[dict[str, Any]],
    only: Provider | None,
    source_id: int | None,
) -> int | None:
    """The newest run of a source, where it was fed these very bytes, refused no row and read them as we would now."""
    newest = (
        select(func.max(ImportRun.id))
        .where(ImportRun.format == format_name, ImportRun.outcome != ImportOutcome.REFUSED)
        .group_by(col(ImportRun.source_id))
    )
    wanted = sorted(identity["sha256"] for identity in identities)
    for run in session.exec(select(ImportRun).where(col(ImportRun.id).in_(newest))):
        if source_id is not None and run.source_id != source_id:
            continue
        if run.outcome is ImportOutcome.RUNNING or not run.complete:
            continue
        alike = sorted(payload.get("sha256", "") for payload in run.payloads) == wanted
        for_same = run.organisation_id == (only.id if only else None) or (only is None and format_name in ONE_PROVIDER)
        if alike and for_same and run.quarantined == 0 and run.reader == reader_version():
            return run.id
    return None


def _somebody_elses(others: list[str], only: Provider | None) -> Sentence:
    shown = joined(others[:3], ", ")
    return Sentence(
        "Ingen av radene gjelder %(only)s: leveransen er fra %(others)s. Kontroller at det er riktig fil.",
        only=only.name if only else "",
        others=Sentence("%(some)s og andre", some=shown) if len(others) > 3 else shown,
    )


def _refused(
    database: Database,
    actor: Actor,
    refusal: Refusal,
    only: Provider | None,
    day: date,
    result: ImportResult,
    source_id: int | None,
) -> ImportResult:
    result.outcome, result.message = ImportOutcome.REFUSED, refusal.message
    if result.dry_run:
        return result
    with database.write() as session:
        source = _source(session, result.format, only, source_id)
        run = start_run(session, actor, source, only, day, refusal.payloads)
        run.outcome, run.message, run.finished_at = ImportOutcome.REFUSED, refusal.message, clock.now()
        result.run = run.pk
    return result
