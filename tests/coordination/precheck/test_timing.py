"""Whether a planned offer meets another in time: by runs that are set up, and by what usually comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.coordination.precheck.timing import (
    COLLIDING,
    Timing,
    coming_terms,
    planned_terms,
    same_half_before,
    timing_of,
)
from registry.core import terms

NOW = "2026H"
TERMS = st.builds(lambda year, half: f"{year}{half}", st.integers(2020, 2030), st.sampled_from("VH"))


@pytest.mark.parametrize(
    ("taught", "lost", "planned", "expected"),
    [
        ({"2027V"}, set(), ["2027V"], Timing.SAME_TERM),
        ({"2027V"}, set(), ["2027H"], Timing.OTHER_TERM),
        ({"2026V"}, set(), ["2027V"], Timing.EXPECTED),
        ({"2026V"}, set(), ["2028V"], Timing.EXPECTED),
        ({"2026V"}, {"2027V"}, ["2027V"], Timing.OTHER_TERM),  # cancelled there: it does not come
        ({"2026V"}, {"2027V"}, ["2027V", "2028V"], Timing.EXPECTED),
        ({"2026V"}, set(), [], Timing.UNDECIDED),
        ({"2025V"}, set(), ["2027V"], Timing.EXPECTED),  # the oldest of the four latest
        ({"2024H"}, set(), ["2027H"], Timing.PAST),
        (set(), {"2027V"}, ["2027V"], Timing.PAST),
        ({"2027H"}, set(), ["2027V", "2027H"], Timing.SAME_TERM),
        ({"2028V"}, set(), ["2027V"], Timing.OTHER_TERM),  # begins later: nothing says that it comes before
    ],
)
def test_time_is_judged_by_runs_and_by_what_comes_back(
    taught: set[str], lost: set[str], planned: list[str], expected: Timing
) -> None:
    assert timing_of(taught, lost, planned, NOW, lately=4) is expected


def test_the_window_makes_neighbouring_terms_one_time() -> None:
    assert timing_of({"2027H"}, set(), ["2027V"], NOW, lately=4, window=1) is Timing.SAME_TERM
    assert timing_of({"2028V"}, set(), ["2027V"], NOW, lately=4, window=1) is Timing.OTHER_TERM


@given(st.frozensets(TERMS, max_size=6), st.lists(TERMS, min_size=1, max_size=4), TERMS)
def test_what_shares_a_term_and_is_still_given_always_collides(
    taught: frozenset[str], planned: list[str], now: str
) -> None:
    found = timing_of(taught, frozenset(), planned, now, lately=4)
    shared = set(planned) & taught
    if found is Timing.PAST:
        assert all(terms.sort_key(one) < terms.sort_key(terms.shift(now, -3)) for one in taught)
    elif shared:
        assert found is Timing.SAME_TERM
    assert (found in COLLIDING) == (found in {Timing.SAME_TERM, Timing.EXPECTED})


def test_terms_to_come_and_terms_in_a_row() -> None:
    assert coming_terms("2026H", 4) == ["2027V", "2027H", "2028V", "2028H"]
    assert planned_terms("2027H", 3) == ["2027H", "2028V", "2028H"]


@pytest.mark.parametrize(("term", "before"), [("2027V", "2026V"), ("2028H", "2026H"), ("2027H", "2026H")])
def test_the_same_half_before_has_begun(term: str, before: str) -> None:
    assert same_half_before(term, NOW) == before
