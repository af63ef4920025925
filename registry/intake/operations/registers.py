"""Rows of a register taken in: new ones entered, changed ones altered, none ever removed.

Registers say themselves what is deleted, so what a delivery lacks says nothing.
"""

from collections.abc import Iterable
from typing import Any

from sqlmodel import col, select

from importers.protocol import OfferRecord, RejectedRow
from importers.sentences import Sentence
from registry.core import audit
from registry.intake.operations.context import Import
from registry.intake.queries.batches import objects_in
from registry.intake.reading.facts import Facts, Provider, UnknownProvider
from registry.intake.reading.registers import Registered, organisation_of, registered
from registry.intake.reading.result import Rejection
from registry.intake.reading.sorting import Sorted
from registry.intake.reading.spool import SpooledRow
from registry.reference.models import Organisation, OrganisationKind, RegisterRow, RegisterUnit

_MUNICIPALITY = "KOMM"


def take_registered(imported: Import, batch: Iterable[SpooledRow], only: Provider | None, out: Sorted) -> None:
    """Enter or alter every row of the batch; count the new and the changed in the run, the rest in ``out``."""
    rows = list(_shaped(batch, imported.facts, only, out))
    present = _present(imported, rows)
    new: set[tuple[str, str]] = set()
    changed: set[tuple[str, str]] = set()
    touched: list[RegisterRow] = []
    for row in rows:
        where = (row.table.__name__, row.key)
        before = present.get(where)
        if before is None:
            before = present[where] = row.table(
                source=imported.source.format,
                key=row.key,
                first_seen_id=imported.run.pk,
                **row.values,
                **_stamp(imported, row),
            )
            imported.session.add(before)
            imported.run.new += 1
            new.add(where)
            touched.append(before)
            continue
        if before.content_hash == row.content_hash:
            out.unchanged += 1
        else:
            imported.run.changed += 1
            changed.add(where)
            touched.append(before)
        for name, value in {**row.values, **_stamp(imported, row)}.items():
            setattr(before, name, value)
    imported.session.flush()
    _know_owners(imported, [unit for unit in touched if isinstance(unit, RegisterUnit)])
    if new or changed:
        audit.record(
            imported.session, actor=imported.actor.name, thing="import_run", thing_id=imported.run.pk, event="registered",
            details={"new": len(new), "changed": len(changed - new)},
        )  # fmt: skip


def _shaped(batch: Iterable[SpooledRow], facts: Facts, only: Provider | None, out: Sorted) -> Iterable[Registered]:
    for payload, row in batch:
        out.seen += 1
        if isinstance(row, RejectedRow):
            out.rejections.append(
                Rejection(payload, row.position, row.reason, row.field, row.value, row.cure, dict(row.raw))
            )
            continue
        assert not isinstance(row, OfferRecord)  # no format of a register yields one
        try:
            whose = organisation_of(row, facts)
            shaped = registered(row, facts)
        except UnknownProvider as fault:
            reason, cure, value = fault.reason, fault.cure, fault.value
        else:
            if only is None or whose in (None, only.id):
                if whose is not None:
                    out.providers.add(whose)
                yield shaped
                continue
            reason, cure, value = (
                Sentence("Raden gjelder ikke %(only)s.", only=only.name),
                Sentence("Fjern raden."),
                str(row.key),
            )
        out.rejections.append(
            Rejection(payload, row.position, reason, Sentence("Tilbyder"), value, cure, dict(row.raw))
        )


def _present(imported: Import, rows: list[Registered]) -> dict[tuple[str, str], RegisterRow]:
    """The rows that are there from before, by table and key."""
    found: dict[tuple[str, str], RegisterRow] = {}
    for table in {row.table for row in rows}:
        mine = select(table).where(table.source == imported.source.format)
        keys = [row.key for row in rows if row.table is table]
        for row in objects_in(imported.session, mine, table.key, keys):
            found[table.__name__, row.key] = row
    return found


def _stamp(imported: Import, row: Registered) -> dict[str, Any]:
    return {
        "content_hash": row.content_hash,
        "raw": dict(row.raw),
        "last_seen_id": imported.run.pk,
        "seen_on": imported.as_of,
    }


def _know_owners(imported: Import, units: list[RegisterUnit]) -> None:
    """Make owners known that a register names and the registry lacks.

    A municipality without a number gets the one that Enhetsregisteret gives it. Who owns an active private school or
    kindergarten becomes a private owner. Nobody known is altered.
    """
    owners = {unit.owner_orgnr: unit.owner_name for unit in units
              if unit.is_active and unit.ownership == "private" and unit.owner_orgnr and unit.owner_name}  # fmt: skip
    places = {unit.municipality_code: unit.orgnr for unit in units
              if unit.is_active and unit.form == _MUNICIPALITY and unit.municipality_code}  # fmt: skip
    session = imported.session
    if places:
        numberless = select(Organisation).where(
            Organisation.kind == OrganisationKind.MUNICIPALITY, col(Organisation.orgnr).is_(None)
        )
        known = set(session.exec(select(Organisation.orgnr).where(col(Organisation.orgnr).in_(places.values()))))
        for municipality in session.exec(numberless):
            number = places.get(municipality.municipality_code or "")
            if number and number not in known:
                municipality.orgnr = number
                _tell(imported, municipality, "numbered")
    if owners:
        mine = col(Organisation.orgnr).in_(owners) | col(Organisation.key).in_(owners)
        taken = {text for row in session.exec(select(Organisation).where(mine)) for text in (row.orgnr, row.key)}
        made = [
            Organisation(key=number, orgnr=number, kind=OrganisationKind.PRIVATE_OWNER, name_nb=name, name_nn=name)
            for number, name in sorted(owners.items())
            if number not in taken
        ]
        session.add_all(made)
        session.flush()
        for owner in made:
            _tell(imported, owner, "registered")


def _tell(imported: Import, organisation: Organisation, event: str) -> None:
    audit.record(
        imported.session, actor=imported.actor.name, thing="organisation", thing_id=organisation.pk, event=event,
        details={"orgnr": organisation.orgnr, "import_run": imported.run.pk},
    )  # fmt: skip
