"""Norwegian text as terms to search by: bokmål and nynorsk together, with Sami letters and English words in between.

Pure functions. One word gives several index terms, told apart by their first character::

    høyskolen   the word as written, in small letters
    ^hoyskolen  in bokmål and without Norwegian letters, however they were typed (only where that differs)
    ~hoyskol    the stem after nynorsk has been turned into bokmål
    +matematikk the stem of one part of a compound (matematikkundervisning)
    =norsk      the stem of a word that is all that a sentence says: "Norsk 2", not "Norsk tegnspråk"

Levels (school years, steps, credits) are single tokens, see :mod:`search.levels`.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import snowballstemmer

from search.dictionary import nynorsk_pieces
from search.levels import Kind, Level, levels

FOLDED, STEM, PART, ALL = "^", "~", "+", "="

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_LETTERS = str.maketrans(
    {
        "æ": "a",
        "ä": "a",
        "ø": "o",
        "ö": "o",
        "å": "a",
        "đ": "d",
        "ð": "d",
        "ŋ": "n",
        "ŧ": "t",
        "ł": "l",
        "ß": "ss",
        "þ": "t",
    }
)
_DIGRAPHS = re.compile("a[ae]+|oe+")  # greedy, so that folding twice is folding once
_TYPED_APART = {"ae": "æ", "oe": "ø", "aa": "å"}  #: on a keyboard without Norwegian letters
_APART = re.compile("|".join(_TYPED_APART))

#: Endings that nynorsk and bokmål have apart in many words: munnleg, språklegheit, ferdigheit, utøvande.
_NYNORSK_ENDINGS = re.compile(r"(?<=[^\W_]{3})(?:leg(?=e?$|heit|t$)|heit(?=$|a$|er$|ene$|s)|(?<=[^\W_]{4})ande$)")
_BOKMAL_ENDINGS = {"leg": "lig", "heit": "het", "ande": "ende"}
#: "skolelege" ends in a word of its own, whatever "språklege" ends in.
_PHYSICIAN = re.compile(
    r"((?:skole|fast|over|tann|dyr|barne|kommune|bedrifts|turnus|sykehus|)leg)(?:e|en|ens|er|ene|ar|ane)"
)
_LINKS = ("", "s", "e")  #: what may stand between the parts of a compound
_SHORTEST_PART = 3
_DEAREST = 1_000  # above what any split of a word can cost
#: Of nouns, in bokmål and nynorsk.
_ENDINGS = (
    "s", "e", "n", "r", "t", "a", "en", "et", "er", "ar", "ne", "ene", "ane", "ens", "ets", "ers", "enes", "anes",
)  # fmt: skip

_SENTENCE_END = re.compile(r"(?<!\d)\.\s")
_WHOLE = re.compile("vikar")  #: the stemmer takes it for a form of "vik": *Viken*
_LAW = re.compile(r"(?<=[^\W_]{3})(?P<law>lov)(?:en|a|er|ene|ens)?$")

_stemmer = snowballstemmer.stemmer("norwegian")
_stemmer_lock = threading.Lock()  # a snowball stemmer keeps the word it works on in itself


@dataclass(frozen=True, slots=True)
class Token:
    """One word or level of a text. ``raw`` is how it was written."""

    kind: Kind
    text: str
    raw: str
    years: tuple[int, int] | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """Of a level that is said in words, as *ungdomsskole* and *nettbasert*: the words. They are searched by too."""
        in_words = self.kind in (Kind.FORM, Kind.TERM) or (
            self.kind is Kind.YEARS and not any(sign.isdigit() for sign in self.raw)
        )
        return tuple(_WORD.findall(self.raw.lower())) if in_words else ()


def tokens(text: str) -> list[Token]:
    """The words and levels of ``text`` in order. Words are in small letters, composed form (NFC)."""
    return [token for token, _ in placed_tokens(unicodedata.normalize("NFC", text))]


def placed_tokens(text: str) -> Iterator[tuple[Token, tuple[int, int]]]:
    """The words and levels of a text in composed form, each with its first place and the first after it."""
    position = 0
    for level in levels(text):
        yield from _words(text, position, level.start)
        yield _token(level, text), (level.start, level.end)
        position = level.end
    yield from _words(text, position, len(text))


def _token(level: Level, text: str) -> Token:
    return Token(level.kind, level.text, text[level.start : level.end], level.years)


def _words(text: str, start: int, end: int) -> Iterator[tuple[Token, tuple[int, int]]]:
    for match in _WORD.finditer(text, start, end):
        raw = match.group()
        yield Token(Kind.NUMBER if raw.isdigit() else Kind.WORD, raw.lower(), raw), match.span()


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """The word in the letters a to z, the same for every way to type it: lærer, laerer and larer give ``larer``."""
    plain = unicodedata.normalize("NFKD", word.lower().translate(_LETTERS)).lower()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter) and not letter.isspace())
    short = _DIGRAPHS.sub(lambda letters: letters.group()[0], plain)
    return short if 2 * len(short) >= len(plain) else plain  # two hundred times "a" is no "a"


def bokmal(word: str) -> str:
    """The bokmål form of a nynorsk word in small letters; any other word comes back unchanged.

    Nynorsk that was typed without Norwegian letters is read too: *laerar* is *lærer*.
    """
    if (typed := _respelled(word)) != word and (read := bokmal(typed)) != typed:
        return read
    pattern, read_as = _pieces()
    inner = pattern.sub(lambda piece: read_as[piece.group()], word)
    if _PHYSICIAN.fullmatch(inner):
        return inner
    return _NYNORSK_ENDINGS.sub(lambda piece: _BOKMAL_ENDINGS[piece.group()], inner)


@cache
def _pieces() -> tuple[re.Pattern[str], dict[str, str]]:
    """The longest piece counts: what is most specific goes first."""
    found = sorted(nynorsk_pieces().items(), key=lambda pair: -len(pair[0].strip("^$")))
    pieces = [(piece, read, read.removeprefix(piece) if read.startswith(piece) else "") for piece, read in found]
    # What is bokmål already is left alone: "yrkesvalg" is no "yrkesval" with a g. And elev-arbeid is no elevar.
    pattern = "|".join(f"{piece}(?!{rest})" if rest else piece for piece, _, rest in pieces)
    return re.compile(f"(?:{pattern})(?!beid)"), {piece.strip("^$"): read for piece, read, _ in pieces}


def _respelled(word: str) -> str:
    """With Norwegian letters where two others may stand for one: most words with such a pair are no Norwegian words then."""
    return _APART.sub(lambda pair: _TYPED_APART[pair.group()], word)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The folded stem that all inflections share in both written languages: lærarar and lærere meet."""
    plain = bokmal(_respelled(word))
    if law := _LAW.search(plain):
        return fold(plain[: law.end("law")])  # the stemmer takes "opplæringsloven" for a form of "opplæring"
    if physician := _PHYSICIAN.fullmatch(plain):
        return fold(physician.group(1))
    if whole := _WHOLE.match(plain):
        return fold(whole.group())
    if plain.endswith("erne") and plain != "moderne":
        plain = plain[:-2]  # lærerne is of lærer
    with _stemmer_lock:
        stemmed: str = _stemmer.stemWord(plain)
        shorter: str = _stemmer.stemWord(stemmed) if stemmed.endswith("er") else stemmed
    return fold(shorter)


@lru_cache(maxsize=65_536)
def split_compound(word: str, parts: frozenset[str]) -> tuple[str, ...]:
    """The known parts that make up the whole of ``word``, fewest first, or nothing.

    ``parts`` are words in small letters; one with a hyphen after it (``lese-``) only stands first. A fuge-s or fuge-e may link them and the
    last may be inflected: ``matematikkundervisningen`` gives ``("matematikk", "undervisning")``. A word that is a part
    itself is one piece: ``undervisning`` is not *under* and *visning*. What makes no compound as it is written may do so
    with Norwegian letters: *barnehagelaerer*.
    """
    for whole in dict.fromkeys((bokmal(word), bokmal(_respelled(word)))):
        if len(whole) < 2 * _SHORTEST_PART or not whole.isalpha() or _known(whole, parts):
            return ()
        if found := _split(whole, parts):
            return found
    return ()


def _split(word: str, parts: frozenset[str]) -> tuple[str, ...]:
    best: tuple[str, ...] = ()
    price = _DEAREST
    for end in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
        head = word[:end]
        if head not in parts and f"{head}-" not in parts:
            continue
        for rest, link in _rests(head, word[end:]):
            known = _known(rest, parts)
            tail = (known,) if known else _split(rest, parts)
            # Fewest parts; of those as they are: videreutdanning-s-kurs, not -skur-s, and innvandrer-elever, not -e-lever.
            if tail and (mine := 2 * len(tail) + (tail[-1] != rest) + (link == "e")) < price:
                best, price = (head, *tail), mine
    return best


def _rests(head: str, rest: str) -> Iterator[tuple[str, str]]:
    """What may follow ``head``, and the link before it. Of three equal letters the third is not written: it is put back."""
    for link in _LINKS:
        if rest.startswith(link) and len(rest) - len(link) >= _SHORTEST_PART:
            yield rest[len(link) :], link
    if head[-1] == head[-2]:
        yield head[-1] + rest, ""


def _known(word: str, parts: frozenset[str]) -> str:
    """The part that ``word`` is, or is a form of; empty where it is none."""
    if word in parts:
        return word
    for ending in _ENDINGS:
        base = word.removesuffix(ending)
        if base == word or len(base) < _SHORTEST_PART:
            continue
        once = base[:-1] if base[-1] == base[-2] else base  # rommet is of rom
        for candidate in (base, base + "e", once):
            if candidate in parts:
                return candidate
    return ""


def index_terms(
    text: str,
    parts: frozenset[str],
    *,
    forms: bool = True,
    besides: frozenset[str] | None = None,
    silent: frozenset[str] = frozenset(),
) -> list[str]:
    """Every term that ``text`` is found by, repeated as often as it occurs (see the module's docstring).

    Without ``forms`` how something is taught is a word as any other: whole descriptions speak of much that is not so.
    Words of ``silent`` are there as they are written, and no other word is taken for them: *søm* is not *som*.
    Of a name it is told where it is one word, ``besides`` some stems that say nothing: "Norsk for lærere" is *norsk*.
    """
    terms = [ALL + root for root in _only_words(text, besides)] if besides is not None else []
    for token in tokens(text):
        if token.kind is Kind.WORD:
            terms.extend((token.text,) if token.text in silent else _word_terms(token.text, parts))
        else:
            if forms or token.kind is not Kind.FORM:
                terms.append(token.text)
            for word in token.words:
                terms.extend(_word_terms(word, parts))
    return terms


def _only_words(text: str, besides: frozenset[str]) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(text):
        words = [token.text for token in tokens(sentence) if token.kind is Kind.WORD]
        telling = [stem(word) for word in words if stem(word) not in besides] or list(map(stem, words))
        if len(telling) == 1 and telling[0].isalpha() and not sentence.rstrip().endswith("-"):
            yield telling[0]


@lru_cache(maxsize=65_536)
def _word_terms(word: str, parts: frozenset[str]) -> tuple[str, ...]:
    terms = [word, STEM + stem(word)]
    if (folded := fold(bokmal(word))) != word:
        terms.append(FOLDED + folded)
    terms.extend(PART + stem(part) for part in split_compound(word, parts))
    return tuple(terms)
