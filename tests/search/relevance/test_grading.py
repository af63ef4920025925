"""The set is well formed, and grades follow the guide."""

from dataclasses import replace
from pathlib import Path

import pytest

from registry.reference.load import rows
from tests.search.relevance.compounds import Compound, held_out_words
from tests.search.relevance.grading import (
    HELD_OUT,
    HELD_OUT_LAST,
    HELD_OUT_LATER,
    QUERIES,
    Meaning,
    OfferFacts,
    grade,
    meanings,
    ndcg,
    recall,
)

ENGLISH = Meaning("engelsk 1-7", "years", frozenset({"engelsk"}), frozenset({"tysk"}), None, (1, 7), None, "", "", "")
OFFER = OfferFacts("a", "Engelsk 1", frozenset({"engelsk", "sprak"}), (1, 7), 1, frozenset(), frozenset(), frozenset())


@pytest.mark.parametrize(
    ("path", "least"), [(QUERIES, 200), (HELD_OUT, 80), (HELD_OUT_LATER, 120), (HELD_OUT_LAST, 120)]
)
def test_the_sets_are_large_and_every_code_is_known(path: Path, least: int) -> None:
    every = meanings(path)
    assert len(every) >= least
    assert len({one.query for one in every}) == len(every)
    codes = {row["code"] for row in rows("subjects")}
    assert {code for one in every for code in one.subjects | one.related} <= codes
    assert {one.place for one in every} - {""} <= {row["code"] for row in rows("counties")}
    assert {one.setting for one in every} - {""} <= {row["code"] for row in rows("target_settings")}


def test_what_is_held_out_is_in_no_other_set() -> None:
    sets = [{one.query for one in meanings(path)} for path in (QUERIES, HELD_OUT, HELD_OUT_LATER, HELD_OUT_LAST)]
    assert len(set.union(*sets)) == sum(map(len, sets))


def test_compounds_are_many_and_whole_words_stand_between_them() -> None:
    words = held_out_words()
    assert sum(bool(one.ways) for one in words) >= 60
    assert sum(not one.ways for one in words) >= 60
    assert len({one.word for one in words}) == len(words)


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (("liv", "mestring"), "compound, parted rightly"),
        (("li", "smestring"), "compound, parted wrongly"),
        ((), "compound, left whole"),
    ],
)
def test_what_became_of_a_compound(found: tuple[str, ...], outcome: str) -> None:
    assert Compound("livsmestring", (("liv", "mestring"),)).outcome(found) == outcome


def test_a_whole_word_is_to_be_left_whole() -> None:
    assert Compound("engelsk", ()).outcome(()) == "one word, left whole"
    assert Compound("engelsk", ()).outcome(("eng", "elsk")) == "one word, cut in pieces"


@pytest.mark.parametrize(
    "kind", ["plain", "misspelling", "nynorsk", "english", "sami", "abbreviation", "compound", "years", "phrase"]
)
def test_it_tries_everything_that_people_type(kind: str) -> None:
    assert sum(one.kind == kind for one in meanings()) >= 8


@pytest.mark.parametrize(
    ("offer", "wanted"),
    [
        (OFFER, 3.0),
        (replace(OFFER, years=(1, 10)), 2.5),
        (replace(OFFER, years=None), 2.5),
        (replace(OFFER, years=(5, 10)), 2.0),
        (replace(OFFER, subjects=frozenset({"tysk"})), 1.0),
        (replace(OFFER, subjects=frozenset({"tysk"}), years=(5, 10)), 0.0),
        (replace(OFFER, subjects=frozenset({"musikk"})), 0.0),
    ],
)
def test_grades(offer: OfferFacts, wanted: float) -> None:
    assert grade(ENGLISH, offer) == wanted


def test_the_best_order_is_worth_one_and_the_worst_less() -> None:
    assert ndcg([3, 2, 0], [0, 2, 3]) == 1.0
    assert ndcg([0, 2, 3], [0, 2, 3]) == pytest.approx((3 / 1.585 + 7 / 2) / (7 + 3 / 1.585), abs=1e-3)
    assert ndcg([], [3]) == 0.0


def test_recall_counts_up_to_twenty() -> None:
    assert recall([3, 0, 2], [3, 2, 2, 0]) == pytest.approx(2 / 3)
    assert recall([3] * 20, [3] * 500) == 1.0
