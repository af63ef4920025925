"""How right a scorecard is on answers that it has not learnt from, and how far what it says is from what is so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from registry.matching.duplicates.card import Judged, learn
from registry.matching.vectors import Floats

_PARTS: Final = 4
_TENTHS: Final = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs of which about as much was said: the mean of it, the share that is one offer, and how many they are."""

    said: float
    same: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Measured:
    """``precision``: of the pairs put forward, the share that is one offer; ``recall``: of those, the share put forward.

    Both are None where there is nothing to take a share of, and so is ``f1`` with either of them. ``error`` is the mean distance
    between what was said and what was so, by tenths.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    error: float
    bins: tuple[Bin, ...]

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Measured":
        """What ``dataclasses.asdict`` made of one."""
        return cls(**{**kept, "bins": tuple(Bin(**one) for one in kept["bins"])})


def measured(chances: Floats, same: npt.NDArray[np.bool_], least: float) -> Measured:
    """What a card said of some pairs, none of none, against what they are. Pairs of at least ``least`` are put forward."""
    shown = chances >= least
    right = int((shown & same).sum())
    precision = right / int(shown.sum()) if shown.any() else None
    recall = right / int(same.sum()) if same.any() else None
    tenth = np.minimum((chances * _TENTHS).astype(int), _TENTHS - 1)
    bins = tuple(
        Bin(float(chances[here].mean()), float(same[here].mean()), int(here.sum()))
        for here in (tenth == one for one in np.unique(tenth))
    )
    return Measured(
        precision=precision,
        recall=recall,
        f1=None if precision is None or recall is None else 2 * right / int(shown.sum() + same.sum()),
        error=sum(abs(one.said - one.same) * one.pairs for one in bins) / max(1, len(chances)),
        bins=bins,
    )


def unseen_chances(known: Judged, asked: Judged) -> Floats:
    """What cards say of ``asked`` that have learnt from ``known`` and from the other parts of ``asked``, never from the pair itself."""
    part = np.arange(len(asked)) % _PARTS
    chances = np.empty(len(asked))
    for one in np.unique(part):
        card = learn(known.plus(asked.where(part != one)), "held out")
        chances[part == one] = card.probability(asked.levels[part == one])
    return chances
