"""School years, steps and credits in a programme's name become one canonical token each.

``1.-7. trinn``, ``trinn 1-7``, ``1 til 7. årssteg`` and a bare ``1-7`` all say *school years one to seven*;
the ``1`` in ``Engelsk 1`` says *step one*. Told apart here, they can never be taken for one another in a search.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

FIRST_YEAR, LAST_YEAR = 1, 13  #: primary year 1 to the third year of upper secondary


class Kind(StrEnum):
    WORD = "word"
    YEARS = "years"
    STEP = "step"
    PART = "part"
    CREDITS = "credits"
    NUMBER = "number"


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
    (r"små(?:trinn|steg)\w*|småsk[ou]l\w*", (1, 4)),
    (r"barne(?:trinn|steg)\w*|barnesk[ou]l\w*|primary\s+school", (1, 7)),
    (r"mellom(?:trinn|steg)\w*", (5, 7)),
    (r"ungdoms(?:trinn|steg)\w*|ungdomssk[ou]l\w*|lower\s+secondary(?:\s+school)?", (8, 10)),
    (
        r"(?:videregående|vidaregåande)(?:\s+(?:sk[ou]l|opplæring)\w*)?|vgs|vgo|upper\s+secondary(?:\s+school)?",
        (11, 13),
    ),
)
_UNIT = r"(?:(?:års)?(?:trinn(?:et|a|ene)?|steg(?:et|a)?)|klasse(?:trinn)?)"
_CREDITS = r"(?:studiepoe?ng|stud\.?\s?poeng|stp|sp|ects)"
_NOT_YEARS = rf"(?!\w)(?!\.?\s*(?:år\b|års\b|måneder|uker|timer|%|{_CREDITS}\b))"
_DASH = r"\s*[-‐-―]\s*"
_FREE = r"(?<![\w\-/])(?<!\d[.,])"
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}

_PATTERN = re.compile(
    rf"""
    {_FREE}{_UNIT}\s*(?P<a1>\d{{1,2}})\.?(?:{_DASH}|\s+til\s+|\s+og\s+|\s+)(?P<b1>\d{{1,2}}){_NOT_YEARS}\.?(?:\s*{_UNIT}\b)?
  | {_FREE}(?P<a2>\d{{1,2}})\.?(?:{_DASH}|\s*(?:til|og)\s+)(?P<b2>\d{{1,2}})\.?\s*{_UNIT}\b
  | {_FREE}(?P<a3>\d{{1,2}})\.?(?:{_DASH}|\s+til\s+)(?P<b3>\d{{1,2}}){_NOT_YEARS}(?!{_DASH}\d)
  | {_FREE}(?P<a4>\d{{1,2}})\.?\s*{_UNIT}\b
  | {_FREE}{_UNIT}\s+(?P<a5>\d{{1,2}})(?!\w)
  | {_FREE}(?P<credits>\d{{1,3}})(?:[.,]\d)?\s*{_CREDITS}\b
  | (?<!\w)(?P<stage>{"|".join(f"(?:{words})" for words, _ in _STAGES)})(?!\w)
  | {_FREE}vg\s*(?P<vg>[1-3])(?!\w)
  | {_FREE}del\s+(?P<part>\d|i{{1,3}}|iv)(?!\w)
  | (?<=[^\W\d]\s)(?P<step>[1-4]|i{{2,3}}|iv|(?-i:I)(?=\s*(?:$|[,:;.()\-/]|og\b|for\b)))(?![\w%/])(?!{_DASH}\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def levels(text: str) -> Iterator[Level]:
    """The levels named in ``text`` (case as written: a capital ``I`` is a step, a small ``i`` is a word), in order."""
    for match in _PATTERN.finditer(text):
        found = match.groupdict()
        start, end = match.span()
        for low, high in (("a1", "b1"), ("a2", "b2"), ("a3", "b3")):
            if found[low] is not None:
                yield from _span(int(found[low]), int(found[high]), start, end)
        for single in ("a4", "a5"):
            if found[single] is not None:
                yield from _span(int(found[single]), int(found[single]), start, end)
        if found["credits"] is not None:
            yield Level(Kind.CREDITS, f"{int(found['credits'])}sp", start, end)
        if found["stage"] is not None:
            first, last = _stage(found["stage"])
            yield Level(Kind.YEARS, years_token(first, last), start, end, (first, last))
        if found["vg"] is not None:
            yield Level(Kind.WORD, f"vg{found['vg']}", start, end)
        if found["part"] is not None:
            yield Level(Kind.PART, f"del{_arabic(found['part'])}", start, end)
        if found["step"] is not None:
            yield Level(Kind.STEP, f"steg{_arabic(found['step'])}", start, end)


def _span(first: int, last: int, start: int, end: int) -> Iterator[Level]:
    if FIRST_YEAR <= first <= last <= LAST_YEAR:
        yield Level(Kind.YEARS, years_token(first, last), start, end, (first, last))


def _stage(said: str) -> tuple[int, int]:
    return next(years for words, years in _STAGES if re.fullmatch(words, said, re.IGNORECASE))


def _arabic(number: str) -> int:
    return _ROMAN.get(number.lower()) or int(number)
