"""From a record of a register to the row that the registry keeps of it. Pure.

What a unit's record does not tell stays as it was: a page of NSR names a school, and only the whole of the school says who
owns it. A code or a count is told whole each time.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from importers.protocol import CodeLinkRecord, CodeRecord, CountRecord, RegisterRecord, UnitRecord, yields
from registry.intake.reading.delivery import REGISTERS, find_format
from registry.intake.reading.facts import Facts
from registry.reference.models import RegisterCode, RegisterCodeLink, RegisterCount, RegisterRow, RegisterUnit

_UNIT = (
    "name", "form", "ownership", "owner_orgnr", "owner_name", "parent_orgnr", "municipality_code", "county_code", "valid_from",
)  # fmt: skip
_CODE = ("scheme", "code", "name", "parent", "level", "valid_from", "valid_to", "is_retired", "replaced_by")
_LINK = ("scheme", "code", "name", "other_scheme", "other_code", "other_name", "changed_on")


@dataclass(frozen=True, slots=True)
class Registered:
    """One record as it shall be kept: in which table, under which key, with which values."""

    table: type[RegisterRow]
    key: str
    values: Mapping[str, Any]
    raw: Mapping[str, str | None]
    content_hash: str


def of_register(format_name: str) -> bool:
    """Whether a format reads a register rather than offers. Raises InvalidInput for an unknown format."""
    return yields(find_format(format_name)) in REGISTERS


def registered(record: RegisterRecord, facts: Facts) -> Registered:
    """What is kept of a record. Raises UnknownProvider where counts are of an institution that nobody knows."""
    table, values = _values(record, facts)
    said = json.dumps([sorted(record.raw.items()), sorted((name, str(value)) for name, value in values.items())])
    return Registered(table, record.key, values, dict(record.raw), hashlib.sha256(said.encode()).hexdigest())


def _values(record: RegisterRecord, facts: Facts) -> tuple[type[RegisterRow], dict[str, Any]]:
    if isinstance(record, UnitRecord):
        told = {name: getattr(record, name) for name in _UNIT if getattr(record, name) is not None}
        lists = {"kinds": list(record.kinds), "sector_codes": list(record.sector_codes)}
        told |= {name: value for name, value in lists.items() if value}
        # A unit that is there again is not deleted any more, so these two are told together each time.
        return RegisterUnit, {
            "orgnr": record.key, **told, "is_active": record.is_active, "valid_to": record.valid_to,
        }  # fmt: skip
    if isinstance(record, CodeRecord):
        return RegisterCode, {name: getattr(record, name) for name in _CODE}
    if isinstance(record, CodeLinkRecord):
        return RegisterCodeLink, {name: getattr(record, name) for name in _LINK}
    return RegisterCount, {
        "organisation_id": facts.provider(record.provider).id,
        "term": record.term,
        "number_of_table": record.table,
        "offer_key": record.offer_key,
        "grouping": dict(record.group),
        "counts": dict(record.counts),
    }


def organisation_of(record: RegisterRecord, facts: Facts) -> int | None:
    """Whose counts they are; None of units and codes. Raises UnknownProvider."""
    return facts.provider(record.provider).id if isinstance(record, CountRecord) else None
