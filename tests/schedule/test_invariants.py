"""Impossible states are found by name, and a healthy registry has none."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import text
from sqlmodel import select

from registry.access.policy import system
from registry.applications import operations as applications
from registry.applications.models import Application
from registry.core import events
from registry.core.db import Database
from registry.offers.models import Run
from registry.offers.states import OfferState, RunState
from registry.schedule.invariants import broken
from registry.schedule.jobs import JOBS
from registry.schedule.runner import Workshop
from registry.settings import Settings
from search.embedded import EmbeddedEngine
from tests.catalogue.making import make_offer

US = system("test")


@pytest.fixture
def healthy(database: Database) -> Database:
    """An open run of one place that one person has taken, and another offer beside it."""
    with database.write() as session:
        make_offer(session, "Norsk 1", key="norsk", runs=({"key": "full", "state": RunState.OPEN},))
        make_offer(session, "Støy", key="noise", runs=({"key": "noise", "state": RunState.CLOSED},))
        run = session.exec(select(Run).where(Run.key == "full")).one()
        run.places = 1
        session.flush()
        for name in ("kari", "per"):
            applications.submit(session, US, run, f"k1:{name}")
        applications.offer_place(session, US, applications.get_application(session, 1))
        applications.accept(session, US, applications.get_application(session, 1))
    return database


def breaches(database: Database) -> list[str]:
    with database.read() as session:
        return [str(breach) for breach in broken(session)]


def test_a_healthy_registry_has_none(healthy: Database) -> None:
    assert breaches(healthy) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE run SET places = 0 WHERE key = 'full'", "more_accepted_than_places: full"),
        (
            "UPDATE run SET state = 'cancelled', cancel_reason = 'funding', cancelled_at = created_at WHERE key = 'full'",
            "open_application_to_a_lost_run: full",
        ),
        (
            "UPDATE application SET attendance = 'started' WHERE applicant_key = 'k1:kari'",
            "status_unlike_the_ledger: full",
        ),
        (f"UPDATE offer SET state = '{OfferState.ARCHIVED}' WHERE key = 'norsk'", "live_run_of_an_ended_offer: full"),
        (
            "DELETE FROM offer_provider WHERE offer_id = (SELECT id FROM offer WHERE key = 'noise')",
            "offer_without_a_provider: noise",
        ),
    ],
)
def test_what_was_done_behind_our_back_is_named(healthy: Database, statement: str, named: str) -> None:
    with healthy.write() as session:
        session.execute(text(statement))
    assert breaches(healthy) == [named]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("answer = 'offered', attendance = 'none', answer_by = '2020-01-01'", "answer_long_overdue: full"),
        ("attendance = 'completed', result_on = '2020-03-01'", "result_without_a_start: full"),
    ],
)
def test_what_the_ledger_does_not_know_either_is_named_twice(healthy: Database, statement: str, named: str) -> None:
    with healthy.write() as session:
        session.execute(text("UPDATE run SET starts_on = '2020-02-01' WHERE key = 'full'"))
        session.execute(text(f"UPDATE application SET {statement} WHERE applicant_key = 'k1:kari'"))
    assert breaches(healthy) == [named, "status_unlike_the_ledger: full"]


def test_a_result_from_before_the_first_day_is_named(healthy: Database) -> None:
    with healthy.write() as session:
        run = session.exec(select(Run).where(Run.key == "full")).one()
        kari = session.exec(select(Application).where(Application.applicant_key == "k1:kari")).one()
        applications.report_attendance(session, US, run, "start", [kari.pk])
        applications.report_result(session, US, run, "complete", [kari.pk])
    assert breaches(healthy) == []
    with healthy.write() as session:
        session.execute(text("UPDATE run SET starts_on = '2100-02-01' WHERE key = 'full'"))
    assert breaches(healthy) == ["result_before_the_start: full"]


def test_a_change_that_waits_for_more_than_an_hour_is_named(
    database: Database, first_of_march: time_machine.Traveller
) -> None:
    with database.write() as session:
        events.publish(session, events.OFFER_CHANGED, "norsk")
    first_of_march.shift(timedelta(minutes=59))
    assert breaches(database) == []
    first_of_march.shift(timedelta(minutes=2))
    assert breaches(database) == ["change_that_waits_too_long: offer.changed norsk"]


def test_every_job_runs_on_a_healthy_registry(
    healthy: Database, engine: EmbeddedEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workshop = Workshop(healthy, Settings(home=tmp_path), engine)
    said = {job.name: dict(job.call(workshop)) for job in JOBS}
    assert said["drain-outbox"]["brought_on"] > 0
    assert said["invariants"] == {"found": 0, "first": []}
    assert said["lapse-overdue"] == {"lapsed": 0, "failed": []}
    assert said["compare-index"]["missing"] == ["full", "noise"]  # nobody told the index of what the test wrote
    again = {job.name: dict(job.call(workshop)) for job in JOBS}
    assert again["compare-index"]["missing"] == []
    assert again["detect"] == {"skipped": "nothing has changed"}
    with healthy.write() as session:
        session.execute(text("UPDATE run SET places = 0 WHERE key = 'full'"))
    found = next(job for job in JOBS if job.name == "invariants").call(workshop)
    assert found == {"found": 1, "first": ["more_accepted_than_places: full"]}
    assert "more_accepted_than_places" in caplog.text
