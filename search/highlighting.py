"""Which words of a text were found: places in the text, never marked-up text, so that whoever shows it escapes it.

One way for every engine. What an engine is told are stems and parts, so its own marks would not fit the text that is shown. A word is marked
where it is the one searched for, by inflection, written language, spelling, as a synonym or a beginning; of a compound only the
part that was searched for.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from search.levels import Kind
from search.norwegian import Token, bokmal, fold, placed_tokens, split_compound, stem, tokens
from search.protocol import Hit, SearchPage, SearchQuery, Span
from search.telling import SHORTEST_BEGINNING, Telling, ended


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is marked."""

    stems: frozenset[str]
    folded: frozenset[str]
    levels: frozenset[str]
    years: tuple[tuple[int, int], ...]
    phrases: tuple[tuple[str, ...], ...]  #: synonyms of several words, by stems: all of them in a row
    beginning: str  #: folded; empty where the last word is whole

    def __bool__(self) -> bool:
        return bool(self.stems or self.levels or self.years or self.phrases or self.beginning)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word or level of a text and where it stands."""

    kind: Kind
    key: str  #: the stem of a word, a level's own text
    plain: str
    years: tuple[int, int] | None
    span: Span
    parts: tuple[tuple[str, Span], ...]  #: of a compound


class Highlighter:
    """Keeps nothing of what is asked."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling

    def marks(self, said: Iterable[str], text: str) -> tuple[Span, ...]:
        """The spans of ``text``, rising and apart, of what any of ``said`` (a query, what was meant by it) finds there."""
        return self._marks([one for one in map(self.wanted, said) if one], text)

    def marked(self, page: SearchPage, query: SearchQuery) -> SearchPage:
        """The answer with the words that were found told in the first of each hit's stored texts that has any of them."""
        if not query.mark or not query.text or not page.hits:
            return page
        said = [query.text, *([page.did_you_mean] if page.did_you_mean else [])]
        wanted = [one for one in map(self.wanted, said) if one]
        return replace(page, hits=[replace(hit, marks=self._first(wanted, query.mark, hit)) for hit in page.hits])

    def _first(self, wanted: Sequence[Wanted], names: Sequence[str], hit: Hit) -> dict[str, tuple[Span, ...]]:
        for name in names:
            text = hit.stored.get(name)
            if isinstance(text, str) and (found := self._marks(wanted, text)):
                return {name: found}
        return {}

    def _marks(self, wanted: Sequence[Wanted], text: str) -> tuple[Span, ...]:
        if not wanted or not unicodedata.is_normalized("NFC", text):
            return ()
        words = _read(text, self._telling.compound_parts)
        return tuple(_apart(sorted({span for one in wanted for span in self._found(one, words)})))

    def wanted(self, text: str) -> Wanted:
        words = self._telling.words(tokens(text))
        stems: set[str] = set()
        phrases: list[tuple[str, ...]] = []
        at = 0
        while at < len(words):
            length, others = self._telling.synonyms.longest(words, at)
            for other in others:
                if len(other) == 1:
                    stems.add(_key(other[0]))
                else:
                    phrases.append(tuple(map(_key, other)))
            at += length
        said = [word.text for word in words if word.kind is Kind.WORD]
        stems.update(map(stem, said))
        for word in said:
            stems.update(map(stem, self._telling.parts(word)))
        whole = ended(text) or not words or words[-1].kind is not Kind.WORD
        last = "" if whole or len(words[-1].text) < SHORTEST_BEGINNING else fold(bokmal(words[-1].text))
        return Wanted(
            stems=frozenset(stems),
            folded=frozenset(fold(bokmal(word)) for word in said),
            levels=frozenset(word.text for word in words if word.kind is not Kind.WORD and word.years is None),
            years=tuple(word.years for word in words if word.years is not None),
            phrases=tuple(phrases),
            beginning=last,
        )

    def _found(self, wanted: Wanted, words: Sequence[_Placed]) -> Iterator[Span]:
        for word in words:
            if word.kind is Kind.WORD:
                yield from _of_word(wanted, word)
            elif word.years is not None:
                first, last = word.years
                if any(first <= low and high <= last for low, high in wanted.years):
                    yield word.span
            elif word.key in wanted.levels:
                yield word.span
        if wanted.phrases:
            telling = [word for word in words if word.key not in self._telling.stop_words]
            for phrase in wanted.phrases:
                for start in range(len(telling) - len(phrase) + 1):
                    some = telling[start : start + len(phrase)]
                    if all(word.key == key for word, key in zip(some, phrase, strict=True)):
                        yield some[0].span[0], some[-1].span[1]


def _of_word(wanted: Wanted, word: _Placed) -> Iterator[Span]:
    if word.key in wanted.stems or word.plain in wanted.folded:
        yield word.span
        return
    if inside := [span for key, span in word.parts if key in wanted.stems]:
        yield from inside
    elif wanted.beginning and word.plain.startswith(wanted.beginning):
        yield word.span


@lru_cache(maxsize=8_192)
def _read(text: str, parts: frozenset[str]) -> tuple[_Placed, ...]:
    """A text as it is looked through: the same names are shown again and again."""
    return tuple(
        _Placed(token.kind, _key(token), fold(bokmal(token.text)), token.years, span, _parts(token, span, parts))
        for token, span in placed_tokens(text)
    )


def _parts(token: Token, span: Span, known: frozenset[str]) -> tuple[tuple[str, Span], ...]:
    found = []
    at = 0
    for part in split_compound(token.text, known) if token.kind is Kind.WORD else ():
        place = token.text.find(part, at)
        if place < 0:  # a nynorsk compound is parted in bokmål: there the whole word is marked
            found.append((stem(part), span))
            continue
        at = place + len(part)
        found.append((stem(part), (span[0] + place, span[0] + at)))
    return tuple(found)


def _key(token: Token) -> str:
    return stem(token.text) if token.kind is Kind.WORD else token.text


def _apart(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans that meet become one."""
    start, end = -1, -1
    for low, high in spans:
        if low <= end:
            end = max(end, high)
            continue
        if end > 0:
            yield start, end
        start, end = low, high
    if end > 0:
        yield start, end
