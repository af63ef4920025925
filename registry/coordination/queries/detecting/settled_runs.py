"""Runs whose fate is known, as the forecast learns from them; and how true its forecasts have been."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlmodel import Session

from registry.coordination.forecast import HORIZONS, PastRun, as_seen, learn
from registry.coordination.forecast.scoring import (
    Bin,
    Warned,
    calibration,
    calibration_error,
    skill,
    threshold_for,
    warning,
)
from registry.coordination.queries.detecting.applicants import Applicants, days_before, load_applicants
from registry.coordination.queries.detecting.runs import RunRow, load_runs
from registry.core import clock, terms
from registry.offers.states import CancelReason, Delivery, RunState
from registry.rules.register import RuleSet, rules_on

Floats = npt.NDArray[np.float64]
DEFAULT_MINIMUM = "LOW_RUN_DEFAULT_MINIMUM"
FALSE_ALARMS = "RISK_FALSE_ALARMS"
_TAUGHT = frozenset({RunState.CONFIRMED, RunState.RUNNING, RunState.COMPLETED})
_FEWEST = 100  # runs foretold; fewer say little of how true forecasts are


@dataclass(frozen=True, slots=True)
class Backtest:
    """Settled runs of the newest terms, foretold from those before as they would have been then."""

    terms: tuple[str, ...]  #: the terms foretold
    runs: int
    cancelled: int
    skill: dict[int, float]  #: days before the deadline -> Brier skill against the base rate
    rule_skill: dict[int, float]  #: the same for the plain rule: fewer applicants than the minimum
    error: dict[int, float]  #: days -> calibration error
    bins: dict[int, list[Bin]]  #: days -> the calibration plot and its table
    threshold: float  #: lowest at which no more than rule RISK_FALSE_ALARMS of the warnings are false
    warned: Warned


def past_runs(session: Session) -> list[PastRun]:
    """Every settled run of which it is known when its applicants came."""
    return settled(load_runs(session), load_applicants(session), rules_on(session, clock.today()))


def settled(runs: Iterable[RunRow], applicants: Applicants, rules: RuleSet) -> list[PastRun]:
    """The runs whose fate is known. Cancelled for another reason than few applicants tells nothing of applicants."""
    default = int(rules[DEFAULT_MINIMUM])
    return [
        PastRun(
            group=kind_of(run.subject, run.delivery),
            minimum=default if run.minimum is None else run.minimum,
            days=days_before(run.closes_on, applicants.moments.get(run.id, [])),
            cancelled=run.state is RunState.CANCELLED,
            provider=str(run.lead or ""),
            offer=str(run.offer_id),
            term=term_number(run.term),
        )
        for run in runs
        if run.closes_on is not None and _teaches(run, applicants)
    ]


def kind_of(subject: str | None, delivery: Delivery | None) -> str:
    """Runs of one kind teach each other: same subject, same form of delivery."""
    return f"{subject or ''}|{delivery or ''}"


def term_number(term: str) -> int:
    """Half-years in order."""
    year, half = terms.parse(term)
    return year * 2 + (half == "H")


def term_name(number: int) -> str:
    """The term behind a number."""
    return f"{number // 2}{'VH'[number % 2]}"


def _teaches(run: RunRow, applicants: Applicants) -> bool:
    lost = run.state is RunState.CANCELLED and run.cancel_reason is CancelReason.FEW_APPLICANTS
    return (run.state in _TAUGHT or lost) and (run.id in applicants.moments or applicants.eligible.get(run.id) == 0)


def backtest(past: Sequence[PastRun], rules: RuleSet) -> Backtest | None:
    """How true the forecasts of settled terms would have been; None where too few runs are settled to tell.

    Each term but the first is foretold from the terms before it alone. Takes seconds: detection does it once a day.
    """
    outcomes: list[Floats] = []
    known: list[str] = []
    foretold: dict[int, list[Floats]] = {horizon: [] for horizon in HORIZONS}
    short: dict[int, list[Floats]] = {horizon: [] for horizon in HORIZONS}
    for term in sorted({run.term for run in past})[1:]:
        judged = [run for run in past if run.term == term]
        earlier = [run for run in past if run.term < term]
        if min(len(judged), len(earlier)) < _FEWEST:
            continue
        model = learn(earlier)
        known.append(term_name(term))
        outcomes.append(np.array([run.cancelled for run in judged], dtype=float))
        for horizon in HORIZONS:
            then = [as_seen(run, horizon) for run in judged]
            foretold[horizon].append(model.paced(then).probabilities(then))
            short[horizon].append(np.array([run.applicants < run.minimum for run in then], dtype=float))
    if not outcomes:
        return None
    outcome = np.concatenate(outcomes)
    said = {horizon: np.concatenate(parts) for horizon, parts in foretold.items()}
    threshold = threshold_for(said, outcome, rules[FALSE_ALARMS])
    return Backtest(
        terms=tuple(known),
        runs=len(outcome),
        cancelled=int(outcome.sum()),
        skill={horizon: skill(chances, outcome) for horizon, chances in said.items()},
        rule_skill={horizon: skill(np.concatenate(parts), outcome) for horizon, parts in short.items()},
        error={horizon: calibration_error(chances, outcome) for horizon, chances in said.items()},
        bins={horizon: calibration(chances, outcome) for horizon, chances in said.items()},
        threshold=threshold,
        warned=warning(said, outcome, threshold),
    )
