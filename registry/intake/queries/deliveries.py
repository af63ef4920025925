"""What the pages of the intake show: deliveries, what each did, rows in quarantine, sources and their health."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.core.errors import NotFound
from registry.core.paging import Page, paged
from registry.intake.kinds import landed_formats
from registry.intake.models import ImportRun, QuarantinedRow, RecordChange, Source, SourceRecord
from registry.intake.states import ImportOutcome, QuarantineState, RecordEvent
from registry.offers.models import Offer
from registry.reference.models import Organisation

Reach = frozenset[int] | None  #: ids of the organisations that may be seen; None is all


@dataclass(frozen=True, slots=True)
class Health:
    """How a source is: its newest delivery, and what waits."""

    source: Source
    organisation: str | None
    records: int
    absent: int
    waiting: int
    last: ImportRun | None


@dataclass(frozen=True, slots=True)
class Change:
    """What one delivery did to one row."""

    event: RecordEvent
    key: str
    offer_key: str
    title: str
    term: str | None
    fields: Mapping[str, list[Any]]


def import_runs(session: Session, reach: Reach, number: int = 1, size: int = 25) -> Page[tuple[ImportRun, str | None]]:
    """Deliveries, the newest first, each with the name of the one provider it was for."""
    query = (
        select(ImportRun, Organisation.name_nb)
        .join(Organisation, col(Organisation.id) == col(ImportRun.organisation_id), isouter=True)
        .order_by(col(ImportRun.id).desc())
    )
    return paged(session, _within(query, reach), number, size)


def import_run(session: Session, run_id: int, reach: Reach) -> ImportRun:
    """One delivery. Raises NotFound, also where it is somebody else's."""
    found = session.get(ImportRun, run_id)
    if found is None or (reach is not None and found.organisation_id not in reach):
        raise NotFound("Innhentingen finnes ikke.")
    return found


def changes(session: Session, run_id: int, event: RecordEvent | None, number: int = 1, size: int = 25) -> Page[Change]:
    """What the delivery did, row by row."""
    query: Any = (
        select(  # type: ignore[call-overload]  # select is typed for four columns at most
            RecordChange.event,
            col(SourceRecord.key).label("record_key"),
            col(Offer.key).label("offer_key"),
            Offer.title,
            SourceRecord.term,
            RecordChange.fields,
        )
        .join(SourceRecord, col(SourceRecord.id) == col(RecordChange.source_record_id))
        .join(Offer, col(Offer.id) == col(SourceRecord.offer_id))
        .where(RecordChange.import_run_id == run_id)
        .order_by(col(Offer.sort_title), col(SourceRecord.key), col(RecordChange.id))
    )
    if event is not None:
        query = query.where(RecordChange.event == event)
    page = paged(session, query, number, size)
    return Page([Change(*row) for row in page.items], page.number, page.size, page.total)


def counts_of_changes(session: Session, run_id: int) -> dict[RecordEvent, int]:
    """Rows per event of one delivery."""
    query: Any = (
        select(RecordChange.event, func.count())
        .where(RecordChange.import_run_id == run_id)
        .group_by(col(RecordChange.event))
    )
    return {RecordEvent(event): count for event, count in session.exec(query)}


def quarantined(
    session: Session,
    reach: Reach,
    *,
    run_id: int | None = None,
    state: QuarantineState | None = None,
    number: int = 1,
    size: int = 25,
) -> Page[QuarantinedRow]:
    """Rows in quarantine, the newest delivery first, in the order they came. Rows about people and plans are seen by those
    who deliver them alone (``registry.intake.queries.reported``).
    """
    query = (
        select(QuarantinedRow)
        .join(ImportRun, col(ImportRun.id) == col(QuarantinedRow.import_run_id))
        .where(col(ImportRun.format).not_in(landed_formats()))
        .order_by(col(QuarantinedRow.import_run_id).desc(), col(QuarantinedRow.position), col(QuarantinedRow.id))
    )
    if run_id is not None:
        query = query.where(QuarantinedRow.import_run_id == run_id)
    if state is not None:
        query = query.where(QuarantinedRow.state == state)
    return paged(session, _within(query, reach), number, size)


def quarantined_row(session: Session, row_id: int, reach: Reach) -> tuple[QuarantinedRow, ImportRun]:
    """One row with its delivery. Raises NotFound, also where it is somebody else's."""
    row = session.get(QuarantinedRow, row_id)
    if row is None:
        raise NotFound("Raden finnes ikke.")
    run = import_run(session, row.import_run_id, reach)
    if run.format in landed_formats():
        raise NotFound("Raden finnes ikke.")
    return row, run


def sources(session: Session, reach: Reach) -> list[Health]:
    """Every source with its health."""
    query = (
        select(Source, Organisation.name_nb)
        .join(Organisation, col(Organisation.id) == col(Source.organisation_id), isouter=True)
        .order_by(col(Source.key))
    )
    if reach is not None:
        query = query.where(col(Source.organisation_id).in_(reach))
    newest = (
        select(func.max(ImportRun.id))
        .where(ImportRun.outcome != ImportOutcome.REFUSED)
        .group_by(col(ImportRun.source_id))
    )
    last = {run.source_id: run for run in session.exec(select(ImportRun).where(col(ImportRun.id).in_(newest)))}
    records = _per_source(session, select(SourceRecord.source_id, func.count()))
    absent = _per_source(
        session,
        select(SourceRecord.source_id, func.count()).where(
            col(SourceRecord.absent_since).is_not(None), col(SourceRecord.gone_on).is_(None)
        ),
    )
    waits = (
        select(ImportRun.source_id, func.count())
        .join(QuarantinedRow, col(QuarantinedRow.import_run_id) == col(ImportRun.id))
        .where(QuarantinedRow.state == QuarantineState.WAITING)
        .group_by(col(ImportRun.source_id))
    )
    waiting = dict(session.exec(waits).all())
    return [
        Health(
            source,
            name,
            records.get(source.pk, 0),
            absent.get(source.pk, 0),
            waiting.get(source.pk, 0),
            last.get(source.pk),
        )
        for source, name in session.exec(query)
    ]


def _per_source(session: Session, query: Any) -> dict[int, int]:
    return {row[0]: row[1] for row in session.execute(query.group_by(col(SourceRecord.source_id)))}


def _within(query: Any, reach: Reach) -> Any:
    if reach is None:
        return query
    return query.where(col(ImportRun.organisation_id).in_(reach))
