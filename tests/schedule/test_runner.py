"""A slot runs once, whoever asks; a failure is written down and stops nobody."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from registry.core import clock
from registry.core.db import Database
from registry.schedule.models import JobOutcome
from registry.schedule.runner import Workshop, due, run_slot, slot_of
from registry.schedule.scheduler import run_due
from tests.schedule.jobs import make_job, make_workshop, runs_of

SLOT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def workshop(database: Database, tmp_path: Path) -> Workshop:
    return make_workshop(database, tmp_path)


def test_a_slot_runs_once_although_many_ask_at_the_same_moment(workshop: Workshop) -> None:
    called: list[int] = []
    outcomes: list[JobOutcome | None] = []
    gate = threading.Barrier(12)
    job = make_job(lambda _: called.append(1))

    def ask() -> None:
        gate.wait()
        outcomes.append(run_slot(workshop, job, SLOT))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert called == [1]
    assert [outcome for outcome in outcomes if outcome is not None] == [JobOutcome.DONE]
    assert len(outcomes) == 12
    assert len(runs_of(workshop.database)) == 1


def test_jobs_do_not_take_each_others_slots(workshop: Workshop) -> None:
    for name in ("one", "other"):
        assert run_slot(workshop, make_job(lambda _: None, name), SLOT) is JobOutcome.DONE
    assert [run.job for run in runs_of(workshop.database)] == ["one", "other"]


def test_what_a_job_did_is_kept(workshop: Workshop) -> None:
    run_slot(workshop, make_job(lambda _: {"brought_on": 3}), SLOT)
    [run] = runs_of(workshop.database)
    assert (run.outcome, run.details, run.error, run.scheduled_for) == (JobOutcome.DONE, {"brought_on": 3}, None, SLOT)
    assert run.started_at == run.finished_at == clock.now()


def test_a_job_is_seen_while_it_runs(workshop: Workshop) -> None:
    seen: list[JobOutcome] = []
    run_slot(workshop, make_job(lambda shop: seen.extend(run.outcome for run in runs_of(shop.database))), SLOT)
    assert seen == [JobOutcome.RUNNING]


def test_a_failing_job_is_written_down_and_the_others_go_on(workshop: Workshop) -> None:
    def fail(_: Workshop) -> None:
        raise ZeroDivisionError("nothing to share")

    assert run_slot(workshop, make_job(fail, "bad"), SLOT) is JobOutcome.FAILED
    assert run_slot(workshop, make_job(lambda _: None, "good"), SLOT) is JobOutcome.DONE
    bad, good = runs_of(workshop.database)
    assert (bad.outcome, bad.error) == (JobOutcome.FAILED, "ZeroDivisionError: nothing to share")
    assert bad.finished_at is not None
    assert (good.outcome, good.error) == (JobOutcome.DONE, None)


def test_a_failed_slot_is_not_run_again_but_the_next_is(workshop: Workshop) -> None:
    def fail(_: Workshop) -> None:
        raise ValueError

    assert run_slot(workshop, make_job(fail), SLOT) is JobOutcome.FAILED
    assert run_slot(workshop, make_job(lambda _: None), SLOT) is None
    assert not due(workshop.database, make_job(fail), SLOT + timedelta(minutes=59))
    assert due(workshop.database, make_job(fail), SLOT + timedelta(minutes=60))


def test_after_a_stop_the_newest_slot_runs_once_and_the_missed_ones_never(
    workshop: Workshop, first_of_march: time_machine.Traveller
) -> None:
    job = make_job(lambda _: None)
    run_due(workshop, job)
    first_of_march.shift(timedelta(days=2, minutes=31))
    for _ in range(3):
        run_due(workshop, job)
    slots = [run.scheduled_for for run in runs_of(workshop.database)]
    assert slots == [SLOT, SLOT + timedelta(days=2)]


def test_a_slot_in_the_past_is_not_made_due_by_a_clock_that_goes_back(workshop: Workshop) -> None:
    job = make_job(lambda _: None)
    run_slot(workshop, job, SLOT)
    assert not due(workshop.database, job, SLOT - timedelta(hours=3))


def test_the_autumn_night_has_no_double_slot(workshop: Workshop, first_of_march: time_machine.Traveller) -> None:
    """In Norway 02:30 comes twice on 25 October 2026; slots are counted in UTC."""
    called: list[datetime] = []
    job = make_job(lambda _: called.append(clock.now()))
    night = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    for minute in range(0, 240, 5):
        first_of_march.move_to(night + timedelta(minutes=minute))
        run_due(workshop, job)
    assert called == [night + timedelta(hours=hour) for hour in range(4)]
    assert [moment.astimezone(clock.OSLO).hour for moment in called] == [1, 2, 2, 3]


EVERY = st.sampled_from([timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)])
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(EVERY, MOMENTS)
def test_a_moment_lies_in_its_slot_and_a_slot_in_itself(every: timedelta, moment: datetime) -> None:
    job = make_job(lambda _: None, every=every)
    slot = slot_of(job, moment)
    assert slot <= moment < slot + every
    assert slot_of(job, slot) == slot
    assert slot_of(job, slot - timedelta(microseconds=1)) == slot - every
