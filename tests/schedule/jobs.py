"""A workshop over a test's own database, and jobs that tell what happened to them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from registry.core.db import Database
from registry.schedule.models import JobRun
from registry.schedule.runner import Job, Workshop
from registry.settings import Settings


class NoSearch:
    """An engine that nothing here may ask."""


def make_workshop(database: Database, home: Path) -> Workshop:
    return Workshop(database, Settings(home=home), NoSearch())


def make_job(call: Callable[[Workshop], Any], name: str = "count", every: timedelta = timedelta(hours=1)) -> Job:
    return Job(name, every, "Teller.", call)


def runs_of(database: Database) -> list[JobRun]:
    with database.read() as session:
        return list(session.exec(select(JobRun).order_by(col(JobRun.job), col(JobRun.scheduled_for))).all())
