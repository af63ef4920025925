"""School years, steps, credits, terms and forms of teaching become one canonical token each.

``1.-7. trinn``, ``trinn 1-7``, ``1 til 7. årssteg`` and a bare ``1-7`` all say *school years one to seven*;
the ``1`` in ``Engelsk 1`` says *step one*. Told apart here, they can never be taken for one another in a search.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

_Meant = TypeVar("_Meant")

FIRST_YEAR, LAST_YEAR = 1, 13  #: primary year 1 to the third year of upper secondary
_BEFORE_VG = 10  #: vg1 is the eleventh


class Kind(StrEnum):
    WORD = "word"
    YEARS = "years"
    STEP = "step"
    PART = "part"
    CREDITS = "credits"
    NUMBER = "number"
    FORM = "form"
    TERM = "term"


@dataclass(frozen=True, slots=True)
class Level:
    """A canonical token and where in the text it stood."""

    kind: Kind
    text: str
    start: int
    end: int
    years: tuple[int, int] | None = None


def years_token(first: int, last: int) -> str:
    return f"trinn{first}-{last}"


def form_token(form: str) -> str:
    """Of "online", "gatherings", "hybrid" or "campus"."""
    return f"via{form}"


def term_token(year: str, half: str) -> str:
    """Of "2026" and "H": as the registry names its terms."""
    return f"termin{year}{half}".lower()


def wider_forms(token: str) -> tuple[str, ...]:
    """Tokens of the forms that are in part what a form is."""
    return (form_token("hybrid"),) if token in (form_token("online"), form_token("gatherings")) else ()


def covering_years(first: int, last: int) -> tuple[str, ...]:
    """Tokens of every wider span of school years that holds ``first`` to ``last``."""
    return tuple(
        years_token(low, high)
        for low in range(FIRST_YEAR, first + 1)
        for high in range(last, LAST_YEAR + 1)
        if (low, high) != (first, last)
    )


#: What people call a stretch of school years, in both written languages. Teacher education and the curriculum count them so.
_STAGES: tuple[tuple[str, tuple[int, int]], ...] = (
    (r"sm(?:å|aa|a)(?:trin|steg)\w*|sm(?:å|aa|a)sk[ou]l\w*", (1, 4)),
    (r"barne(?:trin|steg)\w*|barnesk[ou]l\w*|(?:primary|elementary)\s+school", (1, 7)),
    (r"mellom(?:trin|steg)\w*", (5, 7)),
    (r"ungdoms?(?:trin|steg)\w*|ungdoms?sk[ou]l\w*|u-?(?:trinn|sk[ou]l)\w*|lower\s+secondary(?:\s+school)?", (8, 10)),
    (
        r"(?:videreg(?:å|aa|a)ende|vidareg(?:å|aa|a)ande)(?:\s+(?:sk[ou]l|opplæring)\w*)?|vgs|vgo|upper\s+secondary(?:\s+school)?",
        (11, 13),
    ),
    (r"grunnsk[ou]l(?:en?|a)", (1, 10)),
)
#: How something is taught, as it is asked for and written in names. A hybrid is in part each of the two before it.
_FORMS: tuple[tuple[str, str], ...] = (
    (  # "nett" alone too: nobody searches for fishing nets
        r"(?:(?:på|paa|over|via)\s+)?nett(?:et)?|net{1,2}baser\w*|nettstudi\w*|nettkurs\w*|fjern(?:undervis|studi)\w*",
        "online",
    ),
    (r"online|e-l(?:earn|ær)ing|distance\s+(?:learning|education)", "online"),
    (r"samlings?-?baser\w*|samling(?:er|ar|ane|ene)|desentraliser\w*|session-based|decentrali[sz]ed", "gatherings"),
    (r"hybrid\w*|blended(?:\s+learning)?", "hybrid"),
    (r"campus|sta?e?dbaser\w*", "campus"),
)
_SEASONS: tuple[tuple[str, str], ...] = (
    (r"høst(?:en)?|hoest|haust(?:en)?|autumn|fall", "H"),
    (r"vår(?:en)?|vaar|spring", "V"),
)
_UNIT = r"(?:(?:års)?(?:trinn(?:et|a|ene)?|steg(?:et|a)?)|klasse(?:trinn)?)"
_CREDITS = r"(?:studiepoe?ng|stud\.?\s?poeng|stp|sp|ects)"
_NOT_YEARS = rf"(?!\w)(?!\.?\s*(?:år\b|års\b|måneder|uker|timer|%|{_CREDITS}\b))"
_DASH = r"\s*[-‐-―]\s*"
_FREE = r"(?<![\w\-/])(?<!\d[.,])"
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def _any_of(named: tuple[tuple[str, object], ...]) -> str:
    return "|".join(f"(?:{words})" for words, _ in named)


_PATTERN = re.compile(
    rf"""
    {_FREE}{_UNIT}\s*(?P<a1>\d{{1,2}})\.?(?:{_DASH}|\s+til\s+|\s+og\s+|\s+)(?P<b1>\d{{1,2}}){_NOT_YEARS}\.?(?:\s*{_UNIT}\b)?
  | {_FREE}(?P<a2>\d{{1,2}})\.?(?:{_DASH}|\s*(?:til|og)\s+)(?P<b2>\d{{1,2}})\.?\s*{_UNIT}\b
  | {_FREE}(?P<a3>\d{{1,2}})\.?(?:{_DASH}|\s+til\s+)(?P<b3>\d{{1,2}}){_NOT_YEARS}(?!{_DASH}\d)
  | {_FREE}(?P<a4>\d{{1,2}})\.?\s*{_UNIT}\b
  | {_FREE}{_UNIT}\s+(?P<a5>\d{{1,2}})(?!\w)
  | {_FREE}(?P<credits>\d{{1,3}})(?:[.,]\d)?\s*{_CREDITS}\b
  | (?<!\w)(?P<stage>{_any_of(_STAGES)})(?!\w)
  | (?<![\w-])(?P<form>{_any_of(_FORMS)})(?![\w-])
  | (?<!\w)(?P<season>{_any_of(_SEASONS)})\s*(?P<season_year>20\d\d)(?!\w)
  | (?<!\w)(?P<term_year>20\d\d)\s*(?P<term>[HV])(?!\w)
  | {_FREE}vg\s*(?P<vg>[1-3])(?!\w)
  | {_FREE}del\s+(?P<part>\d|i{{1,3}}|iv)(?!\w)
  | (?<=[^\W\d]\s)(?P<step>[1-4]|i{{2,3}}|iv|(?-i:I)(?=\s*(?:$|[,:;.()\-/]|og\b|for\b)))(?![\w%/])(?!{_DASH}\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def levels(text: str) -> Iterator[Level]:
    """The levels named in ``text`` (case as written: a capital ``I`` is a step, a small ``i`` is a word), in order."""
    for match in _PATTERN.finditer(text):
        found = {name: value for name, value in match.groupdict().items() if value is not None}
        start, end = match.span()
        if years := _years(found):
            first, last = years
            if FIRST_YEAR <= first <= last <= LAST_YEAR:
                yield Level(Kind.YEARS, years_token(first, last), start, end, (first, last))
        else:
            kind, said = _other(found)
            yield Level(kind, said, start, end)


def _years(found: Mapping[str, str]) -> tuple[int, int] | None:
    for low, high in (("a1", "b1"), ("a2", "b2"), ("a3", "b3"), ("a4", "a4"), ("a5", "a5")):
        if low in found:
            return int(found[low]), int(found[high])
    if "vg" in found:
        return _BEFORE_VG + int(found["vg"]), _BEFORE_VG + int(found["vg"])
    return _named(_STAGES, found["stage"]) if "stage" in found else None


def _other(found: Mapping[str, str]) -> tuple[Kind, str]:
    if "credits" in found:
        return Kind.CREDITS, f"{int(found['credits'])}sp"
    if "form" in found:
        return Kind.FORM, form_token(_named(_FORMS, found["form"]))
    if "season" in found:
        return Kind.TERM, term_token(found["season_year"], _named(_SEASONS, found["season"]))
    if "term" in found:
        return Kind.TERM, term_token(found["term_year"], found["term"])
    if "part" in found:
        return Kind.PART, f"del{_arabic(found['part'])}"
    return Kind.STEP, f"steg{_arabic(found['step'])}"


def _named(named: tuple[tuple[str, _Meant], ...], said: str) -> _Meant:
    return next(meant for words, meant in named if re.fullmatch(words, said, re.IGNORECASE))


def _arabic(number: str) -> int:
    return _ROMAN.get(number.lower()) or int(number)
