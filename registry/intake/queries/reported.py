"""What the pages of sheets show: an organisation's own deliveries of one kind, and the rows that wait."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from registry.core.errors import NotFound
from registry.core.paging import Page, paged
from registry.intake.kinds import KINDS, SheetKind, kind_of
from registry.intake.models import ImportRun, QuarantinedRow
from registry.intake.states import QuarantineState
from registry.reference.models import Organisation

Reach = frozenset[int] | None  #: ids of the organisations that may be seen; None is all
Reaches = dict[str, Reach]  #: by kind's word; kinds that are not there may not be seen at all


def deliveries(session: Session, reaches: Reaches, size: int = 20) -> Sequence[tuple[ImportRun, str | None]]:
    """The newest deliveries of the kinds, each with the name of whom it was for."""
    found: list[tuple[ImportRun, str | None]] = []
    for word, reach in reaches.items():
        query = (
            select(ImportRun, Organisation.name_nb)
            .join(Organisation, col(Organisation.id) == col(ImportRun.organisation_id), isouter=True)
            .where(ImportRun.format == KINDS[word].format)
            .order_by(col(ImportRun.id).desc())
            .limit(size)
        )
        if reach is not None:
            query = query.where(col(ImportRun.organisation_id).in_(reach))
        found += session.exec(query).all()
    return sorted(found, key=lambda one: -one[0].pk)[:size]


def delivery(session: Session, run_id: int, reaches: Reaches) -> tuple[ImportRun, SheetKind]:
    """One delivery. Raises NotFound, also where it is somebody else's."""
    run = session.get(ImportRun, run_id)
    kind = kind_of(run.format) if run is not None else None
    if run is None or kind is None or kind.word not in reaches:
        raise NotFound("Leveransen finnes ikke.")
    reach = reaches[kind.word]
    if reach is not None and run.organisation_id not in reach:
        raise NotFound("Leveransen finnes ikke.")
    return run, kind


def waiting_rows(session: Session, run: ImportRun, number: int, size: int) -> Page[QuarantinedRow]:
    """The delivery's rows that were not taken, those that wait first."""
    query = (
        select(QuarantinedRow)
        .where(QuarantinedRow.import_run_id == run.pk)
        .order_by(
            col(QuarantinedRow.state) != QuarantineState.WAITING, col(QuarantinedRow.position), col(QuarantinedRow.id)
        )
    )
    return paged(session, query, number, size)


def row_of(session: Session, row_id: int, reaches: Reaches) -> tuple[QuarantinedRow, ImportRun, SheetKind]:
    """One row with its delivery. Raises NotFound, also where it is somebody else's."""
    row = session.get(QuarantinedRow, row_id)
    if row is None:
        raise NotFound("Raden finnes ikke.")
    return (row, *delivery(session, row.import_run_id, reaches))
