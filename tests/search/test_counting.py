"""Counting pairs of group and value gives the same in a table of cells and by sorting."""

import numpy as np
import pytest

from search.embedded import counting


@pytest.mark.parametrize("most_groups", [10, 100_000])
def test_a_group_counts_once_for_a_value(most_groups: int) -> None:
    groups = np.array([0, 0, 0, 9, 9], np.int32)
    codes = np.array([1, 1, 2, 1, 0], np.int32)
    assert counting._distinct(groups, codes, most_groups, 4).tolist() == [1, 2, 1, 0]
