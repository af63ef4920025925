"""Runs as the forecast sees them: what they are alike in, and who had applied when."""

from dataclasses import dataclass

HORIZONS = (90, 60, 30, 14, 7, 0)  # days before the deadline


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run whose fate is known. ``days`` are whole days before the deadline at which each eligible applicant applied.

    ``term`` counts half-years in order; ``provider`` and ``offer`` are any names that stay the same from term to term.
    """

    group: str
    minimum: int
    days: tuple[int, ...]
    cancelled: bool
    provider: str = ""
    offer: str = ""
    term: int = 0


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run to judge: eligible applicants so far, and days left to the deadline."""

    group: str
    minimum: int
    applicants: int
    days_left: int
    provider: str = ""
    offer: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The probability of cancellation with an 80 % interval for it, and what it was made of."""

    probability: float
    low: float
    high: float
    expected_final: float
    share_by_now: float  #: how large a part of the final applicants has usually come by now


def as_seen(run: PastRun, days_left: int) -> OpenRun:
    """A past run as it stood ``days_left`` days before its deadline."""
    seen = sum(day >= days_left for day in run.days)
    return OpenRun(run.group, run.minimum, seen, days_left, run.provider, run.offer)
