"""What of a text tells of the subject, by an engine's settings: the same for who finds and for who marks what was found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.levels import Kind
from search.norwegian import Token, bokmal, fold, split_compound, stem, tokens
from search.protocol import IndexSettings
from search.synonyms import Synonyms

#: Letters that a beginning must have: one letter begins a tenth of all words.
SHORTEST_BEGINNING = 2
ONE_TYPO_FROM, TWO_TYPOS_FROM = 4, 8  #: letters of a word
_SHORTEST_SYNONYM_PART = 4
_SHORTEST_KNOWN_PART = 5  #: *selektiv* is not of *sele*
_LEAST_REST = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A place or institution that was named: the words of its name, and of the names of what it lies in."""

    words: tuple[str, ...]
    wider: tuple[tuple[str, ...], ...]


class Telling:
    """Made once of an engine's settings; keeps nothing of what is asked."""

    def __init__(self, settings: IndexSettings) -> None:
        self.stop_words = frozenset(map(stem, settings.stop_words))
        # "pa" is "på"; "søm" is not "som"
        self._passed_over = settings.stop_words | frozenset(map(fold, settings.stop_words))
        self.general = frozenset(map(stem, settings.general_words))
        self.synonyms = Synonyms(settings.synonyms, self.words)
        self.compound_parts = _with_synonyms(settings.compound_parts, synonym_words(settings))
        self._places = _places(settings.places, self.words)
        self._longest_place = max(map(len, self._places), default=0)
        self.enough = settings.enough

    def words(self, found: list[Token]) -> list[Token]:
        """Without stop words, unless there is nothing else."""
        return [one for one in found if one.kind is not Kind.WORD or one.text not in self._passed_over] or found

    def parts(self, word: str) -> tuple[str, ...]:
        """Of a compound, without general ones, unless there is nothing else: *danseundervisning* is *dans*."""
        parts = split_compound(word, self.compound_parts)
        return tuple(part for part in parts if stem(part) not in self.general) or parts

    def is_word(self, word: str) -> bool:
        """Is it in the dictionary as it is written? A form of a word may well be a misspelling: *engelskt*."""
        return not self.compound_parts.isdisjoint((bokmal(word), f"{bokmal(word)}-"))

    def known_part(self, word: str) -> str:
        """The longest known word that an unknown one begins with, or else ends with: *tegnspråktolk* is of *tegnspråk*."""
        whole = bokmal(word)
        for length in range(len(whole) - _LEAST_REST, _SHORTEST_KNOWN_PART - 1, -1):
            for piece in (whole[:length], whole[-length:]):
                if piece in self.compound_parts and stem(piece) not in self.general:
                    return piece
        return ""

    def place(self, words: Sequence[Token], at: int) -> tuple[int, Place] | None:
        """How many words from ``at`` on name a place or institution, and which; None where they name none."""
        for length in range(min(self._longest_place, len(words) - at), 0, -1):
            some = words[at : at + length]
            if all(one.kind is Kind.WORD for one in some):
                found = self._places.get(tuple(fold(one.text) for one in some))
                if found is not None:
                    return length, found
        return None


def ended(text: str) -> bool:
    """Does the text end behind a whole word? Otherwise its last word may be the beginning of one."""
    return text.endswith((" ", ".", ","))


def synonym_words(settings: IndexSettings) -> frozenset[str]:
    """Single words that mean something else too: they may be misspelled, and stand in compounds."""
    return frozenset(term.lower() for terms in settings.synonyms for term in terms if term.isalpha() and len(terms) > 1)


@lru_cache(maxsize=16)
def _with_synonyms(parts: frozenset[str], synonyms: frozenset[str]) -> frozenset[str]:
    """One object for all engines of the same words: splits are remembered by it, and to compare thousands of words takes longer."""
    return parts | {word for word in synonyms if len(word) >= _SHORTEST_SYNONYM_PART}


def lightest_field(settings: IndexSettings) -> str:
    """Where whole descriptions stand: it tells least of what an offer is. Empty where all weigh alike."""
    lightest = min(settings.searchable, key=lambda name: settings.searchable[name])
    return lightest if settings.searchable[lightest] < max(settings.searchable.values()) else ""


def name_fields(settings: IndexSettings) -> frozenset[str]:
    """What an offer and its subject are called: the fields that weigh half as much as the heaviest, or more."""
    heaviest = max(settings.searchable.values())
    return frozenset(name for name, weight in settings.searchable.items() if 2 * weight >= heaviest)


@lru_cache(maxsize=16)
def nothing_said(words: frozenset[str]) -> frozenset[str]:
    """The stems of words that say nothing of a subject."""
    return frozenset(map(stem, words))


def _places(
    named: Sequence[Sequence[str]], wanted: Callable[[list[Token]], list[Token]]
) -> dict[tuple[str, ...], Place]:
    """``wanted`` leaves out stop words, as is done with what people search for: *Universitetet i Oslo*, *Møre og Romsdal*."""
    found: dict[tuple[str, ...], Place] = {}
    for names in named:
        name, *wider = (tuple(one.text for one in wanted(tokens(said)) if one.kind is Kind.WORD) for said in names)
        key = tuple(map(fold, name))
        known = found.get(key)
        if name:
            found[key] = Place(name, tuple(dict.fromkeys((*(known.wider if known else ()), *filter(None, wider)))))
    return found
