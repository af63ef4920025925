"""How the server finds and orders: words, spelling errors, beginnings, synonyms, phrases; attribute by attribute.

Left out: words run together or split, word positions and proximity.
"""

import re
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA

from tests.search.loopback.filtering import values

_WORD = re.compile(r'"[^"]*"?|[^\s"]+')
_SPLIT = re.compile(r"[^\w]+")
_MOST_WORDS = 10


@dataclass(frozen=True)
class Term:
    """One word of a query, or several in quotation marks that must stand together."""

    words: tuple[str, ...]
    phrase: bool
    beginning: bool


@dataclass(frozen=True)
class Score:
    """How well a document fits; smaller is better, in the order of the ranking rules."""

    missing: int
    typos: int
    attributes: int
    inexact: int


def terms(query: str, stop_words: set[str]) -> list[Term]:
    found = []
    pieces = _WORD.findall(query)
    for at, piece in enumerate(pieces):
        last = at == len(pieces) - 1 and not query.endswith(" ")
        if piece.startswith('"'):
            found.append(Term(tuple(_SPLIT.sub(" ", piece.lower()).split()), True, False))
            continue
        words = _SPLIT.sub(" ", piece.lower()).split()
        found += [
            Term((word,), False, last and place == len(words) - 1)
            for place, word in enumerate(words)
            if word not in stop_words or last
        ]
    return [term for term in found if term.words][:_MOST_WORDS]


class Words:
    """The searchable words of one document."""

    def __init__(self, document: dict[str, Any], attributes: list[str]) -> None:
        self._lists = [
            [word for text in values(document, one) for word in _SPLIT.sub(" ", str(text).lower()).split()]
            for one in attributes
        ]

    def phrase(self, words: tuple[str, ...]) -> int | None:
        """The first attribute that holds the words one after the other."""
        for place, held in enumerate(self._lists):
            if any(tuple(held[at : at + len(words)]) == words for at in range(len(held) - len(words) + 1)):
                return place
        return None

    def nearest(self, term: Term, typos: int) -> tuple[int, int, int] | None:
        """(typos, attribute, inexact) of the best fit of one word."""
        (word,) = term.words
        best: tuple[int, int, int] | None = None
        for place, held in enumerate(self._lists):
            for one in set(held):
                fit = _fit(word, one, term.beginning, typos)
                if fit is not None and (best is None or (fit[0], place, fit[1]) < best):
                    best = fit[0], place, fit[1]
        return best


def _fit(word: str, held: str, beginning: bool, typos: int) -> tuple[int, int] | None:
    if word == held:
        return 0, 0
    if beginning and held.startswith(word):
        return 0, 1
    candidates = [held, *([held[: len(word)], held[: len(word) + 1]] if beginning else [])]
    distance = min(OSA.distance(word, one) + (word[:1] != one[:1]) for one in candidates if one)
    return (distance, 1) if 0 < distance <= typos else None


def score(asked: list[Term], words: Words, strategy: str, settings: dict[str, Any]) -> Score | None:
    """None: the document does not match."""
    fits: list[tuple[int, int, int] | None] = []
    at = 0
    synonyms = settings.get("synonyms", {})
    covered = [False] * len(asked)
    for length in (3, 2):
        for start in range(len(asked) - length + 1):
            key = " ".join(word for term in asked[start : start + length] for word in term.words)
            if any(words.phrase(tuple(other.split())) is not None for other in synonyms.get(key, ())):
                covered[start : start + length] = [True] * length
    for at, term in enumerate(asked):
        fits.append((0, 0, 1) if covered[at] else _fit_term(term, words, synonyms, settings))
    if any(fit is None for term, fit in zip(asked, fits, strict=True) if term.phrase):
        return None
    held = next((at for at, fit in enumerate(fits) if fit is None), len(fits))
    if held < len(fits) and (strategy == "all" or not held):
        return None
    found = [fit for fit in fits[:held] if fit is not None]
    return Score(len(fits) - held, *(sum(one[part] for one in found) for part in range(3)))


def _fit_term(
    term: Term, words: Words, synonyms: dict[str, list[str]], settings: dict[str, Any]
) -> tuple[int, int, int] | None:
    if term.phrase:
        place = words.phrase(term.words)
        return None if place is None else (0, place, 0)
    fit = words.nearest(term, _typos(term.words[0], settings))
    for other in synonyms.get(term.words[0], ()):
        place = words.phrase(tuple(other.split()))
        if place is not None and (fit is None or fit[0] > 0):
            fit = 0, place, 1
    return fit


def _typos(word: str, settings: dict[str, Any]) -> int:
    rules = settings.get("typoTolerance", {})
    sizes = rules.get("minWordSizeForTypos", {})
    if not rules.get("enabled", True) or word in rules.get("disableOnWords", ()):
        return 0
    return (len(word) >= sizes.get("oneTypo", 5)) + (len(word) >= sizes.get("twoTypos", 9))
