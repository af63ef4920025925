"""Words of a Norwegian title: folded without moving a single character, split, and brought to one form.

Bokmål and nynorsk are one language here: "leiarutdanning" and "lederutdanning" get the same stem,
so that a pair of offers is judged by content and not by written standard.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import snowballstemmer

from registry.matching.vocabulary import ENGLISH_TO_BOKMAL, GLUE, NYNORSK_TO_BOKMAL, OUTCOME_WORDS, PHYSICIANS

_PHYSICIAN = re.compile(rf"((?:{'|'.join(PHYSICIANS)})leg)(?:e|en|er|ene|ar|ane)")
_TOKEN = re.compile(r"[^\W_]+")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−\u00ad\u0096\u0097"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2009\u202f\t\r\n"), " ")


class Token(NamedTuple):
    """One word of a folded text; ``text[start:end]`` is the word as written."""

    word: str
    start: int
    end: int

    @property
    def stem(self) -> str:
        """The word's form for comparison."""
        return stem(self.word)


def tidy(title: str) -> str:
    """The title composed (NFC) with runs of white space folded; all spans refer to this text."""
    return " ".join(unicodedata.normalize("NFC", title).split())


def fold(text: str) -> str:
    """Lower case, plain dashes and plain spaces. The result is exactly as long as ``text``."""
    text = text.translate(_DASHES).translate(_SPACES)
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def tokens(folded: str) -> list[Token]:
    """The words and numbers of a folded text, in order."""
    return [Token(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(folded)]


def as_written(title: str, stems: Iterable[str]) -> list[str]:
    """The words of ``title`` behind some stems, in the stems' order: stems are for comparing, words for reading."""
    words, _ = _written(title)
    return [words.get(one, one) for one in stems]


def phrase(title: str, stems: Iterable[str]) -> str:
    """The same words as they stand in the title; where others stand between them, dots do: "individuelle planer … tiltak"."""
    words = as_written(title, stems)
    _, whole = _written(title)
    said = words[:1]
    for before, word in pairwise(words):
        said += [word] if f" {before} {word} " in whole else ["…", word]
    return " ".join(said)


@lru_cache(maxsize=16_384)  # a title is in as many pairs as its offer
def _written(title: str) -> tuple[dict[str, str], str]:
    """The word behind each stem, the first where several have it; and all words in order, spaced."""
    found = tokens(fold(title))
    words: dict[str, str] = {}
    for token in found:
        words.setdefault(token.stem, token.word)
    return words, f" {' '.join(token.word for token in found)} "


def blank(text: str, start: int, end: int, filler: str = " ") -> str:
    """``text`` with a span rubbed out, its length kept."""
    return text[:start] + filler * (end - start) + text[end:]


@lru_cache(maxsize=4_096)
def told_outcomes(text: str) -> str:
    """Learning outcomes without the words that all such lists have in common."""
    return " ".join(word for word in _TOKEN.findall(text.lower()) if word not in OUTCOME_WORDS and word not in GLUE)


def is_glue(word: str) -> bool:
    """True for the small words that never tell two subjects apart."""
    return word in GLUE


@cache
def _stemmer() -> Any:
    return snowballstemmer.stemmer("norwegian")


@lru_cache(maxsize=65_536)
def to_bokmal(word: str) -> str:
    """A nynorsk (or common English) word in its bokmål shape; other words unchanged."""
    word = ENGLISH_TO_BOKMAL.get(word, word)
    for nynorsk, bokmal in NYNORSK_TO_BOKMAL:
        if nynorsk in word and bokmal not in word:
            word = word.replace(nynorsk, bokmal)
    return word


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """One form for a word in bokmål, nynorsk or (for the trade's own words) English.

    >>> stem("leiarutdanninga") == stem("lederutdanningen")
    True
    """
    word = to_bokmal(word)
    if physician := _PHYSICIAN.fullmatch(word):
        return physician.group(1)
    if word.endswith(("leg", "lege")):
        word = word[: word.rindex("leg")] + "lig"
    stemmed: str = _stemmer().stemWord(word)
    return stemmed
