"""The report of what was looked for in vain."""

from typing import Any

from sqlmodel import Session

from registry.catalogue.labels import value_label
from registry.catalogue.unmet import wishes
from registry.catalogue.vocabulary import vocabulary
from registry.core import clock
from registry.reports.filters import Filters
from registry.rules.register import rules_on


def unmet_demand(session: Session, filters: Filters) -> dict[str, Any]:
    """{"as_of", "wishes": [{"text", "filters": [{"facet", "value", "label"}], "near", "times", "days", "last"}]}, most wanted first."""
    words = vocabulary(session)
    rules = rules_on(session, filters.as_of)
    if "UNMET_SHOWN" not in rules:  # a day before the register began: nobody is shown by a looser rule than today's
        rules = rules_on(session, clock.today())
    return {
        "as_of": filters.as_of.isoformat(),
        "rules": [{"id": "UNMET_SHOWN", "version": rules.versions["UNMET_SHOWN"]}],
        "wishes": [
            {
                "text": wish.query.text,
                "filters": [
                    {"facet": facet, "value": value, "label": value_label(facet, value, words)}
                    for facet, values in wish.query.filters
                    for value in values
                ],
                "near": wish.query.near,
                "times": wish.times,
                "days": wish.days,
                "last": wish.last.isoformat(),
            }
            for wish in wishes(session, filters.as_of, int(rules["UNMET_SHOWN"]))
        ],
    }
