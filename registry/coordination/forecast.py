"""Will this run be cancelled for low application? A Gamma-Poisson pick-up model, recalibrated on past terms.

1. A booking curve says which share of the final applicants has usually come by ``h`` days before the deadline.
2. A prior for the final number comes from the run's own group (subject and delivery), shrunk to the nation.
3. With ``n`` applicants now, what is still to come is negative binomial; the chance of ending below the minimum follows.
4. A logistic layer, fitted on past runs at the same distance from their deadlines, turns that chance into the chance of
   being cancelled: institutions run some small groups and cancel some that reach the minimum.

Pure functions over arrays; no database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import stats
from sklearn.linear_model import LogisticRegression

Floats = npt.NDArray[np.float64]

HORIZONS = (90, 60, 30, 14, 7, 0)  # days before the deadline
_PSEUDO_RUNS = 4.0  # a group's mean counts as this many runs' worth of the nation's
_PSEUDO_APPLICANTS = 150.0  # a group's curve counts as this many of the nation's applicants
_LEAST_SHARE = 0.02  # nobody is sure of anything before a fiftieth has come
_FEW_OUTCOMES = 20  # fewer cancelled or completed runs than this teach no recalibration
_DEFAULT_DISPERSION = 4.0


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run whose fate is known. ``days`` are whole days before the deadline at which each eligible applicant applied."""

    group: str
    minimum: int
    days: tuple[int, ...]
    cancelled: bool


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run to judge: eligible applicants so far, and days left to the deadline."""

    group: str
    minimum: int
    applicants: int
    days_left: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The probability of cancellation with an 80 % interval for it, and what it was made of."""

    probability: float
    low: float
    high: float
    expected_final: float
    share_by_now: float  #: how large a part of the final applicants has usually come by now


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt from the past."""

    mean: float
    dispersion: float
    group_means: Mapping[str, float]
    curves: Mapping[str, Floats]  #: group -> share come by h days left, index = day 0..90
    curve: Floats
    layers: Mapping[int, tuple[float, float]] = field(default_factory=dict)  #: horizon -> intercept, slope

    def judge(self, run: OpenRun) -> Forecast:
        """Forecast for one run. Exact at the deadline's end: nobody more can come."""
        share = float(np.clip(self.curves.get(run.group, self.curve)[min(max(run.days_left, 0), HORIZONS[0])], _LEAST_SHARE, 1))
        prior = self.group_means.get(run.group, self.mean)
        shape = self.dispersion + run.applicants
        rate = self.dispersion / max(prior, 0.1) + share
        expected = run.applicants + (shape / rate) * (1 - share)
        raw = below_minimum(run.applicants, run.minimum, shape, rate, share)
        spread = [
            below_minimum(run.applicants, run.minimum, shape, shape / intensity, share)
            for intensity in stats.gamma.ppf((0.9, 0.1), shape, scale=1 / rate)
        ]
        return Forecast(
            probability=self._recalibrated(raw, run.days_left),
            low=self._recalibrated(min(spread[0], raw), run.days_left),
            high=self._recalibrated(max(spread[1], raw), run.days_left),
            expected_final=float(expected),
            share_by_now=share,
        )

    def _recalibrated(self, raw: float, days_left: int) -> float:
        layer = self.layers.get(_horizon(days_left))
        if layer is None:
            return raw
        intercept, slope = layer
        return float(1 / (1 + np.exp(-(intercept + slope * _logit(raw)))))


def below_minimum(applicants: int, minimum: int, shape: float, rate: float, share: float) -> float:
    """P(final < minimum): what is still to come is NB(shape, rate / (rate + what is left))."""
    missing = minimum - applicants
    if missing <= 0:
        return 0.0
    left = 1 - share
    if left <= 0:
        return 1.0
    return float(stats.nbinom.cdf(missing - 1, shape, rate / (rate + left)))


def learn(past: Sequence[PastRun]) -> Model:
    """Fit curves, priors and the recalibration on past runs. With no past at all the prior is wide and says so by its interval."""
    finals = np.array([len(run.days) for run in past], dtype=float)
    mean = float(finals.mean()) if len(finals) else 12.0
    dispersion = _dispersion(finals)
    days = np.concatenate([np.array(run.days) for run in past]) if past else np.array([])
    curve = _curve(days, None)
    groups: dict[str, list[PastRun]] = {}
    for run in past:
        groups.setdefault(run.group, []).append(run)
    means = {
        group: (sum(len(r.days) for r in runs) + _PSEUDO_RUNS * mean) / (len(runs) + _PSEUDO_RUNS)
        for group, runs in groups.items()
    }
    curves = {
        group: _curve(np.array([day for r in runs for day in r.days]), curve) for group, runs in groups.items()
    }
    plain = Model(mean, dispersion, means, curves, curve)
    return Model(mean, dispersion, means, curves, curve, _layers(plain, past))


def as_seen(run: PastRun, days_left: int) -> OpenRun:
    """A past run as it stood ``days_left`` days before its deadline."""
    return OpenRun(run.group, run.minimum, sum(day >= days_left for day in run.days), days_left)


def _layers(model: Model, past: Sequence[PastRun]) -> dict[int, tuple[float, float]]:
    outcome = np.array([run.cancelled for run in past])
    if min(outcome.sum(), (~outcome).sum(), initial=len(past)) < _FEW_OUTCOMES or not len(past):
        return {}
    layers = {}
    for horizon in HORIZONS:
        raw = np.array([[_logit(model.judge(as_seen(run, horizon)).probability)] for run in past])
        fitted = LogisticRegression(C=10.0).fit(raw, outcome)
        layers[horizon] = (float(fitted.intercept_[0]), float(max(fitted.coef_[0][0], 0.0)))
    return layers


def _curve(days: npt.NDArray[np.int_] | Floats, national: Floats | None) -> Floats:
    """Share of the final applicants that has come by each number of days left, 0..90; never rising with the days left."""
    left = np.arange(HORIZONS[0] + 1)
    if len(days):
        counts = np.bincount(np.clip(days.astype(int), 0, HORIZONS[0]), minlength=HORIZONS[0] + 1)
        come = np.cumsum(counts[::-1])[::-1].astype(float)
        total = float(len(days))
    else:
        come, total = np.zeros(HORIZONS[0] + 1), 0.0
    base = national if national is not None else 1 - left / (HORIZONS[0] + 1)
    weight = _PSEUDO_APPLICANTS if national is not None else (0.0 if total else 1.0)
    return np.asarray((come + weight * base) / (total + weight), dtype=float)


def _dispersion(finals: Floats) -> float:
    """Negative binomial's k by moments; larger is closer to Poisson."""
    if len(finals) < 2:  # noqa: PLR2004 - a variance needs two
        return _DEFAULT_DISPERSION
    mean, variance = float(finals.mean()), float(finals.var(ddof=1))
    return float(np.clip(mean**2 / max(variance - mean, 1e-6), 0.5, 50))


def _horizon(days_left: int) -> int:
    return min(HORIZONS, key=lambda horizon: abs(horizon - days_left))


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1e-4), 1 - 1e-4)
    return float(np.log(clipped / (1 - clipped)))
