"""Profiles as columns of numbers, so that a million pairs are weighed at once and one pair by the very same arithmetic."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from registry.matching.profiles import Profile, level_group
from registry.matching.subjects import subject_tree
from registry.matching.vocabulary import Kind, Role, Setting

T = TypeVar("T")
SLOTS = 3  # subjects per profile
#: School subjects that are taught, and whose teachers are taught, year by year: there, unknown school years are missing knowledge.
TAUGHT_BY_YEAR: Final = frozenset(
    {"norsk", "engelsk", "fransk", "spansk", "tysk", "samisk", "nordsamisk", "lesing-skriving", "leseopplaring"}
    | {"matematikk", "regning", "naturfag", "fysikk", "kjemi", "biologi", "geofag"}
    | {"samfunnsfag", "historie", "geografi", "krle", "musikk", "kunst-handverk", "drama", "kroppsoving", "mat-helse"}
)
WHOLE_SUBJECT_KINDS: Final = frozenset({Kind.FULL_YEAR, Kind.EXTENSION, Kind.PREPARATORY, Kind.PPU})

_FIRST_TERM_YEAR = 2010
TERM_BITS: Final = 64
_SETTINGS = {setting: 1 << place for place, setting in enumerate(Setting)}
_ROLES = {role: 1 << place for place, role in enumerate(Role)}
_KINDS = {kind: place + 1 for place, kind in enumerate(Kind)}
_LEVELS = {"": 0, "lower": 1, "higher": 2, "vocational": 3}

ROW: Final = np.dtype(
    [
        ("provider", "i8"),
        ("terms", "u8"),
        ("subjects", "i4", SLOTS),  # -1 = no subject
        ("areas", "i4", SLOTS),
        ("first", "i1"),  # school years; 0 = unknown
        ("last", "i1"),
        ("years_sure", "f4"),
        ("step", "i1"),  # 0 = unknown
        ("step_sure", "f4"),
        ("part", "i1"),  # 0 = the whole, or unknown
        ("credits", "f4"),  # NaN = unknown
        ("kind", "i1"),  # 0 = ordinary
        ("level", "i1"),
        ("settings", "u2"),
        ("roles", "u2"),
        ("subjects_given", "?"),  # else read out of the name
        ("by_year", "?"),
        ("has_focus", "?"),
        ("has_outcomes", "?"),
        ("container", "?"),
    ]
)
#: The columns that say whether two rows may meet at all: asked for every pair of a block, so they are kept narrow.
GATES: Final = np.dtype([("provider", "i8"), ("terms", "u8")])
Rows = npt.NDArray[Any]
Places = npt.NDArray[np.intp]
FULL_YEAR_KIND: Final = _KINDS[Kind.FULL_YEAR]
PPU_KIND: Final = _KINDS[Kind.PPU]
PREPARATORY_KIND: Final = _KINDS[Kind.PREPARATORY]
SCHOOL: Final = _SETTINGS[Setting.COMPULSORY_SCHOOL]
#: Roles that studies are made for alone: who says nothing about people does not mean these.
OWN_STUDIES: Final = _ROLES[Role.ASSISTANT] | _ROLES[Role.HIGHER_EDUCATION_STAFF] | _ROLES[Role.SKILLED_WORKER]


@cache
def _subject_number() -> dict[str, int]:
    return {code: number for number, code in enumerate(subject_tree())}


@cache
def _area_number(code: str) -> int:
    path = subject_tree()[code].path
    return _subject_number()[path[1]] if len(path) > 1 else _subject_number()[code]


@lru_cache(maxsize=4_096)  # whole countries have a few dozen terms, mostly one at a time
def term_bits(terms: frozenset[str]) -> int:
    """Half-years as bits: "2025V" and "2025H" are neighbours. Terms outside 2010–2041 fall on the nearest end."""
    bits = 0
    for term in terms:
        place = (int(term[:4]) - _FIRST_TERM_YEAR) * 2 + (term[4:].upper() == "H")
        bits |= 1 << min(max(place, 0), TERM_BITS - 1)
    return bits


def spread(bits: npt.NDArray[np.uint64], window: int) -> npt.NDArray[np.uint64]:
    """The same half-years and ``window`` more on either side."""
    wide = bits.copy()
    for step in range(1, window + 1):
        wide |= (bits << np.uint64(step)) | (bits >> np.uint64(step))
    return wide


def to_gates(rows: Rows) -> Rows:
    """The narrow columns of the rows."""
    gates = np.empty(len(rows), dtype=GATES)
    for name in GATES.names or ():
        gates[name] = rows[name]
    return gates


def may_meet(a: Rows, b: Rows, rules: Mapping[str, float]) -> npt.NDArray[np.bool_]:
    """The gates: different providers, and a term in common (or a term unknown on one side)."""
    left, right = a["terms"], b["terms"]
    same_time = ((left & spread(right, int(rules["OVL_TERM_WINDOW"]))) > 0) | (left == 0) | (right == 0)
    meets: npt.NDArray[np.bool_] = same_time & (a["provider"] != b["provider"])
    return meets


def grouped(members: Places, marks: Places) -> tuple[Places, list[Places]]:
    """The different marks, and the members that have each."""
    order = np.argsort(marks, kind="stable")
    different, starts = np.unique(marks[order], return_index=True)
    return different, np.split(members[order], starts[1:]) if len(members) else []


class Interned:
    """Small numbers for words that are only compared for equality. Zero stands for "none"."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, word: str | None) -> int:
        """The word's number, the same for the life of the object."""
        return self._numbers.setdefault(word, len(self._numbers) + 1) if word else 0


def to_rows(profiles: Sequence[Profile], providers: Interned) -> Rows:
    """One row per profile. A subject code that is not in the tree counts as unknown."""
    numbers = _subject_number()
    rows = np.zeros(len(profiles), dtype=ROW)
    rows["subjects"] = rows["areas"] = -1
    known = [tuple(code for code in profile.subjects if code in numbers)[:SLOTS] for profile in profiles]
    for slot in range(SLOTS):
        told = [place for place, codes in enumerate(known) if len(codes) > slot]
        rows["subjects"][told, slot] = [numbers[known[place][slot]] for place in told]
        rows["areas"][told, slot] = [_area_number(known[place][slot]) for place in told]
    columns: dict[str, Iterable[object]] = {
        "provider": (providers.number(profile.provider) for profile in profiles),
        "terms": (term_bits(profile.terms) for profile in profiles),
        "first": (profile.school_years[0] if profile.school_years else 0 for profile in profiles),
        "last": (profile.school_years[1] if profile.school_years else 0 for profile in profiles),
        "years_sure": (profile.years_sure if profile.school_years else 0.0 for profile in profiles),
        "step": (profile.step or 0 for profile in profiles),
        "step_sure": (profile.step_sure for profile in profiles),
        "part": (_part_number(profile.part) for profile in profiles),
        "credits": (math.nan if profile.credits is None else float(profile.credits) for profile in profiles),
        "kind": (_KINDS[profile.kind] if profile.kind is not None else 0 for profile in profiles),
        "level": (_LEVELS[level_group(profile.level)] for profile in profiles),
        "settings": (_bits(profile.settings, _SETTINGS) for profile in profiles),
        "roles": (_bits(profile.roles, _ROLES) for profile in profiles),
        "by_year": (
            bool(codes) and profile.kind not in WHOLE_SUBJECT_KINDS and TAUGHT_BY_YEAR.issuperset(codes)
            for profile, codes in zip(profiles, known, strict=True)
        ),
        "has_focus": (bool(profile.focus) for profile in profiles),
        "subjects_given": (profile.subjects_given for profile in profiles),
        "has_outcomes": (bool(profile.outcomes) for profile in profiles),
        "container": (profile.is_container for profile in profiles),
    }
    for name, values in columns.items():
        rows[name] = np.fromiter(values, ROW[name], len(profiles))
    return rows


def _bits(members: Iterable[T], places: Mapping[T, int]) -> int:
    return sum(places[one] for one in members)


def _part_number(part: str | None) -> int:
    """ "1" and "a" are both the first part."""
    if not part:
        return 0
    return int(part) if part.isdigit() else ord(part[0].lower()) - ord("a") + 1
