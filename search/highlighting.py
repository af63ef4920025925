"""Which words of a text were found: places in the text, never marked-up text, so that whoever shows it escapes it.

One way for every engine. What an engine is told are stems and parts, so its own marks would not fit the text that is shown. A word is marked
where it is the one searched for, by inflection, written language, spelling, as a synonym or a beginning; of a compound only the
part that was searched for.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from search.levels import Kind
from search.norwegian import Token, bokmal, fold, placed_tokens, split_compound, stem, tokens
from search.protocol import IndexSettings, SearchPage, SearchQuery, Span
from search.synonyms import Synonyms

_SHORTEST_BEGINNING = 2


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


class Highlighter:
    """Made from an engine's settings; keeps nothing of what is asked."""

    def __init__(self, settings: IndexSettings) -> None:
        self._parts = settings.compound_parts
        self._stop_words = frozenset(stem(word) for word in settings.stop_words)
        self._general = frozenset(stem(word) for word in settings.general_words)
        self._synonyms = Synonyms(settings.synonyms, self._telling)

    def marks(self, said: Iterable[str], texts: Sequence[str]) -> list[tuple[Span, ...]]:
        """For each of ``texts`` the spans, rising and apart, of what any of ``said`` (a query, what was meant by it) finds there."""
        wanted = [one for one in map(self.wanted, said) if one]
        return [self._spans(wanted, text) for text in texts]

    def wanted(self, text: str) -> Wanted:
        words = self._telling(tokens(text))
        stems: set[str] = set()
        phrases: list[tuple[str, ...]] = []
        at = 0
        while at < len(words):
            length, others = self._synonyms.longest(words, at)
            for other in others:
                if len(other) == 1:
                    stems.add(_key(other[0]))
                else:
                    phrases.append(tuple(map(_key, other)))
            at += length
        said = [word.text for word in words if word.kind is Kind.WORD]
        stems.update(map(stem, said))
        for word in said:
            stems.update(self._telling_parts(word))
        whole = text.endswith((" ", ".", ",")) or not words or words[-1].kind is not Kind.WORD
        last = "" if whole or len(words[-1].text) < _SHORTEST_BEGINNING else fold(bokmal(words[-1].text))
        return Wanted(
            stems=frozenset(stems),
            folded=frozenset(fold(bokmal(word)) for word in said),
            levels=frozenset(word.text for word in words if word.kind is not Kind.WORD and word.years is None),
            years=tuple(word.years for word in words if word.years is not None),
            phrases=tuple(phrases),
            beginning=last,
        )

    def _telling(self, found: list[Token]) -> list[Token]:
        kept = [token for token in found if token.kind is not Kind.WORD or stem(token.text) not in self._stop_words]
        return kept or found

    def _telling_parts(self, word: str) -> list[str]:
        parts = [stem(part) for part in split_compound(word, self._parts)]
        return [part for part in parts if part not in self._general] or parts

    def _spans(self, wanted: Sequence[Wanted], text: str) -> tuple[Span, ...]:
        if not wanted or not unicodedata.is_normalized("NFC", text):
            return ()
        placed = list(placed_tokens(text))
        found = {span for one in wanted for span in self._found(one, placed)}
        return tuple(_apart(sorted(found)))

    def _found(self, wanted: Wanted, placed: Sequence[tuple[Token, Span]]) -> Iterator[Span]:
        for token, span in placed:
            if token.kind is Kind.WORD:
                yield from self._of_word(wanted, token.text, span)
            elif token.years is not None:
                first, last = token.years
                if any(first <= low and high <= last for low, high in wanted.years):
                    yield span
            elif token.text in wanted.levels:
                yield span
        keys = [_key(token) for token, _ in placed if not self._is_stop_word(token)]
        places = [span for token, span in placed if not self._is_stop_word(token)]
        for phrase in wanted.phrases:
            for start in range(len(keys) - len(phrase) + 1):
                if tuple(keys[start : start + len(phrase)]) == phrase:
                    yield places[start][0], places[start + len(phrase) - 1][1]

    def _is_stop_word(self, token: Token) -> bool:
        return token.kind is Kind.WORD and stem(token.text) in self._stop_words

    def _of_word(self, wanted: Wanted, word: str, span: Span) -> Iterator[Span]:
        plain = fold(bokmal(word))
        if stem(word) in wanted.stems or plain in wanted.folded:
            yield span
            return
        at, found = 0, False
        for part in split_compound(word, self._parts):
            place = word.find(part, at)
            if place >= 0:
                at = place + len(part)
            if stem(part) in wanted.stems:
                found = True
                # A nynorsk compound is parted in bokmål: there the whole word is marked.
                yield (span[0] + place, span[0] + at) if place >= 0 else span
        if not found and wanted.beginning and plain.startswith(wanted.beginning):
            yield span


def marked(page: SearchPage, query: SearchQuery, highlighter: Highlighter) -> SearchPage:
    """The answer with the words that were found told in every hit's stored texts, as far as the query asks for them."""
    if not query.mark or not query.text or not page.hits:
        return page
    said = [query.text, *([page.did_you_mean] if page.did_you_mean else [])]
    places = [
        (at, name) for at, hit in enumerate(page.hits) for name in query.mark if isinstance(hit.stored.get(name), str)
    ]
    found = highlighter.marks(said, [str(page.hits[at].stored[name]) for at, name in places])
    marks: dict[int, dict[str, tuple[Span, ...]]] = {}
    for (at, name), spans in zip(places, found, strict=True):
        if spans:
            marks.setdefault(at, {})[name] = spans
    return replace(page, hits=[replace(hit, marks=marks.get(at, {})) for at, hit in enumerate(page.hits)])


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
