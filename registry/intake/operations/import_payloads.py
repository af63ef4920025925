"""The door of an import: read to the end, then write; a small delivery in one transaction, a large one by batches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
    with database.read() as session:
        facts = load_facts(session)
        only = _whose(session, facts, provider, source_id)
        actor.require(Permission.IMPORT_RUN, scope_of_provider(only.id if only else None))
        same_as = (
            None if isinstance(identities, Refusal) else _same_bytes(session, reader.NAME, identities, only, source_id)
        )
    result = ImportResult(reader.NAME, dry_run=dry_run)
    arrival = _Arrival(database, actor, facts, only, as_of or clock.today(), source_id, result, progress)
    if isinstance(identities, Refusal):
        _refuse(arrival, identities)
    elif same_as is not None:
        _take_same(arrival, same_as, identities)
    else:
        with read_delivery(reader, payloads, identities, progress=progress) as delivery:
            if isinstance(delivery, Delivery) and (others := only_others(delivery, facts, only)):
                delivery = Refusal(identities, _somebody_elses(others, only))
            if isinstance(delivery, Refusal):
                _refuse(arrival, delivery)
            else:
                _take(arrival, delivery, payloads, payload_folder)
    return result


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A delivery on its way in: who brings it, whose rows are accepted, the day it speaks of, and where its account is kept."""

    database: Database
    actor: Actor
    facts: Facts
    only: Provider | None
    day: date
    source_id: int | None
    result: ImportResult
    progress: Progress | None


def _whose(session: Session, facts: Facts, provider: str | None, source_id: int | None) -> Provider | None:
    """The only provider whose rows are accepted: as named, or the one that the source speaks for."""
    if provider:
        return find_provider(facts, provider)
    return provider_with(facts, None if source_id is None else session.get_one(Source, source_id).organisation_id)


def _take(arrival: _Arrival, delivery: Delivery, payloads: Sequence[Payload], payload_folder: Path | None) -> None:
    """What was read is kept and written, after what an earlier delivery of the source left unfinished."""
    speaker = arrival.only or spoken_for(delivery, arrival.facts)
    if not arrival.result.dry_run:
        if payload_folder is not None:
            for payload, identity in zip(payloads, delivery.payloads, strict=True):
                keep(payload.path, identity["sha256"], payload_folder)
        with arrival.database.read() as session:
            source = arrival.source_id or _known_source(session, delivery.format, speaker)
        if source is not None:
            settle_unfinished(arrival.database, arrival.actor, source, payload_folder)
    if arrival.result.dry_run or delivery.rows.is_small:
        _take_at_once(arrival, delivery, speaker)
    else:
        _take_by_batches(arrival, delivery, speaker)


def _take_at_once(arrival: _Arrival, delivery: Delivery, speaker: Provider | None) -> None:
    with _rehearsed(arrival.result), arrival.database.write() as session:
        source = _source(session, delivery.format, speaker, arrival.source_id)
        deliver(
            session,
            arrival.actor,
            delivery,
            arrival.result,
            source=source,
            facts=arrival.facts,
            only=arrival.only,
            day=arrival.day,
        )
        if arrival.result.dry_run:
            raise _DryRun


def _take_by_batches(arrival: _Arrival, delivery: Delivery, speaker: Provider | None) -> None:
    database, actor, facts, only = arrival.database, arrival.actor, arrival.facts, arrival.only
    with database.write() as session:
        source = _source(session, delivery.format, speaker, arrival.source_id)
        run_id = begin(session, actor, source, delivery, only=only, day=arrival.day).pk
    done = 0
    for batch in delivery.rows.batches():
        with database.write() as session:
            take_batch(session, actor, run_id, batch, arrival.result, after=done, facts=facts, only=only)
        done += len(batch)
        if arrival.progress is not None:
            arrival.progress(done)
    with database.write() as session:
        arrival.result.tell(end(session, actor, run_id, facts))


def _take_same(arrival: _Arrival, same_as: int, identities: list[dict[str, Any]]) -> None:
    """The very bytes of the newest delivery are counted without being read."""
    with _rehearsed(arrival.result), arrival.database.write() as session:
        run = deliver_same(session, arrival.actor, same_as, identities, facts=arrival.facts, day=arrival.day)
        arrival.result.tell(run)
        if arrival.result.dry_run:
            raise _DryRun


def _refuse(arrival: _Arrival, refusal: Refusal) -> None:
    """Only the refusal itself is recorded, and of a rehearsal nothing."""
    result = arrival.result
    result.outcome, result.message = ImportOutcome.REFUSED, refusal.message
    if result.dry_run:
        return
    with arrival.database.write() as session:
        source = _source(session, result.format, arrival.only, arrival.source_id)
        run = start_run(session, arrival.actor, source, arrival.only, arrival.day, refusal.payloads)
        run.outcome, run.message, run.finished_at = ImportOutcome.REFUSED, refusal.message, clock.now()
        result.run = run.pk


@contextmanager
def _rehearsed(result: ImportResult) -> Iterator[None]:
    """A rehearsal took its transaction back: there is no run to show."""
    try:
        yield
    except _DryRun:
        result.run = None


def _source(session: Session, format_name: str, speaker: Provider | None, source_id: int | None) -> Source:
    if source_id is not None:
        return session.get_one(Source, source_id)
    return source_of(session, format_name, speaker)


def _known_source(session: Session, format_name: str, speaker: Provider | None) -> int | None:
    key = f"{format_name}:{speaker.key}" if speaker and format_name in ONE_PROVIDER else format_name
    return session.exec(select(Source.id).where(Source.key == key)).first()


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
