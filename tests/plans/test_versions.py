"""What an owner submitted holds until it submits anew, and can be read as of any day."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlmodel import Session, select

from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import Refused
from registry.plans import operations, queries
from registry.plans.models import CompetencePlan
from registry.plans.operations import Need
from registry.plans.states import PLAN, PlanState
from tests.applications import making

YEAR = 2027
OWNER = making.OWNER


def at(day: int) -> datetime:
    return datetime(2026, 10, day, 12, tzinfo=UTC)


def plan(session: Session, *needs: Need, submit: bool = True, owner: str = OWNER) -> CompetencePlan:
    cast = making.cast(session)
    actor = cast.owner if owner == OWNER else cast.other_owner
    kept = operations.save_plan(session, actor, cast.organisations[owner], YEAR, needs)
    if submit:
        operations.submit_plan(session, actor, kept)
    return kept


@pytest.fixture
def october(database: Database) -> Database:
    """1 Oct: 4 to mathematics. 10 Oct: opened, 9 and 2 drafted. 20 Oct: sent anew. Another owner sends 5 on the 15th."""
    for day, needs, submit in (
        (1, [Need("matematikk", 4)], True),
        (10, [Need("matematikk", 9), Need("norsk", 2, 1, "kindergarten", "leader")], False),
        (20, [Need("matematikk", 7), Need("norsk", 2, 1, "kindergarten", "leader")], True),
    ):
        with time_machine.travel(at(day), tick=False), database.write() as session:
            plan(session, *needs, submit=submit)
    with time_machine.travel(at(15), tick=False), database.write() as session:
        plan(session, Need("matematikk", 5), owner=making.OTHER_OWNER)
    return database


@pytest.mark.parametrize(
    ("day", "needed"),
    [
        (date(2026, 9, 30), {}),
        (date(2026, 10, 1), {"matematikk": 4}),
        (date(2026, 10, 12), {"matematikk": 4}),  # opened again, not sent again
        (date(2026, 10, 15), {"matematikk": 9}),
        (date(2026, 10, 20), {"matematikk": 12, "norsk": 2}),
    ],
)
def test_the_submitted_plan_holds_until_the_next_one(october: Database, day: date, needed: dict[str, int]) -> None:
    with october.read() as session:
        assert queries.needs_on(session, YEAR, day) == needed


def test_needs_of_one_owner_and_of_another_year(october: Database) -> None:
    with october.read() as session:
        owner = making.cast(session).organisations[OWNER]
        assert queries.needs_on(session, YEAR, date(2026, 10, 31), owner) == {"matematikk": 7, "norsk": 2}
        assert queries.needs_on(session, YEAR - 1, date(2026, 10, 31)) == {}


def test_versions_are_numbered_and_the_life_is_in_the_log(october: Database) -> None:
    with october.read() as session:
        owner = making.cast(session).organisations[OWNER]
        kept = queries.plan_of(session, owner, YEAR)
        assert kept is not None
        found = queries.versions(session, kept)
        assert [(one.number, one.submitted_on.day) for one in found] == [(2, 20), (1, 1)]
        steps = session.exec(
            select(AuditEntry.from_state, AuditEntry.to_state)
            .where(AuditEntry.thing == PLAN.thing, AuditEntry.thing_id == kept.pk, AuditEntry.life == PLAN.name)
            .order_by(AuditEntry.id)
        ).all()
        assert steps == [("draft", "submitted"), ("submitted", "draft"), ("draft", "submitted")]


def test_an_emptied_plan_cannot_be_sent_and_the_old_one_holds(october: Database) -> None:
    with october.write() as session:
        kept = plan(session, submit=False)
        with pytest.raises(Refused):
            operations.submit_plan(session, making.cast(session).owner, kept)
        assert kept.state is PlanState.DRAFT
        assert queries.needs_on(session, YEAR, date(2026, 11, 30), kept.owner_id) == {"matematikk": 7, "norsk": 2}
