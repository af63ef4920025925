"""How true forecasts were: skill, calibration, and how early they warn. Shown to people beside the forecasts themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
TENTHS: Final = 10
NEVER: Final = 1.01  #: a threshold that nothing reaches


@dataclass(frozen=True, slots=True)
class Bin:
    """Runs that were said to be about equally likely to be cancelled."""

    said: float  #: mean probability, 0..1
    happened: float  #: share that was cancelled
    runs: int


@dataclass(frozen=True, slots=True)
class Warned:
    """How a threshold does over all horizons."""

    found: float  #: share of the cancelled that were ever warned of
    median_days: int  #: from the first warning to the deadline; 0 where nothing was found
    false_alarms: float  #: share of those ever warned of that were not cancelled


def skill(said: Floats, outcome: Floats) -> float:
    """Brier skill: 1 is certainty and right, 0 no better than saying the base rate of all."""
    base = float(np.mean(outcome))
    spread = base * (1 - base)
    return 0.0 if spread == 0 else 1 - float(np.mean((said - outcome) ** 2)) / spread


def calibration(said: Floats, outcome: Floats) -> list[Bin]:
    """By tenths of what was said; a tenth that nobody was in is left out."""
    place = np.minimum((said * TENTHS).astype(int), TENTHS - 1)
    return [
        Bin(float(said[place == one].mean()), float(outcome[place == one].mean()), int((place == one).sum()))
        for one in np.unique(place)
    ]


def calibration_error(said: Floats, outcome: Floats) -> float:
    """Mean distance between what was said and what happened, over the runs."""
    return sum(abs(one.said - one.happened) * one.runs for one in calibration(said, outcome)) / max(1, len(said))


def warning(chances: Mapping[int, Floats], outcome: Floats, threshold: float) -> Warned:
    """Warnings at the first horizon (days before the deadline) at which a run reaches the threshold."""
    first = np.full(len(outcome), -1)
    for horizon in sorted(chances):
        first = np.where(chances[horizon] >= threshold, horizon, first)
    warned, lost = first >= 0, outcome > 0
    hit = warned & lost
    return Warned(
        found=float(hit.sum() / max(1, lost.sum())),
        median_days=int(np.median(first[hit])) if hit.any() else 0,
        false_alarms=float((warned & ~lost).sum() / max(1, warned.sum())),
    )


def threshold_for(chances: Mapping[int, Floats], outcome: Floats, false_alarms: float) -> float:
    """The lowest probability, in hundredths, at which at most that share of the warnings are false; above 1 where none is."""
    for percent in range(5, 100):
        told = warning(chances, outcome, percent / 100)
        if told.found > 0 and told.false_alarms <= false_alarms:
            return percent / 100
    return NEVER
