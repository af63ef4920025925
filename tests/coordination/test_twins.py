"""Which runs are one run entered twice: nothing that both tell may speak against it, and each has one twin at most."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.coordination.twins import STAGES, Taught, Unlike, difference, match
from registry.offers.states import LOST_RUNS, RunState

START = date(2027, 1, 18)
DAYS = 14


def taught(number: int, term: str = "2027V", **told: object) -> Taught:
    told.setdefault("state", RunState.OPEN)
    return Taught(number, term, **told)  # type: ignore[arg-type]  # a test tells what it needs


def test_what_only_one_tells_is_no_difference() -> None:
    whole = taught(1, delivery="campus", places=frozenset({"0301"}), starts_on=START)
    assert difference(whole, taught(2), DAYS) is None
    assert difference(taught(1), whole, DAYS) is None


def test_what_both_tell_must_agree() -> None:
    for mine, theirs, why in (
        ({"delivery": "campus"}, {"delivery": "online"}, Unlike.DELIVERY),
        ({"places": frozenset({"0301"})}, {"places": frozenset({"4601", "1103"})}, Unlike.PLACE),
        ({"starts_on": START}, {"starts_on": START + timedelta(days=DAYS + 1)}, Unlike.START),
        ({"state": RunState.OPEN}, {"state": RunState.CANCELLED}, Unlike.LOST),
        ({"state": RunState.POSTPONED}, {}, Unlike.LOST),
        ({"state": RunState.PLANNED}, {"state": RunState.OPEN}, Unlike.BEHIND),
    ):
        assert difference(taught(1, **mine), taught(2, **theirs), DAYS) is why, why
    assert difference(taught(1, starts_on=START), taught(2, starts_on=START + timedelta(days=DAYS)), DAYS) is None
    shared = frozenset({"0301", "4601"})
    assert difference(taught(1, places=shared), taught(2, places=frozenset({"4601"})), DAYS) is None
    assert difference(taught(1, state=RunState.RUNNING), taught(2), DAYS) is None


def test_the_most_alike_are_paired_and_the_rest_are_told_why() -> None:
    near, far = taught(1, starts_on=START), taught(2, starts_on=START + timedelta(days=10))
    first, second = taught(11, starts_on=START + timedelta(days=9)), taught(12, starts_on=START + timedelta(days=8))
    found = match([near, far], [first, second], DAYS)
    assert found.pairs == [(2, 11), (1, 12)]
    assert found.unlike == {}
    alone = match([near], [first, second, taught(13, "2027H"), taught(14, delivery="online")], DAYS)
    assert alone.pairs == [(1, 12)]
    assert alone.unlike == {11: Unlike.TAKEN, 14: Unlike.TAKEN}
    assert match([taught(1, delivery="campus")], [taught(2, delivery="online")], DAYS).unlike == {2: Unlike.DELIVERY}


RUNS = st.lists(
    st.builds(
        Taught,
        id=st.just(0),
        term=st.sampled_from(["2026H", "2027V"]),
        state=st.sampled_from(list(RunState)),
        delivery=st.sampled_from([None, "campus", "online"]),
        places=st.frozensets(st.sampled_from(["0301", "4601"]), max_size=2),
        starts_on=st.none() | st.dates(START, START + timedelta(days=40)),
    ),
    max_size=5,
)


@given(RUNS, RUNS)
def test_a_pair_holds_two_that_nothing_tells_apart_and_no_run_is_in_two(stay: list[Taught], go: list[Taught]) -> None:
    numbered = [
        Taught(place, one.term, one.state, one.delivery, one.places, one.starts_on)
        for place, one in enumerate((*stay, *go))
    ]
    mine, theirs = numbered[: len(stay)], numbered[len(stay) :]
    found = match(mine, theirs, DAYS)
    for kept, gone in found.pairs:
        assert numbered[kept].term == numbered[gone].term
        assert numbered[kept].state not in LOST_RUNS
        assert difference(numbered[kept], numbered[gone], DAYS) is None
        assert STAGES.index(numbered[kept].state) >= STAGES.index(numbered[gone].state)
    assert len({kept for kept, _ in found.pairs}) == len({gone for _, gone in found.pairs}) == len(found.pairs)
    assert found.unlike.keys().isdisjoint(gone for _, gone in found.pairs)
    left = {one.id for one in theirs} - {gone for _, gone in found.pairs}
    assert found.unlike.keys() == {one for one in left if any(other.term == numbered[one].term for other in mine)}
