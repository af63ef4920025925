"""Profiles as columns of numbers, so that a million pairs are weighed at once and one pair by the very same arithmetic."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from registry.matching.profiles import Profile, level_group
from registry.matching.subjects import subject_tree
from registry.matching.vocabulary import Kind, Role, Setting

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
FULL_YEAR_KIND: Final = _KINDS[Kind.FULL_YEAR]
PPU_KIND: Final = _KINDS[Kind.PPU]
PREPARATORY_KIND: Final = _KINDS[Kind.PREPARATORY]


@cache
def _subject_number() -> dict[str, int]:
    return {code: number for number, code in enumerate(subject_tree())}


@cache
def _area_number(code: str) -> int:
    path = subject_tree()[code].path
    return _subject_number()[path[1]] if len(path) > 1 else _subject_number()[code]


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
    rows["credits"] = np.nan
    for row, profile in zip(rows, profiles, strict=True):
        known = [code for code in profile.subjects if code in numbers][:SLOTS]
        for slot, code in enumerate(known):
            row["subjects"][slot], row["areas"][slot] = numbers[code], _area_number(code)
        row["provider"], row["terms"] = providers.number(profile.provider), term_bits(profile.terms)
        if profile.school_years is not None:
            row["first"], row["last"] = profile.school_years
            row["years_sure"] = profile.years_sure
        row["step"], row["step_sure"] = profile.step or 0, profile.step_sure
        row["part"] = _part_number(profile.part)
        if profile.credits is not None:
            row["credits"] = float(profile.credits)
        row["kind"] = _KINDS[profile.kind] if profile.kind is not None else 0
        row["level"] = _LEVELS[level_group(profile.level)]
        row["settings"] = sum(_SETTINGS[setting] for setting in profile.settings)
        row["roles"] = sum(_ROLES[role] for role in profile.roles)
        row["by_year"] = bool(known) and profile.kind not in WHOLE_SUBJECT_KINDS and TAUGHT_BY_YEAR.issuperset(known)
        row["has_focus"] = bool(profile.focus)
        row["subjects_given"] = profile.subjects_given
        row["has_outcomes"] = bool(profile.outcomes)
        row["container"] = profile.is_container
    return rows


def _part_number(part: str | None) -> int:
    """ "1" and "a" are both the first part."""
    if not part:
        return 0
    return int(part) if part.isdigit() else ord(part[0].lower()) - ord("a") + 1
