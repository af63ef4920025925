"""Terms: "2026V" is the spring half-year of 2026, "2026H" the autumn. V comes before H, so ``sort_key`` and not the text gives their order
(``in_order`` where the database sorts or compares)."""

import re
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, func

_TERM = re.compile(r"([0-9]{4})([VH])")


@lru_cache(maxsize=1_024)
def parse(term: str) -> tuple[int, str]:
    """(2026, "H") of "2026H". Raises ValueError for anything else."""
    match = _TERM.fullmatch(term)
    if not match:
        raise ValueError(f"not a term: {term!r}")
    return int(match[1]), match[2]


def sort_key(term: str) -> tuple[int, int]:
    """Chronological order: V before H of the same year."""
    year, half = parse(term)
    return year, 0 if half == "V" else 1


def in_order(term: Any) -> ColumnElement[str]:
    """A column of terms, or a term, as text that the database orders by time: as text alone 2026H comes before 2026V."""
    return func.replace(term, "V", "A")


def of(day: date) -> str:
    """The term a day falls in: spring until 30 June, autumn from 1 July."""
    return f"{day.year:04}{'V' if day.month <= 6 else 'H'}"


def study_year(term: str) -> int:
    """2025 for "2025H" and for "2026V": a study year begins with its autumn term."""
    year, half = parse(term)
    return year if half == "H" else year - 1


def shift(term: str, by: int) -> str:
    """The term ``by`` half-years later (or earlier where negative)."""
    year, half = sort_key(term)
    index = year * 2 + half + by
    return f"{index // 2:04}{'VH'[index % 2]}"


def first_day(term: str) -> date:
    """1 January or 1 July."""
    year, half = parse(term)
    return date(year, 1 if half == "V" else 7, 1)


def last_day(term: str) -> date:
    """30 June or 31 December."""
    year, half = parse(term)
    return date(year, 6, 30) if half == "V" else date(year, 12, 31)
