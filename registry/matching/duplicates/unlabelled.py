"""A scorecard without labels: Fellegi and Sunter's model, its two kinds of pairs told apart by EM.

For a registry whose people have judged nothing yet, and as a second opinion. Its order of pairs is good, its probabilities
are too sure of themselves: features are held to be independent, and they are not.
"""

from typing import Final

import numpy as np

from registry.matching.duplicates.card import Scorecard
from registry.matching.duplicates.features import FEATURES, MISSING, Feature, Levels
from registry.matching.vectors import Floats

_ROUNDS: Final = 200
_STILL: Final = 1e-6
_PSEUDO: Final = 0.5  # pairs added to every level, so that nothing is impossible
#: Features that say again what another has said: counted twice they would make the model far too sure.
DEPENDENT: Final = frozenset(
    {"words", "spelling", "focus_one_side", "school_years", "part", "kind", "setting", "role", "source"}
)
_FIRST_GUESS: Final = 0.2  # share of candidates that are one offer, to begin with


def learn_unlabelled(
    levels: Levels,
    random_levels: Levels,
    version: str = "em",
    features: tuple[Feature, ...] = FEATURES,
    *,
    left_out: frozenset[str] = DEPENDENT,
) -> Scorecard:
    """Points from candidate pairs alone. ``random_levels`` are pairs drawn at random: what different offers look like.

    A missing value says nothing. Features in ``left_out`` weigh nothing.
    """
    patterns, inverse = np.unique(levels, axis=0, return_inverse=True)
    counts = np.bincount(inverse.ravel(), minlength=len(patterns)).astype(float)
    unlike = [
        _share(random_levels[:, place], np.ones(len(random_levels)), feature) for place, feature in enumerate(features)
    ]
    same = [_leaning(feature) for feature in features]
    used = [place for place, feature in enumerate(features) if feature.name not in left_out]
    share = _FIRST_GUESS
    for _ in range(_ROUNDS):
        odds = np.log(share / (1 - share)) + _weight(patterns, same, unlike, used)
        chance = 1 / (1 + np.exp(-np.clip(odds, -60, 60)))
        before, share = share, float(np.clip((chance * counts).sum() / counts.sum(), 1e-4, 1 - 1e-4))
        same = [_share(patterns[:, place], chance * counts, feature) for place, feature in enumerate(features)]
        if abs(share - before) < _STILL:
            break
    points = tuple(
        tuple(float(value) for value in np.where(np.arange(len(m)) == MISSING, 0.0, np.log(m / u)))
        if place in used
        else (0.0,) * len(m)
        for place, (m, u) in enumerate(zip(same, unlike, strict=True))
    )
    return Scorecard(
        version, float(np.log(share / (1 - share))), points, {"pairs": len(levels), "same": None}, features
    )


def _share(levels: Levels, weights: Floats, feature: Feature) -> Floats:
    """How often each known level comes, given that it is known."""
    counts = np.bincount(levels, weights=weights, minlength=len(feature.levels)) + _PSEUDO
    counts[MISSING] = counts[1:].sum()
    shares: Floats = counts / counts[1:].sum()
    return shares


def _leaning(feature: Feature) -> Floats:
    """The first guess: the likest level most often."""
    guess = np.ones(len(feature.levels))
    guess[1:] = 0.1 / max(1, len(feature.levels) - 2)
    guess[-1] = 0.9
    return guess


def _weight(patterns: Levels, same: list[Floats], unlike: list[Floats], used: list[int]) -> Floats:
    total = np.zeros(len(patterns))
    for place in used:
        here = patterns[:, place]
        total += np.where(here == MISSING, 0.0, np.log(same[place][here] / unlike[place][here]))
    return total
