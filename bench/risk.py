"""Runs at risk, foretold: the registry's model against six others by days to the deadline, on simulated terms and the demonstration year.

    python bench/risk.py [--seeds 3] [--offers 1500] [--home FOLDER]

Each method learns from terms 0–8 and foretells 9–11, the registry's as it does every night. *Skill* is Brier skill against saying the
base rate; the oracle knows each run's true mean. ``--home`` is a registry home with the demonstration year: its second and third term
are foretold from the ones before.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from risk_corpus import TEST_FROM, Told, simulate
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from registry.coordination.forecast import HORIZONS, Model, PastRun, as_seen, learn
from registry.coordination.forecast.demand import Curves, Demand, learn_curves, learn_demand
from registry.coordination.forecast.fate import Histories, learn_histories
from registry.coordination.forecast.scoring import by_size, calibration_error, skill, threshold_for, warning

METHODS = ("plain rule", "last term", "multiplicative pick-up", "logistic regression", "boosted trees", "registry")


_LEARNT: dict[int, tuple[Demand, Curves, Histories]] = {}


def learnt(past: Sequence[PastRun]) -> tuple[Demand, Curves, Histories]:
    """What both learners stand on, once for each body of runs."""
    if id(past) not in _LEARNT:
        _LEARNT[id(past)] = learn_demand(past), learn_curves(past), learn_histories(past)
    return _LEARNT[id(past)]


def features(past: Sequence[PastRun], runs: Sequence[PastRun], horizon: int) -> np.ndarray:
    """What the two learners get: the same facts as the registry's model, as fourteen columns."""
    then = [as_seen(run, horizon) for run in runs]
    demand, curves, histories = learnt(past)
    share, mean = np.maximum(curves.shares(then), 0.02), demand.means(then)
    came, minimum = (np.array([getattr(run, name) for run in then], float) for name in ("applicants", "minimum"))
    provider, offer = histories.rates(then)
    recent = np.array([sum(horizon <= day < horizon + 14 for day in run.days) for run in runs], float)
    seen = Counter(run.offer for run in past)
    age = np.array([min(seen[run.offer], 8) for run in runs], float)
    counts = Counter(run.group for run in past)
    size = np.log1p([counts[run.group] for run in runs])
    expected = came / share
    return np.column_stack(
        [
            came, np.log1p(came), minimum, came / np.maximum(minimum, 1), came - minimum, share, mean, np.log(mean / minimum),
            expected / minimum, (came + mean * (1 - share)) / minimum, provider, offer, recent, age, size,
        ]
    )  # fmt: skip


_SPLITS: dict[int, tuple[list[PastRun], list[PastRun]]] = {}


def split(past: list[PastRun]) -> tuple[list[PastRun], list[PastRun]]:
    """The newest runs are what the learners are taught on, by what the older ones tell."""
    if id(past) not in _SPLITS:
        terms = sorted({run.term for run in past})
        cut = terms[-3] if len(terms) > 4 else terms[-1]
        older = [run for run in past if run.term < cut]
        newer = [run for run in past if run.term >= cut]
        _SPLITS[id(past)] = (older, newer) if older else (past[::2], past[1::2])
    return _SPLITS[id(past)]


def foretold(past: list[PastRun], runs: list[PastRun], horizon: int, model: Model) -> dict[str, np.ndarray]:
    """What each method says of the runs, that many days before their deadlines."""
    then = [as_seen(run, horizon) for run in runs]
    came, minimum = (np.array([getattr(run, name) for run in then], float) for name in ("applicants", "minimum"))
    lost = {run.offer: run.cancelled for run in past}
    base = np.mean([run.cancelled for run in past])
    share = np.maximum(learnt(past)[1].shares(then), 0.02)
    earlier, later = split(past)
    taught, answers = features(earlier, later, horizon), np.array([run.cancelled for run in later])
    asked = features(past, runs, horizon)
    scale = StandardScaler().fit(taught)
    line = LogisticRegression(C=1.0, max_iter=1000).fit(scale.transform(taught), answers)
    trees = HistGradientBoostingClassifier(max_iter=120, learning_rate=0.06, random_state=0).fit(taught, answers)
    spread = np.maximum(came / share * (1 - share), 0.3)
    return {
        "plain rule": (came < minimum).astype(float),
        "last term": np.array([float(lost.get(run.offer, base)) for run in runs]),
        "multiplicative pick-up": np.where(came >= minimum, 0.0, stats.poisson.cdf(minimum - came - 1, spread)),
        "logistic regression": line.predict_proba(scale.transform(asked))[:, 1],
        "boosted trees": trees.predict_proba(asked)[:, 1],
        "registry": model.paced(then).probabilities(then),
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


def table(title: str, said: dict[int, dict[str, np.ndarray]], outcome: np.ndarray) -> None:
    """Skill by days to the deadline, and the calibration error of the registry's own."""
    methods = [name for name in (*METHODS, "oracle") if name in next(iter(said.values()))]
    print(f"\n### {title}: {len(outcome):,} runs foretold, {outcome.mean():.0%} cancelled\n")
    print(f"| days left | {' | '.join(methods)} | calibration error |")
    print("|--:|" + "--:|" * (len(methods) + 1))
    for horizon, found in said.items():
        scores = " | ".join(f"{skill(found[name], outcome):.2f}" for name in methods)
        print(f"| {horizon} | {scores} | {calibration_error(found['registry'], outcome):.3f} |", flush=True)


def warnings(title: str, said: dict[int, dict[str, np.ndarray]], outcome: np.ndarray, sizes: np.ndarray) -> None:
    """How early, at a tenth of false alarms, by method; and how well calibrated small subjects are."""
    print(f"\nWarnings of {title} at a false-alarm rate of at most 10 %:\n")
    print("| method | threshold | warned of | median days before the deadline |\n|---|--:|--:|--:|")
    for name in METHODS:
        chances = {horizon: found[name] for horizon, found in said.items()}
        level = threshold_for(chances, outcome, 0.10)
        told = warning(chances, outcome, level)
        shown = f"{level:.2f} | {told.found:.0%} | {told.median_days}" if level <= 1 else "never | |"
        print(f"| {name} | {shown} |")
    print("\n| runs of the subject so far | foretold | calibration error at 30 days | Brier skill |\n|---|--:|--:|--:|")
    for name, number, error, gain in by_size(said[30]["registry"], outcome, sizes):
        print(f"| {name} | {number:,} | {error:.3f} | {gain:.2f} |", flush=True)


def measure(title: str, past: list[PastRun], told: list[Told], *, shift: float | None) -> None:
    """One body of runs, all methods."""
    begun = time.process_time()
    model = learn(past)
    learnt = time.process_time() - begun
    runs = [one.run for one in told]
    terms = sorted({run.term for run in runs})
    outcome = np.concatenate([[run.cancelled for run in runs if run.term == term] for term in terms]).astype(float)
    said: dict[int, dict[str, np.ndarray]] = {}
    for horizon in HORIZONS:
        parts = [foretold(past, [run for run in runs if run.term == term], horizon, model) for term in terms]
        said[horizon] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        if shift is not None:
            ordered = [one for term in terms for one in told if one.run.term == term]
            said[horizon]["oracle"] = oracle(ordered, horizon, shift)
    counts = Counter(run.group.split("|")[0] for run in past)
    sizes = np.concatenate([[counts[run.group.split("|")[0]] for run in runs if run.term == term] for term in terms])
    table(f"{title} (learnt in {learnt:.0f} processor seconds)", said, outcome)
    warnings(title, said, outcome, sizes)


def demonstration(home: Path) -> None:
    """The demonstration year: each settled term foretold from those before."""
    from registry.coordination.queries.history import past_runs
    from registry.core.db import Database

    with Database(f"sqlite:///{home}/registry.sqlite3").read() as session:
        runs = past_runs(session)
    terms = sorted({run.term for run in runs})
    for term in terms[1:]:
        past = [run for run in runs if run.term < term]
        told = [Told(run, 0.0) for run in runs if run.term == term]
        if len(told) >= 200:
            measure(f"Demonstration year, term {terms.index(term) + 1} of {len(terms)}", past, told, shift=None)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--offers", type=int, default=1_500)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("REGISTRY_HOME", "var")))
    arguments = parser.parse_args()
    for bad in (False, True):
        for seed in range(arguments.seeds):
            told = simulate(seed, bad=bad, offers=arguments.offers)
            past = [one.run for one in told if one.run.term < TEST_FROM]
            title = f"{'Badly' if bad else 'Well'} specified, seed {seed}"
            measure(title, past, [one for one in told if one.run.term >= TEST_FROM], shift=1.5 if bad else 0.0)
    if (arguments.home / "registry.sqlite3").is_file():
        demonstration(arguments.home)
    else:
        print(f"\nNo demonstration year in {arguments.home}: make one with `registry demo fill`.")


if __name__ == "__main__":
    main()
