"""Rows in quarantine: repaired and taken in, or set aside for good. None is ever deleted."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlmodel import Session, col, select

from importers.sentences import Sentence
from registry.access.keyring import Keyring
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.core import audit, clock
from registry.core.errors import Conflict, InvalidInput, NeedsReason, NotFound
from registry.intake.models import ImportRun, QuarantinedRow, Source
from registry.intake.operations.choosing_source import provider_with
from registry.intake.operations.deliver import deliver
from registry.intake.operations.landing import landing_of
from registry.intake.operations.landing.again import land_again
from registry.intake.operations.trying import read_again
from registry.intake.policy import scope_of_provider
from registry.intake.reading.delivery import find_format
from registry.intake.reading.facts import load_facts
from registry.intake.reading.result import ImportResult
from registry.intake.states import QuarantineState

MOST = 500  #: rows that are tried, or set aside, at once


def retry(
    session: Session,
    actor: Actor,
    row_id: int,
    raw: Mapping[str, str | None],
    *,
    keyring: Keyring | None = None,
    payload_folder: Path | None = None,
) -> ImportResult:
    """Take the row again with repaired values, through the same door as every row. ``keyring`` is for a row that names
    somebody; ``payload_folder`` is where payloads are kept, for a row that is tried as it came.

    Raises NotFound, NotAllowed, Conflict where it is already handled, InvalidInput (with the new reason) where it is
    still not right; nothing is changed then.
    """
    row, run = _waiting(session, actor, row_id)
    reader = find_format(run.format)
    if landing := landing_of(reader):
        result = land_again(session, actor, reader, landing, run, row, raw, keyring)
        _handle(
            session,
            actor,
            row,
            QuarantineState.REPAIRED,
            Sentence("Tatt inn i innhenting %(run)s.", run=result.run or 0),
        )
        return result
    return _taken(session, actor, run, [row], {row_id: raw}, payload_folder)


def retry_all(
    session: Session,
    actor: Actor,
    row_ids: Sequence[int],
    changes: Mapping[str, str] | None = None,
    *,
    payload_folder: Path | None = None,
) -> ImportResult:
    """Take rows of one delivery again, as one delivery, each with the same ``changes`` (field -> value).

    What is still wrong waits under its new reason. Raises as ``retry``; InvalidInput where none of them could be taken.
    """
    rows, run = _waiting_together(session, actor, row_ids)
    return _taken(session, actor, run, rows, {row.pk: {**row.raw, **(changes or {})} for row in rows}, payload_folder)


def discard_all(session: Session, actor: Actor, row_ids: Sequence[int], reason: str) -> int:
    """Set rows of one delivery aside for good. Returns how many. Raises as ``discard``."""
    rows, _ = _waiting_together(session, actor, row_ids)
    if not reason.strip():
        raise NeedsReason("Skriv hvorfor raden ikke skal tas inn.")
    for row in rows:
        _handle(session, actor, row, QuarantineState.DISCARDED, reason.strip())
    return len(rows)


def _taken(
    session: Session,
    actor: Actor,
    run: ImportRun,
    rows: Sequence[QuarantinedRow],
    raws: Mapping[int, Mapping[str, str | None]],
    payload_folder: Path | None,
) -> ImportResult:
    facts = load_facts(session)
    result = ImportResult(run.format)
    with read_again(find_format(run.format), run, rows, raws, payload_folder) as again:
        deliver(
            session,
            actor,
            again.delivery,
            result,
            source=session.get_one(Source, run.source_id),
            facts=facts,
            only=provider_with(facts, run.organisation_id),
            day=max(run.as_of, clock.today()),
        )
    wrong = {(one.payload, one.position) for one in result.rejections}
    if len(wrong) == len(rows):
        rejection = result.rejections[0]
        raise InvalidInput("%(reason)s %(cure)s", reason=rejection.reason, cure=rejection.cure, field=rejection.field)
    for place, row in again.places.items():
        if place not in wrong:
            _handle(
                session,
                actor,
                row,
                QuarantineState.REPAIRED,
                Sentence("Tatt inn i innhenting %(run)s.", run=result.run or 0),
            )
        elif row.state is QuarantineState.WAITING:
            note = Sentence(
                "Prøvd på nytt i innhenting %(run)s, der raden fikk en ny begrunnelse.", run=result.run or 0
            )
            _handle(session, actor, row, QuarantineState.DISCARDED, note)
    return result


def discard(session: Session, actor: Actor, row_id: int, reason: str) -> None:
    """Set the row aside for good. Raises NotFound, NotAllowed, Conflict, NeedsReason."""
    row, _ = _waiting(session, actor, row_id)
    if not reason.strip():
        raise NeedsReason("Skriv hvorfor raden ikke skal tas inn.")
    _handle(session, actor, row, QuarantineState.DISCARDED, reason.strip())


def _waiting(session: Session, actor: Actor, row_id: int) -> tuple[QuarantinedRow, ImportRun]:
    row = session.get(QuarantinedRow, row_id, with_for_update=True)
    if row is None:
        raise NotFound("Raden finnes ikke.")
    run = session.get_one(ImportRun, row.import_run_id)
    if landing := landing_of(find_format(run.format)):
        actor.require(landing.permission, landing.scope(run.organisation_id))
    else:
        actor.require(Permission.IMPORT_RUN, scope_of_provider(run.organisation_id))
    if row.state is not QuarantineState.WAITING:
        raise Conflict("Raden er allerede behandlet.")
    return row, run


def _waiting_together(session: Session, actor: Actor, row_ids: Sequence[int]) -> tuple[list[QuarantinedRow], ImportRun]:
    if not 0 < len(row_ids) <= MOST:
        raise InvalidInput("Velg mellom 1 og %(most)d rader.", most=MOST)
    query = select(QuarantinedRow).where(col(QuarantinedRow.id).in_(row_ids)).order_by(col(QuarantinedRow.position))
    rows = list(session.exec(query.with_for_update()))
    if len({row.import_run_id for row in rows}) != 1 or len(rows) != len(set(row_ids)):
        raise NotFound("Raden finnes ikke.")
    run = session.get_one(ImportRun, rows[0].import_run_id)
    if landing_of(find_format(run.format)):
        raise NotFound("Raden finnes ikke.")
    actor.require(Permission.IMPORT_RUN, scope_of_provider(run.organisation_id))
    if any(row.state is not QuarantineState.WAITING for row in rows):
        raise Conflict("Raden er allerede behandlet.")
    return rows, run


def _handle(session: Session, actor: Actor, row: QuarantinedRow, state: QuarantineState, note: str) -> None:
    row.state, row.handled_at, row.handled_by, row.handled_note = state, clock.now(), actor.name, note
    audit.record(
        session, actor=actor.name, thing="quarantined_row", thing_id=row.pk, event=str(state), reason_text=note
    )
