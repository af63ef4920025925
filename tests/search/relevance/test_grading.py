"""The set is well formed, and grades follow the guide."""

from dataclasses import replace

import pytest

from registry.reference.load import rows
from tests.search.relevance.grading import Meaning, OfferFacts, grade, meanings, ndcg, recall

ENGLISH = Meaning("engelsk 1-7", "years", frozenset({"engelsk"}), frozenset({"tysk"}), None, (1, 7), None, "", "", "")
OFFER = OfferFacts("a", "Engelsk 1", frozenset({"engelsk", "sprak"}), (1, 7), 1, frozenset(), frozenset(), frozenset())


def test_the_set_is_large_and_every_code_is_known() -> None:
    every = meanings()
    assert len(every) >= 200
    assert len({one.query for one in every}) == len(every)
    codes = {row["code"] for row in rows("subjects")}
    assert {code for one in every for code in one.subjects | one.related} <= codes
    assert {one.place for one in every} - {""} <= {row["code"] for row in rows("counties")}
    assert {one.setting for one in every} - {""} <= {row["code"] for row in rows("target_settings")}


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
