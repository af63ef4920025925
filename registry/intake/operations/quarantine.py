"""Rows in quarantine: repaired and taken in, or set aside for good. None is ever deleted."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlmodel import Session

from importers.protocol import Payload
from registry.access.keyring import Keyring
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.core import audit, clock
from registry.core.errors import Conflict, InvalidInput, NeedsReason, NotFound
from registry.intake.delivery import Refusal, find_format, identify, read_delivery
from registry.intake.facts import load_facts
from registry.intake.models import ImportRun, QuarantinedRow, Source
from registry.intake.operations.choosing_source import provider_with
from registry.intake.operations.deliver import deliver
from registry.intake.operations.landing import landing_of
from registry.intake.operations.landing.again import land_again
from registry.intake.operations.one_row import write_row
from registry.intake.policy import scope_of_provider
from registry.intake.result import ImportResult
from registry.intake.states import QuarantineState


def retry(
    session: Session, actor: Actor, row_id: int, raw: Mapping[str, str | None], *, keyring: Keyring | None = None
) -> ImportResult:
    """Take the row again with repaired values, through the same door as every row. ``keyring`` is for a row that names
    somebody.

    Raises NotFound, NotAllowed, Conflict where it is already handled, InvalidInput (with the new reason) where it is
    still not right; nothing is changed then.
    """
    row, run = _waiting(session, actor, row_id)
    reader = find_format(run.format)
    if landing := landing_of(reader):
        result = land_again(session, actor, reader, landing, run, row, raw, keyring)
        _handle(session, actor, row, QuarantineState.REPAIRED, f"Tatt inn i innhenting {result.run}.")
        return result
    facts = load_facts(session)
    only = provider_with(facts, run.organisation_id)
    name = f"{row.payload_name}, rad {row.position}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "row.csv"
        write_row(path, raw)
        payloads = [Payload(path, name)]
        identities = identify(payloads)
        if isinstance(identities, Refusal):
            raise InvalidInput(identities.message)
        result = ImportResult(run.format)
        with read_delivery(reader, payloads, identities) as delivery:
            if isinstance(delivery, Refusal):
                raise InvalidInput(delivery.message)
            delivery.complete = False
            source = session.get_one(Source, run.source_id)
            day = max(run.as_of, clock.today())
            deliver(session, actor, delivery, result, source=source, facts=facts, only=only, day=day)
    if result.rejections:
        rejection = result.rejections[0]
        raise InvalidInput("%(reason)s %(cure)s", reason=rejection.reason, cure=rejection.cure, field=rejection.field)
    _handle(session, actor, row, QuarantineState.REPAIRED, f"Tatt inn i innhenting {result.run}.")
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


def _handle(session: Session, actor: Actor, row: QuarantinedRow, state: QuarantineState, note: str) -> None:
    row.state, row.handled_at, row.handled_by, row.handled_note = state, clock.now(), actor.name, note
    audit.record(
        session, actor=actor.name, thing="quarantined_row", thing_id=row.pk, event=str(state), reason_text=note
    )
