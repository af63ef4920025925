"""Sources fetched by the scheduler: one slow feed delays none, and what a crash left is taken up again."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from registry.core import clock
from registry.core.db import Database
from registry.core.errors import Conflict
from registry.intake.models import Fetch, ImportRun, Source
from registry.intake.operations import add_source
from registry.intake.source_checks import SourceDraft
from registry.intake.states import FetchOutcome, ImportOutcome
from registry.schedule import feeds as fed
from registry.schedule import recovery
from registry.schedule.feeds import Feeds, recover_fetches
from registry.schedule.models import JobOutcome, JobRun
from registry.schedule.runner import Workshop
from registry.settings import Settings
from tests.intake.deliveries import operator, rows


@pytest.fixture
def workshop(database: Database, tmp_path: Path) -> Workshop:
    return Workshop(database, Settings(home=tmp_path / "home"), None)


def sources(database: Database, count: int) -> list[int]:
    with database.write() as session:
        return [
            add_source(
                session, operator(), SourceDraft(f"Kilde {number}", "ooapi", "https://127.0.0.1:9/", every_minutes=60)
            ).pk
            for number in range(count)
        ]


def until(what: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_slow_feed_delays_none(workshop: Workshop, database: Database) -> None:
    hanging, *others = sources(database, 12)
    fetched: set[int] = set()
    release = threading.Event()

    def fetch(_: Any, __: Any, source_id: int, *___: Any, **____: Any) -> None:
        if source_id == hanging:
            release.wait(20)
        fetched.add(source_id)

    feeds = Feeds(workshop, fetch=fetch)
    assert feeds.look() == 12
    until(lambda: fetched == set(others))
    until(lambda: len(feeds._busy) == 1)
    assert feeds.look() == 11  # due still, since this fetch records nothing; the one under way is left alone
    started = time.monotonic()
    feeds.close(0.05)
    assert time.monotonic() - started < 5
    release.set()
    feeds.close()
    assert hanging in fetched


def test_no_more_threads_than_there_are_seats(
    workshop: Workshop, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources(database, 5)
    release = threading.Event()
    monkeypatch.setattr(fed, "THREADS", 2)
    feeds = Feeds(workshop, fetch=lambda *_, **__: release.wait(20))
    assert (feeds.look(), feeds.look()) == (2, 0)
    release.set()
    feeds.close()


@pytest.mark.parametrize("problem", [Conflict("Nei."), RuntimeError("oops")])
def test_a_fault_in_one_is_written_down_and_no_more(
    workshop: Workshop, database: Database, problem: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    sources(database, 1)

    def fetch(*_: Any, **__: Any) -> None:
        raise problem

    feeds = Feeds(workshop, fetch=fetch)
    feeds.look()
    feeds.close()
    assert feeds._busy == {}
    assert caplog.records


def test_what_was_fetched_is_not_due(workshop: Workshop, database: Database) -> None:
    [source] = sources(database, 1)
    feeds = Feeds(workshop)  # the address is not there, and nothing may be asked from tests
    feeds.look()
    feeds.close()
    [fetch] = rows(database, select(Fetch))
    assert (fetch.source_id, fetch.outcome) == (source, FetchOutcome.FAILED)
    assert fetch.scheduled_for.minute == 0
    assert feeds.look() == 0


def under_way(database: Database, source: int, at: datetime) -> None:
    with database.write() as session:
        session.add(Fetch(source_id=source, scheduled_for=at, started_at=at))


def test_a_fetch_that_a_crash_left_is_asked_for_again_once(database: Database) -> None:
    [source] = sources(database, 1)
    start = clock.now()
    under_way(database, source, start)
    assert recover_fetches(database) == 1
    [fetch] = rows(database, select(Fetch))
    assert (fetch.outcome, fetch.finished_at is not None) == (FetchOutcome.FAILED, True)
    assert rows(database, select(Source))[0].wanted_at is not None
    with database.write() as session:
        session.get_one(Source, source).wanted_at = None
    under_way(database, source, start + timedelta(hours=1))
    assert recover_fetches(database) == 1
    assert rows(database, select(Source))[0].wanted_at is None  # whatever kills us shall not do so for ever
    assert recover_fetches(database) == 0


def test_a_job_that_a_crash_left_is_told_to_have_failed(database: Database) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    with database.write() as session:
        session.add(JobRun(job="detect", scheduled_for=at, started_at=at))
        session.add(JobRun(job="detect", scheduled_for=at - timedelta(hours=1), started_at=at, outcome=JobOutcome.DONE))
    assert recovery.recover_jobs(database) == 1
    found = rows(database, select(JobRun).order_by(JobRun.scheduled_for))
    assert [run.outcome for run in found] == [JobOutcome.DONE, JobOutcome.FAILED]
    assert found[1].error
    assert found[1].finished_at


def test_deliveries_that_were_broken_off_are_ended(database: Database, tmp_path: Path) -> None:
    old = clock.now() - timedelta(hours=1)
    with database.write() as session:
        source = Source(key="dbh-347", format="dbh-347", created_at=old)
        session.add(source)
        session.flush()
        session.add(
            ImportRun(
                source_id=source.pk, format="dbh-347", actor="x", as_of=old.date(), started_at=old, touched_at=old,
                outcome=ImportOutcome.RUNNING, payloads=[{"name": "a", "sha256": "0" * 64, "bytes": 1}],
            )
        )  # fmt: skip
    assert recovery.resume_deliveries(database, tmp_path) == {"resumed": 0, "lost": 1}
    assert recovery.resume_deliveries(database, tmp_path) == {"resumed": 0, "lost": 0}


def test_a_delivery_that_somebody_else_goes_on_with_is_left_to_them(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: Any) -> None:
        raise Conflict("Leveransen tas inn av en annen prosess.")

    monkeypatch.setattr(recovery, "unfinished", lambda _: [1])
    monkeypatch.setattr(recovery, "resume", taken)
    assert recovery.resume_deliveries(database, tmp_path) == {"resumed": 0, "lost": 0}


def test_uploads_and_fetches_that_nobody_came_back_for_are_cleared_away(tmp_path: Path) -> None:
    day = 24 * 3600
    for name, age in (
        ("uploads/old", 2),
        ("uploads/new", 0.5),
        ("fetching/old/page", 8),
        ("fetching/new/page", 2),
        ("payloads/old", 99),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        for each in (path, path.parent):
            os.utime(each, (time.time() - age * day,) * 2)
    assert recovery.clear_away(tmp_path) == {"removed": 2}
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["fetching/new/page", "payloads/old", "uploads/new"]
    assert recovery.clear_away(tmp_path / "nowhere") == {"removed": 0}
