"""Circles of records that a change may touch: after any changes those of records that were there from the start."""

import pytest

from registry.matching.defaults import with_defaults
from registry.matching.duplicates import DuplicateIndex, circles
from registry.matching.profiles import Profile, make_profile
from registry.matching.vectors import TextWeights

NAMES = ("Norsk 1, 1.–7. trinn", "Norsk 1 for 1.–7. trinn", "Engelsk 2", "Engelsk 2, nettbasert", "Musikk og dans", "")
KEYS = tuple("abcdef")


def record(key: str, name: str) -> Profile:
    return make_profile(key, "0238", name, code=None, source="dbh", terms=["2026H"])


def circles_of(index: DuplicateIndex) -> list[set[str]]:
    return [index.circle_of(key) for key in KEYS]


@pytest.mark.parametrize("tidy_at", [0, 1_000])
@pytest.mark.parametrize("prepared", [False, True])
def test_records_that_come_and_go_leave_the_circles_of_a_new_index(
    monkeypatch: pytest.MonkeyPatch, tidy_at: int, prepared: bool
) -> None:
    """Also where the table of names is made anew on the way: it must not grow by every change for ever."""
    monkeypatch.setattr(circles, "_TIDY_AT", tidy_at)
    weights, rules = TextWeights.fit(NAMES), with_defaults()
    index = DuplicateIndex(map(record, KEYS, NAMES), rules, weights=weights)
    if prepared:
        index.prepare()
    for turn in range(1, 20):
        names = [NAMES[(place * turn + turn) % len(NAMES)] for place in range(len(KEYS))]
        for key, name in zip(KEYS, names, strict=True):
            index.add(record(key, name))
        fresh = DuplicateIndex(map(record, KEYS, names), rules, weights=weights)
        assert circles_of(index) == circles_of(fresh)
    assert max(map(len, circles_of(index))) > 1, "somebody is alike"
    index.remove("a")
    assert index.circle_of("a") == set()
    assert all("a" not in index.circle_of(key) for key in KEYS)
