"""What was established, changed, carried out, cancelled, postponed and ended, and when.

The ledger tells what people and feeds did. A feed without dates (DBH) tells terms only: there an offer is
established in the first term it was taught, and has ended in the first term of its institution that lacks it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, or_, select

from registry.coordination.queries.detecting.landscape import newest_term
from registry.coordination.queries.detecting.runs import day_of
from registry.coordination.queries.reports.offers import narrowed_offers, offer_cards
from registry.core import clock, terms
from registry.core.audit import AuditEntry
from registry.offers.history import states_on
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import GONE_RUNS, OFFER, RUN, OfferState

#: (thing, event of the ledger) -> event of the report
EVENTS = {
    ("offer", "publish"): "established",
    ("offer", "reinstate"): "established",
    ("offer", "discontinue"): "discontinued",
    ("run", "cancel"): "cancelled",
    ("run", "postpone"): "postponed",
    ("run", "complete"): "carried_out",
}
#: What feeds and people change of an offer or a run, whatever it is, told once a day.
_CHANGES = ("changed", "corrected", "correction_undone")
NOT_TAUGHT = "no_longer_taught"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one offer."""

    offer_id: int
    event: str
    term: str
    date: date
    reason: str | None = None


def lifecycle_report(
    session: Session, *, as_of: date, term: str | None = None, region: str | None = None, provider: str | None = None
) -> dict[str, Any]:
    """Events until the end of a day, newest first. ``term`` None is the newest that had runs then, "all" every term."""
    wanted = term or newest_term(session, as_of) or "all"
    own = narrowed_offers(session, region, provider)
    found = [
        event
        for event in (*_told(session, as_of), *_changed(session, as_of), *_taught(session, as_of))
        if event.date <= as_of and wanted in ("all", event.term) and (own is None or event.offer_id in own)
    ]
    cards = offer_cards(session, {event.offer_id for event in found})
    found.sort(key=lambda event: (event.date, event.offer_id, event.event), reverse=True)
    return {
        "as_of": as_of.isoformat(),
        "term": wanted,
        "events": [
            {
                "offer": {**cards[event.offer_id], "term": event.term},
                "event": event.event,
                "term": event.term,
                "date": event.date.isoformat(),
                "reason": event.reason,
            }
            for event in found
            if event.offer_id in cards
        ],
    }


def _told(session: Session, as_of: date) -> Iterator[Event]:
    """What the ledger says, without the first publishing: that is told by ``_taught`` together with the term."""
    runs: dict[int, tuple[int, str]] = {
        run or 0: (offer, when) for run, offer, when in session.exec(select(Run.id, Run.offer_id, Run.term))
    }
    query = (
        select(AuditEntry)
        .where(
            AuditEntry.life == "state",
            or_(
                (col(AuditEntry.thing) == "offer") & col(AuditEntry.event).in_(("reinstate", "discontinue")),
                (col(AuditEntry.thing) == "run") & col(AuditEntry.event).in_(("cancel", "postpone", "complete")),
            ),
            AuditEntry.at <= clock.end_of_day(as_of),
        )
        .order_by(col(AuditEntry.id))
    )
    for entry in session.exec(query):
        day = day_of(entry.at)
        if entry.thing == "run" and entry.thing_id not in runs:
            continue
        offer_id, when = (entry.thing_id, terms.of(day)) if entry.thing == "offer" else runs[entry.thing_id]
        yield Event(offer_id, EVENTS[entry.thing, entry.event], when, day, entry.reason_code)


def _changed(session: Session, as_of: date) -> Iterator[Event]:
    """That an offer or one of its runs was changed, once for each day and term."""
    runs = {run or 0: (offer, when) for run, offer, when in session.exec(select(Run.id, Run.offer_id, Run.term))}
    query = select(AuditEntry.thing, AuditEntry.thing_id, AuditEntry.at).where(
        col(AuditEntry.thing).in_(("offer", "run")),
        col(AuditEntry.event).in_(_CHANGES),
        AuditEntry.at <= clock.end_of_day(as_of),
    )
    found: dict[Event, None] = {}
    for thing, thing_id, at in session.exec(query):
        day = day_of(at)
        if thing == "run" and thing_id not in runs:
            continue
        offer_id, when = (thing_id, terms.of(day)) if thing == "offer" else runs[thing_id]
        found[Event(offer_id, "changed", when, day)] = None
    yield from found


def _taught(session: Session, as_of: date) -> Iterator[Event]:
    """First term of each offer, and the first term of its institution that it is missing from after its last, as it was known
    at the end of the day: what was cancelled or discontinued later was not yet.
    """
    run_then, offer_then = states_on(session, RUN, as_of), states_on(session, OFFER, as_of)
    published = _published(session)
    lead: dict[int, int] = dict(
        session.exec(
            select(OfferProvider.offer_id, OfferProvider.organisation_id).where(col(OfferProvider.leads).is_(True))
        ).all()
    )
    taught: defaultdict[int, set[str]] = defaultdict(set)
    ended: set[int] = set()
    columns: tuple[Any, ...] = (Run.id, Run.offer_id, Run.term, Run.state, Run.left_feed_on, Offer.state)
    query = (
        sa.select(*columns).join(Offer, col(Offer.id) == col(Run.offer_id)).where(col(Offer.is_container).is_(False))
    )
    for run_id, offer_id, term, present, left, offer_present in session.execute(query):
        offer_state, state = offer_then(offer_id, offer_present), run_then(run_id, present)
        if offer_state in (None, OfferState.DRAFT) or state is None:
            continue
        if offer_state != OfferState.PUBLISHED:
            ended.add(offer_id)
        if state not in GONE_RUNS and (left is None or left > as_of):
            taught[offer_id].add(term)
    institution_terms: defaultdict[int, set[str]] = defaultdict(set)
    for offer_id, when in taught.items():
        institution_terms[lead.get(offer_id, 0)] |= when
    for offer_id, when in taught.items():
        first, last = min(when, key=terms.sort_key), max(when, key=terms.sort_key)
        yield Event(offer_id, "established", first, min(terms.first_day(first), published.get(offer_id, date.max)))
        missing = _after(last, institution_terms[lead.get(offer_id, 0)])
        if missing is not None and offer_id not in ended:
            yield Event(offer_id, NOT_TAUGHT, missing, terms.first_day(missing))


def _after(last: str, found: Iterable[str]) -> str | None:
    """The same half-year in a later year, where the institution has taught in it: many offers go once a year."""
    later = [term for term in found if term[4] == last[4] and terms.sort_key(term) > terms.sort_key(last)]
    return min(later, key=terms.sort_key, default=None)


def _published(session: Session) -> Mapping[int, date]:
    query = (
        select(AuditEntry.thing_id, AuditEntry.at)
        .where(AuditEntry.thing == "offer", AuditEntry.life == "state", AuditEntry.event == "publish")
        .order_by(col(AuditEntry.id).desc())
    )
    return {offer_id: day_of(at) for offer_id, at in session.exec(query)}
