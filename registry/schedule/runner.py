"""Runs one slot of one job, once: UNIQUE(job, scheduled_for) decides, whoever asks and however often."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from registry.core import clock
from registry.core.db import Database
from registry.core.logs import told
from registry.schedule.models import JobOutcome, JobRun
from registry.settings import Settings
from search.protocol import SearchEngine

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What a job may use."""

    database: Database
    settings: Settings
    search: SearchEngine


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the job table. ``every`` is the length of a slot; slots are counted from midnight UTC."""

    name: str
    every: timedelta
    text: str  #: one sentence in bokmål for the operator's page
    call: Callable[[Workshop], Mapping[str, Any]]


def slot_of(job: Job, moment: datetime) -> datetime:
    """The start of the slot that ``moment`` lies in. UTC has no double hour, so no slot comes twice in autumn."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + ((moment - midnight) // job.every) * job.every


def due(database: Database, job: Job, moment: datetime) -> bool:
    """True where the present slot has not run: catch-up after a stop is the newest slot, once."""
    with database.read() as session:
        newest = session.exec(select(func.max(JobRun.scheduled_for)).where(JobRun.job == job.name)).one()
    return newest is None or newest < slot_of(job, moment)


def run_slot(workshop: Workshop, job: Job, scheduled_for: datetime) -> JobOutcome | None:
    """Run the job for a slot. None where somebody else has taken it; a failure is recorded, never raised."""
    try:
        with workshop.database.write() as session:
            row = JobRun(job=job.name, scheduled_for=scheduled_for, started_at=clock.now())
            session.add(row)
            session.flush()
            run_id = row.pk
    except IntegrityError:
        return None
    details: Mapping[str, Any] | None = None
    error = None
    try:
        details = job.call(workshop)
    except Exception as problem:  # noqa: BLE001 - a failure is recorded, whatever it is
        log.error("job %s failed: %s", job.name, told(problem, trace=True))  # noqa: TRY400 - its own words may hold a person's values
        error = told(problem)[:500]
    with workshop.database.write() as session:
        done = session.exec(select(JobRun).where(col(JobRun.id) == run_id)).one()
        done.finished_at = clock.now()
        done.outcome = JobOutcome.FAILED if error else JobOutcome.DONE
        done.details = dict(details) if details else None
        done.error = error
        return done.outcome
