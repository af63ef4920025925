"""From the words someone typed to rows with scores.

Every word is a *slot* with alternatives: as written, its stem, part of a compound, a beginning (last word only),
a synonym, and a correction when nothing else occurs. A row's score for a slot is that of its best alternative.

Words restrict, levels only rank: ``engelsk 1-7`` finds all of *engelsk* and puts offers for years 1-7 first. When no
row holds every word, those with most of the words are the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from search.embedded.columns import Mask, Rows
from search.embedded.terms import Postings, Terms, rarity
from search.levels import Kind, covering_years
from search.norwegian import FOLDED, PART, STEM, Token, bokmal, fold, split_compound, stem, tokens
from search.telling import SHORTEST_BEGINNING, Telling, ended

_AS_WRITTEN, _FOLDED, _STEM, _SYNONYM, _BEGINNING, _PART, _PARTS = 1.0, 0.95, 0.9, 0.6, 0.7, 0.6, 0.5
_WIDER_YEARS = 0.5
_CORRECTED = {0: 0.9, 1: 0.6, 2: 0.4}
_MOST_WORDS = 32  #: further words of one query are not looked up
_REMEMBERED = 32  #: texts, 12 bytes a matching row
_ONE_MORE_SLOT = 1e6  #: above any sum of scores: a row that matches one slot more always comes first


@dataclass(frozen=True, slots=True)
class Alternative:
    """Rows that hold, for each of ``all_of``, any of its terms."""

    boost: float
    all_of: tuple[tuple[str, ...], ...]
    telling: bool = False  #: only where a text says what an offer is: not in the lightest field


@dataclass(slots=True)
class Slot:
    """One word or level of the query, or several that are one synonym."""

    token: Token
    alternatives: list[Alternative] = field(default_factory=list)
    general: bool = False  #: a word that says nothing of the subject

    @property
    def restricts(self) -> bool:
        return self.token.kind is Kind.WORD and not self.general


@dataclass(frozen=True, slots=True)
class Scores:
    """Living rows (rising) that match a slot, and how well."""

    rows: Rows
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Matches:
    """Rows rising, with the number of slots each matches and its score."""

    rows: Rows
    rank: NDArray[np.float64]
    did_you_mean: str | None


class Matcher:
    """Finds the rows that match a text. The last texts are remembered: people go on with other filters and pages."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._moment: tuple[Terms, int] | None = None
        self._remembered: dict[str, Matches | None] = {}

    def match(self, text: str, terms: Terms, alive: Mask) -> Matches | None:
        """None when there is nothing to search by in ``text``: everything matches then."""
        moment = terms, terms.until
        if moment != self._moment:
            self._moment = moment
            self._remembered.clear()
        if text not in self._remembered:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[text] = self._match(text, terms, alive)
        return self._remembered[text]

    def _match(self, text: str, terms: Terms, alive: Mask) -> Matches | None:
        words = self._telling.words(tokens(text))[:_MOST_WORDS]
        if not words:
            return None
        slots = self._slots(words, terms, open_ended=not ended(text))
        scores: list[tuple[Slot, Scores]] = []
        meant: list[str] = []
        for slot in slots:
            score, instead = self._score(slot, terms, alive, open_ended=slot is slots[-1])
            meant.append(instead)
            if score is not None:
                scores.append((slot, score))
        said = " ".join(slot.token.raw for slot in slots)
        suggestion = " ".join(word for word in meant if word)
        rows, rank = _combine(scores, len(alive))
        return Matches(rows, rank, suggestion if suggestion and suggestion != said else None)

    def _slots(self, words: Sequence[Token], terms: Terms, open_ended: bool) -> list[Slot]:
        slots = []
        at = 0
        while at < len(words):
            length, others = self._telling.synonyms.longest(words, at)
            last = at + length == len(words)
            if length > 1:
                raw = " ".join(word.raw for word in words[at : at + length])
                slot = Slot(Token(Kind.WORD, raw, raw))
                slot.alternatives.append(Alternative(1.0, tuple(_stem_terms(word) for word in words[at : at + length])))
            else:
                slot = Slot(words[at], self._readings(words[at], terms, open_ended and last and not others))
                slot.general = stem(words[at].text) in self._telling.general
            slot.alternatives.extend(
                # Several words that stand anywhere in a description are not the term that they make together.
                Alternative(_SYNONYM, tuple(_stem_terms(word) for word in other), telling=len(other) > 1)
                for other in others
            )
            slots.append(slot)
            at += length
        return slots

    def _readings(self, token: Token, terms: Terms, open_ended: bool) -> list[Alternative]:
        if token.years is not None:
            said = [Alternative(_WIDER_YEARS, tuple(_word_terms(word) for word in token.words))] if token.words else []
            wider = Alternative(_WIDER_YEARS, (covering_years(*token.years),))
            return [Alternative(1.0, ((token.text,),)), wider, *said]
        if token.kind is not Kind.WORD:
            return [Alternative(1.0, ((token.text,),))]
        word, plain, root = token.text, fold(bokmal(token.text)), stem(token.text)
        readings = [
            Alternative(_AS_WRITTEN, ((word,),)),
            Alternative(_FOLDED, ((FOLDED + plain, plain),)),
            Alternative(_PART, ((PART + root,),)),
        ]
        # Where the stem only ever occurs as this very word, reading it too would tell nothing.
        if terms.frequency(STEM + root) != terms.frequency(word):
            readings.append(Alternative(_STEM, ((STEM + root,),)))
        occurs = any(map(terms.frequency, (word, FOLDED + plain, STEM + root, PART + root)))
        # A compound that somebody teaches by that name is all it says; one that nobody does is what it says of the subject.
        if parts := self._parts(word, telling=not occurs):
            # Parts that stand apart in a description are no more the compound than other words there.
            readings.append(Alternative(_PARTS, tuple(parts), telling=True))
        if open_ended and len(word) >= SHORTEST_BEGINNING and (longer := terms.prefixed(word)) != (word,):
            readings.append(Alternative(_BEGINNING, (longer,)))
        return readings

    def _score(self, slot: Slot, terms: Terms, alive: Mask, open_ended: bool) -> tuple[Scores | None, str]:
        """The slot's score in every row (None: it matches nothing) and what was meant by it."""
        score = _best(slot.alternatives, terms, alive)
        if score is not None or not slot.restricts:
            return score, slot.token.raw
        correction = terms.corrections(slot.token.text, beginning=open_ended)
        parts = _each(self._parts(slot.token.text, telling=True), terms, alive)
        # One letter off a word that is known is that word; further off, a compound of known words is itself.
        if parts is not None and (correction is None or correction.distance > 1):
            return parts, slot.token.raw
        if correction is None:
            return None, ""
        boost = _CORRECTED[correction.distance]
        near = [Alternative(boost, ((word, *_stem_terms(Token(Kind.WORD, word, word))),)) for word in correction.words]
        score = _best(near, terms, alive)
        return score, correction.words[0] if score is not None else ""

    def _parts(self, word: str, telling: bool) -> list[tuple[str, ...]]:
        """For each part of a compound, or only the telling ones, the terms that it is found by; it means what its synonyms mean."""
        found = []
        for part in self._telling.parts(word) if telling else split_compound(word, self._telling.compound_parts):
            _, others = self._telling.synonyms.longest([Token(Kind.WORD, part, part)], 0)
            alike = [term for other in others if len(other) == 1 for term in _stem_terms(other[0])]
            found.append((*_word_terms(part), *alike))
        return found


def _stem_terms(token: Token) -> tuple[str, ...]:
    return _word_terms(token.text) if token.kind is Kind.WORD else (token.text,)


def _word_terms(word: str) -> tuple[str, ...]:
    root = stem(word)
    return STEM + root, PART + root


def _best(alternatives: Sequence[Alternative], terms: Terms, alive: Mask) -> Scores | None:
    """The best alternative's weight in every living row, times the rarity of the whole; None if it is nowhere."""
    best = np.zeros(len(alive), np.float32)
    for alternative in alternatives:
        for rows, weights in _all_of(alternative, terms, len(alive)):
            if len(rows):
                best[rows] = np.maximum(best[rows], weights * np.float32(alternative.boost))
    rows = np.flatnonzero(best).astype(np.int32)
    rows = rows[alive[rows]]
    if not len(rows):
        return None
    return Scores(rows, best[rows] * np.float32(rarity(len(rows), len(alive))))


def _each(parts: Sequence[tuple[str, ...]], terms: Terms, alive: Mask) -> Scores | None:
    """Where nobody has the compound: rows with any part of it, those first that have most, and the rarest, of it."""
    total = np.zeros(len(alive), np.float32)
    for part in parts:
        score = _best([Alternative(_PARTS, (part,), telling=True)], terms, alive)
        if score is not None:
            total[score.rows] += score.weights
    rows = np.flatnonzero(total).astype(np.int32)
    return Scores(rows, total[rows]) if len(rows) else None


def _all_of(alternative: Alternative, terms: Terms, size: int) -> list[tuple[Rows, NDArray[np.float32]]]:
    """Rows and weights, in lists that may overlap where a single group of terms is asked for."""
    first, *others = (terms.postings(any_of, alternative.telling) for any_of in alternative.all_of)
    if not others:
        return [(postings.rows, postings.weights) for postings in first]
    each = [_any_of(choices, size) for choices in (first, *others)]
    rows = np.flatnonzero(np.minimum.reduce(each)).astype(np.int32)
    return [(rows, np.mean([weights[rows] for weights in each], axis=0, dtype=np.float32))]


def _any_of(choices: Sequence[Postings], size: int) -> NDArray[np.float32]:
    """The best weight in every row; 0 where none of them is."""
    best = np.zeros(size, np.float32)
    for postings in choices:
        best[postings.rows] = np.maximum(best[postings.rows], postings.weights)
    return best


def _combine(scores: Sequence[tuple[Slot, Scores]], size: int) -> tuple[Rows, NDArray[np.float64]]:
    """Rows that hold the most words, ranked by how many slots they match and then by score."""
    if not scores:
        return np.empty(0, np.int32), np.empty(0, np.float64)
    restricting = [score.rows for slot, score in scores if slot.restricts] or [score.rows for _, score in scores]
    rows = restricting[0]
    if len(restricting) > 1:
        held = np.zeros(size, np.uint8)
        for some in restricting:
            held[some] += 1
        rows = np.flatnonzero(held == held.max()).astype(np.int32)
    rank = np.zeros(size, np.float64)
    for _, score in scores:
        rank[score.rows] += score.weights.astype(np.float64) + _ONE_MORE_SLOT
    return rows, rank[rows]
