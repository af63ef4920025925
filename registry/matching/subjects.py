"""The subject tree (field > area > subject) and the finding of subjects in a name.

Facts come from ``registry/reference/subjects.csv`` and ``subject_words.csv``; nothing is read before it is asked for.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz.distance import OSA

from registry.matching.spelling import REMEMBERED, Spelling
from registry.matching.text import Token, fold, is_glue, stem, tokens
from registry.matching.vocabulary import FILLER, PLACES

_KIND_CONFIDENCE = {"name": 0.97, "synonym": 0.92, "abbreviation": 0.9, "narrower": 0.92}
_NARROWER = "narrower"
_APART_CONFIDENCE = 0.9  # all the words are there, but not side by side
_PREFIX_CONFIDENCE = 0.8  # only the first part of a compound was recognised
_TYPO_CONFIDENCE = 0.7
_TYPO_MIN_LENGTH = 8  # of a compound whose first part is misspelt
_LONG = 3  # words of a phrase that wins before words that stand apart: it is the subject's own name
_ENDING = 3  # letters of an inflection
_TEACHER = "lærer"  # "matematikklærere" teach the subject, no side of it
_ENGLISH = "en"
_LEAF = 3  # field > area > subject


@dataclass(frozen=True, slots=True)
class Subject:
    """One node of the tree; ``path`` runs from the field down to the node itself."""

    code: str
    parent: str
    name_nb: str
    name_nn: str
    name_en: str
    nus_codes: tuple[str, ...]
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubjectHit:
    """A subject found in a name, with the words that told."""

    code: str
    confidence: float
    spans: tuple[tuple[int, int], ...]
    sides: tuple[
        tuple[int, int], ...
    ] = ()  #: those of the words that name a side of the subject only ("ungdomssosiologi")
    is_foreign: bool = False  #: True where the words are English: the subject's own name says the same

    @property
    def whole(self) -> tuple[tuple[int, int], ...]:
        """The words that name the subject itself."""
        return tuple(span for span in self.spans if span not in self.sides)


@dataclass(frozen=True, slots=True)
class _Phrase:
    code: str
    stems: tuple[str, ...]
    confidence: float
    apart: bool
    is_whole: bool
    is_foreign: bool


@dataclass(frozen=True, slots=True)
class _Guess:
    code: str
    confidence: float
    is_whole: bool


def reference_rows(name: str) -> list[dict[str, str]]:
    """A reference list as it is kept in the repository, row by row. The craft knows no database."""
    with files("registry.reference").joinpath(name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@cache
def subject_tree() -> Mapping[str, Subject]:
    """Every node by its code."""
    rows = {row["code"]: row for row in reference_rows("subjects.csv")}

    def path(code: str) -> tuple[str, ...]:
        parent = rows[code]["parent"]
        return (*path(parent), code) if parent else (code,)

    return {
        code: Subject(
            code,
            row["parent"],
            row["name_nb"],
            row["name_nn"],
            row["name_en"],
            tuple(filter(None, row["nus_codes"].split(";"))),
            path(code),
        )
        for code, row in rows.items()
    }


class SubjectFinder:
    """Finds the subjects of a name: long phrases win their words first, then words that stand apart, then the rest, longest first."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._near: dict[str, list[_Phrase]] = {}
        self._apart: dict[str, list[_Phrase]] = {}
        self._prefixes: list[tuple[str, str]] = []
        known: set[str] = set()
        for row in rows:
            words, sure = fold(row["words"]), _KIND_CONFIDENCE[row["kind"]]
            if words.endswith("*"):
                self._prefixes.append((words[:-1], row["code"]))
                continue
            said = [token.word for token in tokens(words) if not is_glue(token.word)]
            stems, apart = tuple(map(stem, said)), "+" in words
            known.update(said)
            whole, foreign = row["kind"] != _NARROWER, row["language"] == _ENGLISH
            phrase = _Phrase(row["code"], stems, _APART_CONFIDENCE if apart else sure, apart, whole, foreign)
            (self._apart if apart else self._near).setdefault(stems[0], []).append(phrase)
        for phrases in self._near.values():
            phrases.sort(key=lambda phrase: -len(phrase.stems))
        self.spelling = Spelling(known | FILLER | PLACES)
        self._guess = lru_cache(maxsize=REMEMBERED)(self._loose)

    def find(self, words: list[Token]) -> list[SubjectHit]:
        """The subjects, most certain first; an empty list where the name tells none."""
        written = [word for word in words if not is_glue(word.word)]
        words = [self.spelling.right(word) for word in written]
        mended = {word.start for word, before in zip(words, written, strict=True) if word is not before}
        stems = [word.stem for word in words]
        used: set[int] = set()
        hits = self._find_near(words, stems, used, _LONG)
        hits += self._find_apart(words, stems, used)
        hits += self._find_near(words, stems, used)
        for position, word in enumerate(words):
            if position not in used and (loose := self._guess(stems[position])):
                place = ((word.start, word.end),)
                hits.append(SubjectHit(loose.code, loose.confidence, place, () if loose.is_whole else place))
        best: dict[str, SubjectHit] = {}
        for hit in hits:
            if any(start in mended for start, _ in hit.spans):
                hit = replace(hit, confidence=min(hit.confidence, _TYPO_CONFIDENCE))
            seen = best.get(hit.code)
            if seen is not None:  # said twice: "Kjemi 1 – videreutdanning i kjemi"
                sure, sides = max(hit.confidence, seen.confidence), seen.sides + hit.sides
                spans = tuple(sorted(seen.spans + hit.spans))
                hit = SubjectHit(hit.code, sure, spans, sides, hit.is_foreign and seen.is_foreign)
            best[hit.code] = hit
        return sorted(best.values(), key=lambda hit: (-hit.confidence, hit.spans))

    def _find_near(self, words: list[Token], stems: list[str], used: set[int], least: int = 1) -> list[SubjectHit]:
        """Phrases of ``least`` words or more that stand side by side; their places are added to ``used``."""
        hits = []
        for position in range(len(words)):
            if (phrase := self._longest(stems, position, used)) and len(phrase.stems) >= least:
                hits.append(_hit(phrase, words[position : position + len(phrase.stems)]))
                used.update(range(position, position + len(phrase.stems)))
        return hits

    def _longest(self, stems: list[str], position: int, used: set[int]) -> _Phrase | None:
        for phrase in self._near.get(stems[position], ()):
            places = range(position, position + len(phrase.stems))
            if tuple(stems[places.start : places.stop]) == phrase.stems and used.isdisjoint(places):
                return phrase
        return None

    def _find_apart(self, words: list[Token], stems: list[str], used: set[int]) -> list[SubjectHit]:
        hits: list[SubjectHit] = []
        present = {s: i for i, s in reversed(list(enumerate(stems)))}  # the first place of each stem
        candidates = [p for s in present for p in self._apart.get(s, ())]
        for phrase in sorted(candidates, key=lambda phrase: (-len(phrase.stems), phrase.code)):
            found = [present[part] for part in phrase.stems if part in present]
            if len(found) < len(phrase.stems) or used & set(found):
                continue
            used.update(found)
            hits.append(_hit(phrase, [words[i] for i in sorted(found)]))
        return hits

    def _loose(self, word: str) -> "_Guess | None":
        for prefix, code in self._prefixes:
            if word.startswith(prefix):
                return _Guess(code, _PREFIX_CONFIDENCE, _adds_nothing(word[len(prefix) :]))
        if len(word) < _TYPO_MIN_LENGTH:
            return None
        for prefix, code in self._prefixes:
            for end in (len(prefix), len(prefix) + 1):
                if OSA.distance(word[:end], prefix, score_cutoff=1) <= 1:
                    return _Guess(code, _TYPO_CONFIDENCE, _adds_nothing(word[end:]))
        return None


def _hit(phrase: _Phrase, words: list[Token]) -> SubjectHit:
    spans = tuple((word.start, word.end) for word in words)
    return SubjectHit(phrase.code, phrase.confidence, spans, () if phrase.is_whole else spans, phrase.is_foreign)


def _adds_nothing(rest: str) -> bool:
    """True where what follows the known part of a compound is an ending, or a word that says no more ("musikkopplæring")."""
    return len(rest) <= _ENDING or stem(rest) in FILLER or rest in FILLER or rest.startswith(_TEACHER)


@cache
def subject_finder() -> SubjectFinder:
    """The finder over the registry's own words, and each subject's own names where no other subject has them for its own."""
    rows = reference_rows("subject_words.csv")
    known = {_plain(row["words"]) for row in rows}
    for subject in subject_tree().values():
        if len(subject.path) < _LEAF:
            continue
        for language, name in (("nb", subject.name_nb), ("nn", subject.name_nn), (_ENGLISH, subject.name_en)):
            if name and (plain := _plain(name)) not in known:
                known.add(plain)
                rows.append({"code": subject.code, "words": name, "kind": "name", "language": language})
    return SubjectFinder(rows)


def _plain(words: str) -> str:
    return " ".join(token.word for token in tokens(fold(words)))
