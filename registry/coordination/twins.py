"""Which runs of two records of one offer are one and the same run, entered twice. Pure.

Same term, and nothing that both tell speaks against it: the form of teaching, a place in common, a first day within the days
that rule TWIN_RUN_DAYS gives. What only one of them tells is no difference. The term of a run that was lost says nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from registry.offers.states import RunState

#: How far a run has come. One goes into another that has come as far: else people who have a place would be at one that is not open.
STAGES = (
    RunState.PLANNED,
    RunState.OPEN,
    RunState.CLOSED,
    RunState.CONFIRMED,
    RunState.RUNNING,
    RunState.COMPLETED,
)


@dataclass(frozen=True, slots=True)
class Taught:
    """A run as far as this question goes. ``places`` are codes of municipalities."""

    id: int
    term: str
    state: RunState
    delivery: str | None = None
    places: frozenset[str] = frozenset()
    starts_on: date | None = None


class Unlike(StrEnum):
    """Why two runs of one term are not taken for the same."""

    DELIVERY = "delivery"
    PLACE = "place"
    START = "start"
    LOST = "lost"
    BEHIND = "behind"
    TAKEN = "taken"  #: the other is the same as a third


@dataclass(frozen=True, slots=True)
class Matching:
    """``pairs``: (stays, goes). ``unlike``: a run that goes over by itself, though the other record has one of its term -> why."""

    pairs: Sequence[tuple[int, int]]
    unlike: dict[int, Unlike]


def match(staying: Iterable[Taught], going: Iterable[Taught], days: int) -> Matching:
    """Each run belongs to one pair at most; the most alike are paired first. ``days``: rule TWIN_RUN_DAYS."""
    stay, go = list(staying), list(going)
    wanted: list[tuple[tuple[int, int], int, int]] = []
    unlike: dict[int, Unlike] = {}
    for other in go:
        for one in (one for one in stay if one.term == other.term):
            why = difference(one, other, days)
            if why is None:
                wanted.append((_distance(one, other), one.id, other.id))
            else:
                unlike.setdefault(other.id, why)
    pairs: dict[int, int] = {}
    for _, kept, gone in sorted(wanted):
        if kept not in pairs.values() and gone not in pairs:
            pairs[gone] = kept
    for _, _, gone in wanted:
        unlike[gone] = Unlike.TAKEN
    return Matching(
        [(kept, gone) for gone, kept in sorted(pairs.items())],
        {gone: why for gone, why in unlike.items() if gone not in pairs},
    )


def difference(stays: Taught, goes: Taught, days: int) -> Unlike | None:
    """What makes two runs of one term different runs; None where nothing does."""
    if stays.state not in STAGES or goes.state not in STAGES:
        return Unlike.LOST
    if stays.delivery and goes.delivery and stays.delivery != goes.delivery:
        return Unlike.DELIVERY
    if stays.places and goes.places and not stays.places & goes.places:
        return Unlike.PLACE
    if stays.starts_on and goes.starts_on and abs((stays.starts_on - goes.starts_on).days) > days:
        return Unlike.START
    return Unlike.BEHIND if STAGES.index(goes.state) > STAGES.index(stays.state) else None


def _distance(one: Taught, other: Taught) -> tuple[int, int]:
    """Things that only one of them tells, then days between the starts: the least is the most alike."""
    untold = sum(
        bool(mine) != bool(theirs)
        for mine, theirs in (
            (one.delivery, other.delivery),
            (one.places, other.places),
            (one.starts_on, other.starts_on),
        )
    )
    apart = abs((one.starts_on - other.starts_on).days) if one.starts_on and other.starts_on else 0
    return untold, apart
