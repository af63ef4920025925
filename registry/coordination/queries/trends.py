"""Offers that few start on, again and again. Pure over rows of runs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from registry.coordination.queries.runs import RunRow
from registry.core import terms

LOW, INFORMATION, EXEMPT = "LOW_OFFER_TREND", "LOW_OFFER_TREND_INFO", "LOW_OFFER_TREND_EXEMPT_CYCLES"
CYCLES = 3  # the period of the rules


def low_trends(
    runs: Iterable[RunRow], starters: Mapping[int, int], rules: Mapping[str, float]
) -> dict[str, dict[int, float]]:
    """Rule -> offer -> mean starters of its last three terms with figures.

    An offer's first terms are exempt, and so is one whose newest term has risen above the line (North Carolina: "unless").
    """
    by_offer: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for run in runs:
        if run.published and run.counts_as_taught and run.id in starters:
            by_offer[run.offer_id][run.term] = by_offer[run.offer_id].get(run.term, 0) + starters[run.id]
    found: dict[str, dict[int, float]] = {LOW: {}, INFORMATION: {}}
    for offer_id, numbers in by_offer.items():
        ordered = [numbers[term] for term in sorted(numbers, key=terms.sort_key)]
        if len(ordered) < CYCLES or len(ordered) <= rules[EXEMPT]:
            continue
        mean = sum(ordered[-CYCLES:]) / CYCLES
        for rule in (LOW, INFORMATION):
            if mean < rules[rule] and ordered[-1] < rules[rule]:
                found[rule][offer_id] = round(mean, 1)
                break
    return found
