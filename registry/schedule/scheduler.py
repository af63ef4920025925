"""The one scheduler: APScheduler in its own process, memory job store, UTC, one leader.

What makes a job run once is the slot's unique key (``runner``); the leader's lock spares the others the work, and tells who may
take up what a dead leader left.
"""

import logging
import signal
import threading
from collections.abc import Iterable
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from registry.core import clock
from registry.core.alone import Lease, alone
from registry.core.locks import Lock
from registry.core.logs import told
from registry.schedule.feeds import Feeds, recover_fetches
from registry.schedule.recovery import recover_jobs
from registry.schedule.runner import Job, Workshop, due, run_slot, slot_of

log = logging.getLogger(__name__)
_LOOK_SECONDS = 5


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
    """Lead when nobody else does, until SIGTERM or SIGINT; running jobs are finished first."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    take_turns(workshop, jobs, stop)


def take_turns(workshop: Workshop, jobs: Iterable[Job], stop: threading.Event) -> None:
    """Lead when the lock is free and for as long as it is held, until ``stop``."""
    listed = tuple(jobs)
    feeds = Feeds(workshop)
    while not stop.is_set():
        try:
            with alone(workshop.database, Lock.SCHEDULER) as lease:
                if lease is not None:
                    _lead(workshop, listed, feeds, lease, stop)
        except SQLAlchemyError as problem:
            log.warning("the database cannot be asked who leads: %s", told(problem))
        stop.wait(_LOOK_SECONDS)
    feeds.close()


def _lead(workshop: Workshop, jobs: Iterable[Job], feeds: Feeds, lease: Lease, stop: threading.Event) -> None:
    """Whoever has lost the lock begins nothing more: another leads by then. What is under way is brought to its end."""
    log.info("this process leads the scheduler")
    recover_jobs(workshop.database)
    recover_fetches(workshop.database, besides=feeds.under_way())
    scheduler = start(workshop, jobs, feeds)
    try:
        while lease.stands() and not stop.wait(_LOOK_SECONDS):
            pass
        if not stop.is_set():
            log.warning("the scheduler's lock is lost: this process steps down")
    finally:
        scheduler.shutdown(wait=True)
