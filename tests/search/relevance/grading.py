"""Grades by GUIDE.md: pure functions of what a query means and what an offer is."""

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path

QUERIES = Path(__file__).with_name("queries.csv")
HELD_OUT = Path(__file__).with_name("held_out.csv")
HELD_OUT_LATER = Path(__file__).with_name("held_out_later.csv")
HELD_OUT_LAST = Path(__file__).with_name("held_out_last.csv")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One line of queries.csv."""

    query: str
    kind: str
    subjects: frozenset[str]
    related: frozenset[str]
    title: re.Pattern[str] | None
    years: tuple[int, int] | None
    step: int | None
    setting: str
    form: str
    place: str


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What an offer is, as far as it is graded by. ``subjects`` hold everything above them."""

    key: str
    title: str
    subjects: frozenset[str]
    years: tuple[int, int] | None
    step: int | None
    settings: frozenset[str]
    forms: frozenset[str]
    places: frozenset[str]


def meanings(path: Path = QUERIES) -> list[Meaning]:
    with path.open(encoding="utf-8", newline="") as file:
        return [_meaning(row) for row in csv.DictReader(file, delimiter=";")]


def span(text: str) -> tuple[int, int] | None:
    """ "1-7" as two numbers."""
    first, _, last = text.partition("-")
    return (int(first), int(last or first)) if first else None


def grade(meaning: Meaning, offer: OfferFacts) -> float:
    """0 to 3, in halves."""
    titled = meaning.title is not None and meaning.title.search(offer.title.lower()) is not None
    if titled or meaning.subjects & offer.subjects:
        start = 3.0
    elif meaning.related & offer.subjects:
        start = 1.0
    else:
        return 0.0
    met = [
        *([_years(meaning.years, offer.years)] if meaning.years else []),
        *([_said(meaning.step, offer.step)] if meaning.step else []),
        *(
            _among(wanted, held)
            for wanted, held in (
                (meaning.setting, offer.settings),
                (meaning.form, offer.forms),
                (meaning.place, offer.places),
            )
            if wanted
        ),
    ]
    return max(0.0, start - met.count(False) - (0.5 if None in met else 0.0))


def ndcg(grades: Sequence[float], every: Collection[float], ranks: int = 10) -> float:
    """Of the grades of an answer, in its order, against all grades there are."""
    best = _gain(sorted(every, reverse=True)[:ranks])
    return _gain(grades[:ranks]) / best if best else 1.0


def recall(found: Sequence[float], every: Collection[float], ranks: int = 20, least: float = 2.0) -> float:
    """Of those graded ``least`` or better."""
    wanted = min(ranks, sum(one >= least for one in every))
    return sum(one >= least for one in found[:ranks]) / wanted if wanted else 1.0


def _gain(grades: Sequence[float]) -> float:
    return sum((2**one - 1) / log2(1 + rank) for rank, one in enumerate(grades, 1))


def _years(wanted: tuple[int, int], held: tuple[int, int] | None) -> bool | None:
    if held == wanted:
        return True
    if held is None or (held[0] <= wanted[0] and wanted[1] <= held[1]):
        return None
    return False


def _said(wanted: int, held: int | None) -> bool | None:
    return None if held is None else wanted == held


def _among(wanted: str, held: Collection[str]) -> bool | None:
    return wanted in held if held else None


def _meaning(row: Mapping[str, str]) -> Meaning:
    return Meaning(
        query=row["query"],
        kind=row["kind"],
        subjects=frozenset(row["subjects"].split()),
        related=frozenset(row["related"].split()),
        title=re.compile(row["title"]) if row["title"] else None,
        years=span(row["years"]),
        step=int(row["step"]) if row["step"] else None,
        setting=row["setting"],
        form=row["form"],
        place=row["place"],
    )
