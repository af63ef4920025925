"""Deliveries that were broken off, by a crash or a stop: taken up where they were left, or told to be lost.

A run that nobody has touched for ``PATIENCE`` belongs to a process that is gone. Should it be alive after all, the two
cannot both go on: each batch asks whether it follows the newest one.
"""

from datetime import timedelta
from pathlib import Path

from sqlmodel import col, select

from importers.protocol import Payload
from importers.sentences import Sentence
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import Conflict
from registry.intake.models import ImportRun
from registry.intake.operations.choosing_source import provider_with
from registry.intake.operations.deliver import end, take_batch
from registry.intake.policy import scope_of_provider
from registry.intake.reading.delivery import Delivery, Progress, find_format, kept_at, read_delivery, reader_version
from registry.intake.reading.facts import load_facts
from registry.intake.reading.result import ImportResult
from registry.intake.states import ImportOutcome

PATIENCE = timedelta(minutes=2)
_LOST = Sentence(
    "Leveransen ble avbrutt, og filen er ikke tatt vare på. Rader som var tatt inn, står. Lever den på nytt."
)


def unfinished(database: Database, *, source_id: int | None = None, patience: timedelta = PATIENCE) -> list[int]:
    """Ids of the deliveries that were broken off, oldest first."""
    query = select(ImportRun.id).where(
        ImportRun.outcome == ImportOutcome.RUNNING, col(ImportRun.touched_at) <= clock.now() - patience
    )
    if source_id is not None:
        query = query.where(ImportRun.source_id == source_id)
    with database.read() as session:
        return [found for found in session.exec(query.order_by(col(ImportRun.id))) if found is not None]


def settle_unfinished(database: Database, actor: Actor, source_id: int, payload_folder: Path | None) -> None:
    """Before a new delivery of a source: the one that was broken off is ended first.

    Raises Conflict where it was touched a moment ago: then somebody is at it.
    """
    for run_id in unfinished(database, source_id=source_id):
        resume(database, actor, run_id, payload_folder)
    if unfinished(database, source_id=source_id, patience=timedelta(0)):
        raise Conflict("En annen leveranse fra samme kilde tas inn nå. Prøv igjen om litt.")


def resume(
    database: Database, actor: Actor, run_id: int, payload_folder: Path | None, *, progress: Progress | None = None
) -> ImportResult:
    """Go on after the newest batch. Where the bytes are gone or would be read otherwise now, the run is told to be lost.

    Raises NotAllowed, or Conflict where another process goes on with it.
    """
    with database.read() as session:
        run = session.get_one(ImportRun, run_id)
        facts = load_facts(session)
        actor.require(Permission.IMPORT_RUN, scope_of_provider(run.organisation_id))
        only = provider_with(facts, run.organisation_id)
    result = ImportResult(run.format)
    payloads = _payloads(run, payload_folder)
    if payloads is None or run.reader != reader_version():
        return _lost(database, run_id, result)
    with read_delivery(find_format(run.format), payloads, run.payloads, progress=progress) as delivery:
        if not isinstance(delivery, Delivery) or len(delivery.rows) != run.rows:
            return _lost(database, run_id, result)
        done = run.seen
        for batch in delivery.rows.batches(skip=done):
            with database.write() as session:
                take_batch(session, actor, run_id, batch, result, after=done, facts=facts, only=only)
            done += len(batch)
    with database.write() as session:
        result.tell(end(session, actor, run_id, facts))
    return result


def _payloads(run: ImportRun, folder: Path | None) -> list[Payload] | None:
    if folder is None:
        return None
    found = [
        Payload(kept_at(payload["sha256"], folder), payload["name"], payload.get("media_type"), payload["bytes"])
        for payload in run.payloads
    ]
    return found if all(payload.path.exists() for payload in found) else None


def _lost(database: Database, run_id: int, result: ImportResult) -> ImportResult:
    with database.write() as session:
        run = session.get_one(ImportRun, run_id, with_for_update=True)
        if run.outcome is ImportOutcome.RUNNING:
            run.outcome, run.message, run.finished_at = ImportOutcome.REFUSED, _LOST, clock.now()
            run.progress = {}
        result.tell(run)
    return result
