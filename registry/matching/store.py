"""Profiles kept ready for comparison: rows of numbers, vectors of text, and the way from a subject to its offers.

Adding or removing a profile touches its own slot only. New vectors wait beside the big matrix and are folded in when
they have become many, so that the cost of a change does not grow with the country.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from registry.matching.columns import GATES, ROW, Interned, Rows, may_meet, to_gates, to_rows
from registry.matching.defaults import MatchingRules
from registry.matching.profiles import Profile
from registry.matching.scorecard import Likeness
from registry.matching.text import told_outcomes
from registry.matching.vectors import DECIMALS, Floats, TextWeights, Vector, cosines

Index = npt.NDArray[np.intp]
_FOLD_AT: Final = 1_000  # recent vectors; folding copies the matrix, so it must be rare


class VectorTable:
    """One text per slot, as vectors: a big matrix, and a small one of what came later."""

    def __init__(self, weights: TextWeights, texts: Sequence[str], *, rare: bool = False) -> None:
        self._weights, self._rare = weights, rare
        self._base = weights.vectors(texts, rare=rare)
        self._waiting: list[Vector] = []
        self._columns: sp.csc_matrix | None = None

    def append(self, text: str) -> None:
        """Give the next slot its text."""
        self._waiting.append(self._vector(text))
        if len(self._waiting) >= _FOLD_AT:
            self.matrix()

    def matrix(self) -> sp.csr_matrix:
        """All slots in one matrix."""
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

    def cosines_to(self, text: str, slots: Index) -> Floats:
        """Cosine of a text with each of the slots."""
        places, values = self._vector(text)
        result = np.zeros(len(slots))
        if not len(places) or not len(slots):
            return result
        size = self._base.shape[0]
        early = slots < size
        result[early] = _products(self._base, slots[early], places, values)
        for place in np.flatnonzero(~early):
            mine, told = self._waiting[slots[place] - size]
            result[place] = _at(mine, places, values) @ told
        return np.round(result, DECIMALS)

    def alike(self, text: str, least: float) -> Index:
        """The slots whose cosine with the text may be ``least`` or more, read from the postings of its n-grams.

        Slots that came lately are all among them: they are few.
        """
        if self._columns is None:
            self._columns = sp.csc_matrix(self._base)
        columns = self._columns
        sums = np.zeros(columns.shape[0])
        for place, value in zip(*self._vector(text), strict=True):
            part = slice(columns.indptr[place], columns.indptr[place + 1])
            sums[columns.indices[part]] += value * columns.data[part]
        near = np.flatnonzero(sums >= least - 10.0**-DECIMALS)
        recent = np.arange(len(self._waiting)) + self._base.shape[0]
        return np.concatenate([near, recent]).astype(np.intp)


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


class Posting:
    """Slots in the order in which they came, in an array that grows. Who has left is not taken out; readers ask who is there."""

    def __init__(self) -> None:
        self._slots = np.empty(4, np.intp)
        self._size = 0

    def add(self, slot: int) -> None:
        """Put a slot last."""
        if self._size == len(self._slots):
            self._slots = np.concatenate([self._slots, np.empty(self._size, np.intp)])
        self._slots[self._size] = slot
        self._size += 1

    @property
    def slots(self) -> Index:
        """All of them."""
        return self._slots[: self._size]


class Store:
    """Profiles in slots. A removed profile's slot stays empty."""

    def __init__(self, profiles: Iterable[Profile], rules: MatchingRules, weights: TextWeights | None = None) -> None:
        self.profiles: list[Profile] = []
        self._slot: dict[str, int] = {}
        for profile in profiles:
            if profile.key in self._slot:
                raise ValueError(f"Two profiles have the key {profile.key!r}")
            self._slot[profile.key] = len(self.profiles)
            self.profiles.append(profile)
        self.providers = Interned()
        texts = [content_text(profile) for profile in self.profiles]
        self.weights = weights or TextWeights.fit(texts, rules["OVL_COMMON_SHARE"])
        self._rows = to_rows(self.profiles, self.providers)
        self._gates = to_gates(self._rows)
        self._alive = np.ones(len(self.profiles), dtype=bool)
        self._by_subject: defaultdict[int, Posting] = defaultdict(Posting)
        for slot, row in enumerate(self._rows):
            self._post(slot, row)
        self.content = VectorTable(self.weights, texts)
        self.rare = VectorTable(self.weights, texts, rare=True)
        self.focus = VectorTable(self.weights, [focus_text(profile) for profile in self.profiles])
        self.outcomes = VectorTable(self.weights, [outcomes_text(profile) for profile in self.profiles])

    def __len__(self) -> int:
        return len(self._slot)

    def __contains__(self, key: str) -> bool:
        return key in self._slot

    @property
    def rows(self) -> Rows:
        """One row per slot, the empty ones too."""
        return self._rows[: len(self.profiles)]

    def slots(self) -> Index:
        """The slots in use, in order."""
        return np.flatnonzero(self._alive[: len(self.profiles)]).astype(np.intp)

    def add(self, profile: Profile) -> None:
        """Put a profile in; one with the same key is replaced."""
        self.remove(profile.key)
        slot = len(self.profiles)
        if slot == len(self._rows):
            grown = np.zeros(max(16, slot * 2), dtype=ROW)
            grown[:slot] = self._rows
            self._rows = grown
            gates = np.zeros(len(grown), dtype=GATES)
            gates[:slot] = self._gates
            self._gates = gates
            self._alive = np.concatenate([self._alive, np.zeros(len(grown) - slot, dtype=bool)])
        self._rows[slot] = to_rows([profile], self.providers)[0]
        self._gates[slot] = to_gates(self._rows[slot : slot + 1])[0]
        self._alive[slot] = True
        self._slot[profile.key] = slot
        self.profiles.append(profile)
        self._post(slot, self._rows[slot])
        self.content.append(content_text(profile))
        self.rare.append(content_text(profile))
        self.focus.append(focus_text(profile))
        self.outcomes.append(outcomes_text(profile))

    def remove(self, key: str) -> None:
        """Take a profile out. A key that is not there is no error."""
        slot = self._slot.pop(key, None)
        if slot is None:
            return
        self._alive[slot] = False

    def near(self, profile: Profile, row: Rows, least: float, rules: MatchingRules) -> Index:
        """The slots in use that pass the gates and share a subject or a likeness of name with a profile, in order.

        The profile itself is left out, whether it is in the store or not.
        """
        sharing = [self._by_subject[int(one)].slots for one in row["subjects"][0] if int(one) in self._by_subject]
        found = self._meeting(profile, row, np.concatenate([np.empty(0, np.intp), *sharing]), rules)
        text = content_text(profile)
        if text:
            alike = self._meeting(profile, row, self.rare.alike(text, least), rules)
            alike = alike[~np.isin(alike, found)]
            alike = alike[self.rare.cosines_to(text, alike) >= least]
            found = np.concatenate([found, alike])
        return np.unique(found)

    def _meeting(self, profile: Profile, row: Rows, slots: Index, rules: MatchingRules) -> Index:
        slots = slots[self._alive[slots]]
        slots = slots[may_meet(row, self._gates[slots], rules)]
        others: Index = slots[slots != self._slot.get(profile.key, -1)]
        return others

    def likeness(self, a: Index, b: Index) -> Likeness:
        """How alike the texts of many pairs of slots are."""
        rows = self.rows

        def where(table: VectorTable, has: str) -> Floats:
            both = rows[has][a] & rows[has][b]
            result = np.zeros(len(a))
            result[both] = cosines(table.matrix(), a[both], b[both])
            return result

        name = cosines(self.content.matrix(), a, b)
        return Likeness(name, where(self.focus, "has_focus"), where(self.outcomes, "has_outcomes"))

    def likeness_to(self, profile: Profile, slots: Index) -> Likeness:
        """How alike one profile's texts and those of many slots are."""
        return Likeness(
            self.content.cosines_to(content_text(profile), slots),
            self.focus.cosines_to(focus_text(profile), slots),
            self.outcomes.cosines_to(outcomes_text(profile), slots),
        )

    def _post(self, slot: int, row: Rows) -> None:
        for subject in row["subjects"]:
            if subject >= 0:
                self._by_subject[int(subject)].add(slot)


def content_text(profile: Profile) -> str:
    """The name without schemes, numbers and form: what candidates are found by."""
    return " ".join(profile.reading.content)


def focus_text(profile: Profile) -> str:
    """What the name says beyond its subject."""
    return " ".join(profile.focus)


def outcomes_text(profile: Profile) -> str:
    """What the learning outcomes say beyond the usual words of such lists."""
    return told_outcomes(profile.outcomes)
