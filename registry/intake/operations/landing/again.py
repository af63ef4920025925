"""One row of a sheet about people or plans, taken again after somebody has repaired it."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlmodel import Session

from importers.protocol import Format, Payload, PayloadRefused
from importers.sheets.contract import NamesPeople
from registry.access.keyring import Keyring
from registry.access.policy import Actor
from registry.core import clock
from registry.core.errors import InvalidInput
from registry.intake.models import ImportRun, QuarantinedRow, Source
from registry.intake.operations.landing.door import Read, land_rows, read_rows
from registry.intake.operations.landing.landed import Landing
from registry.intake.operations.one_row import write_row
from registry.intake.reading.delivery import Refusal, identify
from registry.intake.reading.protecting import protect_to
from registry.intake.reading.result import ImportResult
from registry.reference.models import Organisation


def land_again(
    session: Session,
    actor: Actor,
    reader: Format,
    landing: Landing,
    run: ImportRun,
    row: QuarantinedRow,
    raw: Mapping[str, str | None],
    keyring: Keyring | None,
) -> ImportResult:
    """Land the row as it now is; absence means nothing. Raises InvalidInput, with the new reason, where it is still not right."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "row.csv"
        write_row(path, raw)
        payload = Payload(path, f"{row.payload_name}, rad {row.position}")
        if isinstance(reader, NamesPeople):
            payload = _protected(reader, payload, row, keyring, Path(folder) / "protected.csv")
        identities = identify([payload])
        if isinstance(identities, Refusal):
            raise InvalidInput("%(reason)s", reason=identities.message)
        read = _read(reader, payload)
    result = ImportResult(reader.NAME)
    only = None if run.organisation_id is None else session.get_one(Organisation, run.organisation_id)
    source = session.get_one(Source, run.source_id)
    day = max(run.as_of, clock.today())
    if not read.rejections:
        land_rows(
            session,
            actor,
            landing,
            read,
            result,
            source=source,
            only=only,
            day=day,
            payloads=identities,
            complete=False,
        )
    if rejection := next(iter(read.rejections or result.rejections), None):
        raise InvalidInput("%(reason)s %(cure)s", reason=rejection.reason, cure=rejection.cure, field=rejection.field)
    return result


def _read(reader: Format, payload: Payload) -> Read:
    try:
        return read_rows(reader, [payload])
    except PayloadRefused as refused:
        raise InvalidInput("%(reason)s", reason=refused.message) from refused


def _protected(
    reader: NamesPeople, payload: Payload, row: QuarantinedRow, keyring: Keyring | None, target: Path
) -> Payload:
    """The pseudonym that stood in the row is ours and stays; whatever else is written there is read as a number."""
    if keyring is None:
        raise InvalidInput("Raden inneholder en person, og nøklene til pseudonymer mangler.")
    ours = frozenset(value for value in row.raw.values() if value)
    safe = protect_to(reader, payload, keyring, target, ours=ours)
    if safe.refusal is not None:
        raise InvalidInput("%(reason)s", reason=safe.refusal)
    return safe.payloads[0]
