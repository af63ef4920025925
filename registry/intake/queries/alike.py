"""Rows in quarantine that have one fault in common: so that they are repaired, or set aside, at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from registry.intake.kinds import landed_formats
from registry.intake.models import ImportRun, QuarantinedRow
from registry.intake.queries.deliveries import Reach
from registry.intake.states import QuarantineState


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in one delivery: the field, what to do about it, and how many rows that wait have it."""

    run_id: int
    field: str | None
    cure: str
    rows: int
    first: int  #: id of a row that has it
    reason: str  #: of that row


def faults(session: Session, reach: Reach, run_id: int | None = None, least: int = 2, most: int = 20) -> list[Fault]:
    """Faults that several waiting rows have, those of most rows first."""
    query: Any = (
        sql_select(
            col(QuarantinedRow.import_run_id),
            col(QuarantinedRow.field),
            col(QuarantinedRow.cure),
            func.count(),
            func.min(col(QuarantinedRow.id)),
            func.min(col(QuarantinedRow.reason)),
        )
        .join(ImportRun, col(ImportRun.id) == col(QuarantinedRow.import_run_id))
        .where(col(QuarantinedRow.state) == QuarantineState.WAITING, col(ImportRun.format).not_in(landed_formats()))
        .group_by(col(QuarantinedRow.import_run_id), col(QuarantinedRow.field), col(QuarantinedRow.cure))
        .having(func.count() >= least)
        .order_by(func.count().desc(), col(QuarantinedRow.import_run_id).desc())
        .limit(most)
    )
    if reach is not None:
        query = query.where(col(ImportRun.organisation_id).in_(reach))
    if run_id is not None:
        query = query.where(QuarantinedRow.import_run_id == run_id)
    return [Fault(*row) for row in session.execute(query)]


def alike(session: Session, row: QuarantinedRow, most: int) -> Sequence[QuarantinedRow]:
    """The waiting rows of the same delivery with the same fault, ``row`` among them, in the order they came."""
    query = (
        select(QuarantinedRow)
        .where(
            QuarantinedRow.import_run_id == row.import_run_id,
            QuarantinedRow.field == row.field,
            QuarantinedRow.cure == row.cure,
            QuarantinedRow.state == QuarantineState.WAITING,
        )
        .order_by(col(QuarantinedRow.position), col(QuarantinedRow.id))
        .limit(most)
    )
    return session.exec(query).all()


def values(rows: Sequence[QuarantinedRow]) -> list[tuple[str, int]]:
    """What the rows have in the field that is wrong, and how many have it, the commonest first."""
    return Counter((row.raw.get(row.field or "") or "") for row in rows).most_common()
