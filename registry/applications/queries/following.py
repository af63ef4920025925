"""Runs that lack what should have been reported by now: who came, and how it went."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from registry.applications.models import Application, RunCount
from registry.applications.states import Attendance, Standing
from registry.core import clock, terms
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import RunState
from registry.rules.register import rules_on


@dataclass(frozen=True, slots=True)
class Unreported:
    """A run with participants whose attendance or result is overdue, and since when."""

    run: Run
    offer: Offer
    attendance: int  #: participants of whom nobody has said whether they came
    results: int  #: participants without a result
    since: date


def unreported(
    session: Session, organisations: frozenset[int] | None, rules: Mapping[str, float] | None = None
) -> list[Unreported]:
    """The longest overdue first (rules ATTENDANCE_DUE_DAYS and RESULTS_DUE_DAYS). None is every institution.

    A run whose institution sends counts is asked for none. ``rules``: others than today's, for trying them.
    """
    today = clock.today()
    rules = rules_on(session, today) if rules is None else rules
    waits, began = timedelta(days=rules["ATTENDANCE_DUE_DAYS"]), timedelta(days=rules["RESULTS_DUE_DAYS"])

    def number(state: Attendance) -> Any:
        return func.sum(case((col(Application.attendance) == state, 1), else_=0))

    counted = (
        select(
            Application.run_id,
            number(Attendance.ACCEPTED).label("accepted"),
            number(Attendance.STARTED).label("started"),
        )
        .where(
            Application.standing == Standing.OPEN,
            col(Application.attendance).in_((Attendance.ACCEPTED, Attendance.STARTED)),
        )
        .group_by(col(Application.run_id))
        .subquery()
    )
    query = (
        select(Run, Offer, counted.c.accepted, counted.c.started)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .join(counted, counted.c.run_id == Run.id)
        .where(
            col(Run.state).in_((RunState.CONFIRMED, RunState.RUNNING, RunState.COMPLETED)),
            col(Run.id).not_in(select(RunCount.run_id)),
            terms.in_order(Run.term) <= terms.in_order(terms.of(today)),
        )
    )
    if organisations is not None:
        mine = select(OfferProvider.offer_id).where(col(OfferProvider.organisation_id).in_(organisations))
        query = query.where(col(Run.offer_id).in_(mine))
    found = []
    for run, offer, accepted, started in session.exec(query):
        starts, ends = run.starts_on or terms.first_day(run.term), run.ends_on or terms.last_day(run.term)
        late = starts + waits if accepted and starts + waits < today else None
        ended = ends + began if started and ends + began < today else None
        since = min((day for day in (late, ended) if day is not None), default=None)
        if since is not None:
            found.append(Unreported(run, offer, accepted if late else 0, started if ended else 0, since))
    return sorted(found, key=lambda one: (one.since, one.offer.sort_title))
