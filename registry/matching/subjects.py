"""The subject tree (field > area > subject) and the finding of subjects in a name.

Facts come from ``registry/reference/subjects.csv`` and ``subject_words.csv``; nothing is read before it is asked for.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from registry.matching.spelling import Spelling
from registry.matching.text import Token, fold, is_glue, stem, tokens

_KIND_CONFIDENCE = {"name": 0.97, "synonym": 0.92, "abbreviation": 0.9, "narrower": 0.92}
_NARROWER = "narrower"
_APART_CONFIDENCE = 0.9  # all the words are there, but not side by side
_PREFIX_CONFIDENCE = 0.8  # only the first part of a compound was recognised
_TYPO_CONFIDENCE = 0.7
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
    is_whole: bool = True  #: False where the words name a side of the subject only ("ungdomssosiologi")
    is_foreign: bool = False  #: True where the words are English: the subject's own name says the same


@dataclass(frozen=True, slots=True)
class _Phrase:
    code: str
    stems: tuple[str, ...]
    confidence: float
    apart: bool
    is_whole: bool
    is_foreign: bool


def _rows(name: str) -> list[dict[str, str]]:
    with files("registry.reference").joinpath(name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@cache
def subject_tree() -> Mapping[str, Subject]:
    """Every node by its code."""
    rows = {row["code"]: row for row in _rows("subjects.csv")}

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


def shared_depth(one: str, other: str) -> int:
    """How many levels of the tree two subjects share: 3 the same subject, 2 the area, 1 the field, 0 nothing or unknown."""
    tree = subject_tree()
    if one == other:
        return 3
    if one not in tree or other not in tree:
        return 0
    depth = 0
    for left, right in zip(tree[one].path, tree[other].path, strict=False):
        if left != right:
            break
        depth += 1
    return min(depth, 2)


class SubjectFinder:
    """Finds the subjects of a name: the longest known phrase wins its words, side by side before apart."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self._near: dict[str, list[_Phrase]] = {}
        self._apart: dict[str, list[_Phrase]] = {}
        self._prefixes: list[tuple[str, str]] = []
        known: set[str] = set()
        for row in rows:
            words, sure = row["words"].lower(), _KIND_CONFIDENCE[row["kind"]]
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
        self.spelling = Spelling(known)

    def find(self, words: list[Token]) -> list[SubjectHit]:
        """The subjects, most certain first; an empty list where the name tells none."""
        words = [word for word in words if not is_glue(word.word)]
        stems = [word.stem for word in words]
        hits, used = self._find_apart(words, stems)
        position = 0
        while position < len(words):
            phrase = None if position in used else self._longest(stems, position, used)
            if phrase is not None:
                spans = tuple((words[i].start, words[i].end) for i in range(position, position + len(phrase.stems)))
                hits.append(SubjectHit(phrase.code, phrase.confidence, spans, phrase.is_whole))
                used.update(range(position, position + len(phrase.stems)))
                position += len(phrase.stems)
                continue
            if position not in used and (loose := self._guess(stems[position])):
                hits.append(SubjectHit(*loose, ((words[position].start, words[position].end),)))
            position += 1
        best: dict[str, SubjectHit] = {}
        for hit in hits:
            seen = best.get(hit.code)
            if seen is not None:  # said twice: "Kjemi 1 – videreutdanning i kjemi"
                sure, whole = max(hit.confidence, seen.confidence), hit.is_whole and seen.is_whole
                hit = SubjectHit(hit.code, sure, seen.spans + hit.spans, whole)
            best[hit.code] = hit
        return sorted(best.values(), key=lambda hit: (-hit.confidence, hit.spans))

    def _longest(self, stems: list[str], position: int, used: set[int]) -> _Phrase | None:
        for phrase in self._near.get(stems[position], ()):
            size = len(phrase.stems)
            if tuple(stems[position : position + size]) == phrase.stems and not used & set(
                range(position, position + size)
            ):
                return phrase
        return None

    def _find_apart(self, words: list[Token], stems: list[str]) -> tuple[list[SubjectHit], set[int]]:
        hits: list[SubjectHit] = []
        used: set[int] = set()
        present = {s: i for i, s in reversed(list(enumerate(stems)))}  # the first place of each stem
        candidates = [p for s in present for p in self._apart.get(s, ())]
        for phrase in sorted(candidates, key=lambda phrase: (-len(phrase.stems), phrase.code)):
            found = [present[part] for part in phrase.stems if part in present]
            if len(found) < len(phrase.stems) or used & set(found):
                continue
            used.update(found)
            hits.append(
                SubjectHit(
                    phrase.code,
                    phrase.confidence,
                    tuple((words[i].start, words[i].end) for i in sorted(found)),
                    phrase.is_whole,
                )
            )
        return hits, used

    def _guess(self, word: str) -> tuple[str, float] | None:
        """:meth:`_loose`, remembered: the same words come back in thousands of names."""
        if word not in self._guesses:
            self._guesses[word] = self._loose(word)
        return self._guesses[word]

    def _loose(self, word: str) -> tuple[str, float] | None:
        for prefix, code in self._prefixes:
            if word.startswith(prefix):
                return code, _PREFIX_CONFIDENCE
        if len(word) < _TYPO_MIN_LENGTH or word in self._known:
            return None
        for prefix, code in self._prefixes:
            if any(Levenshtein.distance(word[: len(prefix) + more], prefix) <= 1 for more in (0, 1)):
                return code, _TYPO_CONFIDENCE
        for known in self._long_words:
            if abs(len(known) - len(word)) > 1 or Levenshtein.distance(known, word, score_cutoff=1) > 1:
                continue
            if phrase := next((p for p in self._near.get(known, ()) if len(p.stems) == 1), None):
                return phrase.code, _TYPO_CONFIDENCE
        return None


@cache
def subject_finder() -> SubjectFinder:
    """The finder over the registry's own words, and the leaves' English names where nobody has given better ones."""
    rows = _rows("subject_words.csv")
    known = {row["words"].lower() for row in rows}
    english = [
        {"code": subject.code, "words": subject.name_en, "kind": "synonym"}
        for subject in subject_tree().values()
        if len(subject.path) == _LEAF and subject.name_en and subject.name_en.lower() not in known
    ]
    return SubjectFinder([*rows, *english])
