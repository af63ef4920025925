"""Runs at risk, foretold: the registry's model against six others by days to the deadline, on simulated terms and the demonstration year.

    python bench/risk.py [--seeds 3] [--offers 1500] [--home FOLDER]

Terms 9–11 are foretold, each from all terms before it, by every method: the registry learns anew each night. *Skill* is Brier skill
against saying the base rate; the oracle knows each run's true mean. A calibration error is never nought, even of a perfect forecast:
beside it stands what one of the same size would show, in the middle and at most in nineteen of twenty. ``--home`` is a registry home
with the demonstration year: its settled terms are foretold from the ones before.
"""

import argparse
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from risk_corpus import TEST_FROM, Told, simulate
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from registry.coordination.forecast import HORIZONS, Model, PastRun, as_seen, goes_dark, learn
from registry.coordination.forecast.demand import learn_curves, learn_demand
from registry.coordination.forecast.fate import learn_histories
from registry.coordination.forecast.scoring import calibration_error, skill, threshold_for, warning

METHODS = ("plain rule", "last term", "multiplicative pick-up", "logistic regression", "boosted trees", "registry")
SIZES = ((0, 20, "under 20"), (20, 100, "20–99"), (100, 10**9, "100 and more"))  #: runs of the subject so far
WEEKS = (*range(0, 90, 7), 90)  #: days before the deadline at which a warning may come, looked at once a week
FEW, MANY = 2, 6  #: runs of a subject in a term, where all may be lost


class Facts:
    """What the registry's own parts tell the two learners: they stand on the same ground."""

    def __init__(self, past: Sequence[PastRun]) -> None:
        self.demand, self.curves, self.histories = learn_demand(past), learn_curves(past), learn_histories(past)
        self.seen, self.counts = Counter(run.offer for run in past), Counter(run.group for run in past)

    def columns(self, runs: Sequence[PastRun], horizon: int) -> np.ndarray:
        """The same facts as the registry's model has, as fifteen columns."""
        then = [as_seen(run, horizon) for run in runs]
        share, mean = np.maximum(self.curves.shares(then), 0.02), self.demand.means(then)
        came, minimum = (np.array([getattr(run, name) for run in then], float) for name in ("applicants", "minimum"))
        provider, offer = self.histories.rates(then)
        recent = np.array([sum(horizon <= day < horizon + 14 for day in run.days) for run in runs], float)
        age = np.array([min(self.seen[run.offer], 8) for run in runs], float)
        size = np.log1p([self.counts[run.group] for run in runs])
        expected = came / share
        return np.column_stack(
            [
                came, np.log1p(came), minimum, came / np.maximum(minimum, 1), came - minimum, share, mean, np.log(mean / minimum),
                expected / minimum, (came + mean * (1 - share)) / minimum, provider, offer, recent, age, size,
            ]
        )  # fmt: skip


class Rivals:
    """The other methods, knowing the same past. The newest runs are what the learners are taught on, by what the older ones tell."""

    def __init__(self, past: list[PastRun]) -> None:
        terms = sorted({run.term for run in past})
        cut = terms[-3] if len(terms) > 4 else terms[-1]
        older, newer = [run for run in past if run.term < cut], [run for run in past if run.term >= cut]
        older, self.newer = (older, newer) if older else (past[::2], past[1::2])
        self.now, self.then = Facts(past), Facts(older)
        self.lost, self.base = {run.offer: run.cancelled for run in past}, np.mean([run.cancelled for run in past])

    def say(self, runs: list[PastRun], horizon: int) -> dict[str, np.ndarray]:
        """What each says of the runs, that many days before their deadlines."""
        seen = [as_seen(run, horizon) for run in runs]
        came, minimum = (np.array([getattr(run, name) for run in seen], float) for name in ("applicants", "minimum"))
        share = np.maximum(self.now.curves.shares(seen), 0.02)
        taught, answers = self.then.columns(self.newer, horizon), np.array([run.cancelled for run in self.newer])
        asked = self.now.columns(runs, horizon)
        scale = StandardScaler().fit(taught)
        line = LogisticRegression(C=1.0, max_iter=1000).fit(scale.transform(taught), answers)
        trees = HistGradientBoostingClassifier(max_iter=120, learning_rate=0.06, random_state=0).fit(taught, answers)
        spread = np.maximum(came / share * (1 - share), 0.3)
        return {
            "plain rule": (came < minimum).astype(float),
            "last term": np.array([float(self.lost.get(run.offer, self.base)) for run in runs]),
            "multiplicative pick-up": np.where(came >= minimum, 0.0, stats.poisson.cdf(minimum - came - 1, spread)),
            "logistic regression": line.predict_proba(scale.transform(asked))[:, 1],
            "boosted trees": trees.predict_proba(asked)[:, 1],
        }


def oracle(told: list[Told], horizon: int, shift: float) -> np.ndarray:
    """Knows each run's true mean and how its institution decides; not who will come."""
    chance = []
    for one in told:
        come = sum(day >= horizon for day in one.run.days)
        total = len(one.run.days)
        left = 1 - come / total if total else 1.0
        more = np.arange(61)
        mass = stats.poisson.pmf(more, max(one.rate * min(1.0, left), 1e-9))
        chance.append(float((mass / (1 + np.exp((come + more - one.run.minimum - shift) / 1.2))).sum()))
    return np.array(chance)


@dataclass
class Tale:
    """What was said of some runs, by days and method, and what became of them."""

    outcome: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    said: dict[int, dict[str, list[float]]] = field(default_factory=lambda: {h: defaultdict(list) for h in HORIZONS})
    weekly: dict[int, list[float]] = field(default_factory=lambda: {days: [] for days in WEEKS})
    dark: dict[int, list[tuple[float, float, bool]]] = field(default_factory=lambda: {h: [] for h in HORIZONS})

    def add(self, past: list[PastRun], told: list[Told], shift: float | None) -> None:
        """One more term, foretold from what came before it. ``shift`` is how much stricter institutions are; None has no oracle."""
        model, rivals, runs = learn(past), Rivals(past), [one.run for one in told]
        counts = Counter(subject(run) for run in past)
        self.outcome += [float(run.cancelled) for run in runs]
        self.sizes += [counts[subject(run)] for run in runs]
        for horizon in HORIZONS:
            then = [as_seen(run, horizon) for run in runs]
            paced = model.paced(then)
            found = {**rivals.say(runs, horizon), "registry": paced.probabilities(then)}
            if shift is not None:
                found["oracle"] = oracle(told, horizon, shift)
            for name, chances in found.items():
                self.said[horizon][name] += chances.tolist()
            self.dark[horizon] += darkness(paced, runs, horizon)
        for days in WEEKS:
            then = [as_seen(run, days) for run in runs]
            self.weekly[days] += model.paced(then).probabilities(then).tolist()

    def plus(self, other: "Tale") -> "Tale":
        """Both told as one."""
        both = Tale(self.outcome + other.outcome, self.sizes + other.sizes)
        both.weekly = {days: self.weekly[days] + other.weekly[days] for days in WEEKS}
        for horizon in HORIZONS:
            both.dark[horizon] = self.dark[horizon] + other.dark[horizon]
            for name, chances in other.said[horizon].items():
                both.said[horizon][name] = self.said[horizon][name] + chances
        return both


def subject(run: PastRun) -> str:
    """A run's subject, whatever its form."""
    return run.group.split("|")[0]


def darkness(model: Model, runs: Sequence[PastRun], horizon: int) -> list[tuple[float, float, bool]]:
    """(said, product of the runs' chances, whether it happened) for each subject with a few runs."""
    together: defaultdict[str, list[PastRun]] = defaultdict(list)
    for run in runs:
        together[subject(run)].append(run)
    found = []
    for few in together.values():
        if FEW <= len(few) <= MANY:
            then = [as_seen(run, horizon) for run in few]
            product = float(np.prod(model.probabilities(then)))
            found.append((goes_dark(model, then), product, all(run.cancelled for run in few)))
    return found


def by_chance(said: np.ndarray) -> str:
    """The calibration error of forecasts that are exactly right: middle and nineteen of twenty, of 200 draws."""
    rng = np.random.default_rng(0)
    errors = [calibration_error(said, (rng.random(len(said)) < said).astype(float)) for _ in range(200)]
    return f"{np.median(errors):.3f} ({np.quantile(errors, 0.95):.3f})"


def skills(title: str, tale: Tale) -> None:
    """Skill by days to the deadline, and the calibration error of the registry's own."""
    outcome = np.array(tale.outcome)
    methods = [name for name in (*METHODS, "oracle") if name in tale.said[0]]
    print(f"\n### {title}: {len(outcome):,} runs foretold, {outcome.mean():.0%} cancelled\n")
    print(f"| days left | {' | '.join(methods)} | calibration error | logistic regression's | by chance alone |")
    print("|--:|" + "--:|" * (len(methods) + 3))
    for horizon in HORIZONS:
        said = {name: np.array(chances) for name, chances in tale.said[horizon].items()}
        scores = " | ".join(f"{skill(said[name], outcome):.3f}" for name in methods)
        errors = " | ".join(
            f"{calibration_error(said[name], outcome):.3f}" for name in ("registry", "logistic regression")
        )
        print(f"| {horizon} | {scores} | {errors} | {by_chance(said['registry'])} |", flush=True)


def most_found(said: np.ndarray, outcome: np.ndarray) -> float:
    """The largest share of the doomed among runs so chosen that at most a tenth of the chosen are not."""
    order = np.argsort(-said)
    right = np.cumsum(outcome[order])
    fine = right >= 0.9 * np.arange(1, len(order) + 1)
    return float(right[fine].max() / outcome.sum()) if fine.any() else 0.0


def warnings(tale: Tale) -> None:
    """How early, at a tenth of false alarms, by method."""
    outcome = np.array(tale.outcome)
    print(
        "\n| at most a tenth of the warnings false | threshold | warned of | median days before the deadline |\n|---|--:|--:|--:|"
    )
    columns = {name: {horizon: np.array(found[name]) for horizon, found in tale.said.items()} for name in METHODS}
    columns["registry, looked at once a week"] = {days: np.array(chances) for days, chances in tale.weekly.items()}
    for name, chances in columns.items():
        level = threshold_for(chances, outcome, 0.10)
        told = warning(chances, outcome, level)
        shown = f"{level:.2f} | {told.found:.0%} | {told.median_days}" if level <= 1 else "never | |"
        print(f"| {name} | {shown} |", flush=True)


def sizes(tale: Tale) -> None:
    """Whether small subjects are as well calibrated as large ones, by more than chance."""
    outcome, counts = np.array(tale.outcome), np.array(tale.sizes)
    print(
        "\n| days left | runs of the subject so far | foretold | calibration error | by chance alone | said less happened | skill |"
    )
    print("|--:|---|--:|--:|--:|--:|--:|")
    for horizon in HORIZONS:
        said = np.array(tale.said[horizon]["registry"])
        for low, high, name in SIZES:
            here = (counts >= low) & (counts < high)
            if here.sum():
                error, gain = calibration_error(said[here], outcome[here]), skill(said[here], outcome[here])
                off = said[here].mean() - outcome[here].mean()
                print(
                    f"| {horizon} | {name} | {here.sum():,} | {error:.3f} | {by_chance(said[here])} | {off:+.3f} | {gain:.2f} |"
                )


def gone_dark(tale: Tale) -> None:
    """Subjects of a few runs that lost them all: together under a shared shock, against the product of their chances."""
    print(f"\n| days left | subjects of {FEW}–{MANY} runs | lost all | said | product says | skill | the product's |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for horizon in HORIZONS:
        said, product, happened = np.array(tale.dark[horizon], float).T
        scores = f"{skill(said, happened):.3f} | {skill(product, happened):.3f}"
        print(
            f"| {horizon} | {len(said):,} | {happened.sum():.0f} | {said.sum():.0f} | {product.sum():.0f} | {scores} |"
        )


def demonstration(home: Path) -> None:
    """The demonstration year: each settled term foretold from those before, and how long before the real cancellation it warns."""
    from sqlmodel import col, select

    from registry.coordination.queries.detecting.settled_runs import past_runs, term_number
    from registry.core.db import Database
    from registry.offers.models import Run
    from registry.offers.states import RunState

    with Database(f"sqlite:///{home}/registry.sqlite3").read() as session:
        runs = past_runs(session)
        cancelled = session.exec(
            select(Run).where(Run.state == RunState.CANCELLED, col(Run.application_closes_on).is_not(None))
        )
        waited = {
            (str(run.offer_id), term_number(run.term)): (run.cancelled_at.date() - run.application_closes_on).days
            for run in cancelled
        }
    tale, told = Tale(), []
    for term in sorted({run.term for run in runs})[1:]:
        past, now = [run for run in runs if run.term < term], [Told(run, 0.0) for run in runs if run.term == term]
        tale.add(past, now, None)
        told += [one.run for one in now]
    skills("Demonstration year", tale)
    warnings(tale)
    outcome = np.array(tale.outcome)
    chances = {days: np.array(said) for days, said in tale.weekly.items()}
    level = threshold_for(chances, outcome, 0.10)
    first = np.full(len(told), -1)
    for horizon in sorted(chances):
        first = np.where(chances[horizon] >= level, horizon, first)
    early = [
        days + waited[run.offer, run.term] for run, days in zip(told, first, strict=True) if days >= 0 and run.cancelled
    ]
    print("\n| days left | most that can be found by then at a tenth false |\n|--:|--:|")
    for days in sorted(WEEKS, reverse=True):
        print(f"| {days} | {most_found(chances[days], outcome):.0%} |")
    print(f"\nThe warned were cancelled in the median {np.median(early):.0f} days after the warning.")
    print(
        "\n| threshold | warned of | median days before the deadline | of the warnings, false | of the runs that went ahead, warned |"
    )
    print("|--:|--:|--:|--:|--:|")
    for percent in range(60, 95, 5):
        one = warning(chances, outcome, percent / 100)
        warned = one.found * outcome.sum() / (1 - one.false_alarms)
        alarms = one.false_alarms * warned / (1 - outcome).sum()
        print(f"| {percent / 100:.2f} | {one.found:.0%} | {one.median_days} | {one.false_alarms:.0%} | {alarms:.0%} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--offers", type=int, default=1_500)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("REGISTRY_HOME", "var")))
    arguments = parser.parse_args()
    for bad in (False, True):
        together = Tale()
        for seed in range(arguments.seeds):
            world = simulate(seed, bad=bad, offers=arguments.offers)
            tale = Tale()
            for term in sorted({one.run.term for one in world} & set(range(TEST_FROM, 100))):
                past = [one.run for one in world if one.run.term < term]
                tale.add(past, [one for one in world if one.run.term == term], 1.5 if bad else 0.0)
            skills(f"{'Badly' if bad else 'Well'} specified, seed {seed}", tale)
            warnings(tale)
            together = together.plus(tale)
        skills(f"{'Badly' if bad else 'Well'} specified, all seeds", together)
        warnings(together)
        sizes(together)
        gone_dark(together)
    if (arguments.home / "registry.sqlite3").is_file():
        demonstration(arguments.home)
    else:
        print(f"\nNo demonstration year in {arguments.home}: make one with `registry demo`.")


if __name__ == "__main__":
    main()
