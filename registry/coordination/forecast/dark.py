"""The chance that a subject goes dark: every run of it cancelled in the same term, which a bad term makes likelier for all."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.special import expit

from registry.coordination.forecast.fate import logit

SHARED: Final = 0.6  # deviation of a term's common shock, in log-odds
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)


def goes_dark(probabilities: Sequence[float], shared: float = SHARED) -> float:
    """P(all are cancelled), 0..1, under a shock that all share. Never below the product of the probabilities."""
    if not probabilities:
        return 0.0
    # Each run's own log-odds are stretched so that, over all terms, its probability is still what it was.
    own = logit(np.array(probabilities)) * np.sqrt(1 + np.pi * shared**2 / 8)
    together = expit(own[:, None] + shared * _NODES[None, :]).prod(axis=0)
    return float(max((together * _WEIGHTS).sum() / _WEIGHTS.sum(), np.prod(probabilities)))
