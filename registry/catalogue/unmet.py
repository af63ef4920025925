"""What was looked for and not found, for those who plan what is to be taught."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import parse_qsl

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.catalogue.models import UnmetDemand
from registry.catalogue.parameters import CatalogueQuery, parse

_A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Wish:
    """A search that found nothing: how often, on how many days, and when last."""

    query: CatalogueQuery
    times: int
    days: int
    last: date


def wishes(session: Session, as_of: date, at_least: int) -> Sequence[Wish]:
    """Of the year up to ``as_of``, the most wanted first; what was asked for fewer times than ``at_least`` is left out.

    One or two people's own words could point at them (rule ``UNMET_SHOWN``).
    """
    times = func.sum(UnmetDemand.times)
    query = (
        select(UnmetDemand.query, times, func.count(), func.max(UnmetDemand.day))
        .where(col(UnmetDemand.day) <= as_of, col(UnmetDemand.day) > as_of - _A_YEAR)
        .group_by(col(UnmetDemand.query))
        .having(times >= at_least)
        .order_by(times.desc(), col(UnmetDemand.query))
    )
    return [
        Wish(parse(parse_qsl(asked)), int(total), int(days), last) for asked, total, days, last in session.exec(query)
    ]
