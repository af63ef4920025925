"""Runs that were entered twice and made one: what is told of either is told of the one that stands for both."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from registry.offers.models import Offer, Run


@dataclass(frozen=True, slots=True)
class United:
    """A run that has gone into another: its key's own part behind its offer's, and the run that stands for both."""

    own: str
    into: int


def united_runs(session: Session) -> Mapping[int, United]:
    """By the id of the run that went. They are few, and all are read at once."""
    query = (
        select(col(Run.id), col(Run.key), col(Offer.key), col(Run.absorbed_into_id))
        .join(Offer, col(Offer.id) == col(Run.offer_id))
        .where(col(Run.absorbed_into_id).is_not(None))
        .order_by(col(Run.id))
    )
    return {
        run_id: United(key.removeprefix(offer_key), stands) for run_id, key, offer_key, stands in session.execute(query)
    }
