"""Source records as columns: what a duplicate is judged by, for one pair or for a million in the same arithmetic."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from registry.matching.columns import Interned, Rows, term_bits, to_rows
from registry.matching.names import find_credits, rub_out_other_numbers
from registry.matching.profiles import Profile
from registry.matching.text import fold, tokens

Index = npt.NDArray[np.intp]
_NOISE: Final = re.compile(r"\b(?:deltid|heltid|videreutdanning|vidareutdanning|studium|kompis|kfk|kfb|emne)\b")
_ROMAN: Final = {"ii": "2", "iii": "3", "iv": "4"}
_ROMAN_ONE: Final = re.compile(r"\bI(?=\s*(?:$|[,:(–\-\d]))")  # upper case, where a preposition cannot stand

PACE: Final = ("deltid", "heltid")

EXTRA: Final = np.dtype(
    [
        ("home", "i4"),  # provider, after its predecessors
        ("source", "i4"),  # 0 = not told: every such record is a source of its own
        ("code", "i8"),  # 0 = none
        ("terms", "u8"),
        ("place", "i8"),  # counties as bits; 0 = unknown
        ("online", "i1"),  # 0 = not told, 1 = no, 2 = yes
        ("marks", "i4"),  # place and form in the name; 0 = none
        ("digits", "i8"),  # numbers of the name, in order; 0 = none
        ("pace", "i1"),  # part or full time in the name; 0 = not told
    ]
)


@dataclass(frozen=True, eq=False)
class Records:
    """Columns of many records, in one order. Texts are cleaned for comparison; ``keys`` are the profiles'."""

    keys: list[str]
    rows: Rows
    extra: npt.NDArray[Any]
    names: list[str]  #: the whole name, cleaned of codes, credits and forms
    titles: list[str]  #: stems and numbers: bokmål and nynorsk are one
    found_by: list[str]  #: the same with the subject's code: what candidates are found by, whatever the language
    focus: list[str]
    outcomes: list[str]
    codes: list[str]  #: letters and digits, lower case; empty for none
    written: list[str]  #: the name as given: a code is looked for in its letters
    marks: list[tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.keys)


class Recorder:
    """Makes columns of profiles. Small numbers stand for the same words for the recorder's whole life."""

    def __init__(self, predecessors: Mapping[str, str] | None = None) -> None:
        self._after = dict(predecessors or {})
        self._providers, self._sources, self._codes = Interned(), Interned(), Interned()
        self._counties, self._marks, self._digits = Interned(), Interned(), Interned()

    def records(self, profiles: Iterable[Profile]) -> Records:
        """Columns of the profiles, in their order."""
        taken = list(profiles)
        names = [clean_name(profile.title) for profile in taken]
        codes = [plain_code(profile.code) for profile in taken]
        marks = [tuple(mark for mark in profile.variant if mark not in PACE) for profile in taken]
        numbers = [digits(name) for name in names]
        columns: dict[str, Iterable[int]] = {
            "home": (self._providers.number(self.home(profile)) for profile in taken),
            "source": (self._sources.number(profile.source) for profile in taken),
            "code": map(self._codes.number, codes),
            "terms": (term_bits(profile.terms) for profile in taken),
            "place": (self._place(profile.counties) for profile in taken),
            "online": map(_online, taken),
            "marks": (self._marks.number("+".join(mine)) for mine in marks),
            "digits": map(self._digits.number, numbers),
            "pace": map(_pace, taken),
        }
        extra = np.zeros(len(taken), dtype=EXTRA)
        for name, values in columns.items():
            extra[name] = np.fromiter(values, EXTRA[name], len(taken))
        titles = [_stems(profile, told) for profile, told in zip(taken, numbers, strict=True)]
        return Records(
            keys=[profile.key for profile in taken],
            rows=to_rows(taken, Interned()),
            extra=extra,
            names=names,
            titles=titles,
            found_by=[_with_subject(profile, title) for profile, title in zip(taken, titles, strict=True)],
            focus=[" ".join(profile.focus) for profile in taken],
            outcomes=[profile.outcomes for profile in taken],
            codes=codes,
            written=[profile.title for profile in taken],
            marks=marks,
        )

    def _place(self, counties: frozenset[str]) -> int:
        return sum(1 << (self._counties.number(county) % 62) for county in counties)

    def home(self, profile: Profile) -> str:
        """The provider, after those that followed it ("0264" became "1177")."""
        return self._after.get(profile.provider, profile.provider)


def found_by(profile: Profile) -> str:
    """What candidates are found by: the name's stems and numbers, and the subject's code."""
    return _with_subject(profile, _stems(profile, digits(clean_name(profile.title))))


def _stems(profile: Profile, numbers: str) -> str:
    return f"{' '.join(profile.content)} {numbers}".strip()


def _with_subject(profile: Profile, title: str) -> str:
    return f"{title} {' '.join(profile.subjects[:1])}"


def _online(profile: Profile) -> int:
    if not profile.delivery_known:
        return 0
    return 2 if profile.online else 1


def _pace(profile: Profile) -> int:
    return sum(number for number, pace in enumerate(PACE, 1) if pace in profile.variant)


@lru_cache(maxsize=65_536)
def clean_name(title: str) -> str:
    """The name in lower case without codes, credits, calendar years, pace and punctuation.

    >>> clean_name("ENG6101 Engelsk 1, 1.-7. trinn (30 stp) - deltid")
    'engelsk 1 1 7 trinn'
    """
    _, text = find_credits(fold(_ROMAN_ONE.sub("1", title)))
    text = _NOISE.sub(" ", rub_out_other_numbers(text)).replace("&", " og ")
    return " ".join(_ROMAN.get(token.word, token.word) for token in tokens(text))


@lru_cache(maxsize=65_536)
def digits(name: str) -> str:
    """The numbers of a cleaned name, in order, with single letters that stand behind one ("1a")."""
    return " ".join(word for word in name.split() if word[0].isdigit())


@lru_cache(maxsize=65_536)
def plain_code(code: str | None) -> str:
    """A course code's letters and digits alone: "KFK-MAT1" and "kfk mat1" are one."""
    return "".join(char for char in (code or "").casefold() if char.isalnum())


@lru_cache(maxsize=65_536)
def letters(title: str) -> str:
    """A name's letters and digits alone, lower case."""
    return "".join(char for char in title.casefold() if char.isalnum())


def each(values: Iterable[Any], judge: Callable[[Any], bool]) -> npt.NDArray[np.bool_]:
    """A boolean array of one judgement per value."""
    return np.fromiter((judge(value) for value in values), dtype=bool)
