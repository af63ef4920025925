"""The overlaps that decide each other's cases: everybody whom some offers are pulled together with, in one statement."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from registry.coordination.models import Decision, Pair
from registry.coordination.states import WITHIN_REACH, PairKind, Verdict
from registry.core.table import columns_of
from registry.offers.models import Offer


class Edge(NamedTuple):
    """An overlap that people can choose between, as the table has it."""

    pair: int
    a: int
    b: int
    score: float
    decided: int | None  #: the decision that stands about it


def pulled_together(session: Session, offers: Collection[int], terms: Collection[str], neutral: float) -> list[Edge]:
    """Every overlap among the offers and all whom they are pulled together with in one of the terms, directly or through others.

    Offers whose overlap is at most ``neutral`` never draw each other into a group, unless people have decided so: nobody else
    can matter to the groups of these.
    """
    found = session.execute(_pulled(frozenset(terms)), {"offers": list(offers), "neutral": neutral})
    return [Edge(*row) for row in found]


@lru_cache(maxsize=64)
def _pulled(terms: frozenset[str]) -> Any:
    """Made once for the same terms, which are those that are still to come, or some of them."""
    pair, offer, decision = (columns_of(one) for one in (Pair, Offer, Decision))
    stands = (pair.kind == PairKind.OVERLAP) & pair.gone_on.is_(None)
    counts = (
        pair.reach.in_(WITHIN_REACH),
        sa.or_(*(sa.cast(pair.terms, sa.Text).contains(term) for term in sorted(terms))),
    )
    decided = sa.exists().where(
        decision.pair_id == pair.id, decision.superseded_at.is_(None), decision.verdict == Verdict.COORDINATE
    )
    offers: sa.BindParameter[int] = sa.bindparam("offers", expanding=True)
    neutral = sa.bindparam("neutral", type_=sa.Float)
    start = sa.select(offer.id.label("id")).where(offer.id.in_(offers)).cte("reached", recursive=True)
    # The condition stands in each half, or SQLite reads every overlap of the country for each offer.
    here = sa.or_(*(stands & (one == start.c.id) for one in (pair.a_offer_id, pair.b_offer_id)))
    other: Any = sa.case((pair.a_offer_id == start.c.id, pair.b_offer_id), else_=pair.a_offer_id)
    reached = start.union(sa.select(other).where(here, *counts, (pair.score > neutral) | decided))
    among = sa.select(reached.c.id)
    said = (decision.pair_id == pair.id) & decision.superseded_at.is_(None)
    return (
        sa.select(pair.id, pair.a_offer_id, pair.b_offer_id, pair.score, decision.id)
        .select_from(sa.outerjoin(pair.id.table, decision.id.table, said))
        .where(stands, pair.a_offer_id.in_(among), pair.b_offer_id.in_(among), *counts)
    )
