"""Texts of many slots as vectors. Equal texts share one: a country's names are far fewer than its offers.

New texts wait beside the big matrix and are folded in when they have become many, so that the cost of a change does not grow
with the country.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from registry.matching.vectors import DECIMALS, Floats, TextWeights, Vector, cosines

Index = npt.NDArray[np.intp]
_FOLD_AT: Final = 1_000  # recent texts; folding copies the matrix, so it must be rare


class Growing:
    """Numbers in the order in which they came, in an array that grows."""

    def __init__(self, numbers: Sequence[int] | Index = ()) -> None:
        self._numbers = np.array(numbers, np.intp)
        self._size = len(self._numbers)

    def add(self, number: int) -> None:
        """Put a number last."""
        if self._size == len(self._numbers):
            self._numbers = np.concatenate([self._numbers, np.empty(max(4, self._size), np.intp)])
        self._numbers[self._size] = number
        self._size += 1

    @property
    def all(self) -> Index:
        """All of them."""
        return self._numbers[: self._size]


class TextTable:
    """One text per slot. Slots know the number of their text, and each different text has one vector."""

    def __init__(self, weights: TextWeights, texts: Sequence[str], *, rare: bool = False) -> None:
        self._weights, self._rare = weights, rare
        self._number: dict[str, int] = {}
        self._of_slot = Growing([self._number.setdefault(text, len(self._number)) for text in texts])
        self._base = weights.vectors(list(self._number), rare=rare)
        self._waiting: list[Vector] = []
        self._columns: sp.csc_matrix | None = None

    def append(self, text: str) -> None:
        """Give the next slot its text."""
        if text not in self._number:
            self._number[text] = len(self._number)
            self._waiting.append(self._vector(text))
            if len(self._waiting) >= _FOLD_AT:
                self.matrix()
        self._of_slot.add(self._number[text])

    def numbers(self, slots: Index) -> Index:
        """The numbers of the slots' texts: rows of :meth:`matrix`."""
        return self._of_slot.all[slots]

    def is_empty(self, numbers: Index) -> npt.NDArray[np.bool_]:
        """Whether the texts of some numbers say nothing."""
        return np.asarray(numbers == self._number.get("", -1))

    def matrix(self) -> sp.csr_matrix:
        """All different texts in one matrix."""
        if self._waiting:
            self._base = sp.csr_matrix(sp.vstack([self._base, self._recent()]))
            self._waiting, self._columns = [], None
        return self._base

    def _vector(self, text: str) -> Vector:
        return self._weights.vector(text, rare=self._rare)

    def _recent(self) -> sp.csr_matrix:
        places, values = zip(*self._waiting, strict=True)
        ends = np.cumsum([0, *map(len, places)])
        shape = (len(places), self._base.shape[1])
        return sp.csr_matrix((np.concatenate(values), np.concatenate(places), ends), shape=shape)

    def cosines(self, a: Index, b: Index) -> Floats:
        """Cosine of each pair of slots ``a[i]``, ``b[i]``. The same two texts are compared once."""
        one, other, size = self.numbers(a), self.numbers(b), len(self._number)
        pairs, place = np.unique(np.minimum(one, other) * size + np.maximum(one, other), return_inverse=True)
        return cosines(self.matrix(), pairs // max(1, size), pairs % max(1, size))[place]

    def cosines_to(self, text: str, slots: Index) -> Floats:
        """Cosine of a text with each of the slots."""
        places, values = self._vector(text)
        if not len(places) or not len(slots):
            return np.zeros(len(slots))
        numbers, place = np.unique(self.numbers(slots), return_inverse=True)
        result = np.zeros(len(numbers))
        size = self._base.shape[0]
        early = numbers < size
        result[early] = _products(self._base, numbers[early], places, values)
        for late in np.flatnonzero(~early):
            mine, told = self._waiting[numbers[late] - size]
            result[late] = _at(mine, places, values) @ told
        return np.round(result, DECIMALS)[place]

    def alike(self, text: str, least: float) -> Index:
        """The slots whose cosine with the text may be ``least`` or more, read from the postings of its n-grams.

        Slots whose texts came lately are all among them: they are few.
        """
        if self._columns is None:
            self._columns = sp.csc_matrix(self._base)
        columns = self._columns
        sums = np.full(len(self._number), np.inf)
        sums[: columns.shape[0]] = 0
        for place, value in zip(*self._vector(text), strict=True):
            part = slice(columns.indptr[place], columns.indptr[place + 1])
            sums[columns.indices[part]] += value * columns.data[part]
        near: Index = np.flatnonzero((sums >= least - 10.0**-DECIMALS)[self._of_slot.all])
        return near


def _products(matrix: sp.csr_matrix, rows: Index, places: npt.NDArray[np.int32], values: Floats) -> Floats:
    """The rows times a vector, without the cost of making a matrix of the rows."""
    starts, sizes = matrix.indptr[rows], matrix.indptr[rows + 1] - matrix.indptr[rows]
    owner = np.repeat(np.arange(len(rows)), sizes)
    where = np.arange(len(owner)) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    sums = np.bincount(owner, matrix.data[where] * _at(matrix.indices[where], places, values), minlength=len(rows))
    return sums.astype(float)


def _at(wanted: npt.NDArray[np.int32], places: npt.NDArray[np.int32], values: Floats) -> Floats:
    """A vector's values at some places. Written out in full it would be two megabytes for some forty numbers."""
    found = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
    at: Floats = np.where(places[found] == wanted, values[found], 0.0)
    return at
