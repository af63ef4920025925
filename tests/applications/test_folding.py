"""Figures kept by day say what the ledger says, whatever is told late, set right, or broken off."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from registry.applications import operations
from registry.applications.figures import RunFigures, State
from registry.applications.models import Application, FoldedUntil, RunDay
from registry.applications.operations import Why, folding
from registry.applications.queries import folded, run_figures
from registry.applications.states import LIVES, Answer, Decision, RejectReason
from registry.core import audit, clock
from registry.core.db import Database
from tests.applications import making

FIRST = date(2026, 3, 1)
DAYS = 4
STATES = {life.name: tuple(life.states) for life in LIVES}


@st.composite
def facts(draw: st.DrawFn) -> tuple[int, str, str, str | None, int]:
    """Which application, which life, what it came to, why, and on which day; one life in five is nobody's figure."""
    life = draw(st.sampled_from(sorted(STATES)))
    state = str(draw(st.sampled_from(STATES[life])))
    reason = {"rejected": st.sampled_from(RejectReason).map(str), "withdrawn": st.sampled_from(["workload", None])}
    return draw(st.integers(0, 3)), life, state, draw(reason.get(state, st.none())), draw(st.integers(0, DAYS - 1))


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(st.lists(facts(), max_size=12), min_size=1, max_size=3), last=st.booleans())
def test_as_of_any_day_the_facts_are_told_whenever_they_were_folded(
    database: Database, told: list[list[tuple[int, str, str, str | None, int]]], last: bool
) -> None:
    """Facts come in any order of days, in deliveries with a fold between them; the last may or may not be folded."""
    with database.write() as session:
        runs = [making.run(session, created_at=clock.start_of_day(date(2026, 1, 1))).pk for _ in range(2)]
        people = [making.application(session, session.get_one(making.Run, runs[n % 2])).pk for n in range(4)]
    for number, delivery in enumerate(told):
        with database.write() as session:
            for person, life, state, reason, day in delivery:
                _tell(session, people[person], life, state, reason, FIRST + timedelta(days=day))
        if last or number + 1 < len(told):
            operations.fold_figures(database)
    every = [fact for delivery in told for fact in delivery]
    with database.read() as session:
        for day in range(-1, DAYS):
            found = run_figures(session, as_of=FIRST + timedelta(days=day))
            for place, pk in enumerate(runs):
                mine = [fact for fact in every if fact[0] % 2 == place and fact[4] <= day]
                assert found[pk] == _by_hand(pk, mine), (day, place)
        assert not folded.unlike_the_ledger(session)


def _tell(session: Session, application: int, life: str, state: str, reason: str | None, day: date) -> None:
    audit.record(
        session, actor="test", thing="application", thing_id=application, life=life, event="test",
        at=clock.end_of_day(day), to_state=state, reason_code=reason,
    )  # fmt: skip


def _by_hand(run_id: int, facts: Sequence[tuple[int, str, str, str | None, int]]) -> RunFigures:
    """Each person's last word in each life, counted one by one."""
    figures = RunFigures(run_id)
    for person in {fact[0] for fact in facts}:
        words = {life: (state, reason) for who, life, state, reason, _ in facts if who == person}
        if "standing" in words:
            none = (None, None)
            figures.add(
                State(
                    words["standing"][0],
                    words.get("decision", none)[0] or "received",
                    words.get("answer", none)[0] or "none",
                    words.get("attendance", none)[0] or "none",
                    words["standing"][1],
                    words.get("decision", none)[1],
                )
            )
    return figures


@pytest.fixture
def lived(database: Database) -> Database:
    """A run with what happens to people, and another beside it; all folded."""
    with database.write() as session:
        cast, run = making.cast(session), making.run(session, created_at=clock.start_of_day(FIRST))
        people = [operations.submit(session, cast.system, run, f"k1:{n}") for n in range(5)]
        operations.offer_place(session, cast.office, people[0])
        operations.accept(session, cast.system, people[0])
        operations.reject(session, cast.office, people[1], "incomplete")
        operations.withdraw(session, cast.system, people[2], "distance")
        operations.submit(session, cast.system, making.run(session), "k1:9")
    assert operations.fold_figures(database) == 2
    return database


def test_what_comes_after_the_fold_counts_at_once_and_is_folded_once(lived: Database) -> None:
    with lived.write() as session:
        cast = making.cast(session)
        one, waiting = session.exec(select(Application).order_by(col(Application.id)).limit(4)).all()[1:4:2]
        operations.correct(session, cast.office, one, Decision.OFFERED, Why("typing_error"))
        operations.waitlist(session, cast.office, waiting)
        run_id = one.run_id
    for number in (1, 0):
        with lived.read() as session:
            whole, rows = run_figures(session)[run_id], run_figures(session, run_ids=[run_id])[run_id]
            assert whole == rows == run_figures(session, as_of=clock.today())[run_id]
        assert (whole.applied, whole.offered, whole.waitlisted, whole.rejected, whole.withdrawn) == (5, 2, 1, 0, 1)
        assert whole.withdrawn_by == {"distance": 1}
        assert operations.fold_figures(lived) == number


def test_with_nothing_to_fold_nothing_is_written(lived: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    operations.fold_figures(lived)
    monkeypatch.setattr(Database, "write", None)
    assert operations.fold_figures(lived) == 0


def test_what_is_reported_late_does_not_go_behind_what_it_came_after(database: Database) -> None:
    """An institution offers today and reports a yes of yesterday: the place is accepted, today as well as yesterday."""
    with database.write() as session:
        run = making.run(session, created_at=clock.start_of_day(FIRST))
        person = making.application(session, run).pk
        for life, state, day in (
            ("standing", "open", 0), ("decision", "offered", 3), ("answer", "offered", 3), ("answer", "accepted", 2),
        ):  # fmt: skip
            _tell(session, person, life, state, None, FIRST + timedelta(days=day))
        pk = run.pk
    with database.read() as session:
        days = [run_figures(session, as_of=FIRST + timedelta(days=n))[pk].accepted for n in range(5)]
    assert days == [0, 0, 1, 1, 1]


def test_a_fold_that_was_broken_off_is_taken_up_again(lived: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with lived.write() as session:
        for one in session.exec(select(Application).where(Application.answer == Answer.NONE)).all():
            if one.standing == "open" and one.decision == "received":
                operations.waitlist(session, making.cast(session).office, one)
    with lived.read() as session:
        before = run_figures(session)
    real, left = folding._fold, [1]

    def stops(session: Session, run_ids: Any) -> None:
        if not left:
            raise RuntimeError("stopped")
        left.pop()
        real(session, run_ids)

    monkeypatch.setattr(folding, "_fold", stops)
    with pytest.raises(RuntimeError):
        operations.fold_figures(lived, batch=1)
    monkeypatch.undo()
    with lived.read() as session:
        assert run_figures(session) == before == run_figures(session, as_of=clock.today())
    assert operations.fold_figures(lived) == 2
    with lived.read() as session:
        assert run_figures(session) == before == run_figures(session, as_of=clock.today())


def test_kept_figures_that_are_wrong_are_found_and_folded_anew(lived: Database) -> None:
    with lived.write() as session:
        row = session.exec(select(RunDay).where(RunDay.rejected == 1)).one()
        row.rejected, row.rejected_by = 2, {"incomplete": 2}
        stray = making.run(session)
        values = row.model_dump(exclude={"id", "run_id"})
        session.add(RunDay(run_id=stray.pk, **values))
        expected = sorted((session.get_one(making.Run, row.run_id).key, stray.key))
    with lived.read() as session:
        assert folded.unlike_the_ledger(session) == expected
    assert operations.fold_figures(lived) == 0
    assert operations.fold_figures(lived, anew=True) == 3
    with lived.read() as session:
        assert not folded.unlike_the_ledger(session)
        assert session.exec(select(RunDay).where(RunDay.run_id == stray.pk)).all() == []
        assert len(session.exec(select(FoldedUntil)).all()) == 1


def test_with_news_of_too_many_runs_the_ledger_itself_is_read(lived: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with lived.write() as session:
        operations.submit(session, making.cast(session).system, making.run(session), "k1:9")
        for row in session.exec(select(RunDay)):
            row.applied = 99
    with lived.read() as session:
        assert max(one.applied or 0 for one in run_figures(session).values()) == 99
        monkeypatch.setattr(folded, "_MANY", 0)
        assert max(one.applied or 0 for one in run_figures(session).values()) == 5
        assert max(one.applied or 0 for one in run_figures(session, as_of=clock.today()).values()) == 5
