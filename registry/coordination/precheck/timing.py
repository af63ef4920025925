"""Does a planned offer meet another one in time? Pure.

What has no run yet in a term to come may still be given then: offers come back in the same half of the year.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Final

from registry.core import terms


class Timing(StrEnum):
    """Nearest first."""

    SAME_TERM = "same_term"  #: has a run in a planned term
    EXPECTED = "expected"  #: no run there yet, but has lately been given in that half of the year
    UNDECIDED = "undecided"  #: given lately or soon; the planned offer has no term yet
    OTHER_TERM = "other_term"  #: given lately or soon, in other terms
    PAST = "past"  #: not given for a long time, or never was


#: As good as at the same time.
COLLIDING: Final = frozenset({Timing.SAME_TERM, Timing.EXPECTED, Timing.UNDECIDED})


def coming_terms(present: str, count: int) -> list[str]:
    """The next terms after the present one, nearest first."""
    return [terms.shift(present, by) for by in range(1, count + 1)]


def planned_terms(first: str, count: int) -> list[str]:
    """The first term and those that follow it."""
    return [terms.shift(first, by) for by in range(count)]


def timing_of(
    taught: Collection[str],
    lost: Collection[str],
    planned: Collection[str],
    present: str,
    *,
    lately: int,
    window: int = 0,
) -> Timing:
    """``taught`` and ``lost`` are the other's terms with runs that count, and with cancelled ones only.

    ``lately`` is how many terms, the present one among them, something is still expected to come again (rule PRECHECK_TERMS);
    ``window`` how many terms apart are the same time (rule OVL_TERM_WINDOW). What was cancelled in a term is not expected in it.
    """
    since = terms.sort_key(terms.shift(present, 1 - lately))
    recent = [term for term in taught if terms.sort_key(term) >= since]
    if not recent:
        return Timing.PAST
    if not planned:
        return Timing.UNDECIDED
    if any(terms.shift(term, by) in taught for term in planned for by in range(-window, window + 1)):
        return Timing.SAME_TERM
    if any(term not in lost and _comes_again(recent, term) for term in planned):
        return Timing.EXPECTED
    return Timing.OTHER_TERM


def _comes_again(recent: Iterable[str], term: str) -> bool:
    """Given in the same half of a year before."""
    return any(one[-1] == term[-1] and terms.sort_key(one) < terms.sort_key(term) for one in recent)


def same_half_before(term: str, present: str) -> str:
    """The newest term of the same half of the year that has begun: "2026V" for "2028V", asked in the autumn of 2026."""
    years = 2
    found = terms.shift(term, -years)
    while terms.sort_key(found) > terms.sort_key(present):
        found = terms.shift(found, -years)
    return found
