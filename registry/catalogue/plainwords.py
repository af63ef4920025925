"""What somebody typed as conditions in SQL: for searching without a search engine.

Read as the engines read it (``search.norwegian``): words restrict, school years and steps rank, and restrict only where
nothing else was said. A word is looked for as it was written, in bokmål, and by its synonyms.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, literal, or_
from sqlmodel import col

from registry.catalogue.vocabulary import Vocabulary
from registry.core.text import norwegian_sort_key
from registry.offers.models import Offer
from registry.reference.load import rows as reference_rows
from search.levels import FIRST_YEAR, LAST_YEAR, Kind
from search.norwegian import Token, bokmal, tokens
from search.synonyms import Synonyms

Condition = ColumnElement[bool]
Named = Callable[[str], Condition]
_SHORT = 4  #: letters; a shorter synonym is looked for as a word of its own, not inside others


@dataclass(frozen=True, slots=True)
class Said:
    """What must hold, and what puts an offer first."""

    must: list[Condition]
    first: list[Condition]


def said(text: str, words: Vocabulary, subject: Named, provider: Named) -> Said:
    """``subject`` and ``provider`` give the offers of those that have a word, folded, in a name."""
    found = tokens(text)
    telling = _telling(found)
    must: list[Condition] = []
    at = 0
    synonyms = words.once(_synonyms)
    while at < len(telling):
        length, others = synonyms.longest(telling, at)
        own = and_(*(_typed(token.text, subject, provider) for token in telling[at : at + length]))
        must.append(or_(own, *(and_(*(_synonym(one.text, subject) for one in other)) for other in others)))
        at += length
    first = [condition for token in found if (condition := _level(token)) is not None]
    return Said(must, first) if must else Said(first, [])


def order(first: Sequence[Condition]) -> list[ColumnElement[int]]:
    """Those with most of it come first."""
    return [case((condition, 0), else_=1) for condition in first]


def _telling(found: Sequence[Token]) -> list[Token]:
    """The words: without levels, and without stop words unless there is nothing else."""
    passed_over = {row["word"] for row in reference_rows("stop_words")}
    plain = [Token(Kind.WORD, word, word) for token in found for word in _plain(token)]
    return [token for token in plain if token.text not in passed_over] or plain


def _plain(token: Token) -> tuple[str, ...]:
    if token.kind is Kind.YEARS or token.kind is Kind.STEP:
        return ()
    return (token.text,) if token.kind in (Kind.WORD, Kind.NUMBER) else token.words or (token.raw.lower(),)


def _synonyms(words: Vocabulary) -> Synonyms:
    return Synonyms(words.synonyms, lambda found: found)


def _typed(word: str, subject: Named, provider: Named) -> Condition:
    forms = sorted({norwegian_sort_key(form) for form in (word, bokmal(word))})
    titled = [col(Offer.sort_title).contains(form, autoescape=True) for form in forms]
    code = func.lower(Offer.native_code) == word
    return or_(code, *titled, *map(subject, forms), *map(provider, forms))


def _synonym(word: str, subject: Named) -> Condition:
    key = norwegian_sort_key(word)
    if len(word) < _SHORT:
        spaced = literal(" ") + col(Offer.sort_title) + literal(" ")
        return spaced.contains(f" {key} ", autoescape=True)
    return or_(col(Offer.sort_title).contains(key, autoescape=True), subject(key))


def _level(token: Token) -> Condition | None:
    if token.years is not None:
        first, last = token.years
        spans = [f"{low}-{high}" for low in range(FIRST_YEAR, first + 1) for high in range(last, LAST_YEAR + 1)]
        return col(Offer.school_years).in_([*spans, str(first)] if first == last else spans)
    if token.kind is Kind.STEP:
        return col(Offer.step) == int(token.text.removeprefix("steg"))
    return None
