"""Texts and queries in the words of :mod:`search.norwegian`, as the server is told them.

The server knows spelling errors, beginnings, synonyms and order; of Norwegian it knows little. So every searchable field
is sent as three: its words, their stems, and the parts of its compounds. A query is sent by stems. All of them are
in the letters a to z, so that every way to type a word is the same word, in bokmål and nynorsk alike.

Levels are single words too. A span of school years also holds every span inside it::

    1.-7. trinn   trinn1til7 and innen1til7, innen1til4, innen2til3 …
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from search.levels import FIRST_YEAR, LAST_YEAR, Kind, form_token
from search.norwegian import Token, bokmal, fold, split_compound, stem, tokens
from search.protocol import IndexSettings
from search.telling import Telling, ended, lightest_field

STEMS, PARTS = "_stems", "_parts"
_MOST_WORDS = 10  #: the server reads no more of one query
_MOST_LEVELS = 3  #: of these


@dataclass(frozen=True, slots=True)
class Wording:
    """A query as it is sent. ``required`` words restrict, ``ranking`` words only put some before others."""

    required: tuple[str, ...]
    ranking: tuple[str, ...]
    beginning: bool  #: the last word of the text may be the beginning of one
    tokens: tuple[Token, ...]  #: the words and levels meant, without stop words

    @property
    def empty(self) -> bool:
        return not self.required

    @property
    def open_ended(self) -> bool:
        """Is the last required word looked for as a beginning? Only the very last word sent can be."""
        return self.beginning and not self.ranking

    def called(self, names: Sequence[str]) -> "Wording":
        """The same, with what has one of these names before all else: it has every word of it, and one more."""
        room = _MOST_WORDS - len(self.required) - len(names)
        return replace(self, ranking=(*self.ranking[:room], *reversed(names)))  # from the end

    def restricting(self, required: Sequence[str] | None = None) -> str:
        """The query that finds what is found. A space after the last word says that it is whole."""
        words = self.required if required is None else required
        return " ".join(words) + ("" if self.open_ended and words and words[-1] == self.required[-1] else " ")

    def ordering(self, required: Sequence[str] | None = None) -> str:
        """The query that puts it in order: the server drops words from the end where it does not find them all."""
        if not self.ranking:
            return self.restricting(required)
        return " ".join((*(self.required if required is None else required), *self.ranking)) + " "


def field_texts(field: str, text: str, settings: IndexSettings) -> dict[str, str]:
    """What the server is told of one searchable field."""
    words: list[str] = []
    stems: list[str] = []
    parts: list[str] = []
    forms = field != lightest_field(settings)
    for token in tokens(text):
        if token.kind is not Kind.WORD:
            if forms or token.kind is not Kind.FORM:
                words.extend(_level_words(token))
            words.extend(plain(word) for word in token.words)
            stems.extend(stem(word) for word in token.words)
            continue
        words.append(plain(token.text))
        if token.text not in settings.stop_words:
            stems.append(stem(token.text))
        parts.extend(stem(part) for part in split_compound(token.text, settings.compound_parts))
        if (without_signs := stem(plain(token.text))) != stem(token.text):
            parts.append(without_signs)  # kafé is cut otherwise than kafe
    found = {field: words, field + STEMS: stems, field + PARTS: parts}
    return {name: " ".join(filter(None, said)) for name, said in found.items() if said}


def plain(word: str) -> str:
    """In bokmål and in the letters a to z, in one piece."""
    return "".join(letter for letter in fold(bokmal(word)) if letter.isalnum())


class QueryWording:
    """Turns what somebody typed into a :class:`Wording`."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling

    def read(self, text: str) -> Wording:
        meant = list(dict.fromkeys(self._telling.words(tokens(text))))[:_MOST_WORDS]
        required: list[str] = []
        ranking: list[str] = []
        levels: list[str] = []
        general: list[str] = []
        places: list[str] = []
        at = 0
        while at < len(meant):
            length, others = self._telling.synonyms.longest(meant, at)
            if (named := self._telling.place(meant, at)) and (not others or named[0] > length):
                length, place = named
                # What a place lies in stands before it: words are dropped from the end.
                if len(place.wider) == 1:
                    places.extend(map(plain, place.wider[0]))
                places.extend(map(plain, place.words))
                at += length
                continue
            if length > 1 and any(len(one) == 1 and stem(one[0].text) in self._telling.general for one in others):
                general.extend(map(_query_word, meant[at : at + length]))
                at += length
                continue
            for token in meant[at : at + length]:
                if token.kind is not Kind.WORD:
                    levels.extend(_level_query(token))
                    continue
                parts = () if others else self._telling.parts(token.text)
                if parts:
                    required.extend(map(stem, parts))
                    ranking.append(stem(token.text))
                elif length == 1 and stem(token.text) in self._telling.general:
                    general.append(_query_word(token))
                else:
                    required.append(_query_word(token))
            at += length
        required = list(dict.fromkeys(filter(None, required or places or general)))[: _MOST_WORDS - _MOST_LEVELS]
        others_said = dict.fromkeys((*levels, *places, *general))
        ranking = [*ranking, *(word for word in others_said if word and word not in required)]
        if not required:
            required, ranking = ranking[:1], ranking[1:]
        return Wording(
            tuple(required),
            tuple(ranking[: _MOST_WORDS - len(required)]),
            bool(meant) and self._open_ended(meant[-1], text, required),
            tuple(meant),
        )

    def has_synonyms(self, token: Token) -> bool:
        return bool(self._telling.synonyms.longest([token], 0)[1])

    def known_part(self, word: str) -> list[str]:
        """The stem of the known word that an unknown one begins or ends with, if any."""
        part = self._telling.known_part(word)
        return [stem(part)] if part else []

    @staticmethod
    def _open_ended(last: Token, text: str, required: Sequence[str]) -> bool:
        """A beginning is one where nothing was cut off: the stem of *lærere* would begin too much else."""
        whole = ended(text) or last.kind is not Kind.WORD
        return not whole and bool(required) and required[-1] == plain(last.text)


def server_synonyms(settings: IndexSettings) -> dict[str, list[str]]:
    """The sets of terms that find each other, in stems."""
    telling = Telling(settings)
    found: dict[str, list[str]] = {}
    for terms in settings.synonyms:
        members = list(dict.fromkeys(filter(None, (_stems(telling.words(tokens(term))) for term in terms))))
        for member in members:
            others = found.setdefault(member, [])
            others.extend(other for other in members if other != member and other not in others)
    return {term: others for term, others in sorted(found.items()) if others}


def exact_words() -> list[str]:
    """Words that are never taken for a spelling error of another: all levels."""
    spans = [(low, high) for low in range(FIRST_YEAR, LAST_YEAR + 1) for high in range(low, LAST_YEAR + 1)]
    years = [f"{name}{low}til{high}" for name in ("trinn", "innen") for low, high in spans]
    forms = [form_token(form) for form in ("online", "gatherings", "hybrid", "campus")]
    return [*years, *forms, *(f"{name}{number}" for name in ("steg", "del") for number in range(1, 10))]


def distinct_words(texts: Mapping[str, str], fields: Iterable[str]) -> list[str]:
    """The words of some fields as they are written, in small letters, without numbers: for suggestions."""
    found = (token for field in fields for token in tokens(texts.get(field, "")))
    return list(dict.fromkeys(token.text for token in found if token.kind is Kind.WORD and token.text.isalpha()))


def _query_word(token: Token) -> str:
    if any(letter.isdigit() for letter in token.text):
        return f'"{plain(token.text)}"'  # in quotation marks a word is never corrected
    return stem(token.text) if plain(token.text) else ""


def _level_words(token: Token) -> list[str]:
    if token.years is None:
        return [token.text]
    first, last = token.years
    inside = [f"innen{low}til{high}" for low in range(first, last + 1) for high in range(low, last + 1)]
    return [f"trinn{first}til{last}", *inside]


def _level_query(token: Token) -> list[str]:
    if token.years is None:
        return [token.text]
    first, last = token.years
    return [f"innen{first}til{last}", f"trinn{first}til{last}"]


def _stems(words: Sequence[Token]) -> str:
    return " ".join(stem(word.text) if word.kind is Kind.WORD else word.text for word in words)
