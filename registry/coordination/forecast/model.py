"""The model: numbers still to come, the chance of ending too low, what institutions do then, and recalibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.special import expit

from registry.coordination.forecast.demand import Curves, Demand, learn_curves, learn_demand
from registry.coordination.forecast.fate import (
    FEW_OUTCOMES,
    Custom,
    Histories,
    learn_custom,
    learn_histories,
    learn_layer,
    logit,
)
from registry.coordination.forecast.runs import HORIZONS, Forecast, OpenRun, PastRun, as_seen

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LEAST_SHARE: Final = 0.02  # nobody is sure of anything before a fiftieth has come
_INTERVAL: Final = (0.1, 0.9)
PACE_NATION, PACE_GROUP = 50.0, 25.0  # applicants that speak for "as usual"
_MOST_TO_COME: Final = 60  # applicants; what lies beyond decides nothing
_DECIMALS: Final = 9  # sums may be taken in another order for one run than for many; rounding makes them equal
_FOLDS: Final = 3
_TERMS_TO_ROLL: Final = 4  # fewer terms than this are told apart at random instead of by time


@dataclass(frozen=True)
class Model:
    """What was learnt from the past, and this term's pace."""

    demand: Demand
    curves: Curves
    custom: Custom
    histories: Histories
    layers: Mapping[int, Floats] = field(default_factory=dict)  #: horizon -> intercept and weights
    pace_nation: float = 1.0  #: applicants so far against what is usual, drawn towards 1
    pace_groups: Mapping[str, float] = field(default_factory=dict)

    def paced(self, term: Sequence[OpenRun]) -> "Model":
        """The same model, knowing how the runs of one term stand so far: a term may be slow or fast as a whole."""
        if not term:
            return self
        applicants = np.array([run.applicants for run in term], dtype=float)
        usual = self.demand.means(term) * np.clip(self.curves.shares(term), _LEAST_SHARE, 1.0)
        nation = float((applicants.sum() + PACE_NATION) / (usual.sum() + PACE_NATION))
        sums: dict[str, list[float]] = {}
        for run, came, expected in zip(term, applicants, usual * nation, strict=True):
            both = sums.setdefault(run.group, [0.0, 0.0])
            both[0] += came
            both[1] += expected
        groups = {group: (came + PACE_GROUP) / (due + PACE_GROUP) for group, (came, due) in sums.items()}
        return replace(self, pace_nation=nation, pace_groups=groups)

    def judge(self, run: OpenRun) -> Forecast:
        """Forecast for one run."""
        return self.judge_all([run])[0]

    def judge_all(self, runs: Sequence[OpenRun]) -> list[Forecast]:
        """Forecasts for many runs at once, in their order."""
        if not runs:
            return []
        share, shape, rate = self._prior(runs)
        applicants, minimum, days = _columns(runs)
        own = self.custom.own(runs)

        def told(shapes: Floats, rates: Floats) -> Floats:
            raw = self._fate(applicants, minimum, shapes, rates, share, own)
            return self._recalibrated(raw, runs, days)

        middle = told(shape, rate)
        ends = [told(shape, shape / stats.gamma.ppf(level, shape, scale=1 / rate)) for level in reversed(_INTERVAL)]
        columns = (
            middle,
            np.minimum(ends[0], middle),
            np.maximum(ends[1], middle),
            applicants + (shape / rate) * (1 - share),
            share,
        )
        return [
            Forecast(*(round(float(value), _DECIMALS) for value in values)) for values in zip(*columns, strict=True)
        ]

    def probabilities(self, runs: Sequence[OpenRun]) -> Floats:
        """The probabilities alone."""
        if not runs:
            return np.empty(0)
        share, shape, rate = self._prior(runs)
        applicants, minimum, days = _columns(runs)
        raw = self._fate(applicants, minimum, shape, rate, share, self.custom.own(runs))
        return self._recalibrated(raw, runs, days)

    def chances(self, runs: Sequence[OpenRun]) -> Floats:
        """P(final < minimum) of each run, before custom and recalibration. Exact at the deadline: nobody more can come."""
        share, shape, rate = self._prior(runs)
        applicants, minimum, _ = _columns(runs)
        return below_minimum(applicants, minimum, shape, rate, share)

    def columns(self, runs: Sequence[OpenRun]) -> Floats:
        """What a layer is learnt from: one row per run."""
        share, shape, rate = self._prior(runs)
        applicants, minimum, _ = _columns(runs)
        return self._layer_columns(self._fate(applicants, minimum, shape, rate, share, self.custom.own(runs)), runs)

    def to_come(self, runs: Sequence[OpenRun]) -> tuple[Floats, Floats]:
        """Applicants still expected by each run, and the variance, in applicants, of what decides its fate."""
        share, shape, rate = self._prior(runs)
        coming = shape / rate * (1 - share)
        return coming, coming + coming**2 / shape + self.custom.softness

    def _layer_columns(self, raw: Floats, runs: Sequence[OpenRun]) -> Floats:
        provider, offer = self.histories.rates(runs)
        applicants, minimum, _ = _columns(runs)
        needed = np.maximum(minimum, 1)
        means = np.log(self.demand.means(runs) / needed)
        return np.column_stack([logit(raw), means, np.log((applicants + 1) / needed), provider, offer])

    def _prior(self, runs: Sequence[OpenRun]) -> tuple[Floats, Floats, Floats]:
        """Share come by now, and shape and rate of the Gamma over the final number."""
        share = np.asarray(np.clip(self.curves.shares(runs), _LEAST_SHARE, 1.0), dtype=float)
        # Early on a fast term may be a moved curve as well as more people: the pace is believed as far as the curve has come.
        pace = np.array([self.pace_nation * self.pace_groups.get(run.group, 1.0) for run in runs]) ** np.sqrt(share)
        applicants = np.array([run.applicants for run in runs], dtype=float)
        k = self.demand.dispersions(runs)
        rate = np.asarray(k / np.maximum(self.demand.means(runs) * pace, 0.1) + share, dtype=float)
        return share, np.asarray(k + applicants, dtype=float), rate

    def _fate(self, applicants: Ints, minimum: Ints, shape: Floats, rate: Floats, share: Floats, own: Floats) -> Floats:
        """The chance of being cancelled: every number that may come, times what is done with it."""
        if self.custom.slope is None:
            return below_minimum(applicants, minimum, shape, rate, share)
        more = np.arange(_MOST_TO_COME + 1)
        left = np.maximum(1 - share, 1e-9)
        success = (rate / (rate + left))[:, None]
        mass = stats.nbinom.pmf(more[None, :], shape[:, None], success)
        beyond = np.maximum(1 - mass.sum(axis=1), 0.0)
        above = (applicants - minimum)[:, None] + more[None, :]
        chance = self.custom.chance(above.astype(float), own[:, None])
        total: Floats = (mass * chance).sum(axis=1) + beyond * chance[:, -1]
        return total

    def _recalibrated(self, raw: Floats, runs: Sequence[OpenRun], days: Ints) -> Floats:
        if not self.layers:
            return raw
        columns = self._layer_columns(raw, runs)
        days, known = np.minimum(days, max(self.layers)), sorted(self.layers)
        scores = np.array([self.layers[horizon][0] + columns @ self.layers[horizon][1:] for horizon in known])
        above = np.clip(np.searchsorted(known, days), 1, len(known) - 1)
        low, high = np.array(known)[above - 1], np.array(known)[above]
        part, rows = (days - low) / (high - low), np.arange(len(runs))
        return np.asarray(expit((1 - part) * scores[above - 1, rows] + part * scores[above, rows]), dtype=float)


def below_minimum(applicants: Ints, minimum: Ints, shape: Floats, rate: Floats, share: Floats) -> Floats:
    """P(final < minimum): what is still to come is NB(shape, rate / (rate + what is left))."""
    missing, left = minimum - applicants, 1 - share
    coming: Floats = stats.nbinom.cdf(np.maximum(missing - 1, 0), shape, rate / (rate + left))
    chance: Floats = np.where(missing <= 0, 0.0, np.where(left <= 0, 1.0, coming))
    return chance


def learn(past: Sequence[PastRun]) -> Model:
    """Everything from past runs, whatever their order. With no past at all the prior is wide and says so by its interval.

    The layers are learnt from runs as models that had not seen them judged them: by time where there are terms enough,
    else by thirds drawn from the runs themselves.
    """
    ordered = sorted(
        past, key=lambda run: (run.term, run.group, run.provider, run.offer, run.minimum, run.days, run.cancelled)
    )
    model = _plain(ordered)
    lost = sum(run.cancelled for run in ordered)
    if min(lost, len(ordered) - lost) < FEW_OUTCOMES:
        return model
    seen: dict[int, list[Floats]] = {horizon: [] for horizon in HORIZONS}
    outcomes: list[Floats] = []
    for known, judged in _unseen(ordered):
        earlier = _plain(known)
        outcomes.append(np.array([run.cancelled for run in judged], dtype=float))
        for horizon in HORIZONS:
            then = [as_seen(run, horizon) for run in judged]
            seen[horizon].append(earlier.paced(then).columns(then))
    outcome = np.concatenate(outcomes)
    layers = {horizon: learn_layer(np.vstack(columns), outcome) for horizon, columns in seen.items()}
    return replace(model, layers=layers)


def _plain(past: Sequence[PastRun]) -> Model:
    return Model(learn_demand(past), learn_curves(past), learn_custom(past), learn_histories(past))


def _unseen(ordered: Sequence[PastRun]) -> list[tuple[list[PastRun], list[PastRun]]]:
    """(learnt from, judged): each judged run is unseen by what judges it."""
    terms = sorted({run.term for run in ordered})
    if len(terms) >= _TERMS_TO_ROLL:
        newest = terms[len(terms) // 2 :]
        return [([r for r in ordered if r.term < term], [r for r in ordered if r.term == term]) for term in newest]
    return [
        ([run for place, run in enumerate(ordered) if place % _FOLDS != fold], list(ordered[fold::_FOLDS]))
        for fold in range(_FOLDS)
    ]


def _columns(runs: Sequence[OpenRun]) -> tuple[Ints, Ints, Ints]:
    applicants = np.array([run.applicants for run in runs], dtype=np.int64)
    minimum = np.array([run.minimum for run in runs], dtype=np.int64)
    return applicants, minimum, np.array([run.days_left for run in runs], dtype=np.int64)
