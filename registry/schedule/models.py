"""Runs of jobs. UNIQUE(job, scheduled_for) is what makes a job run once."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from registry.core.table import Table, enum_type, json_type


class JobOutcome(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobRun(Table, table=True):
    """One slot of one job."""

    __tablename__ = "job_run"
    __table_args__ = (UniqueConstraint("job", "scheduled_for"),)

    job: str = Field(max_length=60)
    scheduled_for: datetime
    started_at: datetime
    finished_at: datetime | None = None
    outcome: JobOutcome = Field(default=JobOutcome.RUNNING, sa_type=enum_type(JobOutcome, "outcome"))
    details: dict[str, Any] | None = Field(default=None, sa_type=json_type())
    error: str | None = None
