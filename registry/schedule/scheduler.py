"""The one scheduler: APScheduler in its own process, memory job store, UTC, one leader.

What makes a job run once is the slot's unique key (``runner``); the leader's lock only spares the others the work.
"""

import fcntl
import logging
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import text

from registry.core import clock
from registry.core.locks import Lock
from registry.schedule.feeds import Feeds, recover_fetches
from registry.schedule.recovery import recover_jobs
from registry.schedule.runner import Job, Workshop, due, run_slot, slot_of

log = logging.getLogger(__name__)
_LOOK_SECONDS = 5


@contextmanager
def leadership(workshop: Workshop) -> Iterator[bool]:
    """True for the one process that leads: a file lock beside SQLite, an advisory lock on PostgreSQL."""
    if workshop.database.is_sqlite:
        path = workshop.settings.home / "scheduler.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True
        return
    with workshop.database.engine.connect() as connection:
        taken = connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": int(Lock.SCHEDULER)}).scalar()
        connection.commit()
        try:
            yield bool(taken)
        finally:
            if taken:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": int(Lock.SCHEDULER)})
                connection.commit()


def run_due(workshop: Workshop, job: Job) -> None:
    """Run the job's present slot where it has not run yet."""
    moment = clock.now()
    if due(workshop.database, job, moment):
        run_slot(workshop, job, slot_of(job, moment))


def start(workshop: Workshop, jobs: Iterable[Job], feeds: Feeds | None = None) -> BackgroundScheduler:
    """A running scheduler that looks at every job and source every few seconds; a slow one delays no other."""
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600}
    )
    for job in jobs:
        scheduler.add_job(run_due, "interval", seconds=_LOOK_SECONDS, args=[workshop, job], id=job.name)
    if feeds is not None:
        scheduler.add_job(feeds.look, "interval", seconds=_LOOK_SECONDS, id="feeds")
    scheduler.start()
    return scheduler


def run_forever(workshop: Workshop, jobs: Iterable[Job]) -> None:
    """Lead when the lock is free, until SIGTERM or SIGINT; running jobs are finished first."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    listed = tuple(jobs)
    while not stop.is_set():
        with leadership(workshop) as leads:
            if leads:
                log.info("this process leads the scheduler")
                recover_jobs(workshop.database)
                recover_fetches(workshop.database)
                feeds = Feeds(workshop)
                scheduler = start(workshop, listed, feeds)
                stop.wait()
                scheduler.shutdown(wait=True)
                feeds.close()
        stop.wait(_LOOK_SECONDS)
