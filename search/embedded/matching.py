"""From the words someone typed to rows with scores.

Every word is a *slot* with alternatives: as written, its stem, part of a compound, a beginning (last word only),
a synonym, and a correction when nothing else occurs. A row's score for a slot is that of its best alternative.

Words restrict; levels, places and general words only rank: ``engelsk 1-7`` finds all of *engelsk* and puts offers for years 1-7
first. When no row holds every word, those with most of the words are the answer.

What comes first is decided by steps: who has every word before who has some; then how much the words are what the offer is about (its
subject, its name, what else is told of it, or only mentioned in its description); then the levels and places; then how rare
the words are and how they weigh.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.embedded.called import Called
from search.embedded.columns import Mask, Places
from search.embedded.postings import Postings
from search.embedded.terms import Terms, rarity
from search.embedded.vocabulary import Correction
from search.levels import Kind, covering_years, form_token, wider_forms
from search.norwegian import ALL, FOLDED, PART, STEM, Token, bokmal, fold, split_compound, stem, tokens
from search.telling import SHORTEST_BEGINNING, Place, Telling, ended

_AS_WRITTEN, _FOLDED, _STEM, _SYNONYM, _BEGINNING, _PART, _PARTS = 1.0, 0.95, 0.9, 0.6, 0.7, 0.6, 0.5
_WIDER, _REACHED, _GENERAL = 0.5, 0.2, 0.3
_LONGEST_ABBREVIATION = 4  #: letters
_CORRECTED = {0: 0.9, 1: 0.6, 2: 0.4}
_MOST_WORDS = 32  #: further words of one query are not looked up
_REMEMBERED = 32  #: texts, 16 bytes a matching row
_PARTLY, _ALIKE, _ALL_ALIKE, _DIRECT, _ALL, _REACH = range(6)  #: how well an alternative says what was asked for
#: What that is worth where it is mentioned, told or named. Two names are worth more than all of one and a mention of the other.
_WORTH = np.array([[1, 4, 6], [3, 8, 10], [3, 8, 11], [4, 12, 14], [4, 12, 15], [1, 2, 2]], np.uint8)
_GENERAL_STEP = 1e3  #: above what the scores of two names differ by
_LEVEL_STEP, _WORD_STEP = 1e6, 1e8  #: above any sum of scores; above any sum of levels
#: Of ``SearchQuery.first``: below one of worth of any word that fewer than half of the rows have.
FIRST_STEP = _WORD_STEP / 2
PREFERRED_STEP = _LEVEL_STEP / 10  #: of ``IndexSettings.preferred``: below one level, above general words
_ABOUT = 8  #: worth from which an offer is about a word
_ABOUT_ONE, _EVERY_WORD = 1e12, 1e13  #: above any sum of words


@dataclass(frozen=True, slots=True)
class Alternative:
    """Rows that hold, for each of ``all_of``, any of its terms."""

    boost: float
    all_of: tuple[tuple[str, ...], ...]
    telling: bool = False  #: only where a text says what an offer is: not in the lightest field
    said: int = _DIRECT


@dataclass(slots=True)
class Slot:
    """One word or level of the query, or several that are one synonym."""

    token: Token
    alternatives: list[Alternative] = field(default_factory=list)
    general: bool = False  #: a word that says nothing of the subject
    place: bool = False
    known: bool = True  #: the word is in some text, or has synonyms

    @property
    def restricts(self) -> bool:
        return self.token.kind is Kind.WORD and not self.general and not self.place


@dataclass(frozen=True, slots=True)
class Scores:
    """Living rows (rising) that match a slot, and how well."""

    rows: Places
    weights: NDArray[np.float32]
    worth: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Matches:
    """Rows rising, with the number of slots each matches and its score."""

    rows: Places
    rank: NDArray[np.float64]
    did_you_mean: str | None


class Matcher:
    """Finds the rows that match a text. The last texts are remembered: people go on with other filters and pages."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._moment: tuple[Terms, int] | None = None
        self._remembered: dict[tuple[str, bool], Matches | None] = {}

    def match(self, text: str, terms: Terms, alive: Mask, *, every_word: bool = False) -> Matches | None:
        """None when there is nothing to search by in ``text``: everything matches then. ``every_word`` as in ``SearchQuery``."""
        moment = terms, terms.until
        if moment != self._moment:
            self._moment = moment
            self._remembered.clear()
        asked = text, every_word
        if asked not in self._remembered:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[asked] = self._match(text, terms, alive, 0 if every_word else self._telling.enough)
        return self._remembered[asked]

    def _match(self, text: str, terms: Terms, alive: Mask, enough: int) -> Matches | None:
        words = self._telling.words(tokens(text))[:_MOST_WORDS]
        if not words:
            return None
        slots = self._slots(words, terms, open_ended=not ended(text))
        scores: list[tuple[Slot, Scores]] = []
        meant: list[str] = []
        for slot in slots:
            score, instead = self._score(slot, terms, alive, enough, open_ended=slot is slots[-1])
            meant.append(instead)
            if score is not None:
                scores.append((slot, score))
        said = " ".join(slot.token.raw for slot in slots)
        suggestion = " ".join(word for word in meant if word)
        called = Called.by(text, terms, alive)
        if suggestion and suggestion != said and suggestion != text and not len(called.rows):
            # What was meant may be a term of several words.
            corrected = self._match(f"{suggestion} ", terms, alive, enough)
            return replace(corrected, did_you_mean=suggestion) if corrected is not None else None
        return Matches(*called.before(*_combine(scores, len(alive), enough)), None)

    def _slots(self, words: Sequence[Token], terms: Terms, open_ended: bool) -> list[Slot]:
        slots = []
        at = 0
        while at < len(words):
            length, others = self._telling.synonyms.longest(words, at)
            if (named := self._telling.place(words, at)) and (not others or named[0] > length):
                length, place = named
                slots.append(_place_slot(words[at : at + length], place))
                at += length
                continue
            last = at + length == len(words)
            if length > 1:
                raw = " ".join(word.raw for word in words[at : at + length])
                slot = Slot(Token(Kind.WORD, raw, raw))
                slot.alternatives.append(Alternative(1.0, tuple(_stem_terms(word) for word in words[at : at + length])))
                slot.general = any(len(one) == 1 and stem(one[0].text) in self._telling.general for one in others)
            else:
                slot = Slot(words[at])
                self._read(slot, terms, open_ended and last and not others)
                slot.general = stem(words[at].text) in self._telling.general
            slot.known = slot.known or bool(others)
            # An abbreviation is what it stands for: *kro* in a code is no more *kroppsøving* than the name itself.
            alike = _DIRECT if length == 1 and len(words[at].text) <= _LONGEST_ABBREVIATION else _ALIKE
            slot.alternatives.extend(
                # Several words that stand anywhere in a description are not the term that they make together.
                Alternative(_SYNONYM, tuple(_stem_terms(word) for word in other), telling=len(other) > 1, said=alike)
                for other in others
            )
            slot.alternatives.extend(_all_that_is_said(words[at : at + length], others, alike))
            slots.append(slot)
            at += length
        return slots

    def _read(self, slot: Slot, terms: Terms, open_ended: bool) -> None:
        """The alternatives of one word or level."""
        token = slot.token
        if token.kind is not Kind.WORD:
            slot.alternatives.extend(_level_readings(token))
            return
        word, plain, root = token.text, fold(bokmal(token.text)), stem(token.text)
        readings = slot.alternatives
        readings += [
            Alternative(_AS_WRITTEN, ((word,),)),
            Alternative(_FOLDED, ((FOLDED + plain, plain),)),
            Alternative(_PART, ((PART + root,),), said=_ALIKE),
        ]
        # Where the stem only ever occurs as this very word, reading it too would tell nothing.
        if terms.frequency(STEM + root) != terms.frequency(word):
            readings.append(Alternative(_STEM, ((STEM + root,),)))
        slot.known = any(map(terms.frequency, (word, FOLDED + plain, STEM + root, PART + root)))
        # A compound that somebody teaches by that name is all it says; one that nobody does is what it says of the subject.
        if parts := self._parts(word, telling=not slot.known):
            # Parts that stand apart in a description are no more the compound than other words there.
            readings.append(Alternative(_PARTS, tuple(parts), telling=True, said=_PARTLY if slot.known else _ALIKE))
            if len(parts) == 1:  # *danseundervisning*: it says no more than *dans*
                readings += _all_that_is_said([Token(Kind.WORD, part, part) for part in self._telling.parts(word)], ())
        if open_ended and len(word) >= SHORTEST_BEGINNING and (longer := terms.prefixed(word)) != (word,):
            readings.append(Alternative(_BEGINNING, (longer,), said=_PARTLY if slot.known else _ALIKE))

    def _score(self, slot: Slot, terms: Terms, alive: Mask, enough: int, open_ended: bool) -> tuple[Scores | None, str]:
        """The slot's score in every row (None: it matches nothing) and what was meant by it."""
        said = slot.token.raw
        if slot.known or not slot.restricts:
            score = _best(slot.alternatives, terms, alive)
            if score is not None or not slot.restricts:
                return (score if not slot.general or score is None else _of_no_worth(score)), said
        word = slot.token.text
        # A word of the dictionary is no misspelling of another: *snakke* is not *snekker*.
        right = self._telling.is_word(word)
        correction = None if right else terms.vocabulary().corrections(word, beginning=open_ended)
        # One letter off a word that is known is that word; further off, a compound of known words is itself.
        if correction is not None and correction.distance <= 1:
            near = [replace(one, said=_PARTLY) for one in slot.alternatives]
            score = _best([*self._corrected(correction), *near], terms, alive)
            return score, correction.words[0] if score is not None else ""
        score = _best(slot.alternatives, terms, alive)
        if score is None or len(score.rows) < enough:
            score = _either(score, _each(self._parts(word, telling=True), terms, alive), len(alive))
        if score is not None:
            return score, said
        if correction is None and (part := self._telling.known_part(word)):
            score = _best([Alternative(_PARTS, (self._like(part),))], terms, alive)
            if score is not None:
                return score, part
        if correction is None and not right and (alike := terms.vocabulary().alike(word)):
            correction = Correction((alike,), 2)
        if correction is None:
            return None, ""
        score = _best(self._corrected(correction), terms, alive)
        return score, correction.words[0] if score is not None else ""

    def _corrected(self, correction: Correction) -> list[Alternative]:
        """What is meant by a misspelled word; it means what the synonyms of the right one mean."""
        boost = _CORRECTED[correction.distance]
        known = [Token(Kind.WORD, word, word) for word in correction.words]
        return [
            *(Alternative(boost, ((one.text, *self._like(one.text)),)) for one in known),
            *(one for word in known for one in _all_that_is_said([word], self._telling.synonyms.longest([word], 0)[1])),
        ]

    def _parts(self, word: str, telling: bool) -> list[tuple[str, ...]]:
        """For each part of a compound, or only the telling ones, the terms that it is found by."""
        parts = self._telling.parts(word) if telling else split_compound(word, self._telling.compound_parts)
        return list(map(self._like, parts))

    def _like(self, word: str) -> tuple[str, ...]:
        """The terms of a word and of what single words mean the same."""
        _, others = self._telling.synonyms.longest([Token(Kind.WORD, word, word)], 0)
        return (*_word_terms(word), *(term for other in others if len(other) == 1 for term in _stem_terms(other[0])))


def _level_readings(token: Token) -> list[Alternative]:
    if token.years is not None:
        said = (
            [Alternative(_WIDER, tuple(_word_terms(word) for word in token.words), said=_PARTLY)] if token.words else []
        )
        return [
            Alternative(1.0, ((token.text,),)),
            Alternative(_WIDER, (covering_years(*token.years),), said=_PARTLY),
            *said,
        ]
    exact = Alternative(1.0, ((token.text,),))
    if wider := wider_forms(token.text) if token.kind is Kind.FORM else ():
        return [exact, Alternative(_WIDER, (wider,), said=_PARTLY)]
    return [exact]


def _place_slot(words: Sequence[Token], place: Place) -> Slot:
    """A place is where something is taught, or in the name of who teaches it; what is near it comes next."""
    raw = " ".join(word.raw for word in words)
    exact = Alternative(1.0, tuple(_exact_terms(word) for word in place.words), telling=True)
    wider = [Alternative(_WIDER, tuple(map(_exact_terms, name)), telling=True, said=_PARTLY) for name in place.wider]
    online = Alternative(_REACHED, ((form_token("online"),),), telling=True, said=_REACH)
    return Slot(Token(Kind.WORD, raw, raw), [exact, *wider, online], place=True)


def _all_that_is_said(
    words: Sequence[Token], others: Sequence[tuple[Token, ...]], alike: int = _ALIKE
) -> list[Alternative]:
    """Where a word, or a synonym of it, is all that a name says: *norsk* is of "Norsk 2" before "Norsk tegnspråk"."""
    found = []
    synonym = _ALL if alike == _DIRECT else _ALL_ALIKE
    for said, boost, some in ((_ALL, _AS_WRITTEN, [words]), (synonym, _SYNONYM, others)):
        alone = [one[0] for one in some if len(one) == 1 and one[0].kind is Kind.WORD]
        found += [Alternative(boost, ((ALL + stem(one.text),),), said=said) for one in alone]
    return found


def _exact_terms(word: str) -> tuple[str, ...]:
    return word, FOLDED + fold(bokmal(word)), fold(bokmal(word))


def _stem_terms(token: Token) -> tuple[str, ...]:
    return _word_terms(token.text) if token.kind is Kind.WORD else (token.text,)


def _word_terms(word: str) -> tuple[str, ...]:
    root = stem(word)
    return STEM + root, PART + root


def _best(alternatives: Sequence[Alternative], terms: Terms, alive: Mask) -> Scores | None:
    """The best alternative's weight in every living row, times the rarity of the whole; None if it is nowhere."""
    best = np.zeros(len(alive), np.float32)
    worth = np.zeros(len(alive), np.uint8)
    for alternative in alternatives:
        for postings in _all_of(alternative, terms, len(alive)):
            rows = postings.places
            _raise(best, rows, postings.weights * np.float32(alternative.boost))
            _raise(worth, rows, _WORTH[alternative.said].take(postings.told))
    rows = np.flatnonzero((best != 0) & alive)
    if not len(rows):
        return None
    return Scores(rows, best[rows] * np.float32(rarity(len(rows), len(alive))), worth[rows])


def _raise(values: NDArray[Any], rows: Places, to: NDArray[Any]) -> None:
    """To at least so much in those rows."""
    values[rows] = np.maximum(values.take(rows), to)


def _of_no_worth(score: Scores) -> Scores:
    """A general word puts first what is as good in all else."""
    return Scores(
        score.rows, score.weights * np.float32(_GENERAL) + np.float32(_GENERAL_STEP), np.zeros_like(score.worth)
    )


def _each(parts: Sequence[tuple[str, ...]], terms: Terms, alive: Mask) -> Scores | None:
    """Where nobody has the compound: rows with any part of it, those first that have most, and the rarest, of it."""
    total = np.zeros(len(alive), np.float32)
    worth = np.zeros(len(alive), np.uint8)
    for part in parts:
        score = _best([Alternative(_PARTS, (part,), telling=True, said=_PARTLY)], terms, alive)
        if score is not None:
            total[score.rows] += score.weights
            _raise(worth, score.rows, score.worth)
    rows = np.flatnonzero(total != 0)
    return Scores(rows, total[rows], worth[rows]) if len(rows) else None


def _either(one: Scores | None, other: Scores | None, size: int) -> Scores | None:
    """What either says; what both do, the first says."""
    if one is None or other is None:
        return one or other
    weights, worth = np.zeros(size, np.float32), np.zeros(size, np.uint8)
    for score in (other, one):
        _raise(weights, score.rows, score.weights)
        _raise(worth, score.rows, score.worth)
    rows = np.flatnonzero(worth != 0)
    return Scores(rows, weights[rows], worth[rows])


def _all_of(alternative: Alternative, terms: Terms, size: int) -> list[Postings]:
    """Rows and weights, in lists that may overlap where a single group of terms is asked for."""
    first, *others = (terms.postings(any_of, alternative.telling) for any_of in alternative.all_of)
    if not others:
        return first
    each = [_any_of(choices, size) for choices in (first, *others)]
    rows = np.flatnonzero(np.logical_and.reduce([weights != 0 for weights, _ in each]))
    weights = np.asarray(np.mean([weights[rows] for weights, _ in each], axis=0), np.float32)
    told = np.minimum.reduce([told[rows] for _, told in each])
    return [Postings(rows.astype(np.int32), weights, told, terms.until)]


def _about(words: Sequence[Scores], size: int) -> Places:
    """The rows that are about the one word that is most the name of something: a subject's before another, and then the rarest."""
    best = max(score.worth.max() for score in words)
    named = [score for score in words if score.worth.max() == best]
    if best < _WORTH.max():
        named.sort(key=lambda score: np.count_nonzero(score.worth == best) or size)
    return named[0].rows[named[0].worth >= _ABOUT]


def _any_of(choices: Sequence[Postings], size: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """The best weight in every row, 0 where none of them is; and where it is told."""
    best = np.zeros(size, np.float32)
    told = np.zeros(size, np.uint8)
    for postings in choices:
        rows = postings.places
        _raise(best, rows, postings.weights)
        _raise(told, rows, postings.told)
    return best, told


def _combine(scores: Sequence[tuple[Slot, Scores]], size: int, enough: int) -> tuple[Places, NDArray[np.float64]]:
    """Rows that hold the most words, and where they are fewer than ``enough`` those that are about one of them; ranked."""
    if not scores:
        return np.empty(0, np.intp), np.empty(0, np.float64)
    restricting = [score for slot, score in scores if slot.restricts] or [score for _, score in scores]
    rank = np.zeros(size, np.float64)
    for slot, score in scores:
        step = _WORD_STEP * rarity(len(score.rows), size) if slot.restricts else _LEVEL_STEP
        rank[score.rows] += score.weights.astype(np.float64) + score.worth * step
    rows = restricting[0].rows
    if len(restricting) > 1:
        held = np.zeros(size, np.uint8)
        for some in restricting:
            held[some.rows] += 1
        rows = np.flatnonzero(held == held.max())
        if len(rows) < enough:
            about = _about(restricting, size)
            rank[about] += _ABOUT_ONE
            if held.max() == len(restricting):
                rank[rows] += _EVERY_WORD
            rows = np.union1d(rows, about)
    return rows, rank[rows]
