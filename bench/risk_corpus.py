"""Terms of runs with known truth: why some offers are sought, when people apply, and when an institution gives up.

Log-normal means by subject, institution and offer, terms that drift together, a Gamma frailty, Poisson numbers over a window of 90
days with a rush before the deadline, thresholds that differ between institutions. *Badly specified*: people sign up in fours, the
curve of the last terms comes later, institutions have become stricter and terms vary more than the past shows. All figures are judged by
us, none estimated from Norwegian data.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from registry.coordination.forecast import PastRun

TERMS, OFFERS, SUBJECTS, INSTITUTIONS, WINDOW = 12, 3_000, 160, 60, 90
LOG_MEAN = 3.0  #: with qualified applicants only, about a quarter of the runs are cancelled
TEST_FROM = 9  #: terms 0–8 are learnt from, 9–11 are foretold


@dataclass(frozen=True, slots=True)
class Told:
    """A run and what was true of it."""

    run: PastRun
    rate: float  #: the Poisson mean behind its final number
    shock: float = 0.0  #: what this term alone did to its log, for nation and subject: not to be known beforehand


def simulate(seed: int, *, bad: bool = False, offers: int = OFFERS, terms: int = TERMS) -> list[Told]:
    """Runs of all terms, in order."""
    rng = np.random.default_rng(seed)
    sizes = rng.pareto(1.1, SUBJECTS) + 1
    subject_effect, own = rng.normal(0, 0.55, SUBJECTS), rng.normal(0, 0.30, INSTITUTIONS)
    threshold = np.clip(rng.normal(10, 2.5, INSTITUTIONS), 5, 20)
    late = np.clip(rng.normal(0.62, 0.08, SUBJECTS), 0.3, 0.9), np.clip(rng.normal(7, 1.2, SUBJECTS), 3, 11)
    alive = [_offer(rng, sizes) for _ in range(offers)]
    count, drift, shock = offers, np.zeros(SUBJECTS), np.zeros(SUBJECTS)
    drift = rng.normal(-0.01, 0.03, SUBJECTS)
    names = {id(one): number for number, one in enumerate(alive)}
    told: list[Told] = []
    for term in range(terms):
        tested = bad and term >= TEST_FROM
        shock = 0.6 * shock + rng.normal(0, 0.15, SUBJECTS)
        whole = rng.normal(0, 0.2 if tested else 0.08)
        for place, one in enumerate(alive):
            if rng.random() < 0.12:
                alive[place] = one = _offer(rng, sizes)
                names[id(one)] = count
                count += 1
            subject, home, effect, online, protected, places = one
            log = (
                LOG_MEAN + subject_effect[subject] + own[home] + effect + drift[subject] * term + shock[subject] + whole
            )
            rate = float(np.exp(log + 0.3 * online) * rng.gamma(5, 0.2)) * rng.beta(17, 3)
            final = int(4 * rng.poisson(rate / 4)) if bad else int(rng.poisson(rate))
            final = min(final, 4 * places)
            power = late[1][subject] * (1.35 if tested else 1.0)
            uniform = rng.random(final)
            when = np.where(rng.random(final) < late[0][subject], rng.random(final) ** (1 / power), uniform)
            days = tuple(np.minimum(WINDOW, (1 - when) * WINDOW).astype(int).tolist())
            limit = threshold[home] * (0.5 if protected else 1.0)
            cancelled = rng.random() < expit((limit + 1.5 * tested - final) / 1.2)
            minimum = max(1, round(limit))
            group = f"s{subject}|{'online' if online else 'campus'}"
            run = PastRun(group, minimum, days, bool(cancelled), f"i{home}", f"o{names[id(one)]}", term)
            told.append(Told(run, rate, float(whole + shock[subject])))
    return told


def _offer(rng: np.random.Generator, sizes: np.ndarray) -> tuple[int, int, float, bool, bool, int]:
    subject = int(rng.choice(SUBJECTS, p=sizes / sizes.sum()))
    places = max(15, round(float(np.exp(rng.normal(3.3, 0.35)))))
    return (
        subject,
        int(rng.integers(INSTITUTIONS)),
        float(rng.normal(0, 0.5)),
        bool(rng.random() < 0.3),
        bool(rng.random() < 0.12),
        places,
    )
