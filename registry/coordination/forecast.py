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
Ints = npt.NDArray[np.int64]

HORIZONS = (90, 60, 30, 14, 7, 0)  # days before the deadline
_PSEUDO_RUNS = 4.0  # a group's mean counts as this many runs' worth of the nation's
_PSEUDO_APPLICANTS = 150.0  # a group's curve counts as this many of the nation's applicants
_LEAST_SHARE = 0.02  # nobody is sure of anything before a fiftieth has come
_FEW_OUTCOMES = 20  # fewer cancelled or completed runs than this teach no recalibration
_DEFAULT_DISPERSION = 4.0
_DEFAULT_MEAN = 12.0  # applicants; only where there is no past at all
_INTERVAL = (0.1, 0.9)


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
        return self.judge_all([run])[0]

    def judge_all(self, runs: Sequence[OpenRun]) -> list[Forecast]:
        """Forecasts for many runs at once, in their order."""
        if not runs:
            return []
        applicants = np.array([run.applicants for run in runs], dtype=np.int64)
        minimum = np.array([run.minimum for run in runs], dtype=np.int64)
        days = np.array([run.days_left for run in runs], dtype=np.int64)
        share, shape, rate = self._prior(runs, applicants, days)
        raw = below_minimum(applicants, minimum, shape, rate, share)
        spread = [
            below_minimum(applicants, minimum, shape, shape / stats.gamma.ppf(level, shape, scale=1 / rate), share)
            for level in reversed(_INTERVAL)
        ]
        columns = (
            self._recalibrated(raw, days),
            self._recalibrated(np.minimum(spread[0], raw), days),
            self._recalibrated(np.maximum(spread[1], raw), days),
            applicants + (shape / rate) * (1 - share),
            share,
        )
        return [Forecast(*map(float, values)) for values in zip(*columns, strict=True)]

    def chances(self, runs: Sequence[OpenRun]) -> Floats:
        """P(final < minimum) of each run, before the recalibration."""
        applicants = np.array([run.applicants for run in runs], dtype=np.int64)
        minimum = np.array([run.minimum for run in runs], dtype=np.int64)
        days = np.array([run.days_left for run in runs], dtype=np.int64)
        share, shape, rate = self._prior(runs, applicants, days)
        return below_minimum(applicants, minimum, shape, rate, share)

    def _prior(self, runs: Sequence[OpenRun], applicants: Ints, days: Ints) -> tuple[Floats, Floats, Floats]:
        """Share come by now, and shape and rate of the Gamma over the final number."""
        place = np.clip(days, 0, HORIZONS[0])
        share = np.array([self.curves.get(run.group, self.curve)[day] for run, day in zip(runs, place, strict=True)])
        share = np.asarray(np.clip(share, _LEAST_SHARE, 1.0), dtype=np.float64)
        prior = np.array([self.group_means.get(run.group, self.mean) for run in runs])
        rate = np.asarray(self.dispersion / np.maximum(prior, 0.1) + share, dtype=np.float64)
        return share, np.asarray(self.dispersion + applicants, dtype=np.float64), rate

    def _recalibrated(self, raw: Floats, days: Ints) -> Floats:
        result = raw.copy()
        horizons = _horizons(days)
        for horizon, (intercept, slope) in self.layers.items():
            here = horizons == horizon
            result[here] = 1 / (1 + np.exp(-(intercept + slope * _logit(raw[here]))))
        return result


def below_minimum(applicants: Ints, minimum: Ints, shape: Floats, rate: Floats, share: Floats) -> Floats:
    """P(final < minimum): what is still to come is NB(shape, rate / (rate + what is left))."""
    missing, left = minimum - applicants, 1 - share
    coming: Floats = stats.nbinom.cdf(np.maximum(missing - 1, 0), shape, rate / (rate + left))
    chance: Floats = np.where(missing <= 0, 0.0, np.where(left <= 0, 1.0, coming))
    return chance


def learn(past: Sequence[PastRun]) -> Model:
    """Fit curves, priors and the recalibration on past runs, whatever their order.

    With no past at all the prior is wide and says so by its interval.
    """
    finals = np.array([len(run.days) for run in past], dtype=float)
    mean = float(finals.mean()) if len(finals) else _DEFAULT_MEAN
    dispersion = _dispersion(finals)
    curve = _curve([day for run in past for day in run.days], None)
    groups: dict[str, list[PastRun]] = {}
    for run in past:
        groups.setdefault(run.group, []).append(run)
    means = {
        group: (sum(len(run.days) for run in runs) + _PSEUDO_RUNS * mean) / (len(runs) + _PSEUDO_RUNS)
        for group, runs in groups.items()
    }
    curves = {group: _curve([day for run in runs for day in run.days], curve) for group, runs in groups.items()}
    plain = Model(mean, dispersion, means, curves, curve)
    return Model(mean, dispersion, means, curves, curve, _layers(plain, past))


def as_seen(run: PastRun, days_left: int) -> OpenRun:
    """A past run as it stood ``days_left`` days before its deadline."""
    return OpenRun(run.group, run.minimum, sum(day >= days_left for day in run.days), days_left)


def _layers(model: Model, past: Sequence[PastRun]) -> dict[int, tuple[float, float]]:
    """Intercept and slope for each horizon; none where too few runs have been cancelled or taught to learn from."""
    ordered = sorted(past, key=lambda run: (run.group, run.minimum, run.days, run.cancelled))
    outcome = np.array([run.cancelled for run in ordered], dtype=bool)
    if min(int(outcome.sum()), int((~outcome).sum())) < _FEW_OUTCOMES:
        return {}
    layers = {}
    for horizon in HORIZONS:
        raw = _logit(model.chances([as_seen(run, horizon) for run in ordered]))
        fitted = LogisticRegression(C=10.0).fit(raw[:, None], outcome)
        layers[horizon] = (float(fitted.intercept_[0]), float(max(fitted.coef_[0][0], 0.0)))
    return layers


def _curve(days: Sequence[int], national: Floats | None) -> Floats:
    """Share of the final applicants that has come by each number of days left, 0..90; never rising with the days left."""
    left = np.arange(HORIZONS[0] + 1)
    counts = np.bincount(np.clip(np.array(days, dtype=np.int64), 0, HORIZONS[0]), minlength=HORIZONS[0] + 1)
    come = np.cumsum(counts[::-1])[::-1].astype(float)
    base = national if national is not None else 1 - left / (HORIZONS[0] + 1)
    weight = _PSEUDO_APPLICANTS if national is not None else float(not len(days))
    return np.asarray((come + weight * base) / (len(days) + weight), dtype=float)


def _dispersion(finals: Floats) -> float:
    """Negative binomial's k by moments; larger is closer to Poisson."""
    if len(finals) < 2:  # a variance needs two
        return _DEFAULT_DISPERSION
    mean, variance = float(finals.mean()), float(finals.var(ddof=1))
    return float(np.clip(mean**2 / max(variance - mean, 1e-6), 0.5, 50))


def _horizons(days: Ints) -> Ints:
    """The nearest horizon of each number of days left; the farther one of two equally near."""
    choices = np.array(HORIZONS)
    nearest: Ints = choices[np.abs(choices[None, :] - days[:, None]).argmin(axis=1)]
    return nearest


def _logit(probability: Floats) -> Floats:
    clipped = np.clip(probability, 1e-4, 1 - 1e-4)
    result: Floats = np.log(clipped / (1 - clipped))
    return result
