"""When and where the invented offers are taught, and how many want them.

Demand follows the pick-up model of the field: a log-normal mean by subject, institution and offer, a Gamma frailty and a
Poisson number, arriving over a window of 90 days with a rush before the deadline.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import numpy as np

from registry.core import terms
from registry.demo.offers import PlannedOffer

WINDOW = timedelta(days=90)
#: Deadlines of the open term, days from today, with their shares: some have passed, most are near.
_NEAR = ((-28, 8), (-21, 10), (-14, 8), (-6, 8), (3, 14), (7, 14), (10, 13), (14, 10), (18, 8), (24, 7))
_AUTUMN_DEADLINES = ((3, 1), (4, 1), (4, 15), (5, 1), (6, 1))
_SPRING_DEADLINES = ((10, 1), (10, 15), (11, 1), (11, 15), (12, 1))
_LOG_MEAN = 2.56
FRAILTY = 8  # shape of the Gamma by which one run is sought more or less than was to be expected


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of an invented offer. ``applicants`` is how many will have applied by the deadline if nothing stops them."""

    key: str
    offer: PlannedOffer
    term: str
    number: int
    opens: date
    closes: date
    starts: date
    ends: date
    places: int
    minimum: int | None
    municipalities: tuple[str, ...]
    applicants: int
    protected: bool
    doomed: bool


def four_terms(today: date) -> tuple[str, str, str, str]:
    """Two past, the running and the open one."""
    running = terms.of(today)
    return terms.shift(running, -2), terms.shift(running, -1), running, terms.shift(running, 1)


def plan_runs(
    offers: Sequence[PlannedOffer], *, seed: int, runs_per_term: int, today: date, protected: frozenset[str]
) -> list[PlannedRun]:
    """About ``runs_per_term`` runs in each of the four terms. ``protected`` are keys of last national offers."""
    effects = Effects(seed)
    planned: list[PlannedRun] = []
    for index, term in enumerate(four_terms(today)):
        rng = Random(f"{seed}:runs:{index}")
        alive = [offer for offer in offers if offer.first <= index <= offer.last]
        held = [offer for offer in alive if offer.always]
        others = [offer for offer in alive if not offer.always]
        room = max(0, runs_per_term - len(held))
        taught = [(offer, 1) for offer in held] + [(offer, 1) for offer in rng.sample(others, min(room, len(others)))]
        taught += [(offer, 2) for offer, _ in rng.sample(taught, min(len(taught), max(0, runs_per_term - len(taught))))]
        applicants = effects.draw([offer for offer, _ in taught], index)
        for (offer, number), wanted in zip(taught, applicants, strict=True):
            planned.append(_run(offer, term, index, number, int(wanted), today, rng, offer.key in protected))
    return planned


def _run(
    offer: PlannedOffer, term: str, index: int, number: int, wanted: int, today: date, rng: Random, protected: bool
) -> PlannedRun:
    starts, ends = _teaching(term, offer.credits, rng)
    closes = _deadline(term, index, today, starts, rng)
    minimum = None if rng.random() < 0.1 else int(min(12, max(4, round(rng.gauss(6.2, 1.8)))))
    doomed = index == 3 and not offer.always and closes > today and rng.random() < 0.03
    if doomed:
        minimum, wanted = max(minimum or 10, 10), rng.randint(0, 3)
    places = max(15, 5 * round(math.exp(rng.gauss(3.3, 0.35)) / 5))
    municipalities = offer.places
    if number > 1 and len(offer.institution.places) > 1 and offer.places:
        municipalities = (
            rng.choice([place for place in offer.institution.places if place not in offer.places] or offer.places),
        )
    return PlannedRun(
        key=f"{offer.key}-{term.lower()}" + (f"-{number}" if number > 1 else ""),
        offer=offer,
        term=term,
        number=number,
        opens=closes - WINDOW,
        closes=closes,
        starts=starts,
        ends=ends,
        places=places,
        minimum=minimum,
        municipalities=municipalities,
        applicants=wanted,
        protected=protected,
        doomed=doomed,
    )


def _teaching(term: str, points: float, rng: Random) -> tuple[date, date]:
    """First and last day; studies above 20 credits mostly take two terms."""
    year, half = terms.parse(term)
    first = date(year, 1, 12) if half == "V" else date(year, 8, 18)
    starts = first + timedelta(days=rng.randint(0, 38))
    last = term if points <= 20 or rng.random() < 0.3 else terms.shift(term, 1)
    year, half = terms.parse(last)
    ends = (date(year, 5, 20) if half == "V" else date(year, 11, 25)) + timedelta(days=rng.randint(0, 25))
    return starts, ends


def _deadline(term: str, index: int, today: date, starts: date, rng: Random) -> date:
    if index == 3:
        days = rng.choices([day for day, _ in _NEAR], [share for _, share in _NEAR])[0]
        return min(today + timedelta(days=days), starts - timedelta(days=7))
    year, half = terms.parse(term)
    month, day = rng.choice(_SPRING_DEADLINES if half == "V" else _AUTUMN_DEADLINES)
    return date(year - 1 if half == "V" else year, month, day)


class Effects:
    """Why some offers are sought more than others: subject, institution, offer, subject in a term, delivery."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.generator = np.random.default_rng(seed)

    def _effect(self, what: str, deviation: float) -> float:
        return Random(f"{self.seed}:{what}").gauss(0, deviation)

    def log_mean(self, offer: PlannedOffer, index: int) -> float:
        """Logarithm of how many are expected to want the offer in the term of that place."""
        return (
            _LOG_MEAN
            + self._effect(offer.content.subject.code, 0.35)
            + self._effect(offer.institution.key, 0.25)
            + self._effect(offer.key, 0.35)
            + self._effect(f"{offer.content.subject.code}:{index}", 0.15)
            + (0.25 if offer.delivery == "online" else 0.0)
            + offer.appeal
        )

    def draw(self, offers: Sequence[PlannedOffer], index: int) -> Sequence[int]:
        """How many do want each of them."""
        means = np.array([self.log_mean(offer, index) for offer in offers])
        frailty = self.generator.gamma(FRAILTY, 1 / FRAILTY, len(means))
        drawn: Sequence[int] = self.generator.poisson(np.exp(means) * frailty).tolist()
        return drawn
