"""After a crash: what was left under way is ended, taken up again or cleared away."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlmodel import select

from registry.access.policy import system
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import Conflict
from registry.intake.operations.resuming import resume, unfinished
from registry.intake.states import ImportOutcome
from registry.schedule.models import JobOutcome, JobRun

ACTOR = system("scheduler")
_STOPPED = "the process stopped before the job was done"
_DAY = 24 * 3600.0
#: Folders under the home, and for how many seconds an untouched file in them may still be of use.
_KEPT: Mapping[str, float] = {"uploads": _DAY, "fetching": 7 * _DAY}


def recover_jobs(database: Database) -> int:
    """Jobs that a process left running when it was killed. Only the leader calls this, before it runs any."""
    with database.write() as session:
        left = list(session.exec(select(JobRun).where(JobRun.outcome == JobOutcome.RUNNING).with_for_update()))
        for row in left:
            row.outcome, row.error, row.finished_at = JobOutcome.FAILED, _STOPPED, clock.now()
        return len(left)


def resume_deliveries(database: Database, home: Path) -> Mapping[str, Any]:
    """Go on with deliveries that were broken off. One that cannot be resumed stops no other."""
    done, lost = 0, 0
    for run_id in unfinished(database):
        try:
            result = resume(database, ACTOR, run_id, home / "payloads")
        except Conflict:  # its own process is alive after all
            continue
        if result.outcome is ImportOutcome.REFUSED:
            lost += 1
        else:
            done += 1
    return {"resumed": done, "lost": lost}


def clear_away(home: Path) -> Mapping[str, Any]:
    """Uploads that nobody came back to take in, and fetches that were given up."""
    moment, removed = clock.now().timestamp(), 0
    for name, patience in _KEPT.items():
        folder = home / name
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if moment - _touched(path) > patience:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
                removed += 1
    return {"removed": removed}


def _touched(path: Path) -> float:
    """When anything in it was last written."""
    return max((one.stat().st_mtime for one in (path, *path.rglob("*"))), default=0.0)
