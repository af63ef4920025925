"""How many places to offer, so that the course is full and seldom more than full.

Yield is the share of those who were offered (or took) a place that started. It differs between runs of one offer,
between offers of one subject and between subjects; each level borrows from the one above it as far as its own history
is short (Beta-Binomial shrinkage at three levels, fitted by maximum likelihood). What a run will see is then
Beta-Binomial, and the advice is the largest number of offers that keeps the chance of more starters than places under
the risk that the office chose.

Pure functions over counts; no database.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

Floats = npt.NDArray[np.float64]

_LOG_STRENGTH = (np.log(0.5), np.log(2_000.0))  # where the fit looks for a level's strength, in persons
_UNKNOWN = (0.8, 5.0)  # mean and strength where nothing at all is known of the past: wide, and says so
_MOST = 20  # never looks beyond this many offers a place


class Past(NamedTuple):
    """One run whose start is over: of ``asked`` people ``came`` started."""

    subject: str
    offer: str
    asked: int
    came: int


@dataclass(frozen=True, slots=True)
class Yield:
    """What is believed of one run's yield: a Beta distribution over the share that comes."""

    mean: float
    strength: float  #: as many persons as the belief is worth; small is unsure
    runs: int  #: earlier runs of the same offer that it rests on

    def interval(self, share: float = 0.8) -> tuple[float, float]:
        """The central interval that holds the run's true share with this probability."""
        low, high = stats.beta.ppf([(1 - share) / 2, (1 + share) / 2], *self._shape)
        return float(low), float(high)

    def starters(self, asked: int) -> Floats:
        """P(0), P(1) … P(asked) people starting of ``asked``."""
        return np.asarray(stats.betabinom.pmf(np.arange(asked + 1), asked, *self._shape), dtype=np.float64)

    @property
    def _shape(self) -> tuple[float, float]:
        return self.mean * self.strength, (1 - self.mean) * self.strength


@dataclass(frozen=True, slots=True)
class Advice:
    """Offers to give now, and what would follow from them."""

    offers: int
    expected: float  #: starters in the mean
    low: int  #: 80 % interval of the starters
    high: int
    over: float  #: chance of more starters than places


@dataclass(frozen=True, slots=True)
class Model:
    """What the past says. ``strengths``: between runs of an offer, offers of a subject, subjects."""

    mean: float
    strengths: tuple[float, float, float]
    subjects: Mapping[str, float]
    offers: Mapping[tuple[str, str], tuple[float, float, int]]  #: (mean, strength of that mean, runs)

    def of(self, subject: str, offer: str) -> Yield:
        """The yield to expect of the next run of an offer, known or not."""
        own = self.offers.get((subject, offer))
        mean, certain, runs = own or (self.subjects.get(subject, self.mean), self.strengths[1], 0)
        # Doubt about the offer's mean and the spread between its runs, put together as one Beta.
        spread = 1 / (certain + 1) + (1 - 1 / (certain + 1)) / (self.strengths[0] + 1)
        return Yield(mean, 1 / spread - 1, runs)


def learn(past: Iterable[Past]) -> Model:
    """Fit the three levels. With no past at all the belief is wide (mean 0.8, worth five persons)."""
    rows = [row for row in past if row.asked > 0]
    if not rows:
        return Model(_UNKNOWN[0], (_UNKNOWN[1],) * 3, {}, {})
    asked = np.array([row.asked for row in rows], dtype=np.float64)
    came = np.array([row.came for row in rows], dtype=np.float64)
    offers, of_offer = _numbered((row.subject, row.offer) for row in rows)
    subjects, of_subject = _numbered(offer[0] for offer in offers)
    nation = float((came.sum() + 1) / (asked.sum() + 2))
    # Two rounds: the spread between runs decides how much a run of forty tells, which moves the means above it.
    run_means, between_runs = np.full(len(rows), nation), 20.0
    for _ in range(2):
        between_runs = _strength(came, asked, run_means)
        worth = asked * (between_runs + 1) / (between_runs + asked)  # persons in one run are alike
        offer_came = _sums(of_offer, came / asked * worth, len(offers))
        offer_asked = _sums(of_offer, worth, len(offers))
        subject_came = _sums(of_subject, offer_came, len(subjects))
        subject_asked = _sums(of_subject, offer_asked, len(subjects))
        nation = float((subject_came.sum() + 1) / (subject_asked.sum() + 2))
        between_subjects = _strength(subject_came, subject_asked, np.full(len(subjects), nation))
        subject_means = (subject_came + between_subjects * nation) / (subject_asked + between_subjects)
        between_offers = _strength(offer_came, offer_asked, subject_means[of_subject])
        offer_means = (offer_came + between_offers * subject_means[of_subject]) / (offer_asked + between_offers)
        run_means = offer_means[of_offer]
    runs = np.bincount(of_offer, minlength=len(offers))
    return Model(
        nation,
        (between_runs, between_offers, between_subjects),
        dict(zip(subjects, subject_means.tolist(), strict=True)),
        {
            offer: (float(mean), float(weight + between_offers), int(count))
            for offer, mean, weight, count in zip(offers, offer_means, offer_asked, runs, strict=True)
        },
    )


def advise(
    of_offered: Yield, of_accepted: Yield, *, places: int, accepted: int, unanswered: int, risk: float, willing: int
) -> Advice:
    """How many more to offer a place now.

    Args:
        of_offered, of_accepted: share that starts of those who are offered, and of those who have said yes.
        places: the run's places. accepted, unanswered: said yes; have an offer and have not answered.
        risk: largest accepted chance of more starters than places, 0–1.
        willing: how many more there are to offer to.
    """
    sure = of_accepted.starters(accepted)

    def starters(more: int) -> Floats:
        return np.convolve(sure, of_offered.starters(unanswered + more))

    most, least = min(willing, _MOST * max(places, 1)), 0
    if _over(starters(0), places) <= risk:
        while least < most:  # the chance of too many only grows with the offers, so halving finds the last good one
            middle = (least + most + 1) // 2
            least, most = (middle, most) if _over(starters(middle), places) <= risk else (least, middle - 1)
    return _told(starters(least), places, least)


def _told(chance: Floats, places: int, offers: int) -> Advice:
    below = np.cumsum(chance)
    low, high = (int(np.searchsorted(below, level)) for level in (0.1, 0.9))
    return Advice(offers, float(chance @ np.arange(len(chance))), low, high, _over(chance, places))


def _over(chance: Floats, places: int) -> float:
    return float(chance[places + 1 :].sum())


def _strength(came: Floats, asked: Floats, means: Floats) -> float:
    """How alike the parts of a level are: the Beta-Binomial's strength that makes their counts most likely."""
    share = np.clip(means, 1e-3, 1 - 1e-3)

    def surprise(log_strength: float) -> float:
        a, b = share * np.exp(log_strength), (1 - share) * np.exp(log_strength)
        # A weak pull to the middle: a handful of parts that happen to agree prove nothing.
        pull = 0.5 * ((log_strength - np.log(30.0)) / 2.0) ** 2
        return float(-(special.betaln(came + a, asked - came + b) - special.betaln(a, b)).sum() + pull)

    found = optimize.minimize_scalar(surprise, bounds=_LOG_STRENGTH, method="bounded")
    return float(np.exp(found.x))


def _sums(groups: npt.NDArray[np.int64], values: Floats, count: int) -> Floats:
    return np.asarray(np.bincount(groups, values, count), dtype=np.float64)


def _numbered(keys: Iterable[object]) -> tuple[list, npt.NDArray[np.int64]]:  # type: ignore[type-arg]  # whatever was given
    numbers: dict[object, int] = {}
    places = [numbers.setdefault(key, len(numbers)) for key in keys]
    return list(numbers), np.array(places, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class BackTest:
    """What the advice would have done to runs that it had not seen."""

    runs: int
    coverage: float  #: share of runs whose starters fell within the 80 % interval; 0.75–0.85 is honest
    error: float  #: mean distance between expected and real starters, in persons
    error_without: float  #: the same for "as the nation's mean", the plain rule
    level: float  #: mean place of the outcome in its own distribution; 0.5 is unbiased


def back_test(past: Sequence[Past], unseen: Sequence[Past]) -> BackTest:
    """Learn from ``past``, predict ``unseen``. The interval is randomised at its ends, since starters are whole people."""
    model = learn(past)
    within, errors, plain, levels = [], [], [], []
    for row in unseen:
        chance = model.of(row.subject, row.offer).starters(row.asked)
        below = float(chance[: row.came].sum())
        level = np.array([below, below + chance[row.came]])
        within.append(float(np.clip((min(level[1], 0.9) - max(level[0], 0.1)) / max(level[1] - level[0], 1e-12), 0, 1)))
        levels.append(float(level.mean()))
        errors.append(abs(float(chance @ np.arange(len(chance))) - row.came))
        plain.append(abs(model.mean * row.asked - row.came))
    count = max(len(unseen), 1)
    return BackTest(len(unseen), sum(within) / count, sum(errors) / count, sum(plain) / count, sum(levels) / count)
