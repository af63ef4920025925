"""Offers and runs as they stood at the end of a day, by the log: what a report of that day counts.

Of today, and of days to come, it is what stands now, at no more cost. Of days before, the log is the ledger: states, values and what
was made one since are taken back. What it does not tell of is as it is now: where institutions have their home, the subject tree,
whether an offer is a container, and what was read anew from a corrected name or chosen in a merge before the log told of values.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from registry.coordination.models import OfferMerge
from registry.coordination.queries.detecting.runs import RunRow, load_runs, moment, subjects_by_offer
from registry.coordination.queries.detecting.told_values import FURTHER, MAIN, values_at
from registry.coordination.queries.reports.offers import home_regions, regions_by_offer
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.table import columns_of
from registry.offers.history import states_on
from registry.offers.models import Offer, OfferSubject, OfferTarget, RunPlace
from registry.offers.states import GONE_RUNS, OFFER, RUN, Delivery, OfferState, RunState
from registry.reference.models import County, Municipality

_LEFT, _BACK = ("left_feed", "close"), "returned_to_feed"


def is_past(day: date) -> bool:
    """Whether the log is asked."""
    return day < clock.today()


def runs_on(session: Session, day: date) -> list[RunRow]:
    """Every run that was there, of every offer that is one offer."""
    rows = load_runs(session, day)
    if not is_past(day):
        return rows
    end = clock.end_of_day(day)
    run_then, published = states_on(session, RUN, day), _published_on(session, day)
    delivery = values_at(session, "run", ("delivery",), end)
    offers, out = _offers_on(session, end), _out_of_feed(session, end)
    found = []
    for row in rows:
        state = run_then(row.id, str(row.state))
        if state is None:
            continue
        offer_id = offers.get(row.id, row.offer_id)
        told = delivery.get((row.id, "delivery"), row.delivery)
        found.append(
            replace(
                row,
                offer_id=offer_id,
                state=RunState(state),
                delivery=None if told is None else Delivery(told),
                cancel_reason=row.cancel_reason if state == RunState.CANCELLED else None,
                left_feed_on=day if row.id in out else row.left_feed_on,
                published=offer_id in published,
            )
        )
    return found


def subjects_on(session: Session, day: date) -> dict[int, list[str]]:
    """All subjects of each offer, the main one first."""
    if not is_past(day):
        return subjects_by_offer(session)
    offer = columns_of(Offer)
    main: dict[int, Any] = {one: code for one, code in session.execute(sa.select(offer.id, offer.subject_code))}  # noqa: C416 - rows are no pairs
    further: defaultdict[int, list[str]] = defaultdict(list)
    for offer_id, code in session.exec(select(OfferSubject.offer_id, OfferSubject.subject_code)):
        further[offer_id].append(code)
    for (offer_id, field), told in values_at(session, "offer", (MAIN, FURTHER), clock.end_of_day(day)).items():
        (main if field == MAIN else further)[offer_id] = told
    found = {offer: list(dict.fromkeys(code for code in (main[offer], *further[offer]) if code)) for offer in main}
    return {offer: codes for offer, codes in found.items() if codes}


def regions_on(session: Session, day: date, runs: Iterable[RunRow] | None = None) -> dict[int, set[str]]:
    """Where the runs that count were taught, else where the institution is; ``runs`` are those of the day."""
    if not is_past(day):
        return regions_by_offer(session)
    region_of: dict[str, str] = {
        code: str(region)
        for code, region in session.exec(
            select(Municipality.code, County.region).join(County, col(County.code) == col(Municipality.county_code))
        )
    }
    places: defaultdict[int, list[str]] = defaultdict(list)
    for run_id, code in session.exec(select(RunPlace.run_id, RunPlace.municipality_code)):
        places[run_id].append(code)
    for (run_id, _), told in values_at(session, "run", ("municipalities",), clock.end_of_day(day)).items():
        places[run_id] = told
    found: defaultdict[int, set[str]] = defaultdict(set)
    for run in runs_on(session, day) if runs is None else runs:
        if run.state not in GONE_RUNS:
            found[run.offer_id].update(region_of[code] for code in places.get(run.id, ()) if code in region_of)
    taught = {offer: regions for offer, regions in found.items() if regions}
    return home_regions(session) | taught


def targets_on(session: Session, day: date) -> dict[int, set[str]]:
    """Offer -> codes of the settings and roles that it told that it was for."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for offer, *codes in session.exec(select(OfferTarget.offer_id, OfferTarget.setting, OfferTarget.role)):
        found[offer].update(code for code in codes if code)
    if is_past(day):
        for (offer, _), told in values_at(session, "offer", ("targets",), clock.end_of_day(day)).items():
            found[offer] = {code for pair in told for code in pair if code}
    return dict(found)


def _published_on(session: Session, day: date) -> set[int]:
    """An offer that the log does not tell of was published as long as it was not discontinued."""
    then = states_on(session, OFFER, day)
    offer = columns_of(Offer)
    found = set()
    for offer_id, state, discontinued_on in session.execute(sa.select(offer.id, offer.state, offer.discontinued_on)):
        later = discontinued_on is not None and discontinued_on > day
        if then(offer_id, OfferState.PUBLISHED if later else state) == OfferState.PUBLISHED:
            found.add(offer_id)
    return found


def _offers_on(session: Session, end: datetime) -> dict[int, int]:
    """Run id -> the offer that it belonged to, of the runs that have gone from one to another since: the newest is undone first."""
    made = session.exec(select(OfferMerge).where((col(OfferMerge.at) > end) | (col(OfferMerge.undone_at) > end))).all()
    steps = [
        (moment(when), one.pk, to, [run for run, *_ in one.moved.get("runs", [])])
        for one in made
        for when, to in ((one.at, one.gone_offer_id), (one.undone_at, one.kept_offer_id))
        if when is not None and moment(when) > end
    ]
    return {run: to for *_, to, runs in sorted(steps, reverse=True) for run in runs}


def _out_of_feed(session: Session, end: datetime) -> set[int]:
    """Runs that a feed has told of again since, and that had left it by then."""
    entry = columns_of(AuditEntry)
    later = sa.select(entry.thing_id, entry.event, entry.details).where(entry.thing == "run", entry.at > end)
    back = {row.thing_id for row in session.execute(later.where(entry.life.is_(None), entry.event == _BACK))}
    first: dict[int, str] = {}
    told = later.where(entry.event.in_((*_LEFT, _BACK)), entry.thing_id.in_(sorted(back)))
    for run_id, event, details in session.execute(told.order_by(entry.at, entry.id)) if back else ():
        if event == _BACK or (details or {}).get("left_feed"):
            first.setdefault(run_id, event)
    return {run_id for run_id, event in first.items() if event == _BACK}
