"""Will a subject go dark: is every run that it has in a term cancelled?

Runs of one subject share their luck: a slow term is slow for all of them, and where little is known of the subject they all turn out
as it does. Multiplying their chances would say too little. Each chance is therefore that of a threshold on one shared and one own
normal variable (a one-factor copula), so that every run keeps its own probability, and the shared one is integrated out.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from registry.coordination.forecast.model import PACE_GROUP, PACE_NATION, Model
from registry.coordination.forecast.runs import OpenRun

Floats = npt.NDArray[np.float64]
_SHOCK: Final = (
    1 / PACE_NATION + 1 / PACE_GROUP
)  # variance of a term's log pace, as the pace index holds it before anybody applies
_NODES: Final = 25  # off by less than 1e-5 for a single run (tests/coordination/test_dark.py)
_MOST_SHARED: Final = 0.95  # at 1 the own part is gone, and the division below has no meaning
_LEAST: Final = 1e-6  # a chance of exactly 0 or 1 has no place on the normal scale
_DECIMALS: Final = 9


def goes_dark(model: Model, runs: Sequence[OpenRun]) -> float:
    """The probability that all of ``runs``, one subject's of one term, are cancelled. 1 where there are none.

    ``model`` is paced as for the runs themselves. Never below the product of the runs' chances, never above the least of them.
    """
    if not runs:
        return 1.0
    chances = np.clip(model.probabilities(runs), _LEAST, 1 - _LEAST)
    shared = _shared(model, runs)[:, None]
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    given = stats.norm.cdf((stats.norm.ppf(chances)[:, None] - np.sqrt(shared) * nodes) / np.sqrt(1 - shared))
    together = float((weights * given.prod(axis=0)).sum() / weights.sum())
    return round(together, _DECIMALS)


def _shared(model: Model, runs: Sequence[OpenRun]) -> Floats:
    """How large a part of what is unsure of each run is the same for all, 0..1: none at the deadline, most for a subject unheard of."""
    coming, own = model.to_come(runs)
    due = float((model.demand.means(runs) * model.curves.shares(runs)).sum())
    unknown = _SHOCK + model.demand.doubt(runs, "group")
    together = coming**2 / (1 / unknown + due)
    return np.asarray(np.minimum(together / np.maximum(together + own, 1e-9), _MOST_SHARED), dtype=float)
