"""What would become of runs that a feed no longer tells of: asked before it is done, and when it is done."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.applications.models import Application
from registry.applications.states import Standing
from registry.intake.batches import rows_in
from registry.intake.models import RecordRun, SourceRecord
from registry.offers.models import Offer, Run
from registry.offers.states import RunState

CLOSABLE = frozenset({RunState.PLANNED, RunState.OPEN})

TOLD_ELSEWHERE, APPLIED_FOR = "told_elsewhere", "applied_for"  #: why a run stays


@dataclass(frozen=True, slots=True)
class Consequence:
    """What approving a held delivery would do to one run. ``does`` is close, leave, cancel or keep."""

    run_id: int
    run_key: str
    offer_key: str
    title: str
    term: str
    state: RunState
    does: str
    kept_by: str | None = None  #: told_elsewhere or applied_for, where it is kept
    applications: int = 0  #: open ones


def runs_that_leave(session: Session, records: Iterable[int], links: Iterable[int]) -> dict[int, str | None]:
    """Run id -> why it stays, or None: the runs that these records, and these single links of others, tell of."""
    records, links = set(records), set(links)
    told = select(RecordRun.id, RecordRun.run_id)
    gone = {row[0]: row[1] for row in rows_in(session, told, RecordRun.source_record_id, records)}
    gone |= {row[0]: row[1] for row in rows_in(session, told, RecordRun.id, links)}
    runs = set(gone.values())
    others: Any = (
        select(RecordRun.run_id, RecordRun.id)
        .join(SourceRecord, col(SourceRecord.id) == col(RecordRun.source_record_id))
        .where(col(SourceRecord.gone_on).is_(None), col(RecordRun.gone_on).is_(None))
    )
    told_elsewhere = {run_id for run_id, link in rows_in(session, others, RecordRun.run_id, runs) if link not in gone}
    applied = set(open_applications(session, runs))
    return {
        run_id: TOLD_ELSEWHERE if run_id in told_elsewhere else APPLIED_FOR if run_id in applied else None
        for run_id in runs
    }


def open_applications(session: Session, runs: Iterable[int]) -> dict[int, int]:
    """Run id -> how many open applications it has, where it has any. Such runs never leave by feed alone."""
    query: Any = (
        select(col(Application.run_id), func.count())
        .where(col(Application.standing) == Standing.OPEN)
        .group_by(col(Application.run_id))
    )
    return dict(tuple(row) for row in rows_in(session, query, Application.run_id, runs))


def described(session: Session, does: dict[int, tuple[str, str | None]]) -> list[Consequence]:
    """The consequences in words' parts, run id -> (does, kept by), in the order of titles and terms."""
    applications = open_applications(session, does)
    query: Any = select(Run, Offer).join(Offer, col(Offer.id) == col(Run.offer_id))
    found = [
        (offer.sort_title, _described(run, offer, *does[run.pk], applications.get(run.pk, 0)))
        for run, offer in rows_in(session, query, Run.id, does)
    ]
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].run_key))]


def _described(run: Run, offer: Offer, does: str, kept_by: str | None, applications: int) -> Consequence:
    return Consequence(run.pk, run.key, offer.key, offer.title, run.term, run.state, does, kept_by, applications)
