"""The ledger is folded into figures by day, so that a figure as of any date need not read every line."""

from collections.abc import Sequence

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from registry.applications.figures import COUNTED
from registry.applications.models import FoldedUntil, RunDay
from registry.applications.queries.folded import days_of, folded_until, runs_after
from registry.core import bulk, clock, locks
from registry.core.audit import AuditEntry
from registry.core.db import Database

BATCH = 500  # runs folded in a transaction


def fold_figures(database: Database, *, anew: bool = False, batch: int = BATCH) -> int:
    """Folds every run that the ledger has said more of, from all its lines, so that what is reported late comes right too;
    ``anew`` folds every run. Returns how many were folded.

    A few runs are folded in each transaction, and the mark is moved when all of them are: a run that was folded before a
    stop is folded once more by the next, and until then it is read from the ledger.
    """
    with database.read() as session:
        until = folded_until(session)
        newest = (
            session.exec(select(func.max(AuditEntry.id))).one() or 0
        )  # before the runs: what comes between is folded twice
        runs = _every_run(session) if anew else runs_after(session, until)
    for start in range(0, len(runs), batch):
        with database.write() as session:
            _fold(session, runs[start : start + batch])
    if newest > until:  # a quiet minute writes nothing
        with database.write() as session:
            _mark(session, newest)
    return len(runs)


def fold_runs(session: Session, run_ids: Sequence[int]) -> None:
    """Folds these runs now, from the lines that the ledger has: their applications have come to belong to another run."""
    _fold(session, run_ids)


def _every_run(session: Session) -> Sequence[int]:
    return sorted({*runs_after(session, 0), *session.exec(select(RunDay.run_id).distinct())})


def _fold(session: Session, run_ids: Sequence[int]) -> None:
    locks.hold(session, locks.Lock.FIGURES)
    told = days_of(session, run_ids)
    session.execute(delete(RunDay).where(col(RunDay.run_id).in_(run_ids)))
    rows = [
        {
            "run_id": run_id,
            "day": day,
            **{name: getattr(figures, name) for name in COUNTED},
            "rejected_by": dict(figures.rejected_by) or None,
            "withdrawn_by": dict(figures.withdrawn_by) or None,
        }
        for run_id, days in told.items()
        for day, figures in days.items()
    ]
    bulk.add_rows(session, RunDay, rows)


def _mark(session: Session, line: int) -> None:
    locks.hold(session, locks.Lock.FIGURES)
    row = session.exec(select(FoldedUntil)).first() or FoldedUntil(line=0, folded_at=clock.now())
    row.line, row.folded_at = max(row.line, line), clock.now()
    session.add(row)
