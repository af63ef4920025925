"""How early a doomed run can be told at all: the demonstration year foretold by one who knows everything but chance.

    python bench/risk_bound.py [--seed 2026] [--runs 3000] [--worlds 6]

The forecaster knows each offer's true mean in each term, the usual curve of applications, how institutions decide and who has applied so
far; not who will apply, nor how lucky the one run is (a Gamma of shape 8), for that is drawn afterwards. No forecast from the registry's
data can be better. Looked at once a week, with the lowest threshold that leaves at most a tenth of the warnings false, as bench/risk.py
does for the registry's own forecast; then, day by day, the most of the doomed that any rule can find that early at that price. Last, what
the luck of single terms costs in calibration, on the simulated worlds of bench/risk.py.
"""

import argparse
from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
from risk import WEEKS, most_found
from risk_corpus import TEST_FROM, simulate
from scipy import stats
from scipy.special import expit

from registry.coordination.forecast.scoring import calibration_error, skill, threshold_for, warning
from registry.coordination.queries.detecting.applicants import days_before
from registry.core import clock
from registry.demo.lives import RunStory
from registry.demo.offers import Workshop, ordinary
from registry.demo.planted import always_running, plant
from registry.demo.runs import FRAILTY, WINDOW, Effects, four_terms, plan_runs
from registry.demo.season import tell

Floats = npt.NDArray[np.float64]
ELIGIBLE, EDGE = 0.87, 1.2  # of the applicants, and how softly institutions decide (registry/demo/lives.py)
MORE = np.arange(0, 90)
TODAY = date(2026, 11, 22)


def usual_share(days_left: int) -> float:
    """Of the applicants of the usual run, how many have come by then."""
    rng = np.random.default_rng(0)
    rush, power = np.clip(rng.normal(0.62, 0.08, 4_000), 0.3, 0.9), np.maximum(rng.normal(7, 1.2, 4_000), 3)
    gone = max(0.0, 1 - days_left / WINDOW.days)
    return float(np.mean((1 - rush) * gone + rush * gone**power))


def chances(told: Sequence[RunStory], expected: Floats, days_left: int) -> Floats:
    """The chance that each run is cancelled for few applicants, as the all-knowing sees it that many days before the deadline."""
    came = np.array([sum(day >= days_left for day in days_of(one)) for one in told], float)
    share = usual_share(days_left)
    shape, rate = FRAILTY + came, FRAILTY / expected + share
    left = max(1 - share, 1e-9)
    mass = stats.nbinom.pmf(MORE[None, :], shape[:, None], (rate / (rate + left))[:, None])
    final = came[:, None] + MORE[None, :]
    needed = np.array(
        [(10 if one.run.minimum is None else one.run.minimum) * (0.5 if one.run.protected else 1.0) for one in told]
    )
    lost = np.where(final == 0, 1.0, stats.norm.cdf((needed[:, None] - ELIGIBLE * final) / EDGE))
    return np.asarray((mass * lost).sum(axis=1), dtype=float)


def days_of(told: RunStory) -> tuple[int, ...]:
    """Whole days before the deadline at which each applied."""
    return days_before(told.run.closes, [story.applied_at for story in told.stories if story.moved_from is None])


def luck_of_the_term(worlds: int, offers: int) -> None:
    """How far off 90 days ahead is who knows each run's mean and how lucky terms are, but not how lucky this one is."""
    print("\n| simulated world | well specified: calibration error | badly specified |\n|--:|--:|--:|")
    for seed in range(worlds):
        print(f"| {seed} | {_off(seed, offers, bad=False):.3f} | {_off(seed, offers, bad=True):.3f} |", flush=True)


def _off(seed: int, offers: int, *, bad: bool) -> float:
    told = [one for one in simulate(seed, bad=bad, offers=offers) if one.run.term >= TEST_FROM]
    outcome = np.array([one.run.cancelled for one in told], float)
    usual = np.array([one.rate * np.exp(-one.shock) for one in told])
    limit = np.array([one.run.minimum for one in told], float) + (1.5 if bad else 0.0)
    together = 4 if bad else 1  # people sign up in fours
    final = together * np.arange(0, 160 // together)
    fate = expit((limit[:, None] - final[None, :]) / 1.2)
    deviation = np.sqrt(
        (0.2 if bad else 0.08) ** 2 + 0.15**2 / (1 - 0.6**2)
    )  # nation and subject (bench/risk_corpus.py)
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    said = np.zeros(len(told))
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        mean = usual * np.exp(deviation * node) / together
        said += weight * (stats.poisson.pmf(final[None, :] / together, mean[:, None]) * fate).sum(axis=1)
    return calibration_error(said, outcome)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--runs", type=int, default=3000)
    parser.add_argument("--worlds", type=int, default=6)
    arguments = parser.parse_args()
    workshop = Workshop(arguments.seed)
    usual = ordinary(workshop, arguments.runs)
    planted = plant(workshop, usual, arguments.runs / 3000)
    runs = plan_runs(
        always_running(usual, planted),
        seed=arguments.seed,
        runs_per_term=arguments.runs,
        today=TODAY,
        protected=frozenset(planted.last_national),
    )
    season = tell(runs, seed=arguments.seed, now=clock.start_of_day(TODAY), persons=20_000)
    told = [
        one
        for one in season.runs
        if one.run.term in four_terms(TODAY)[1:3] and one.cancelled_for in (None, "few_applicants")
    ]
    outcome = np.array([one.cancelled_for is not None for one in told], float)
    effects, place = Effects(arguments.seed), {term: index for index, term in enumerate(four_terms(TODAY))}
    expected = np.exp([effects.log_mean(one.run.offer, place[one.run.term]) for one in told])
    said = {days: chances(told, expected, days) for days in WEEKS}
    level = threshold_for(said, outcome, 0.10)
    found = warning(said, outcome, level)
    print(f"{len(told):,} settled runs of two terms, {outcome.mean():.0%} cancelled for few applicants\n")
    print(
        f"At a tenth of the warnings false (threshold {level:.2f}): {found.found:.0%} warned of, in the median "
        f"{found.median_days} days before the deadline.\n"
    )
    print(
        "| days left | usual share come | skill | most that can be found by then at a tenth false |\n|--:|--:|--:|--:|"
    )
    for days in sorted(WEEKS, reverse=True):
        print(
            f"| {days} | {usual_share(days):.0%} | {skill(said[days], outcome):.2f} | {most_found(said[days], outcome):.0%} |"
        )
    luck_of_the_term(arguments.worlds, offers=1_500)


if __name__ == "__main__":
    main()
