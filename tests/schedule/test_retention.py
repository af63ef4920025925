"""What the service noted of its own work is forgotten after its days, and nothing else is."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from registry.access.models import Person, SignIn
from registry.core import audit, clock, events
from registry.core.db import Database
from registry.core.events import OutboxRow
from registry.intake.models import Fetch, ImportRun, Source
from registry.intake.states import FetchOutcome, ImportOutcome
from registry.schedule import outbox, retention
from registry.schedule.listeners import LISTENERS
from registry.schedule.models import JobOutcome, JobRun
from registry.schedule.retention import forget_old
from registry.settings import Settings

SETTINGS = Settings(job_keep_days=10, outbox_keep_days=10, session_keep_days=10, fetch_keep_days=10)


def ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)


def forgotten(database: Database) -> dict[str, int]:
    return {name: number for name, number in forget_old(database, SETTINGS).items() if number}


def left(database: Database, model: type, *values: object) -> list[object]:
    with database.read() as session:
        return list(session.exec(select(*values).select_from(model).order_by(col(model.id))).all())


def test_runs_of_jobs(database: Database) -> None:
    def run(session: Session, job: str, days: int, outcome: JobOutcome = JobOutcome.DONE) -> None:
        session.add(JobRun(job=job, scheduled_for=ago(days), started_at=ago(days), outcome=outcome))
        session.flush()

    with database.write() as session:
        run(session, "often", 12)
        run(session, "often", 11)
        run(session, "often", 9)
        run(session, "seldom", 40)
        run(session, "seldom", 30, JobOutcome.FAILED)
        run(session, "stuck", 50, JobOutcome.RUNNING)
        run(session, "stuck", 40)
    assert forgotten(database) == {"job_run": 2}
    assert left(database, JobRun, JobRun.job) == ["often", "seldom", "seldom", "stuck", "stuck"]


def test_changes_that_have_been_brought_on(database: Database) -> None:
    with database.write() as session:
        for key, done in (("old", ago(11)), ("new", ago(9)), ("waits", None)):
            session.add(OutboxRow(topic=events.OFFER_CHANGED, key=key, created_at=ago(40), done_at=done))
    assert forgotten(database) == {"outbox": 1}
    assert left(database, OutboxRow, OutboxRow.key) == ["new", "waits"]


def test_ended_sessions(database: Database) -> None:
    with database.write() as session:
        person = Person(issuer="test", subject="1", display_name="Kari", created_at=ago(99))
        session.add(person)
        session.flush()
        for token, ended in (("old", ago(11)), ("new", ago(9)), ("open", None)):
            row = SignIn(
                token_hash=token, person_id=person.pk, created_at=ago(40), last_seen_at=ago(40), ended_at=ended
            )
            session.add(row)
    assert forgotten(database) == {"sign_in": 1}
    assert left(database, SignIn, SignIn.token_hash) == ["new", "open"]


def test_fetches_that_brought_nothing(database: Database) -> None:
    with database.write() as session:
        source = Source(key="s", name="S", format="offers-sheet", created_at=ago(99))
        session.add(source)
        session.flush()
        delivery = ImportRun(
            source_id=source.pk,
            reader="1",
            format="offers-sheet",
            actor="test",
            as_of=ago(60).date(),
            started_at=ago(60),
            touched_at=ago(60),
            finished_at=ago(60),
            outcome=ImportOutcome.DONE,
        )
        session.add(delivery)
        session.flush()
        rows = (
            (60, FetchOutcome.TAKEN, delivery.pk),
            (55, FetchOutcome.TAKEN, None),
            (50, FetchOutcome.HELD, None),
            (45, FetchOutcome.HELD, None),
            (40, FetchOutcome.FAILED, None),
            (30, FetchOutcome.FAILED, None),  # the newest that failed
            (20, FetchOutcome.UNCHANGED, None),
            (15, FetchOutcome.RUNNING, None),
            (9, FetchOutcome.UNCHANGED, None),
        )
        for days, outcome, brought in rows:
            ended = None if outcome is FetchOutcome.RUNNING else ago(days)
            row = Fetch(source_id=source.pk, scheduled_for=ago(days), started_at=ago(days), finished_at=ended)
            row.outcome, row.import_run_id = outcome, brought
            row.message = "why" if outcome is FetchOutcome.FAILED else None
            session.add(row)
            session.flush()
    assert forgotten(database) == {"fetch": 2}
    days = [(clock.now() - at).days for at in left(database, Fetch, Fetch.scheduled_for)]
    assert days == [60, 55, 50, 45, 30, 15, 9]
    assert len(left(database, ImportRun, ImportRun.id)) == 1


def test_many_are_deleted_by_parts_and_nothing_is_left(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    with database.write() as session:
        for number in range(5):
            row = OutboxRow(topic=events.OFFER_CHANGED, key=str(number), created_at=ago(40), done_at=ago(30))
            session.add(row)
    assert forgotten(database) == {"outbox": 5}
    assert forgotten(database) == {}


def test_the_log_is_not_touched(database: Database) -> None:
    with database.write() as session:
        moment = ago(4000)
        audit.record(session, actor="test", thing="offer", thing_id=1, event="e", at=moment, recorded_at=moment)
    assert forgotten(database) == {}
    assert left(database, audit.AuditEntry, audit.AuditEntry.at) == [ago(4000)]


def test_every_topic_has_a_reader() -> None:
    assert outbox.INDEXED | LISTENERS.keys() | {events.SYNONYMS_CHANGED} == set(events.TOPICS)
