"""Profiles kept ready for comparison: rows of numbers, vectors of text, and the way from a subject to its offers.

Adding or removing a profile touches its own slot only. New vectors wait beside the big matrix and are folded in when
they have become many, so that the cost of a change does not grow with the country.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from registry.matching.columns import ROW, Interned, Rows, to_rows
from registry.matching.defaults import MatchingRules
from registry.matching.profiles import Profile
from registry.matching.scorecard import Likeness
from registry.matching.vectors import DECIMALS, Floats, TextWeights, cosines

Index = npt.NDArray[np.intp]
_FOLD_AT: Final = 1_000  # recent vectors; folding copies the matrix, so it must be rare


class VectorTable:
    """One text per slot, as vectors: a big matrix, and a small one of what came later."""

    def __init__(self, weights: TextWeights, texts: Sequence[str], *, rare: bool = False) -> None:
        self._weights, self._rare = weights, rare
        self._base = self._vectors(texts)
        self._recent = self._vectors([])
        self._columns: sp.csc_matrix | None = None

    def _vectors(self, texts: Sequence[str]) -> sp.csr_matrix:
        return self._weights.vectors(texts, rare=self._rare)

    def append(self, text: str) -> None:
        """Give the next slot its text."""
        self._recent = sp.csr_matrix(sp.vstack([self._recent, self._vectors([text])]))
        if self._recent.shape[0] >= _FOLD_AT:
            self.matrix()

    def matrix(self) -> sp.csr_matrix:
        """All slots in one matrix."""
        if self._recent.shape[0]:
            self._base = sp.csr_matrix(sp.vstack([self._base, self._recent]))
            self._recent, self._columns = self._vectors([]), None
        return self._base

    def cosines_to(self, text: str, slots: Index) -> Floats:
        """Cosine of a text with each of the slots."""
        vector = self._vectors([text])
        result = np.zeros(len(slots))
        if not vector.nnz:
            return result
        dense = np.zeros(vector.shape[1])
        dense[vector.indices] = vector.data
        size = self._base.shape[0]
        early = slots < size
        result[early] = self._base[slots[early]] @ dense
        result[~early] = self._recent[slots[~early] - size] @ dense
        return np.round(result, DECIMALS)

    def alike(self, text: str, least: float) -> Index:
        """The slots whose cosine with the text is ``least`` or more, read from the postings of its n-grams."""
        if self._columns is None:
            self._columns = sp.csc_matrix(self._base)
        vector, columns = self._vectors([text]), self._columns
        sums = np.zeros(columns.shape[0])
        for feature, weight in zip(vector.indices, vector.data, strict=True):
            part = slice(columns.indptr[feature], columns.indptr[feature + 1])
            sums[columns.indices[part]] += weight * columns.data[part]
        near = np.flatnonzero(sums >= least - 10.0**-DECIMALS)
        recent = np.arange(self._recent.shape[0]) + self._base.shape[0]
        slots = np.concatenate([near, recent]).astype(np.intp)
        chosen: Index = slots[self.cosines_to(text, slots) >= least]
        return chosen


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
        self._alive = np.ones(len(self.profiles), dtype=bool)
        self._by_subject: dict[int, set[int]] = {}
        for slot, row in enumerate(self._rows):
            self._post(slot, row)
        self.content = VectorTable(self.weights, texts)
        self.rare = VectorTable(self.weights, texts, rare=True)
        self.focus = VectorTable(self.weights, [focus_text(profile) for profile in self.profiles])
        self.outcomes = VectorTable(self.weights, [profile.outcomes for profile in self.profiles])

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
            self._alive = np.concatenate([self._alive, np.zeros(len(grown) - slot, dtype=bool)])
        self._rows[slot] = to_rows([profile], self.providers)[0]
        self._alive[slot] = True
        self._slot[profile.key] = slot
        self.profiles.append(profile)
        self._post(slot, self._rows[slot])
        self.content.append(content_text(profile))
        self.rare.append(content_text(profile))
        self.focus.append(focus_text(profile))
        self.outcomes.append(profile.outcomes)

    def remove(self, key: str) -> None:
        """Take a profile out. A key that is not there is no error."""
        slot = self._slot.pop(key, None)
        if slot is None:
            return
        self._alive[slot] = False
        for subject in self._rows[slot]["subjects"]:
            self._by_subject.get(int(subject), set()).discard(slot)

    def near(self, profile: Profile, row: Rows, least: float) -> Index:
        """The slots in use that share a subject or a likeness of name with a profile, in order, itself left out."""
        found: set[int] = set()
        for subject in row["subjects"][0]:
            if subject >= 0:
                found |= self._by_subject.get(int(subject), set())
        text = content_text(profile)
        if text:
            found.update(int(slot) for slot in self.rare.alike(text, least) if self._alive[slot])
        found.discard(self._slot.get(profile.key, -1))
        return np.asarray(sorted(found), dtype=np.intp)

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
            self.outcomes.cosines_to(profile.outcomes, slots),
        )

    def _post(self, slot: int, row: Rows) -> None:
        for subject in row["subjects"]:
            if subject >= 0:
                self._by_subject.setdefault(int(subject), set()).add(slot)


def content_text(profile: Profile) -> str:
    """The name without schemes, numbers and form: what candidates are found by."""
    return " ".join(profile.reading.content)


def focus_text(profile: Profile) -> str:
    """What the name says beyond its subject."""
    return " ".join(profile.reading.focus)
