"""Applicants against the minimum, where the reader sees rounded numbers."""

import pytest

from registry.applications.figures import rounding
from registry.coordination.queries.sides import TermFigures


@pytest.mark.parametrize(
    ("applicants", "unsure", "short"),
    [(5, 0, True), (6, 0, False), (5, 2, False), (0, 2, True), (None, 0, False)],
)
def test_what_is_rounded_is_below_only_where_the_real_number_must_be(
    applicants: int | None, unsure: int, short: bool
) -> None:
    assert TermFigures("2027V", applicants, 6, None, False, unsure).is_short is short


@pytest.mark.parametrize("minimum", range(1, 13))
def test_nothing_that_has_enough_is_said_to_be_below(minimum: int) -> None:
    for exact in range(30):
        told = TermFigures("2027V", rounding(exact, 5), minimum, None, False, 5 // 2)
        assert not told.is_short or exact < minimum
