"""Runs as detection needs them: plain rows with what is known of their applicants."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from registry.coordination.consequence import Side
from registry.offers.models import Offer, Run
from registry.offers.states import LOST_RUNS, CancelReason, Delivery, OfferState, RunState


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run with its offer's subject."""

    id: int
    offer_id: int
    term: str
    state: RunState
    opens_on: date | None
    closes_on: date | None
    minimum: int | None
    places: int | None
    delivery: Delivery | None
    cancel_reason: CancelReason | None
    left_feed_on: date | None
    subject: str | None
    published: bool

    @property
    def counts_as_taught(self) -> bool:
        return self.state not in LOST_RUNS and self.left_feed_on is None


def load_runs(session: Session) -> list[RunRow]:
    """Every run of every offer that is one offer, by id."""
    query = (
        select(
            Run.id,
            Run.offer_id,
            Run.term,
            Run.state,
            Run.application_opens_on,
            Run.application_closes_on,
            Run.minimum,
            Run.places,
            Run.delivery,
            Run.cancel_reason,
            Run.left_feed_on,
            Offer.subject_code,
            Offer.state,
        )  # type: ignore[call-overload]
        .join(Offer, col(Offer.id) == col(Run.offer_id))
        .where(col(Offer.is_container).is_(False))
        .order_by(col(Run.id))
    )
    return [RunRow(*row[:-1], published=row[-1] == OfferState.PUBLISHED) for row in session.exec(query)]


def sides(
    runs: list[RunRow], eligible: Mapping[int, int], default_minimum: float
) -> dict[tuple[int, str], Side]:
    """(offer, term) -> its runs of the term pooled."""
    grouped: defaultdict[tuple[int, str], list[RunRow]] = defaultdict(list)
    for run in runs:
        if run.counts_as_taught:
            grouped[run.offer_id, run.term].append(run)
    found = {}
    for key, several in grouped.items():
        known = [eligible[run.id] for run in several if run.id in eligible]
        places = [run.places for run in several if run.places is not None]
        found[key] = Side(
            applicants=sum(known) if known else None,
            minimum=sum(int(default_minimum) if run.minimum is None else run.minimum for run in several),
            places=sum(places) if places else None,
        )
    return found
