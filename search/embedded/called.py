"""Rows whose whole name is what somebody typed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.embedded.columns import Mask, Places
from search.embedded.terms import Terms
from search.naming import name_keys

#: The name sign for sign, and only in the same words: above all that words and levels can be worth together.
_AS_WRITTEN, _SAME_WORDS = 2e14, 1e14


@dataclass(frozen=True, slots=True)
class Called:
    """Living rows, rising, and what they go before others by."""

    rows: Places
    worth: NDArray[np.float64]

    @classmethod
    def by(cls, text: str, terms: Terms, alive: Mask) -> "Called":
        found: dict[int, float] = {}
        for key, worth in zip(name_keys(text), (_AS_WRITTEN, _SAME_WORDS), strict=False):
            for row in terms.called(key).tolist():
                if alive[row]:
                    found.setdefault(row, worth)
        rows = sorted(found)
        return cls(np.array(rows, np.intp), np.array([found[row] for row in rows], np.float64))

    def before(self, rows: Places, rank: NDArray[np.float64]) -> tuple[Places, NDArray[np.float64]]:
        """``rows`` (rising) by ``rank``, and these rows before them."""
        if not len(self.rows):
            return rows, rank
        every = np.union1d(rows, self.rows)
        total = np.zeros(len(every), np.float64)
        total[np.searchsorted(every, rows)] = rank
        total[np.searchsorted(every, self.rows)] += self.worth
        return every, total
