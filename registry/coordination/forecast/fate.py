"""What becomes of a run with so many applicants: how institutions have decided, and a logistic layer for each horizon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from registry.coordination.forecast.runs import OpenRun, PastRun

Floats = npt.NDArray[np.float64]
FEW_OUTCOMES: Final = 20  # fewer cancelled or taught runs than this teach nothing about fates
_REACH: Final = 8.0  # applicants off the minimum; beyond that nothing more is learnt
_PSEUDO_OFFER, _PSEUDO_PROVIDER = 4.0, 10.0
_LEAST: Final = 1e-3


@dataclass(frozen=True)
class Custom:
    """The chance that a run is cancelled, by how far it ended from its minimum; some institutions are stricter."""

    intercept: float = 0.0
    slope: float | None = None  #: per applicant above the minimum, never rising; None is the letter of the rule
    providers: Mapping[str, float] = field(default_factory=dict)

    def chance(self, above: Floats, provider: Floats) -> Floats:
        """``above`` is final applicants less the minimum; ``provider`` the institution's own part (:meth:`own`)."""
        if self.slope is None:
            return np.where(above < 0, 1.0, 0.0)
        near = np.clip(above + 0.5, -_REACH, _REACH)
        return np.asarray(expit(self.intercept + provider + self.slope * near), dtype=float)

    @property
    def softness(self) -> float:
        """Variance, in applicants, of where institutions draw the line."""
        return 0.0 if self.slope is None else float(np.pi**2 / 3 / self.slope**2)

    def own(self, runs: Sequence[OpenRun] | Sequence[PastRun]) -> Floats:
        """Each run's institution's own part, in log-odds."""
        return np.array([self.providers.get(run.provider, 0.0) for run in runs], dtype=float)


def learn_custom(past: Sequence[PastRun]) -> Custom:
    """How past runs were decided. The letter of the rule where too few have been decided."""
    outcome = np.array([run.cancelled for run in past], dtype=float)
    if min(outcome.sum(), len(outcome) - outcome.sum()) < FEW_OUTCOMES:
        return Custom()
    above = np.array([len(run.days) - run.minimum for run in past], dtype=float)
    near = np.clip(above + 0.5, -_REACH, _REACH)
    names = sorted({run.provider for run in past} - {""})
    place = {name: number + 2 for number, name in enumerate(names)}
    own = np.array([place.get(run.provider, 1) for run in past])

    def loss(theta: Floats) -> tuple[float, Floats]:
        score = theta[0] + theta[1] * near + np.where(own > 1, theta[own], 0.0)
        value = float(np.sum(np.logaddexp(0, score) - outcome * score) + 0.5 * np.sum(theta[2:] ** 2))
        pull = expit(score) - outcome
        gradient = np.bincount(own, weights=pull, minlength=len(theta)).astype(np.float64)
        gradient[2:] += theta[2:]
        gradient[0], gradient[1] = pull.sum(), (pull * near).sum()
        return value, gradient

    start = np.zeros(len(names) + 2)
    bounds = [(None, None), (None, -0.05)] + [(None, None)] * len(names)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return Custom(float(found[0]), float(found[1]), {name: float(found[place[name]]) for name in names})


@dataclass(frozen=True)
class Histories:
    """How often each institution's and each offer's runs have been cancelled, drawn towards the nation's share."""

    nation: float = 0.2
    providers: Mapping[str, float] = field(default_factory=dict)
    offers: Mapping[str, float] = field(default_factory=dict)

    def rates(self, runs: Sequence[OpenRun] | Sequence[PastRun]) -> tuple[Floats, Floats]:
        """Log-odds of the institution's and of the offer's share."""
        provider = [self.providers.get(run.provider, self.nation) for run in runs]
        offer = [self.offers.get(name, rate) for name, rate in zip([run.offer for run in runs], provider, strict=True)]
        return logit(np.array(provider)), logit(np.array(offer))


def learn_histories(past: Sequence[PastRun]) -> Histories:
    """Beta-binomial shrinkage: ten pseudo-runs for an institution, four for an offer."""
    if not past:
        return Histories()
    nation = (sum(run.cancelled for run in past) + 1) / (len(past) + 5)
    provider_counts: dict[str, tuple[int, int]] = {}
    offer_counts: dict[str, tuple[int, int]] = {}
    home: dict[str, str] = {}
    for run in past:
        for counts, name in ((provider_counts, run.provider), (offer_counts, run.offer)):
            if name:
                lost, all_runs = counts.get(name, (0, 0))
                counts[name] = (lost + run.cancelled, all_runs + 1)
        home[run.offer] = run.provider
    providers = {
        name: (lost + _PSEUDO_PROVIDER * nation) / (runs + _PSEUDO_PROVIDER)
        for name, (lost, runs) in provider_counts.items()
    }
    offers = {
        name: (lost + _PSEUDO_OFFER * providers.get(home[name], nation)) / (runs + _PSEUDO_OFFER)
        for name, (lost, runs) in offer_counts.items()
    }
    return Histories(nation, providers, offers)


#: Direction that each column of a layer may pull in: the chance itself, mean and applicants against the minimum, histories.
SIGNS: Final = ((0.0, None), (None, 0.0), (None, 0.0), (0.0, None), (0.0, None))
_TRUST: Final = np.array([1.0, 0.0, 0.0, 0.0, 0.0])  # without evidence the chance is believed as it is
_STIFFNESS: Final = 1.0


def learn_layer(columns: Floats, outcome: Floats) -> Floats:
    """Intercept and weights of one horizon's layer, drawn towards believing the chance as it is."""

    def loss(theta: Floats) -> tuple[float, Floats]:
        score = theta[0] + columns @ theta[1:]
        off = theta[1:] - _TRUST
        value = float(np.sum(np.logaddexp(0, score) - outcome * score) + 0.5 * _STIFFNESS * np.sum(off**2))
        pull = expit(score) - outcome
        return value, np.concatenate([[pull.sum()], columns.T @ pull + _STIFFNESS * off])

    start = np.concatenate([[0.0], _TRUST])
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(None, None), *SIGNS]).x
    return found


def logit(probability: Floats) -> Floats:
    """Log-odds, held away from certainty."""
    clipped = np.clip(probability, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=float)
