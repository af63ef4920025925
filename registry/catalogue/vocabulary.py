"""Codes and their names, read once and kept for some minutes: subjects, places, providers, target groups, levels.

Reference tables change when the service is upgraded or an administrator edits them; a page may be some minutes behind.
"""

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlmodel import Session, col, select

from registry.core import clock
from registry.core.text import norwegian_sort_key
from registry.reference import models as m

KEPT_SECONDS = 300
_MOST_KEPT = 4
MOST_ANSWERS = 10_000  #: of one vocabulary; when there are more, all are forgotten

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Entry:
    """A code and what it is called. ``parent`` is the code above it: a subject's area, a municipality's county."""

    code: str
    nb: str
    nn: str = ""
    se: str = ""
    en: str = ""
    parent: str | None = None
    short: str = ""
    position: tuple[float, float] | None = None  #: latitude, longitude in degrees

    def name(self, language: str) -> str:
        """In the language asked for, else in bokmål."""
        return str(getattr(self, language, "")) or self.nb

    def language(self, language: str) -> str:
        """The language that ``name`` answers in."""
        return language if getattr(self, language, "") else "nb"


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Every list by code. Providers are by key; ``provider_keys`` gives the key of an organisation's id."""

    subjects: Mapping[str, Entry]
    subject_words: Mapping[str, tuple[str, ...]]
    counties: Mapping[str, Entry]
    municipalities: Mapping[str, Entry]
    providers: Mapping[str, Entry]
    provider_keys: Mapping[int, str]
    provider_places: Mapping[str, tuple[str, ...]]  #: provider's key -> municipalities of its campuses, the seat first
    settings: Mapping[str, Entry]
    roles: Mapping[str, Entry]
    measures: Mapping[str, Entry]
    levels: Mapping[str, Entry]  #: DBH level codes; ``parent`` is the level of the national qualifications framework
    synonyms: tuple[tuple[str, ...], ...]  #: of this day: each is a set of terms that find each other
    municipality_names: tuple[str, ...] = field(init=False, repr=False)  #: in bokmål, as they are suggested
    _lines: Mapping[str, tuple[str, ...]] = field(init=False, repr=False)
    _answers: dict[Hashable, Any] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "municipality_names", tuple(entry.nb for entry in self.municipalities.values()))
        object.__setattr__(self, "_lines", {code: self._line(code) for code in self.subjects})

    def once(self, make: Callable[..., Answer], *given: Hashable) -> Answer:
        """``make(self, *given)``, worked out once while these words are kept. What it tells must hang on nothing else."""
        asked = (make, *given)
        found = self._answers.get(asked)
        if found is None:
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            found = self._answers[asked] = make(self, *given)
        return cast(Answer, found)

    def ancestors(self, subject: str) -> tuple[str, ...]:
        """The subject itself and everything above it, nearest first."""
        return self._lines.get(subject, ())

    def _line(self, subject: str) -> tuple[str, ...]:
        found: list[str] = []
        code: str | None = subject
        while code is not None and code in self.subjects and code not in found:
            found.append(code)
            code = self.subjects[code].parent
        return tuple(found)

    def descendants(self, subject: str) -> tuple[str, ...]:
        """The subject itself and everything below it."""
        return tuple(code for code in self.subjects if subject in self.ancestors(code))

    def place(self, municipality: str) -> tuple[Entry, ...]:
        """The municipality and its county."""
        found = self.municipalities.get(municipality)
        return () if found is None else (found, self.counties[found.parent or ""])

    def seats(self, organisations: Iterable[int]) -> list[str]:
        """Municipalities where these organisations, by id, have their seat: where a run is looked for that names no place."""
        keys = [self.provider_keys[one] for one in organisations if one in self.provider_keys]
        return [seat for key in keys for seat in self.provider_places.get(key, ())[:1]]

    def target(self, setting: str | None, role: str | None) -> tuple[Entry, ...]:
        """Where they work and what they do there, as far as given."""
        both = (self.settings.get(setting or ""), self.roles.get(role or ""))
        return tuple(entry for entry in both if entry is not None)

    def nqf(self, level: str | None) -> str | None:
        """Level of the national qualifications framework, "6", of a DBH level code, "LN"."""
        return self.levels[level].parent if level and level in self.levels else None

    def municipality_named(self, text: str) -> Entry | None:
        """By number or by any of its names, however it is written; the first by number where several share a name."""
        if text in self.municipalities:
            return self.municipalities[text]
        wanted = norwegian_sort_key(text.strip())
        for entry in self.municipalities.values():
            if any(norwegian_sort_key(name) == wanted for name in (entry.nb, entry.nn, entry.se) if name):
                return entry
        return None

    def namesakes(self, text: str) -> list[Entry]:
        """Municipalities that are called so and told apart by what stands in parentheses: Våler (Østfold), Våler (Innlandet)."""
        wanted = norwegian_sort_key(text.strip())
        return [
            entry for entry in self.municipalities.values() if norwegian_sort_key(entry.nb.partition(" (")[0]) == wanted
        ]


def load(session: Session) -> Vocabulary:
    """Everything in eleven queries."""
    organisations = session.exec(
        select(m.Organisation).where(col(m.Organisation.kind).in_(m.PROVIDER_KINDS)).order_by(m.Organisation.key)
    ).all()
    words: dict[str, list[str]] = {}
    for word in session.exec(select(m.SubjectWord).order_by(col(m.SubjectWord.id))):
        words.setdefault(word.subject_code, []).append(word.word)
    return Vocabulary(
        subjects=_entries(session.exec(select(m.Subject)), parent="parent_code"),
        subject_words={code: tuple(dict.fromkeys(found)) for code, found in words.items()},
        counties=_entries(session.exec(select(m.County))),
        municipalities=_entries(session.exec(select(m.Municipality)), parent="county_code"),
        providers=_entries(organisations, code="key"),
        provider_keys={one.pk: one.key for one in organisations},
        provider_places={
            one.key: tuple(dict.fromkeys(filter(None, (one.municipality_code, *one.campuses)))) for one in organisations
        },
        settings=_entries(session.exec(select(m.TargetSetting)), ordered=False),
        roles=_entries(session.exec(select(m.TargetRole)), ordered=False),
        measures=_entries(session.exec(select(m.Measure)), ordered=False),
        levels=_entries(session.exec(select(m.Level)), parent="nqf", ordered=False),
        synonyms=_synonyms(session),
    )


def _synonyms(session: Session) -> tuple[tuple[str, ...], ...]:
    groups: dict[str, list[str]] = {}
    for one in session.exec(select(m.Synonym).order_by(col(m.Synonym.id))):
        if one.holds(clock.today()):
            groups.setdefault(one.group_name, []).append(one.term)
    return tuple(tuple(dict.fromkeys(terms)) for terms in groups.values())


def _entries(
    rows: Iterable[Any], code: str = "code", parent: str | None = None, ordered: bool = True
) -> dict[str, Entry]:
    entries = [
        Entry(
            code=getattr(row, code),
            nb=row.name_nb,
            nn=row.name_nn or "",
            se=getattr(row, "name_se", None) or "",
            en=getattr(row, "name_en", None) or "",
            parent=getattr(row, parent) if parent else None,
            short=getattr(row, "short_name", None) or "",
            position=(row.latitude, row.longitude) if hasattr(row, "latitude") else None,
        )
        for row in rows
    ]
    if ordered:
        entries.sort(key=lambda entry: norwegian_sort_key(entry.nb))
    return {entry.code: entry for entry in entries}


class _Kept:
    """The vocabularies of the databases that this process reads: one, except in tests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, Vocabulary]] = {}

    def of(self, session: Session) -> Vocabulary:
        address = str(session.get_bind().engine.url)
        moment = clock.now().timestamp()
        with self._lock:
            kept = self._found.get(address)
        if kept is not None and 0 <= moment - kept[0] < KEPT_SECONDS:
            return kept[1]
        fresh = load(session)
        with self._lock:
            self._found[address] = (moment, fresh)
            while len(self._found) > _MOST_KEPT:
                self._found.pop(next(iter(self._found)))
        return fresh


_KEPT = _Kept()


def vocabulary(session: Session) -> Vocabulary:
    """The vocabulary of the session's database, at most five minutes old."""
    return _KEPT.of(session)
