"""What the service notes of its own work is forgotten after a while: looks of jobs, told changes, ended sessions, empty fetches.

The audit log and deliveries are never touched, nor is anything that is under way or waits; what tells how things stand now (the
newest run of each job, each source's newest fetch of each outcome) stays too.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import col

from registry.access.models import SignIn
from registry.core import clock
from registry.core.db import Database
from registry.core.events import OutboxRow
from registry.intake.models import Fetch
from registry.intake.states import FetchOutcome
from registry.schedule.models import JobOutcome, JobRun
from registry.settings import Settings

_AT_ONCE = 5_000  # rows of one transaction: others write in between


def forget_old(database: Database, settings: Settings) -> Mapping[str, Any]:
    """Delete what is older than the settings say. Returns how many rows of each table."""
    now = clock.now()
    return {
        "job_run": _forget(database, JobRun, _job_runs(now - timedelta(days=settings.job_keep_days))),
        "outbox": _forget(database, OutboxRow, _told(now - timedelta(days=settings.outbox_keep_days))),
        "sign_in": _forget(database, SignIn, _ended(now - timedelta(days=settings.session_keep_days))),
        "fetch": _forget(database, Fetch, _fetches(now - timedelta(days=settings.fetch_keep_days))),
    }


def _job_runs(before: datetime) -> tuple[Any, ...]:
    newest = select(func.max(JobRun.id)).group_by(col(JobRun.job), col(JobRun.outcome))
    return (
        col(JobRun.scheduled_for) < before,
        col(JobRun.outcome) != JobOutcome.RUNNING,
        col(JobRun.id).not_in(newest),
    )


def _told(before: datetime) -> tuple[Any, ...]:
    return (col(OutboxRow.done_at) < before,)


def _ended(before: datetime) -> tuple[Any, ...]:
    return (col(SignIn.ended_at) < before,)


def _fetches(before: datetime) -> tuple[Any, ...]:
    """Those that brought a delivery belong to it; one that is held waits for somebody's word."""
    newest = select(func.max(Fetch.id)).group_by(col(Fetch.source_id), col(Fetch.outcome))
    return (
        col(Fetch.finished_at) < before,
        col(Fetch.import_run_id).is_(None),
        col(Fetch.outcome) != FetchOutcome.HELD,
        col(Fetch.id).not_in(newest),
    )


def _forget(database: Database, model: Any, old: tuple[Any, ...]) -> int:
    forgotten = 0
    while True:
        with database.write() as session:
            some = list(session.scalars(select(model.id).where(*old).order_by(model.id).limit(_AT_ONCE)))
            session.execute(delete(model).where(model.id.in_(some)))
        forgotten += len(some)
        if len(some) < _AT_ONCE:
            return forgotten
