"""One leads, the others wait; SIGTERM lets a running job finish."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from registry.core.alone import alone
from registry.core.db import Database
from registry.core.locks import Lock
from registry.schedule import scheduler
from registry.schedule.models import JobOutcome
from registry.schedule.runner import Workshop
from registry.schedule.scheduler import start, take_turns
from tests.core.test_alone import lost_to
from tests.schedule.jobs import make_job, make_workshop, runs_of

ROOT = Path(__file__).resolve().parents[2]
#: A process of its own: it looks often, so that the test need not wait.
PROCESS = textwrap.dedent(
    """
    import sys, time
    from datetime import timedelta
    from pathlib import Path
    from registry.core.db import Database
    from registry.schedule import scheduler
    from tests.schedule.jobs import make_job, make_workshop
    from registry import tables

    database, home, name, seconds = sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    scheduler._LOOK_SECONDS = 0.1

    def work(_):
        (home / f"{name}-began").touch()
        time.sleep(seconds)
        return {"by": name}

    (home / f"{name}-up").touch()
    scheduler.run_forever(make_workshop(Database(database), home), [make_job(work, "work", timedelta(days=365))])
    """
)


@pytest.fixture(autouse=True)
def first_of_march() -> None:
    """Real time here: threads and processes wait for each other."""


@pytest.fixture
def workshop(database: Database, tmp_path: Path) -> Workshop:
    return make_workshop(database, tmp_path)


def process(workshop: Workshop, name: str, seconds: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PROCESS, workshop.database.url, str(workshop.settings.home), name, str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def wait_for(path: Path, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < until, f"{path.name} did not come"
        time.sleep(0.05)


def test_who_has_lost_the_lock_steps_down_and_takes_another_turn(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "_LOOK_SECONDS", 0.05)
    other, stop = Database(workshop.database.url), threading.Event()
    counted = make_job(lambda _: None, "often", timedelta(microseconds=1))
    leader = threading.Thread(target=take_turns, args=(workshop, [counted], stop))
    leader.start()
    try:
        grows(workshop)
        with lost_to(other):
            until = time.monotonic() + 20
            while has_threads("APScheduler"):
                assert time.monotonic() < until, "it did not step down"
                time.sleep(0.02)
            before = len(runs_of(workshop.database))
            time.sleep(0.3)
            assert len(runs_of(workshop.database)) == before
        grows(workshop)
    finally:
        stop.set()
        leader.join(20)
        other.dispose()
    assert not leader.is_alive()
    assert {run.outcome for run in runs_of(workshop.database)} == {JobOutcome.DONE}


def has_threads(name: str) -> bool:
    return any(thread.name.startswith(name) for thread in threading.enumerate())


def grows(workshop: Workshop) -> None:
    """Jobs are begun."""
    before, until = len(runs_of(workshop.database)), time.monotonic() + 20
    while len(runs_of(workshop.database)) <= before + 1:
        assert time.monotonic() < until, "nobody leads"
        time.sleep(0.02)


def test_a_slow_job_delays_no_other(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "_LOOK_SECONDS", 0.1)
    release, quick = threading.Event(), threading.Event()
    year = timedelta(days=365)
    jobs = [
        make_job(lambda _: release.wait(30) and None, "slow", year),
        make_job(lambda _: quick.set(), "quick", year),
    ]
    running = start(workshop, jobs)
    try:
        assert quick.wait(20)
        assert not release.is_set()
    finally:
        release.set()
        running.shutdown(wait=True)
    assert [(run.job, run.outcome) for run in runs_of(workshop.database)] == [
        ("quick", JobOutcome.DONE),
        ("slow", JobOutcome.DONE),
    ]


def test_sigterm_lets_the_running_job_finish(workshop: Workshop) -> None:
    leader = process(workshop, "leader", 1.5)
    wait_for(workshop.settings.home / "leader-began")
    leader.send_signal(signal.SIGTERM)
    assert leader.wait(20) == 0
    [run] = runs_of(workshop.database)
    assert (run.outcome, run.details) == (JobOutcome.DONE, {"by": "leader"})


def test_when_the_leader_is_killed_the_next_one_takes_over(workshop: Workshop) -> None:
    """The killed one's slot is told to have failed; it may have done its work, so nobody does it again."""
    home = workshop.settings.home
    leader = process(workshop, "leader", 60)
    wait_for(home / "leader-began")
    follower = process(workshop, "follower", 0)
    try:
        wait_for(home / "follower-up")
        time.sleep(0.5)
        assert not (home / "follower-began").exists()
        leader.kill()
        leader.wait(10)
        until = time.monotonic() + 10
        while True:
            with alone(workshop.database, Lock.SCHEDULER) as free:
                if free is None:
                    break
            assert time.monotonic() < until, "nobody took over within ten seconds"
            time.sleep(0.05)
    finally:
        follower.terminate()
        assert follower.wait(20) == 0
    assert [run.outcome for run in runs_of(workshop.database)] == [JobOutcome.FAILED]
