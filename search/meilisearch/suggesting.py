"""What somebody meant: the server takes other spellings by itself but does not say which; here it is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from search.levels import Kind
from search.meilisearch.wording import QueryWording, Wording, plain
from search.norwegian import Token, fold, stem
from search.telling import ONE_TYPO_FROM, TWO_TYPOS_FROM

#: (part of a word) -> words of the index that are like it, and in how many documents
Like = Callable[[str], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The query in words that are in the index. ``text`` is None where there is nothing to say."""

    text: str | None
    required: tuple[str, ...]


def suggest(wording: Wording, reading: QueryWording, like: Like) -> Suggestion:
    """Every unknown word by the nearest known one; a word that is like none is left out."""
    said: list[str] = []
    required: list[str] = []
    for token in wording.tokens:
        word = _known(token, reading, like, token is wording.tokens[-1])
        if not word and (parts := _known_parts(token, reading, like)):
            said.append(token.raw)
            required.extend(parts)
        elif word:
            said.append(word)
            required.extend(reading.read(f"{word} ").required if token.kind is Kind.WORD else ())
    meant = " ".join(said)
    asked = " ".join(token.raw for token in wording.tokens)
    return Suggestion(meant if required and meant != asked else None, tuple(dict.fromkeys(required)))


def _known_parts(token: Token, reading: QueryWording, like: Like) -> list[str]:
    """Stems of those parts of a compound that some word of the index begins or ends with."""
    if token.kind is not Kind.WORD:
        return []
    found = [
        root for root in reading.read(f"{token.text} ").required if any(root in plain(word) for word in like(root))
    ]
    return found or reading.known_part(token.text)


def _known(token: Token, reading: QueryWording, like: Like, last: bool) -> str:
    if token.kind is not Kind.WORD or reading.has_synonyms(token):
        return token.raw
    found = like(token.text)
    plain_word, root = plain(token.text), stem(token.text)
    for word in found:
        if stem(word) == root or plain(word) == plain_word or (last and plain(word).startswith(plain_word)):
            return token.raw
    if len(token.text) < ONE_TYPO_FROM or any(letter.isdigit() for letter in token.text):
        return ""
    most = 2 if len(token.text) >= TWO_TYPOS_FROM else 1
    near = [(OSA.distance(fold(token.text), fold(word)), -count, word) for word, count in found.items()]
    return min((one for one in near if one[0] <= most), default=(0, 0, ""))[2]
