"""What the figures mean, now and as of any date, and what is published of them."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from registry.applications import operations
from registry.applications.figures import RunFigures, State, rounding
from registry.applications.models import Application
from registry.applications.operations import counting
from registry.applications.queries import run_figures
from registry.core import audit, clock
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotAllowed, NotFound
from registry.offers.models import OfferSubject, RunPlace
from tests.applications import making

DAY = date(2026, 3, 10)


def told(
    session: Session, application: Application, life: str, state: str, on: date, reason: str | None = None
) -> None:
    audit.record(
        session,
        actor="test",
        thing="application",
        thing_id=application.pk,
        life=life,
        event="test",
        at=clock.start_of_day(on),
        to_state=state,
        reason_code=reason,
    )


def test_one_story_at_every_date(database: Database) -> None:
    with database.write() as session:
        run = making.run(session, created_at=clock.start_of_day(date(2026, 1, 1)))
        making.application(session, making.run(session))
        made = making.application(session, run)
        told(session, made, "standing", "open", DAY)
        told(session, made, "decision", "waitlisted", DAY + timedelta(days=2))
        told(session, made, "decision", "offered", DAY + timedelta(days=4))
        told(session, made, "answer", "accepted", DAY + timedelta(days=5))
        told(session, made, "attendance", "accepted", DAY + timedelta(days=5))
        told(session, made, "attendance", "started", DAY + timedelta(days=6))
        told(session, made, "attendance", "completed", DAY + timedelta(days=9))
        pk = run.pk
    expected: dict[int, dict[str, int]] = {
        -1: {},
        0: {"applied": 1, "qualified": 1},
        2: {"applied": 1, "qualified": 1, "waitlisted": 1},
        4: {"applied": 1, "qualified": 1, "offered": 1},
        5: {"applied": 1, "qualified": 1, "offered": 1, "accepted": 1},
        6: {"applied": 1, "qualified": 1, "offered": 1, "accepted": 1, "started": 1},
        9: {"applied": 1, "qualified": 1, "offered": 1, "accepted": 1, "started": 1, "completed": 1},
    }
    with database.read() as session:
        for after, counted in expected.items():
            figures = run_figures(session, as_of=DAY + timedelta(days=after))[pk]
            assert figures == RunFigures(pk, **counted, source="applications" if counted else "none"), after


def test_reasons_are_counted_and_tell_the_unfit_from_the_unlucky(database: Database) -> None:
    with database.write() as session:
        run = making.run(session)
        for reason in ("no_places", "not_qualified", "late"):
            making.application(session, run, decision="rejected", reject_reason=reason)
        making.application(session, run, standing="withdrawn", withdraw_reason="workload", withdrawn_at=clock.now())
        figures = run_figures(session)[run.pk]
    assert (figures.applied, figures.qualified, figures.rejected, figures.withdrawn) == (4, 1, 3, 1)
    assert figures.rejected_by == {"no_places": 1, "not_qualified": 1, "late": 1}
    assert figures.withdrawn_by == {"workload": 1}


def test_the_ledger_and_the_rows_agree_today(database: Database) -> None:
    """Whatever the operations did, counting rows and reading the log give the same."""
    with database.write() as session:
        cast = making.cast(session)
        run, other = making.run(session, places=2), making.run(session)
        people = [operations.submit(session, cast.system, run, f"k1:{n}") for n in range(6)]
        operations.offer_place(session, cast.office, people[0])
        operations.accept(session, cast.system, people[0])
        operations.offer_place(session, cast.office, people[1])
        operations.decline(session, cast.system, people[1])
        operations.waitlist(session, cast.office, people[2])
        operations.reject(session, cast.office, people[3], "incomplete")
        operations.withdraw(session, cast.system, people[4], "distance")
        moved = operations.submit(session, cast.system, other, "k1:9")
        operations.cancel(session, cast.provider, other, "funding", proposer=lambda *_: [])
        assert moved.standing == "displaced"
    with database.read() as session:
        now, then = run_figures(session), run_figures(session, as_of=clock.today())
    assert now == then
    assert (now[run.pk].applied, now[run.pk].waitlisted, now[run.pk].accepted) == (6, 1, 1)


def test_counts_answer_for_institutions_that_send_no_applications(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), making.run(session, created_at=clock.start_of_day(date(2026, 1, 1)))
        with pytest.raises(NotAllowed):
            operations.report_counts(session, cast.other_provider, run, DAY, {"applied": 3})
        operations.report_counts(session, cast.provider, run, DAY, {"applied": 3})
        operations.report_counts(session, cast.provider, run, DAY + timedelta(days=7), {"applied": 9, "qualified": 8})
        operations.report_counts(session, cast.provider, run, DAY, {"applied": 4})
        assert counting.newest(session, run).applied == 9
        pk = run.pk
    with database.read() as session:
        first, last = run_figures(session, as_of=DAY)[pk], run_figures(session)[pk]
        before = run_figures(session, as_of=DAY - timedelta(days=1))[pk]
    assert (before.source, before.applied) == ("none", 0)
    assert (first.source, first.counted_on, first.applied, first.qualified) == ("counts", DAY, 4, None)
    assert (last.applied, last.qualified) == (9, 8)


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (clock.today() + timedelta(days=1), {"applied": 1}),
        (DAY, {"applied": -1}),
        (DAY, {"happy": 1}),
        (DAY, {"started": 1, "completed": 2}),
    ],
)
def test_counts_that_cannot_be(database: Database, day: date, counts: dict[str, int]) -> None:
    with pytest.raises(InvalidInput), database.write() as session:
        operations.report_counts(session, making.cast(session).provider, making.run(session), day, counts)


def test_a_sheet_of_counts_takes_the_good_rows(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), making.run(session)
        rows: list[dict[str, Any]] = [
            {"run": run.key, "counted_on": "2026-03-10", "applied": "12", "qualified": ""},
            {"run": run.key, "counted_on": "i dag", "applied": 1},
            {"run": run.key, "counted_on": DAY, "applied": "mange"},
            {"run": run.key, "counted_on": datetime(2026, 3, 11).date(), "applied": -2},
        ]
        taken, refused = operations.report_counts_sheet(session, cast.provider, rows)
        assert (taken, [row["position"] for row in refused]) == (1, [2, 3, 4])
        with pytest.raises(NotFound):
            operations.report_counts_sheet(session, cast.provider, [{"run": "?", "counted_on": DAY}])


def test_the_filters(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        here = making.run(session, making.offer(session))
        there = making.run(
            session, making.offer(session, making.OTHER_INSTITUTION, subject_code="fransk"), term="2026H"
        )
        session.add(RunPlace(run_id=there.pk, municipality_code="5501"))
        session.add(OfferSubject(offer_id=there.offer_id, subject_code="tysk"))
        session.flush()
        provider = cast.organisations[making.OTHER_INSTITUTION]

        def found(**given: Any) -> set[int]:
            return set(run_figures(session, **given))

        assert found() == {here.pk, there.pk}
        assert found(term="2026H") == {there.pk} == found(provider=provider) == found(subject="tysk")
        assert found(subject="realfag") == {here.pk} == found(county="34") == found(run_ids=[here.pk])
        assert found(county="55") == {there.pk}
        assert found(as_of=date(2020, 1, 1)) == set()


@given(st.integers(0, 100_000), st.sampled_from([5, 10]))
def test_public_figures_are_multiples_and_near(number: int, base: int) -> None:
    shown = rounding(number, base)
    assert shown is not None
    assert shown % base == 0
    assert abs(shown - number) <= base / 2


def test_rounding_leaves_the_unknown_and_the_exact() -> None:
    assert rounding(None) is None
    assert rounding(7, 1) == 7
    assert [rounding(n) for n in (0, 2, 3, 7, 8)] == [0, 0, 5, 5, 10]


def test_a_state_without_a_reason_is_counted_as_unknown() -> None:
    figures = RunFigures(1)
    figures.add(State("withdrawn", "rejected"), 2)
    assert (figures.withdrawn_by, figures.rejected_by) == ({"unknown": 2}, {"unknown": 2})
