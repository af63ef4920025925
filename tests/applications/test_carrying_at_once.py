"""Runs are merged while somebody who has applied to both changes one of the applications."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from registry.applications import operations
from registry.applications.models import Application
from registry.applications.operations import carrying
from registry.applications.states import Endorsement, Standing
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import InvalidInput
from registry.offers.models import Run
from tests.applications import making
from tests.meanwhile import meanwhile

ME = "k1:me"


@pytest.fixture
def both(database: Database) -> tuple[Application, Application]:
    """Mine to the run that stays, with a place, and mine to the one that goes, of an earlier day."""
    with database.write() as session:
        into, run = making.run(session, state="closed"), making.run(session, state="closed")
        given: dict[str, Any] = {"applicant_key": ME, "owner_id": making.cast(session).organisations[making.OWNER]}
        there = making.application(session, into, **given, endorsement="pending")
        here = making.application(
            session, run, **given, endorsement="pending", applied_at=clock.now() - timedelta(days=3),
            decision="offered", answer="accepted", attendance="accepted",
        )  # fmt: skip
    return there, here


def merge(database: Database, here: Application, there: Application) -> None:
    with database.write() as session:
        run, into = session.get_one(Run, here.run_id), session.get_one(Run, there.run_id)
        operations.merge(session, making.cast(session).provider, run, into)


def told(database: Database, application: Application) -> list[str]:
    """What has become of its lives, event by event."""
    query = select(AuditEntry.event).where(AuditEntry.thing == "application", AuditEntry.thing_id == application.pk)
    with database.read() as session:
        return list(session.exec(query.order_by(col(AuditEntry.id))))


def test_who_leaves_after_it_was_looked_through_gets_no_place_there(
    database: Database, both: tuple[Application, Application]
) -> None:
    there, here = both
    with database.write() as session:
        applicant, provider = making.applicant(session, ME), making.cast(session).provider

    def leave() -> None:
        with database.write() as session:
            operations.withdraw(session, applicant, session.get_one(Application, there.pk), "personal")

    with ThreadPoolExecutor(1) as second:
        with database.write() as session:
            run, into = session.get_one(Run, here.run_id), session.get_one(Run, there.run_id)
            seen = session.get_one(Application, there.pk)
            assert seen.standing is Standing.OPEN
            left = meanwhile(database, second, leave)
            operations.merge(session, provider, run, into)
        left.result(60)
    with database.read() as session:
        assert session.get_one(Application, there.pk).standing is Standing.WITHDRAWN
    assert told(database, there)[-1] == "withdraw", "nothing is given to who has left"


def test_what_the_employer_says_at_that_moment_is_counted(
    database: Database, both: tuple[Application, Application]
) -> None:
    there, here = both
    with ThreadPoolExecutor(1) as second:
        with database.write() as session:
            operations.endorse(session, making.cast(session).owner, session.get_one(Application, there.pk))
            merged = meanwhile(database, second, lambda: merge(database, here, there))
        merged.result(60)
    steps = told(database, there)
    assert steps == ["endorse", "offer", "ask", "accept", "enrol"]
    with database.read() as session:
        found = session.get_one(Application, there.pk)
        assert found.endorsement is Endorsement.ENDORSED
        assert found.version == there.version + len(steps)


def test_who_orders_both_at_that_moment_is_asked_again(
    database: Database, both: tuple[Application, Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    there, here = both
    with database.write() as session:
        applicant = making.applicant(session, ME)
    begun: list[Future[None]] = []
    real = carrying._already_there  # between what is lost here and what is given there

    def order() -> None:
        with database.write() as session:
            operations.prioritise(session, applicant, ME, [here.pk, there.pk])

    with ThreadPoolExecutor(1) as second:

        def already_there(*given: Any) -> dict[str, Application]:
            begun.append(meanwhile(database, second, order))
            return real(*given)

        monkeypatch.setattr(carrying, "_already_there", already_there)
        merge(database, here, there)
        assert isinstance(begun[0].exception(60), InvalidInput)
    with database.read() as session:
        assert [session.get_one(Application, one.pk).standing for one in both] == [Standing.OPEN, Standing.DISPLACED]
