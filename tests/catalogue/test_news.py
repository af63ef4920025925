"""What a letter tells: every change once, and nothing that is none."""

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogue.news import News, NewsKind, Seen, compare, mark_deadlines
from registry.catalogue.windows import Applying
from registry.offers.states import LOST_RUNS, RunState

TODAY = date(2026, 3, 1)
NOTICE = timedelta(days=14)


def look(**changed: Any) -> dict[str, Any]:
    plain = {"term": "2026H", "applying": "open", "closes": "2026-05-01", "starts": "2026-08-20", "places": ["4601"]}
    return {**plain, **changed}


def told(before: Seen, now: Seen, lost: dict[str, RunState] | None = None, ended: tuple[str, ...] = ()) -> list[News]:
    return compare(before, now, lost or {}, ended, TODAY, NOTICE)


@pytest.mark.parametrize(
    ("before", "now", "kinds"),
    [
        (look(), look(), []),
        (look(applying="soon"), look(), ["opens"]),
        (look(applying="unknown", closes=None), look(), ["opens"]),
        (look(applying="soon"), look(applying="closed"), []),
        (look(), look(closes="2026-05-15"), ["deadline_moved"]),
        (look(), look(closes=None), []),
        (look(closes="2026-03-15"), look(closes="2026-03-15"), ["deadline"]),
        (look(closes="2026-03-16"), look(closes="2026-03-16"), []),
        (look(closes="2026-03-15", told="2026-03-15"), look(closes="2026-03-15"), []),
        (look(closes="2026-03-14", told="2026-03-14"), look(closes="2026-03-15"), ["deadline_moved"]),
        (look(), look(starts="2026-08-27"), ["start_moved"]),
        (look(), look(places=["4601", "4640"]), ["new_place"]),
        (look(places=["4601", "4640"]), look(), []),
        (look(), look(applying="cancelled"), ["cancelled"]),
        (look(applying="cancelled"), look(applying="cancelled"), []),
        (look(), look(applying="closed", starts="2026-09-01"), []),
        (look(), look(starts="2026-08-27", places=["4601", "4640"]), ["start_moved", "new_place"]),
    ],
)
def test_a_run_that_was_there(before: dict[str, Any], now: dict[str, Any], kinds: list[str]) -> None:
    assert [one.kind for one in told({"o": {"r": before}}, {"o": {"r": now}})] == kinds


def test_a_run_that_was_not() -> None:
    assert told({}, {"o": {"r": look()}}) == [News(NewsKind.NEW_OFFER, "o", "r", "2026H", date(2026, 5, 1), ("4601",))]
    known: Seen = {"o": {"r": look()}}
    assert [one.kind for one in told(known, {"o": {"r": look(), "s": look(term="2027V")}})] == ["new_run"]
    [new] = told(known, {"o": {"r": look(), "s": look(places=["1804"], applying="soon")}})
    assert (new.kind, new.places, new.day) == (NewsKind.NEW_PLACE, ("1804",), None)
    assert told(known, {"o": {"r": look(), "s": look(applying="cancelled")}}) == []


def test_a_run_that_is_gone() -> None:
    before: Seen = {"o": {"r": look(), "s": look(term="2027V")}, "p": {"t": look()}}
    now: Seen = {"o": {"s": look(term="2027V")}}
    assert told(before, now) == [], "it was held, or no longer fits: no news"
    lost = {"r": RunState.CANCELLED, "t": RunState.POSTPONED}
    assert [(one.offer, one.kind) for one in told(before, now, lost)] == [("o", "cancelled"), ("p", "postponed")]
    assert [one.kind for one in told(before, now, ended=("p",))] == ["discontinued"]


def test_every_way_of_being_lost_can_be_told() -> None:
    assert {state.value for state in LOST_RUNS} <= {kind.value for kind in NewsKind}


looks = st.builds(
    look,
    applying=st.sampled_from([one.value for one in Applying]),
    closes=st.dates(TODAY - timedelta(days=5), TODAY + timedelta(days=40)).map(date.isoformat) | st.none(),
    starts=st.sampled_from([None, "2026-08-20", "2026-09-01"]),
    places=st.lists(st.sampled_from(["4601", "4640", "1804"]), unique=True).map(sorted),
)
pictures = st.dictionaries(st.sampled_from("ab"), st.dictionaries(st.sampled_from(["r", "s", "t"]), looks))


@given(pictures, pictures)
def test_what_has_been_told_is_not_told_again(before: Seen, now: Seen) -> None:
    """The picture after a letter, compared with itself, has no news."""
    after = mark_deadlines(before, deepcopy(now), TODAY, NOTICE)
    assert told(after, now) == []


@given(pictures, pictures)
def test_news_are_of_what_is_seen(before: Seen, now: Seen) -> None:
    found = [(one.offer, one.run) for one in told(before, now)]
    shown = {(offer, run): look["applying"] for offer, runs in now.items() for run, look in runs.items()}
    fresh = {one for one in shown if one[1] not in before.get(one[0], {}) and shown[one] != Applying.CANCELLED}
    assert fresh <= set(found) <= shown.keys()
    assert [found.count(one) for one in fresh] == [1] * len(fresh), "what was not there before is told once"
