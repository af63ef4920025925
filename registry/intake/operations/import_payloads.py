"""The door of an import: read to the end, then write everything in one transaction, or nothing."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from importers.protocol import Payload, ProviderRef
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import InvalidInput
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
from registry.intake.models import ImportRun
from registry.intake.operations.context import ONE_PROVIDER
from registry.intake.operations.deliver import deliver, source_of, start_run
from registry.intake.policy import scope_of_provider
from registry.intake.result import ImportResult
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
    raise InvalidInput("Tilbyderen «%(name)s» finnes ikke i registeret.", name=text)


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
        source = source_of(session, format_name, only)
        run = start_run(session, actor, source, only, day, refusal.payloads)
        run.outcome, run.message, run.finished_at = ImportOutcome.REFUSED, refusal.message, clock.now()
        result.run = run.pk
    return result
