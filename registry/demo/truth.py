"""What is true of the demonstration year, so that flags can be compared with it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from registry.core import clock
from registry.demo.offers import PlannedOffer
from registry.demo.planted import Planted
from registry.demo.runs import four_terms
from registry.demo.season import Season


def truth_of(
    seed: int, today: date, planted: Planted, offers: Sequence[PlannedOffer], season: Season
) -> dict[str, Any]:
    """JSON-able. Pairs are {"a", "b"} of offer keys; runs are run keys; ``contents`` says what every offer teaches."""
    now = clock.start_of_day(today)
    cancelled = [told for told in season.runs if told.displaced_at is not None]
    coming = [
        told for told in season.runs if told.cancelled_for and told.displaced_at is None and told.decided_at >= now
    ]
    return {
        "seed": seed,
        "today": today.isoformat(),
        "terms": list(four_terms(today)),
        "duplicates": planted.duplicates,
        "overlaps": {"strong": planted.strong, "possible": planted.possible},
        "tempting": planted.tempting,
        "small_subjects": planted.small,
        "last_national": planted.last_national,
        "runs": {
            "cancelled_for_few_applicants": sorted(t.run.key for t in cancelled if t.cancelled_for == "few_applicants"),
            "cancelled_for_other_reasons": sorted(t.run.key for t in cancelled if t.cancelled_for != "few_applicants"),
            "to_be_cancelled": sorted(t.run.key for t in coming if t.cancelled_for == "few_applicants"),
            "planted_doomed": sorted(t.run.key for t in season.runs if t.run.doomed),
        },
        "contents": {offer.key: offer.content.key for offer in offers},
    }
