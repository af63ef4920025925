"""How many will apply, and when: shrunken means (nation, group, provider, offer), and shrunken booking curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from registry.coordination.forecast.runs import HORIZONS, OpenRun, PastRun

Floats = npt.NDArray[np.float64]
WINDOW: Final = HORIZONS[0]
#: How much groups, providers and offers commonly differ, as deviations of log means: what each is shrunk by.
_DEVIATION: Final = {"group": 0.55, "provider": 0.30, "offer": 0.50}
_AGEING: Final = 0.85  # a term back counts this much less
_PSEUDO_APPLICANTS: Final = 150.0  # a group's curve counts as this many of the nation's applicants
_DEFAULT_MEAN: Final = 12.0  # applicants; only where there is no past at all
_DEFAULT_DISPERSION: Final = 4.0
_LEAST_MEAN: Final = 0.1
_ROUNDS: Final = 12
_FEWEST: Final = 30  # runs; fewer teach one mean and no differences


@dataclass(frozen=True)
class Demand:
    """What was learnt of numbers: log means by what a run is, and the spread around them (negative binomial's k)."""

    base: float
    effects: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    dispersion: float = _DEFAULT_DISPERSION
    doubts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  #: variance that is left of each effect

    def means(self, runs: Sequence[PastRun] | Sequence[OpenRun]) -> Floats:
        """Expected final applicants of each run, before any has come."""
        logs = np.full(len(runs), self.base)
        for kind, known in self.effects.items():
            logs += [known.get(getattr(run, kind), 0.0) for run in runs]
        means: Floats = np.maximum(np.exp(logs), _LEAST_MEAN)
        return means

    def doubt(self, runs: Sequence[PastRun] | Sequence[OpenRun], *kinds: str) -> Floats:
        """Relative variance of each mean: a subject or an offer that nobody has seen may be anything that such things are.

        ``kinds``: only what is due to these.
        """
        total = np.zeros(len(runs))
        for kind in kinds or self.doubts:
            known = self.doubts.get(kind, {})
            total += [known.get(getattr(run, kind), _DEVIATION[kind] ** 2) for run in runs]
        return total

    def dispersions(self, runs: Sequence[PastRun] | Sequence[OpenRun]) -> Floats:
        """Negative binomial's k of each run: wider where less is known of what it is."""
        spread: Floats = 1 / (1 / self.dispersion + self.doubt(runs))
        return spread


def learn_demand(past: Sequence[PastRun]) -> Demand:
    """Means from past runs, newer ones weighing more. The spread is measured on the newest term where an older one can foretell it."""
    if not past:
        return Demand(float(np.log(_DEFAULT_MEAN)))
    terms = sorted({run.term for run in past})
    newest = [run for run in past if run.term == terms[-1]]
    older = [run for run in past if run.term < terms[-1]]
    demand = _means(past)
    if min(len(newest), len(older)) >= _FEWEST:
        earlier, finals = _means(older), _finals(newest)
        foretold = earlier.means(newest)
        return replace(
            demand, dispersion=_dispersion(finals, foretold * (finals.sum() / foretold.sum()), earlier.doubt(newest))
        )
    return replace(demand, dispersion=_dispersion(_finals(past), demand.means(past), demand.doubt(past)))


def _means(past: Sequence[PastRun]) -> Demand:
    """Multiplicative effects, each drawn towards none by a Gamma of the usual deviation; a few rounds until they agree.

    A run of many tells little more than one of some, since numbers vary more than by chance: each counts by its spread.
    """
    finals = _finals(past)
    mean = float(np.log(max(finals.mean(), _LEAST_MEAN)))
    if len(past) < _FEWEST:
        return Demand(mean)
    newest = max(run.term for run in past)
    weights = np.array([_AGEING ** (newest - run.term) for run in past])
    names = {kind: sorted({str(getattr(run, kind)) for run in past} - {""}) for kind in _DEVIATION}
    places = {kind: _places([getattr(run, kind) for run in past], names[kind]) for kind in _DEVIATION}
    logs = {kind: np.zeros(len(known) + 1) for kind, known in names.items()}  # the last is "no name"
    doubts: dict[str, dict[str, float]] = {}
    for _ in range(_ROUNDS):
        for kind, deviation in _DEVIATION.items():
            others = mean + sum(logs[other][places[other]] for other in logs if other != kind)
            now = np.exp(others + logs[kind][places[kind]])
            counted = weights / (1 + now / _DEFAULT_DISPERSION)
            size, pseudo = len(logs[kind]), deviation**-2
            came, due = (_sums(places[kind], counted * of, size) for of in (finals, np.exp(others)))
            centre = _centre(came[:-1], due[:-1], deviation)
            mean += centre
            logs[kind] = np.log((came + pseudo) / (due * np.exp(centre) + pseudo))
            logs[kind][-1] = 0.0
            doubts[kind] = dict(zip(names[kind], map(float, 1 / (came[:-1] + pseudo)), strict=True))
        told = np.exp(mean + sum(logs[kind][places[kind]] for kind in logs))
        mean += float(np.log((weights * finals).sum() / (weights * told).sum()))
    effects = {kind: dict(zip(names[kind], map(float, logs[kind][:-1]), strict=True)) for kind in names}
    return Demand(mean, effects, doubts=doubts)


def _sums(places: npt.NDArray[np.int64], values: Floats, size: int) -> Floats:
    return np.bincount(places, weights=values, minlength=size).astype(float)


def _centre(came: Floats, due: Floats, deviation: float) -> float:
    """The usual one among names, as a log: what nobody has seen is like these, not like the few that have most runs."""
    if not len(came):
        return 0.0
    logs = np.log((came + 0.5) / (due + 0.5))
    trust = 1 / (deviation**2 + 1 / (came + 0.5))
    return float((trust * logs).sum() / trust.sum() + deviation**2 / 2)


def _places(values: Sequence[str], names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Each value's number; the last is for values without a name."""
    number = {name: place for place, name in enumerate(names)}
    return np.array([number.get(value, len(names)) for value in values], dtype=np.int64)


def _finals(past: Sequence[PastRun]) -> Floats:
    return np.array([len(run.days) for run in past], dtype=float)


def _dispersion(finals: Floats, means: Floats, doubt: Floats) -> float:
    """Negative binomial's k by moments, less what is only doubt about the means; larger is closer to Poisson."""
    if len(finals) < 2:  # a variance needs two
        return _DEFAULT_DISPERSION
    extra = float(np.sum((finals - means) ** 2 - means - doubt * means**2))
    return float(np.clip(np.sum(means**2) / max(extra, 1e-6), 0.5, 50))


@dataclass(frozen=True)
class Curves:
    """Share of the final applicants that has come with h days left, h = 0..90, by group and for the nation."""

    national: Floats
    by_group: Mapping[str, Floats]

    def shares(self, runs: Sequence[OpenRun]) -> Floats:
        """Share usually come by now, for each run."""
        days = [min(max(run.days_left, 0), WINDOW) for run in runs]
        found = [self.by_group.get(run.group, self.national)[day] for run, day in zip(runs, days, strict=True)]
        return np.array(found, dtype=float)


def learn_curves(past: Sequence[PastRun]) -> Curves:
    """The nation's curve, and each group's own, drawn towards it."""
    national = _curve([day for run in past for day in run.days], None)
    groups: dict[str, list[int]] = {}
    for run in past:
        groups.setdefault(run.group, []).extend(run.days)
    return Curves(national, {group: _curve(days, national) for group, days in groups.items()})


def _curve(days: Sequence[int], national: Floats | None) -> Floats:
    """Never rising with the days left."""
    left = np.arange(WINDOW + 1)
    counts = np.bincount(np.clip(np.array(days, dtype=np.int64), 0, WINDOW), minlength=WINDOW + 1)
    come = np.cumsum(counts[::-1])[::-1].astype(float)
    base = national if national is not None else 1 - left / (WINDOW + 1)
    weight = _PSEUDO_APPLICANTS if national is not None else float(not len(days))
    return np.asarray((come + weight * base) / (len(days) + weight), dtype=float)
