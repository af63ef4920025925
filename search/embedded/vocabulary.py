"""The words of an index, for those that are not among them: what may have been meant."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.norwegian import fold
from search.telling import ONE_TYPO_FROM, TWO_TYPOS_FROM

_MOST_CORRECTIONS = 5
_SAME_LETTERS, _LEAST_ALIKE = 3, 0.6


@dataclass(frozen=True, slots=True)
class Correction:
    """Words of the index that someone may have meant, best first, all ``distance`` typos away."""

    words: tuple[str, ...]
    distance: int


class Vocabulary:
    """``words``: in how many documents each is."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self._documents = words
        self._words = list(words)
        self._folded = list(map(fold, self._words))
        self._lengths = np.array(list(map(len, self._folded)), np.int32)

    def corrections(self, word: str, beginning: bool) -> Correction | None:
        """Words within one typo (two from eight letters on) of ``word``; of its beginning too if ``beginning``."""
        plain = fold(word)
        if len(word) < ONE_TYPO_FROM or any(letter.isdigit() for letter in word):
            return None
        most = 2 if len(word) >= TWO_TYPOS_FROM else 1
        # A word that is longer or shorter by more letters is further off.
        near = np.flatnonzero(np.abs(self._lengths - len(plain)) <= most).tolist()
        found = self._within(plain, near, [self._folded[at] for at in near], most)
        if not found and beginning:
            longer = np.flatnonzero(self._lengths > len(plain)).tolist()
            found = self._within(plain, longer, [self._folded[at][: len(plain)] for at in longer], 1)
        if not found:
            return None
        nearest = found[0][0]
        words = [one for distance, _, one in found if distance == nearest][:_MOST_CORRECTIONS]
        return Correction(tuple(words), nearest)

    def alike(self, word: str) -> str:
        """The word that has most pairs of letters in common with one that is nothing else, and begins as it does; or nothing."""
        plain = fold(word)
        if len(plain) < TWO_TYPOS_FROM or not plain.isalpha():
            return ""
        wanted = _pairs(plain)
        start = plain[:_SAME_LETTERS]
        some = [
            (one, folded) for one, folded in zip(self._words, self._folded, strict=True) if folded.startswith(start)
        ]
        best, found = 0.0, ""
        for one, folded in sorted(some, key=lambda pair: (-self._documents[pair[0]], pair[0])):
            pairs = _pairs(folded)
            likeness = 2 * len(wanted & pairs) / (len(wanted) + len(pairs))
            if likeness > max(best, _LEAST_ALIKE):
                best, found = likeness, one
        return found

    def _within(self, plain: str, places: list[int], choices: list[str], most: int) -> list[tuple[int, int, str]]:
        """Distance, commonness (falling) and word of those of ``choices`` that are near, best first."""
        near = process.extract(plain, choices, scorer=OSA.distance, score_cutoff=most, limit=64)
        words = ((int(distance), self._words[places[at]]) for _, distance, at in near)
        return sorted((distance, -self._documents[one], one) for distance, one in words)


def _pairs(word: str) -> frozenset[str]:
    return frozenset(word[at : at + 2] for at in range(len(word) - 1))
