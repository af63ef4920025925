"""Typing errors in a name: a word that nobody knows, one slip from one that is known.

One slip is a letter lost, added, doubled, changed or two that changed places. Short words have true neighbours ("norsk", "dansk"),
so in them only doubled, undoubled and swapped letters count as slips; the first letter must be right.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from typing import Final

from rapidfuzz.distance import OSA

from registry.matching.text import Token, stem, to_bokmal

_LEAST: Final = 5  # letters; below this nobody can tell a slip from a word
_ENDING: Final = 3  # letters
_ANY_SLIP: Final = 8  # letters from which a lost or changed letter is a slip too
#: Words. In names they come back again and again, but whoever plans an offer may write anything.
REMEMBERED: Final = 65_536


class Spelling:
    """Known words, and what an unknown one was probably meant to be."""

    def __init__(self, words: Iterable[str]) -> None:
        known = {word for word in words if len(word) >= _LEAST - 1}
        self._words, self._stems = frozenset(known), frozenset(map(stem, known))
        self._by_letter: defaultdict[str, list[str]] = defaultdict(list)
        for word in sorted(known | self._stems, key=lambda word: (-len(word), word)):
            self._by_letter[word[0]].append(word)
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._meant)

    def right(self, token: Token) -> Token:
        """The token with its word spelt right; the same token where there is nothing to mend."""
        word = self.word(token.word)
        return token if word == token.word else token._replace(word=word)

    def word(self, written: str) -> str:
        """The word that was meant, or the one written."""
        return self._remembered(written)

    def _meant(self, written: str) -> str:
        stemmed = stem(written)
        if len(written) < _LEAST or not written.isalpha() or written in self._words or stemmed in self._stems:
            return written
        for one in dict.fromkeys((to_bokmal(written), stemmed)):
            near = [word for word in self._by_letter[one[0]] if _one_slip(one, word)]
            if near:
                return near[0]
        return written


def _one_slip(written: str, known: str) -> bool:
    if abs(len(written) - len(known)) > 1 or OSA.distance(written, known, score_cutoff=1) > 1:
        return False
    if sorted(written) == sorted(known) or _undoubled(written) == _undoubled(known):
        return True
    return min(len(written), len(known)) >= _ANY_SLIP and not _another_form(written, known)


def _another_form(written: str, known: str) -> bool:
    """True where only the ending differs: another form ("digitalt") or another word of the root ("musikkdidaktikk")."""
    return len(written) >= len(known) and written[:-_ENDING] == known[: len(written) - _ENDING]


def _undoubled(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))
