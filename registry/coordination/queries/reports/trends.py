"""Offers that few start on, again and again. Judged purely over rows of runs; the report is as of any date."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from importers.sentences import Sentence
from registry.applications.queries import run_figures
from registry.coordination.queries.detecting.applicants import start_days, starters, tells_of_start
from registry.coordination.queries.detecting.runs import RunRow, load_runs
from registry.coordination.queries.reports.offers import narrowed_offers, offer_cards
from registry.core import clock, terms
from registry.rules.register import rules_on

LOW, INFORMATION, EXEMPT = "LOW_OFFER_TREND", "LOW_OFFER_TREND_INFO", "LOW_OFFER_TREND_EXEMPT_CYCLES"
CYCLES = 3  # the period of the rules


@dataclass(frozen=True, slots=True)
class Trend:
    """Mean starters of an offer's last three terms with figures, and each of them, oldest first."""

    mean: float
    terms: Sequence[str]
    starters: Sequence[int]

    @property
    def since(self) -> date:
        """The first day of the newest term counted: with its figures the offer came to be as it is."""
        return terms.first_day(self.terms[-1])


def low_trends(
    runs: Iterable[RunRow], starters: Mapping[int, int], rules: Mapping[str, float]
) -> dict[str, dict[int, Trend]]:
    """Rule -> offer -> its trend. Each offer is under the strictest rule that it falls under.

    An offer's first terms are exempt, and so is one whose newest term has risen above the line (North Carolina: "unless").
    """
    by_offer: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for run in runs:
        if run.published and run.counts_as_taught and run.id in starters:
            by_offer[run.offer_id][run.term] = by_offer[run.offer_id].get(run.term, 0) + starters[run.id]
    found: dict[str, dict[int, Trend]] = {LOW: {}, INFORMATION: {}}
    for offer_id, numbers in by_offer.items():
        ordered = sorted(numbers, key=terms.sort_key)
        if len(ordered) < CYCLES or len(ordered) <= rules[EXEMPT]:
            continue
        last = ordered[-CYCLES:]
        begun = [numbers[term] for term in last]
        mean = sum(begun) / CYCLES
        for rule in (LOW, INFORMATION):
            if mean < rules[rule] and begun[-1] < rules[rule]:
                found[rule][offer_id] = Trend(round(mean, 1), last, begun)
                break
    return found


def low_trend_report(
    session: Session,
    *,
    as_of: date,
    region: str | None = None,
    provider: str | None = None,
    offers: Collection[int] | None = None,
) -> dict[str, Any]:
    """Offers with lastingly few starters on a day, by rule LOW_OFFER_TREND and the line of information above it, fewest first.

    ``since`` is the first day of the newest term counted: with its figures the flag came to be as it is. ``offers``: only these.
    """
    rules = rules_on(session, as_of)
    if LOW not in rules or INFORMATION not in rules or EXEMPT not in rules:  # before the rules nothing was flagged
        return {"as_of": as_of.isoformat(), "offers": []}
    own = narrowed_offers(session, region, provider, offers)
    found = [
        (trend, offer, rule)
        for rule, several in low_trends(load_runs(session, as_of), _starters_on(session, as_of), rules).items()
        for offer, trend in several.items()
        if own is None or offer in own
    ]
    cards = offer_cards(session, {offer for _, offer, _ in found})
    return {
        "as_of": as_of.isoformat(),
        "offers": [
            {
                "offer": {**cards[offer], "term": trend.terms[-1]},
                "mean": trend.mean,
                "terms": list(trend.terms),
                "starters": list(trend.starters),
                "since": trend.since.isoformat(),
                "reason": Sentence(
                    "I snitt har %(mean)s startet i de tre siste kullene: færre enn %(limit)s.",
                    mean=_written(trend.mean),
                    limit=_written(rules[rule]),
                ),
                "rule": f"{rule} v{rules.versions[rule]}",
            }
            for trend, offer, rule in sorted(found, key=lambda one: (one[2] != LOW, one[0].mean, one[1]))
        ],
    }


def _starters_on(session: Session, as_of: date) -> Mapping[int, int]:
    if as_of >= clock.today():
        return starters(session)
    start = start_days(session)
    return {
        run: one.started
        for run, one in run_figures(session, as_of=as_of).items()
        if one.started is not None
        and (
            tells_of_start(one.started, one.counted_on or as_of, start[run], as_of)
            if one.source == "counts"
            else one.started > 0
        )
    }


def _written(number: float) -> str:
    return f"{number:g}".replace(".", ",")
