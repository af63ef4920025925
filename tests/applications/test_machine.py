"""Whatever is done to applications in whatever order, no place is given twice and the log tells the rows' story."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from registry.applications import operations
from registry.applications.models import Application
from registry.applications.queries import run_figures
from registry.core import audit, clock
from registry.core.db import Database
from registry.core.errors import RegistryError
from registry.offers.models import Run
from tests.applications import making

PLACES, PEOPLE = 2, 5


def machine(template: Path) -> type[RuleBasedStateMachine]:
    """A machine over a copy of the empty database."""

    class Applications(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.folder = Path(mkdtemp())
            shutil.copy(template, self.folder / "registry.sqlite3")
            self.database = Database(f"sqlite:///{self.folder / 'registry.sqlite3'}")
            with self.database.write() as session:
                self.actor = making.cast(session).system
                self.run_id = making.run(session, places=PLACES).pk

        def teardown(self) -> None:
            if hasattr(self, "database"):
                self.database.dispose()
                shutil.rmtree(self.folder)

        def attempt(self, number: int, act: Callable[[Session, Application, Run], object]) -> None:
            """Do it, or be refused; a refusal leaves nothing behind."""
            with contextlib.suppress(RegistryError), self.database.write() as session:
                applicant = f"k1:{number}"
                found = session.exec(select(Application).where(Application.applicant_key == applicant)).first()
                if found is not None:
                    act(session, found, session.get_one(Run, self.run_id))

        @rule(number=st.integers(1, PEOPLE))
        def submit(self, number: int) -> None:
            with contextlib.suppress(RegistryError), self.database.write() as session:
                operations.submit(session, self.actor, session.get_one(Run, self.run_id), f"k1:{number}")

        @rule(number=st.integers(1, PEOPLE), verb=st.sampled_from(["offer_place", "waitlist", "accept", "decline"]))
        def step(self, number: int, verb: str) -> None:
            self.attempt(number, lambda session, found, _run: getattr(operations, verb)(session, self.actor, found))

        @rule(number=st.integers(1, PEOPLE), reason=st.sampled_from(["no_places", "late"]))
        def reject(self, number: int, reason: str) -> None:
            self.attempt(number, lambda session, found, _run: operations.reject(session, self.actor, found, reason))

        @rule(number=st.integers(1, PEOPLE))
        def withdraw(self, number: int) -> None:
            self.attempt(
                number, lambda session, found, _run: operations.withdraw(session, self.actor, found, "personal")
            )

        @rule(number=st.integers(1, PEOPLE), event=st.sampled_from(["start", "miss"]))
        def attend(self, number: int, event: str) -> None:
            self.attempt(
                number,
                lambda session, found, run: operations.report_attendance(session, self.actor, run, event, [found.pk]),
            )

        @rule(number=st.integers(1, PEOPLE), event=st.sampled_from(["complete", "fail", "drop_out", "defer"]))
        def finish(self, number: int, event: str) -> None:
            self.attempt(
                number,
                lambda session, found, run: operations.report_result(session, self.actor, run, event, [found.pk]),
            )

        @rule()
        def promote(self) -> None:
            with contextlib.suppress(RegistryError), self.database.write() as session:
                operations.promote(session, self.actor, session.get_one(Run, self.run_id))

        @rule()
        def cancel(self) -> None:
            with contextlib.suppress(RegistryError), self.database.write() as session:
                run = session.get_one(Run, self.run_id)
                operations.cancel(session, self.actor, run, "funding", proposer=lambda *_: [])

        @invariant()
        def holds(self) -> None:
            if not hasattr(self, "run_id"):
                return
            with self.database.read() as session:
                free = operations.free_places(session, session.get_one(Run, self.run_id))
                assert free is not None
                assert free >= 0
                assert run_figures(session) == run_figures(session, as_of=clock.today())
                assert audit.first_broken(session) is None

    return Applications


def test_any_order(sqlite_template: Path) -> None:
    run_state_machine_as_test(
        machine(sqlite_template),
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


#: Rows that a status forbids: the database itself says no.
IMPOSSIBLE = (
    "UPDATE application SET decision = 'rejected'",
    "UPDATE application SET answer = 'declined'",
    "UPDATE application SET decision = 'offered', answer = 'accepted'",
    "UPDATE application SET decision = 'offered', answer = 'offered'",
    "UPDATE application SET attendance = 'started'",
    "UPDATE application SET decision = 'offered', answer = 'accepted', attendance = 'completed'",
    "UPDATE application SET standing = 'withdrawn'",
    "UPDATE application SET standing = 'displaced'",
    "UPDATE application SET withdraw_reason = 'personal'",
    "UPDATE application SET endorsement = 'declined'",
    "UPDATE application SET priority = 0",
    "UPDATE application SET decision = 'maybe'",
    "UPDATE run SET state = 'cancelled'",
    "UPDATE run SET cancel_reason = 'funding'",
    "UPDATE run SET state = 'postponed'",
    "UPDATE offer SET state = 'discontinued'",
    "UPDATE offer SET discontinue_reason = 'funding'",
)


@pytest.fixture
def one(database: Database) -> Iterator[Database]:
    with database.write() as session:
        making.application(session, making.run(session))
    return database


def test_the_database_refuses_rows_that_cannot_be(one: Database) -> None:
    for statement in IMPOSSIBLE:
        with pytest.raises(IntegrityError), one.write() as session:
            session.execute(text(statement))
