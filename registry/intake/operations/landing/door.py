"""The door of sheets about people and plans: protected, read to the end, then landed in one transaction, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from importers.protocol import Format, Notice, Payload, PayloadRefused, RejectedRow
from importers.sentences import Sentence
from registry.access.keyring import Keyring
from registry.access.policy import Actor
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotFound
from registry.intake.choosing.ranking import priority_of
from registry.intake.models import ImportRun, Source
from registry.intake.operations.context import Import
from registry.intake.operations.landing.landed import Landed, Landing, Manifest, Row
from registry.intake.operations.writing_quarantine import put_in_quarantine
from registry.intake.reading.delivery import Refusal, find_sheet, identify, keep, reader_version
from registry.intake.reading.facts import load_facts
from registry.intake.reading.protecting import protected
from registry.intake.reading.result import SHOWN, ImportResult, Rejection, RowAnswer
from registry.intake.states import ImportOutcome
from registry.reference.models import Organisation


class _DryRun(Exception):
    """Takes the transaction back after a rehearsal."""


@dataclass(slots=True)
class Read:
    """Every row of a delivery, understood or not."""

    rows: list[Row]
    rejections: list[Rejection]
    notices: list[str]

    @property
    def seen(self) -> int:
        return len(self.rows) + len(self.rejections)


def land_payloads(
    database: Database,
    actor: Actor,
    reader: Format,
    landing: Landing,
    payloads: Sequence[Payload],
    *,
    organisation: str | None = None,
    keyring: Keyring | None = None,
    is_protected: bool = False,
    dry_run: bool = False,
    as_of: date | None = None,
    payload_folder: Path | None = None,
) -> ImportResult:
    """Land one delivery. ``organisation`` (key, DBH code, organisation number or name) is the only one whose rows are
    accepted; ``is_protected`` says that the payloads are copies that this service made itself.

    Raises NotAllowed, InvalidInput for an unknown organisation.
    """
    with database.read() as session:
        only = None if organisation is None else find_organisation(session, organisation)
    actor.require(landing.permission, landing.scope(None if only is None else only.pk))
    result = ImportResult(reader.NAME, dry_run=dry_run)
    day = as_of or clock.today()
    with protected(reader, payloads, keyring, already=is_protected) as safe:
        if safe.refusal is not None:
            return _refused(database, actor, result, only, day, safe.refusal, [])
        identities = identify(safe.payloads)
        if isinstance(identities, Refusal):
            return _refused(database, actor, result, only, day, identities.message, identities.payloads)
        try:
            read = read_rows(reader, safe.payloads)
        except PayloadRefused as refused:
            return _refused(database, actor, result, only, day, refused.message, identities)
        read.notices[:0] = safe.notices
        if payload_folder is not None and not dry_run:
            for payload, identity in zip(safe.payloads, identities, strict=True):
                keep(payload.path, identity["sha256"], payload_folder)
    try:
        with database.write() as session:
            source = _source(session, reader.NAME, only)
            land_rows(session, actor, landing, read, result, source=source, only=only, day=day, payloads=identities)
            if dry_run:
                raise _DryRun
    except _DryRun:
        result.run = None
    return result


def read_rows(reader: Format, payloads: Sequence[Payload]) -> Read:
    """Read every payload to its end. Raises PayloadRefused: nothing is half-read."""
    read = Read([], [], [])
    for payload in payloads:
        for row in reader.read(payload):
            if isinstance(row, Notice):
                read.notices.append(row.text)
            elif isinstance(row, RejectedRow):
                read.rejections.append(
                    Rejection(payload.name, row.position, row.reason, row.field, row.value, row.cure, dict(row.raw))
                )
            else:
                read.rows.append((payload.name, row))
    return read


def land_rows(
    session: Session,
    actor: Actor,
    landing: Landing,
    read: Read,
    result: ImportResult,
    *,
    source: Source,
    only: Organisation | None,
    day: date,
    payloads: list[dict[str, Any]],
    complete: bool = True,
) -> ImportRun:
    """Land what was read inside the caller's transaction, and fill ``result``."""
    facts = load_facts(session)
    run = _start(session, actor, source, only, day, payloads)
    manifest = Manifest(
        read.rows,
        facts,
        only.pk if only else None,
        find_sheet(source.format).COLUMNS,
        complete and not read.rejections,
        {"import_run": run.pk},
    )
    landed = landing.land(session, actor, manifest)
    rejections = sorted((*read.rejections, *landed.rejections), key=lambda one: (one.payload, one.position))
    put_in_quarantine(Import(session, actor, source, run, facts, day, run.started_at), rejections)
    run.rows = run.seen = read.seen
    run.new, run.changed, run.unchanged = (landed.count(outcome) for outcome in ("new", "changed", "unchanged"))
    run.quarantined, run.vanished, run.complete = len(rejections), landed.vanished, complete
    run.notices = [*read.notices, *landed.notices]
    run.outcome, run.finished_at = ImportOutcome.DONE, clock.now()
    session.flush()
    result.tell(run)
    result.reject(rejections)
    result.answers = _answers(landed)
    return run


def find_organisation(session: Session, text: str) -> Organisation:
    """By key, DBH code, organisation number or name. Raises InvalidInput."""
    try:
        return organisation_of(session, text)
    except NotFound:
        raise InvalidInput("Registeret kjenner ikke «%(name)s».", name=text) from None


def organisation_of(session: Session, text: str) -> Organisation:
    """As ``find_organisation``. Raises NotFound."""
    for column in (Organisation.key, Organisation.dbh_code, Organisation.orgnr, Organisation.name_nb):
        found = session.exec(select(Organisation).where(column == text)).first()
        if found is not None:
            return found
    raise NotFound("Organisasjonen finnes ikke.")


def _answers(landed: Landed) -> list[RowAnswer]:
    told = sorted(landed.outcomes, key=lambda one: (one[0][0], one[0][1].position))
    return [RowAnswer(record.position, outcome, dict(record.raw)) for (_, record), outcome in told[:SHOWN]]


def _start(
    session: Session,
    actor: Actor,
    source: Source,
    only: Organisation | None,
    day: date,
    payloads: list[dict[str, Any]],
) -> ImportRun:
    moment = clock.now()
    run = ImportRun(
        source_id=source.pk,
        organisation_id=only.pk if only else source.organisation_id,
        reader=reader_version(),
        format=source.format,
        actor=actor.name,
        as_of=day,
        started_at=moment,
        touched_at=moment,
        outcome=ImportOutcome.RUNNING,
        payloads=payloads,
    )
    session.add(run)
    session.flush()
    return run


def _source(session: Session, format_name: str, only: Organisation | None) -> Source:
    """Each organisation's sheets of one kind are a source of their own."""
    key = f"{format_name}:{only.key}" if only else format_name
    source = session.exec(select(Source).where(Source.key == key)).first()
    if source is None:
        source = Source(
            key=key,
            format=format_name,
            organisation_id=only.pk if only else None,
            priority=priority_of(session, format_name),
            created_at=clock.now(),
        )
        session.add(source)
        session.flush()
    return source


def _refused(
    database: Database,
    actor: Actor,
    result: ImportResult,
    only: Organisation | None,
    day: date,
    message: Sentence,
    payloads: list[dict[str, Any]],
) -> ImportResult:
    """Only the refusal itself is recorded."""
    result.outcome, result.message = ImportOutcome.REFUSED, message
    if result.dry_run:
        return result
    with database.write() as session:
        run = _start(session, actor, _source(session, result.format, only), only, day, payloads)
        run.outcome, run.message, run.finished_at = ImportOutcome.REFUSED, message, clock.now()
        session.flush()
        result.run = run.pk
    return result
