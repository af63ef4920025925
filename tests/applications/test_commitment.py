"""Rules of commitment, replayed on hand-made terms where the answer can be counted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.applications.commitment import Place, RuleKind, Wait, replay

DAY = date(2026, 5, 1)


def place(
    applicant: str, run: int, *, offered: int = 0, taken: int | None = None, freed: int | None = None,
    started: bool = False, worth: float = 15, term: str = "2026H",
) -> Place:  # fmt: skip
    """Days are counted from the first of May."""

    def on(day: int | None) -> date | None:
        return None if day is None else DAY + timedelta(days=day)

    return Place(applicant, run, term, worth, DAY + timedelta(days=offered), on(taken), on(freed), started)


def waits(run: int, begins: int, ends: int) -> Wait:
    return Wait(run, DAY + timedelta(days=begins), DAY + timedelta(days=ends))


NOISE = [place("noise", 90, taken=3, started=True), place("other", 91, freed=5), place("third", 90, taken=2, freed=60)]


def test_a_second_yes_gives_up_the_first() -> None:
    kari = [place("kari", 1, taken=2, freed=100), place("kari", 2, taken=10, started=True)]
    told = replay(RuleKind.ONE_PLACE, None, [*kari, *NOISE], [waits(1, 5, 20), waits(2, 0, 200)])
    assert (told.released, told.wanted, told.days_earlier) == (1, 1, 90)
    assert (told.blocked, told.offered, told.people) == (0, 5, 4)


def test_who_did_both_is_wrongly_stopped() -> None:
    kari = [place("kari", 1, taken=2, started=True), place("kari", 2, taken=10, started=True)]
    told = replay(RuleKind.ONE_PLACE, None, [*kari, *NOISE], [])
    assert (told.released, told.blocked, told.blocked_people) == (0, 1, 1)
    assert told.blocked_share == pytest.approx(1 / 4)


def test_other_terms_and_places_given_up_before_are_let_be() -> None:
    kari = [
        place("kari", 1, taken=2, freed=5),
        place("kari", 2, taken=10, started=True),
        place("kari", 3, taken=11, started=True, term="2027V"),
    ]
    told = replay(RuleKind.ONE_PLACE, None, kari, [])
    assert (told.released, told.blocked) == (0, 0)


def test_nobody_waited_when_the_place_came_free() -> None:
    kari = [place("kari", 1, taken=2, freed=100), place("kari", 2, taken=10, started=True)]
    assert replay(RuleKind.ONE_PLACE, None, kari, [waits(1, 11, 50)]).wanted == 0


def test_credits_beyond_the_limit_are_refused() -> None:
    kari = [
        place("kari", 1, taken=1, started=True, worth=15),
        place("kari", 2, taken=2, freed=40, worth=30),  # refused: 45 is above 30
        place("kari", 3, taken=3, started=True, worth=15),  # kept: the second was never held
    ]
    told = replay(RuleKind.MOST_CREDITS, 30, kari, [])
    assert (told.released, told.days_earlier, told.blocked) == (1, 38, 0)
    assert replay(RuleKind.MOST_CREDITS, 15, kari, []).blocked_people == 1
    assert replay(RuleKind.MOST_CREDITS, 60, kari, []).released == 0


def test_an_offer_that_nobody_answers_lapses() -> None:
    asked = [
        place("kari", 1, offered=0, freed=14),
        place("per", 1, offered=0, taken=3, started=True),
        place("ola", 1, offered=0, taken=9, started=True),
        place("eva", 1, offered=0),  # no answer at all, and it never came free by itself
    ]
    told = replay(RuleKind.ANSWER_WITHIN, 7, asked, [waits(1, 0, 30)])
    assert (told.released, told.wanted, told.days_earlier) == (1, 1, 7)
    assert (told.blocked, told.blocked_people) == (1, 1)


@pytest.mark.parametrize("kind", [RuleKind.MOST_CREDITS, RuleKind.ANSWER_WITHIN])
@pytest.mark.parametrize("limit", [None, -1])
def test_a_rule_without_its_limit_is_refused(kind: RuleKind, limit: float | None) -> None:
    with pytest.raises(ValueError, match="limit"):
        replay(kind, limit, NOISE, [])


def test_nothing_offered_is_nothing_done() -> None:
    told = replay(RuleKind.ONE_PLACE, None, [], [])
    assert (told.offered, told.released, told.blocked_share) == (0, 0, 0.0)


PLACES = st.lists(
    st.builds(
        place,
        st.sampled_from(("a", "b", "c")),
        st.integers(1, 4),
        offered=st.integers(0, 10),
        taken=st.none() | st.integers(10, 20),
        freed=st.none() | st.integers(20, 60),
        started=st.booleans(),
        worth=st.sampled_from((7.5, 15.0, 30.0)),
    ),
    max_size=20,
)


@given(PLACES, st.floats(0, 90), st.floats(0, 90))
def test_a_wider_limit_never_stops_more(places: list[Place], one: float, other: float) -> None:
    """Days to answer: more days free fewer places and stop fewer people."""
    strict, mild = sorted((one, other))
    hard = replay(RuleKind.ANSWER_WITHIN, strict, places, [])
    soft = replay(RuleKind.ANSWER_WITHIN, mild, places, [])
    assert soft.released <= hard.released
    assert soft.blocked <= hard.blocked
