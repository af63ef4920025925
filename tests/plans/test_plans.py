"""An owner's plan and money: kept by the owner alone, seen against what its staff applied for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlmodel import select

from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotAllowed, NotFound, Refused
from registry.plans import operations, policy, queries
from registry.plans.models import MoneyKind
from registry.plans.operations import Need
from registry.plans.states import PlanState
from tests.applications import making

YEAR = 2027


def test_a_plan_is_saved_submitted_and_opened_again_by_a_change(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        owner = cast.organisations[making.OWNER]
        plan = operations.save_plan(session, cast.owner, owner, YEAR, [])
        with pytest.raises(Refused):
            operations.submit_plan(session, cast.owner, plan)
        again = operations.save_plan(session, cast.owner, owner, YEAR, [Need("matematikk", 4, 1), Need("norsk", 2)])
        assert again is plan
        operations.submit_plan(session, cast.owner, plan)
        assert (plan.state, plan.submitted_on) == (PlanState.SUBMITTED, clock.today())
        with pytest.raises(Refused):
            operations.submit_plan(session, cast.owner, plan)
        operations.save_plan(session, cast.owner, owner, YEAR, [Need("matematikk", 5)])
        assert (plan.state, plan.submitted_on) == (PlanState.DRAFT, None)
        assert [row.needed for row in queries.demand(session, owner, YEAR)] == [5]
    with database.read() as session:
        lines = session.exec(select(AuditEntry.event).where(AuditEntry.thing == "competence_plan")).all()
        assert sorted(lines) == ["reopen", "save", "save", "save", "submit"]


def test_nobody_else_keeps_the_plan(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        owner = cast.organisations[making.OWNER]
        plan = operations.save_plan(session, cast.owner, owner, YEAR, [Need("norsk", 1)])
        for actor in (cast.other_owner, cast.provider, cast.office, cast.coordinator):
            with pytest.raises(NotAllowed):
                operations.save_plan(session, actor, owner, YEAR, [])
            with pytest.raises(NotAllowed):
                operations.submit_plan(session, actor, plan)
            with pytest.raises(NotAllowed):
                operations.book_money(session, actor, owner, YEAR, MoneyKind.OWN_SHARE, Decimal(1))
        for nobody in (0, cast.organisations[making.INSTITUTION]):
            with pytest.raises(NotFound):
                policy.scope_of(session, nobody)


@pytest.mark.parametrize(
    ("year", "need"),
    [
        (2024, Need("norsk", 1)),
        (2100, Need("norsk", 1)),
        (YEAR, Need("astrologi", 1)),
        (YEAR, Need("norsk", 0)),
        (YEAR, Need("norsk", operations.MOST_HEADS + 1)),
        (YEAR, Need("norsk", 1, priority=6)),
        (YEAR, Need("norsk", 1, setting="moon_base")),
        (YEAR, Need("norsk", 1, role="astronaut")),
    ],
)
def test_needs_that_cannot_be(database: Database, year: int, need: Need) -> None:
    with pytest.raises(InvalidInput), database.write() as session:
        cast = making.cast(session)
        operations.save_plan(session, cast.owner, cast.organisations[making.OWNER], year, [need])


def test_money_is_summed_by_year_and_kind(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        owner = cast.organisations[making.OWNER]
        for year, amount in ((2025, 100), (2026, 50), (2026, 25)):
            operations.book_money(session, cast.owner, owner, year, MoneyKind.GRANT_RECEIVED, Decimal(amount))
        with pytest.raises(InvalidInput):
            operations.book_money(session, cast.owner, owner, 2026, MoneyKind.OWN_SHARE, Decimal(-1))
        with pytest.raises(InvalidInput):
            most = Decimal(operations.LARGEST_AMOUNT)
            operations.book_money(session, cast.owner, owner, 2026, MoneyKind.OWN_SHARE, most + 1)
        with pytest.raises(InvalidInput):
            tomorrow = clock.today() + timedelta(days=1)
            operations.book_money(session, cast.owner, owner, 2026, MoneyKind.OWN_SHARE, Decimal(1), on=tomorrow)
        found = queries.money(session, owner)
        assert [(one.year, one.of(MoneyKind.GRANT_RECEIVED)) for one in found] == [(2026, 75), (2025, 100)]
        assert found[0].of(MoneyKind.SCHOLARSHIP) == 0
        assert queries.money(session, cast.organisations[making.OTHER_OWNER]) == []
        assert queries.years(session, owner) == [2026, 2025]


def test_plan_against_demand(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        owner = cast.organisations[making.OWNER]
        operations.save_plan(session, cast.owner, owner, YEAR, [Need("norsk", 3, 2), Need("norsk", 1, 1)])
        run = making.run(session, making.offer(session, subject_code="engelsk"), term="2027V")
        given = {"owner_id": owner, "endorsement": "endorsed"}
        making.application(session, run, **given)
        making.application(
            session,
            run,
            **given,
            decision="offered",
            answer="accepted",
            attendance="completed",
            result_on=clock.today(),
        )
        making.application(session, run, **given, standing="displaced", displaced_at=clock.now())
        making.application(session, run, **{**given, "owner_id": cast.organisations[making.OTHER_OWNER]})
        making.application(session, making.run(session, term="2028V"), **given)
        norsk, engelsk = queries.demand(session, owner, YEAR)
        assert (norsk.subject_code, norsk.needed, norsk.priority, norsk.applied) == ("norsk", 4, 1, 0)
        assert (engelsk.subject_code, engelsk.needed, engelsk.priority) == ("engelsk", 0, None)
        assert (engelsk.applied, engelsk.endorsed, engelsk.on_course, engelsk.completed) == (2, 2, 0, 1)
        assert [one.key for one in queries.owners(session, frozenset({owner}))] == [making.OWNER]
        assert queries.owners(session, None) == ()
        assert queries.plan_of(session, owner, 2025) is None


def test_two_who_begin_a_plan_at_once_both_have_their_line(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        owner = cast.organisations[making.OWNER]
    together = Barrier(2)

    def add(subject: str) -> None:
        together.wait(20)
        with database.write() as session:
            operations.put_need(session, cast.owner, owner, YEAR, Need(subject, 1))

    with ThreadPoolExecutor(2) as people:
        for done in [people.submit(add, subject) for subject in ("norsk", "matematikk")]:
            done.result(30)
    with database.read() as session:
        plan = queries.plan_of(session, owner, YEAR)
        assert {row.subject_code for row in queries.needs(session, plan)} == {"norsk", "matematikk"}
