"""What dates mean to somebody who wants to apply."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.windows import Applying, Window, shown_runs
from registry.offers.models import Run
from registry.offers.states import RunState

TODAY = date(2026, 3, 1)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def window(state: RunState = RunState.PLANNED, **dates: date) -> Window:
    return Window(state, first_day=date(2026, 8, 1), last_day=date(2026, 12, 31), **dates)


@pytest.mark.parametrize(
    ("given_window", "expected"),
    [
        (window(), Applying.UNKNOWN),
        (window(RunState.OPEN), Applying.OPEN),
        (window(opens=TODAY), Applying.OPEN),
        (window(opens=TODAY, closes=TODAY), Applying.OPEN),
        (window(opens=TODAY + timedelta(30)), Applying.SOON),
        (window(opens=TODAY + timedelta(31)), Applying.LATER),
        (window(RunState.OPEN, closes=TODAY - timedelta(1)), Applying.CLOSED),
        (window(RunState.CLOSED), Applying.CLOSED),
        (window(RunState.CANCELLED, opens=TODAY), Applying.CANCELLED),
        (window(RunState.COMPLETED), Applying.ENDED),
    ],
)
def test_where_a_run_stands(given_window: Window, expected: Applying) -> None:
    assert given_window.applying(TODAY) is expected


@given(opens=st.none() | days, closes=st.none() | days, last=days, state=st.sampled_from(RunState), day=days)
def test_nothing_changes_except_on_the_days_that_are_named(
    opens: date | None, closes: date | None, last: date, state: RunState, day: date
) -> None:
    w = Window(state, date(2026, 1, 1), last, opens, closes)
    before = day - timedelta(1)
    if w.unchanged_since(day) == w.unchanged_since(before):
        assert (w.applying(day), w.is_past(day)) == (w.applying(before), w.is_past(before))


def run(term: str, state: RunState = RunState.PLANNED) -> Run:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Run(key=f"{term}{state}", offer_id=1, term=term, state=state, created_at=moment, updated_at=moment)


def test_all_coming_runs_stand_for_an_offer() -> None:
    runs = [run("2025H"), run("2026H"), run("2026V")]
    assert [r.term for r in shown_runs(runs, TODAY)] == ["2026V", "2026H"]


def test_an_offer_of_earlier_years_is_found_by_its_newest_run() -> None:
    assert [r.term for r in shown_runs([run("2021H"), run("2025H"), run("2025V")], TODAY)] == ["2025H"]


def test_a_cancelled_run_stands_for_its_offer_only_where_nothing_else_does() -> None:
    cancelled = run("2026H", RunState.CANCELLED)
    assert shown_runs([cancelled], TODAY) == [cancelled]
    assert [r.term for r in shown_runs([cancelled, run("2025V", RunState.COMPLETED)], TODAY)] == ["2025V"]
