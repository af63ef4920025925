"""Runs as detection needs them: plain rows with what is known of their applicants."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from registry.coordination.consequence import Side
from registry.core import clock
from registry.core.table import columns_of
from registry.offers.models import Offer, OfferProvider, OfferSubject, Run
from registry.offers.states import GONE_RUNS, CancelReason, Delivery, OfferState, RunState


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
    lead: int | None = None  #: the leading institution

    @property
    def counts_as_taught(self) -> bool:
        return self.state not in GONE_RUNS and self.left_feed_on is None


def load_runs(
    session: Session,
    as_of: date | None = None,
    only: Collection[int] | None = None,
    offers: Collection[int] | None = None,
    during: Collection[str] | None = None,
) -> list[RunRow]:
    """Every run of every offer that is one offer, by id; with ``as_of`` as they stood at the end of that day.

    Going back, an offer discontinued later is published, and a run cancelled later is planned, whatever it was just then.
    ``only`` is the ids of some runs, ``offers`` those of some offers; ``during`` is some terms.
    """
    narrowed = {"only": only, "offers": offers, "during": during}
    given = {name: list(some) for name, some in narrowed.items() if some is not None}
    leads = dict(map(tuple, session.execute(_leading(*sorted(given.keys() - {"during"})), given)))
    rows = []
    for *values, state, discontinued_on, cancelled_at in session.execute(_rows(*sorted(given)), given):
        published = state == OfferState.PUBLISHED
        if as_of is not None:
            published = published or (discontinued_on is not None and discontinued_on > as_of)
            if cancelled_at is not None and moment(cancelled_at) > clock.end_of_day(as_of):
                values[3] = RunState.PLANNED
            if values[10] is not None and values[10] > as_of:
                values[10] = None
        rows.append(RunRow(*values, published, leads.get(values[1])))  # type: ignore[call-arg]  # the columns above are the fields in order
    return rows


@cache
def _rows(*narrowed: str) -> Any:
    """Each statement is made once: runs are asked for with every changed offer."""
    run, offer = columns_of(Run), columns_of(Offer)
    columns = (
        *(run.id, run.offer_id, run.term, run.state, run.application_opens_on, run.application_closes_on),
        *(run.minimum, run.places, run.delivery, run.cancel_reason, run.left_feed_on),
        *(offer.subject_code, offer.state, offer.discontinued_on, run.cancelled_at),
    )
    by = {"only": run.id, "offers": run.offer_id, "during": run.term}
    query = sa.select(*columns).where(offer.id == run.offer_id, offer.is_container.is_(False)).order_by(run.id)
    return query.where(*(by[name].in_(sa.bindparam(name, expanding=True)) for name in narrowed))


@cache
def _leading(*narrowed: str) -> Any:
    """Offer and its leading institution."""
    provider, run = columns_of(OfferProvider), columns_of(Run)
    query = sa.select(provider.offer_id, provider.organisation_id).where(provider.leads)
    if "only" in narrowed:
        chosen = run.id.in_(sa.bindparam("only", expanding=True))
        query = query.where(provider.offer_id.in_(sa.select(run.offer_id).where(chosen)))
    if "offers" in narrowed:
        query = query.where(provider.offer_id.in_(sa.bindparam("offers", expanding=True)))
    return query


def moment(stored: datetime) -> datetime:
    """SQLite hands back moments without their zone; all are kept in UTC."""
    return stored if stored.tzinfo else stored.replace(tzinfo=UTC)


def day_of(stored: datetime) -> date:
    """The Norwegian calendar day of a stored moment."""
    return moment(stored).astimezone(clock.OSLO).date()


def known_terms(session: Session) -> set[str]:
    """Every term that has runs."""
    return {term for term in session.execute(_terms()).scalars() if term is not None}


@cache
def _terms() -> Any:
    """From each term the index leads to the next, however many runs they have."""
    run = columns_of(Run)
    first = sa.select(sa.func.min(run.term).label("term")).cte("terms", recursive=True)
    following = sa.select(sa.func.min(run.term)).where(run.term > first.c.term).scalar_subquery()
    return sa.select(first.union_all(sa.select(following).where(first.c.term.is_not(None))).c.term)


def taught_terms(session: Session) -> set[str]:
    """Every term that somebody teaches a published offer in."""
    query = (
        select(Run.term)
        .join(Offer, col(Offer.id) == col(Run.offer_id))
        .where(
            Offer.state == OfferState.PUBLISHED,
            col(Offer.is_container).is_(False),
            col(Run.state).not_in(GONE_RUNS),
            col(Run.left_feed_on).is_(None),
        )
    )
    return set(session.exec(query.distinct()))


def subjects_by_offer(
    session: Session, *, offers: Collection[int] | None = None, about: Collection[str] | None = None
) -> dict[int, list[str]]:
    """All subjects of each offer, the main one first. ``offers``: only of these; ``about``: only these subjects."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    main = select(Offer.id, Offer.subject_code).where(col(Offer.subject_code).is_not(None))
    further = select(OfferSubject.offer_id, OfferSubject.subject_code)
    if offers is not None:
        main, further = main.where(col(Offer.id).in_(offers)), further.where(col(OfferSubject.offer_id).in_(offers))
    if about is not None:
        main = main.where(col(Offer.subject_code).in_(about))
        further = further.where(col(OfferSubject.subject_code).in_(about))
    for offer_id, code in session.exec(main):
        found[offer_id or 0].append(code or "")
    for offer_id, code in session.exec(further):
        if code not in found[offer_id]:
            found[offer_id].append(code)
    return dict(found)


def sides(runs: list[RunRow], eligible: Mapping[int, int], default_minimum: float) -> dict[tuple[int, str], Side]:
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


def subjects_of(session: Session, offers: Collection[int]) -> set[str]:
    """The subjects that some offers are about; all are read, since a region has more offers than an IN list holds."""
    known = subjects_by_offer(session)
    return {code for offer in offers for code in known.get(offer, ())}
