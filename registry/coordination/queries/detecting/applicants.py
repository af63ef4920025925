"""Applicants per run, in a few queries: eligible so far, when they came, who started.

Eligible is who has not withdrawn and has not been found unqualified or outside the target group.
A displaced applicant still counts for the run that was cancelled.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from registry.applications.models import Application, RunCount
from registry.applications.states import Attendance, RejectReason, Standing
from registry.coordination.queries.detecting.runs import RunRow, day_of, load_runs
from registry.core import clock, terms
from registry.core.audit import AuditEntry
from registry.core.table import columns_of, unindexed
from registry.offers.models import OfferProvider, Run
from registry.reference.models import Organisation

_UNFIT = (RejectReason.NOT_QUALIFIED, RejectReason.NOT_IN_TARGET_GROUP)
_BEGUN = (Attendance.STARTED, Attendance.COMPLETED, Attendance.FAILED, Attendance.DROPPED_OUT, Attendance.DEFERRED)


@dataclass(frozen=True, slots=True)
class Applicants:
    """What is known of the applicants of all runs. A run that is in none of the two is unknown, which is not zero."""

    eligible: Mapping[int, int]  #: run id -> number
    moments: Mapping[int, list[datetime]]  #: run id -> when each eligible single application came


def eligible(session: Session, run_ids: Collection[int]) -> dict[int, int]:
    """Run id -> eligible applicants of some runs, as :func:`known_applicants`, for who has only their ids."""
    return known_applicants(session, load_runs(session, only=run_ids))


def known_applicants(session: Session, runs: Collection[RunRow], senders: "Senders | None" = None) -> dict[int, int]:
    """Run id -> eligible applicants of some runs, as :func:`load_applicants` tells them of all.

    ``senders`` is what has been asked before, for who asks again and again.
    """
    ids = [run.id for run in runs]
    applied: dict[int, int] = dict(map(tuple, session.execute(_numbers(), {"runs": ids})))
    rest = [run for run in runs if run.id not in applied]
    when = {run.term for run in rest}
    told = senders or Senders()
    told.ask(session, when, None if senders else {run.lead for run in rest})
    silent = {run.id: 0 for run in rest if (run.lead, run.term) in told.sending}
    counts = [run.id for run in rest if run.id not in silent]
    return (_counted(session, counts) if counts else {}) | silent | applied


@cache
def _numbers() -> Any:
    """Made once: it is asked with every changed offer."""
    run = columns_of(Application).run_id
    runs: sa.BindParameter[int] = sa.bindparam("runs", expanding=True)
    return _fit(sa.select(run, func.count()).where(run.in_(runs)).group_by(run))


@dataclass(slots=True)
class Senders:
    """Which institutions send single applications for a term, of the terms that somebody has asked about."""

    terms: set[str] = field(default_factory=set)
    sending: set[tuple[int | None, str]] = field(default_factory=set)

    def ask(self, session: Session, terms: set[str], leads: Collection[int | None] | None = None) -> None:
        """Find out about some terms, for every institution or for some; those that are known are not asked about again."""
        if new := terms - self.terms:
            if leads is None:
                applied = select(Application.id).where(col(Application.run_id) == col(Run.id)).exists()
                self.sending.update(session.exec(_leading().where(col(Run.term).in_(new), applied)))
            else:
                asked = [one for one in leads if one is not None]
                for term in sorted(new):
                    found = session.execute(_sends(), {"leads": asked, "term": term}).scalars()
                    self.sending.update((lead, term) for lead in found)
            self.terms |= new

    def heard(self, session: Session, seen: int) -> None:
        """Add those whose applications are told of by the log after an entry."""
        if self.terms:
            self.sending.update(map(tuple, session.execute(_heard(), {"seen": seen})))


@cache
def _sends() -> Any:
    """Those of some institutions to which somebody has applied for a term: one application of each is looked for, not all."""
    organisation, provider, run = columns_of(Organisation), columns_of(OfferProvider), columns_of(Run)
    leads: sa.BindParameter[int] = sa.bindparam("leads", expanding=True)
    applied = sa.exists().where(
        provider.organisation_id == organisation.id,
        provider.leads,
        run.offer_id == provider.offer_id,
        run.term == sa.bindparam("term"),
        columns_of(Application).run_id == run.id,
    )
    return sa.select(organisation.id).where(organisation.id.in_(leads), applied)


@cache
def _heard() -> Any:
    """Institution and term of the applications that the log tells of: asked with every changed offer."""
    entry, application = columns_of(AuditEntry), columns_of(Application)
    told = sa.select(entry.thing_id).where(entry.id > sa.bindparam("seen"), unindexed(entry.thing == "application"))
    return _leading().where(col(Run.id).in_(sa.select(application.run_id).where(application.id.in_(told))))


def _leading() -> Any:
    query = select(OfferProvider.organisation_id, Run.term).join(Run, col(Run.offer_id) == col(OfferProvider.offer_id))
    return query.where(col(OfferProvider.leads).is_(True)).distinct()


def load_applicants(session: Session) -> Applicants:
    """Numbers and moments of all runs."""
    moments: defaultdict[int, list[datetime]] = defaultdict(list)
    for run_id, at in session.exec(_fit(select(Application.run_id, Application.applied_at))):
        moments[run_id].append(at)
    numbers = (
        _counted(session) | dict.fromkeys(_silent(session), 0) | {run: len(found) for run, found in moments.items()}
    )
    return Applicants(numbers, moments)


def starters(session: Session, today: date | None = None, runs: Collection[int] | None = None) -> dict[int, int]:
    """Run id -> people who started, where figures exist; a run with decided applications and no starter is not there.

    Nobody can have started on a run that has not begun: what a count says of one is not a nil, see :func:`tells_of_start`.
    ``runs``: only these.
    """
    day = today or clock.today()
    start = start_days(session)
    begun = (
        select(Application.run_id, func.count())
        .where(col(Application.attendance).in_(_BEGUN))
        .group_by(col(Application.run_id))
    )
    newest: dict[int, int] = {}
    count = columns_of(RunCount)
    counts = sa.select(count.run_id, count.started, count.counted_on).where(count.started.is_not(None))
    if runs is not None:
        begun, counts = begun.where(col(Application.run_id).in_(runs)), counts.where(count.run_id.in_(runs))
    for run_id, number, counted in session.execute(counts.order_by(count.counted_on)):
        if tells_of_start(number or 0, counted, start[run_id], day):
            newest[run_id] = number or 0
    return newest | dict(session.exec(begun).all())


def start_days(session: Session) -> dict[int, date]:
    """The day that each counted run begins: its own, else the first day of its term."""
    run = columns_of(Run)
    counted = sa.select(run.id, run.starts_on, run.term).where(run.id.in_(select(RunCount.run_id)))
    return {run_id: starts or terms.first_day(term) for run_id, starts, term in session.execute(counted)}


def tells_of_start(number: int, counted: date, start: date, day: date) -> bool:
    """A count tells how many started once the run has begun; one that was taken before tells nothing by a nil."""
    return start <= day and (number > 0 or counted >= start)


def _fit(query: Any) -> Any:
    return query.where(
        Application.standing != Standing.WITHDRAWN,
        or_(col(Application.reject_reason).is_(None), col(Application.reject_reason).not_in(_UNFIT)),
    )


def _counted(session: Session, run_ids: Collection[int] | None = None) -> dict[int, int]:
    """The newest count of each run: the qualified where they are told, else those who applied, less the withdrawn."""
    newest: dict[int, int] = {}
    given = {} if run_ids is None else {"runs": list(run_ids)}
    for run_id, applied, qualified, withdrawn in session.execute(_counts(run_ids is not None), given):
        if qualified is not None:
            newest[run_id] = qualified
        elif applied is not None:
            newest[run_id] = max(0, applied - (withdrawn or 0))
    return newest


@cache
def _counts(some: bool) -> Any:
    count = columns_of(RunCount)
    query = sa.select(count.run_id, count.applied, count.qualified, count.withdrawn).order_by(count.counted_on)
    return query.where(count.run_id.in_(sa.bindparam("runs", expanding=True))) if some else query


def _silent(session: Session) -> set[int]:
    """Runs, in terms for which their institution sends single applications, that nobody has applied to.

    Also a run whose applicants have all withdrawn is here: it has none.
    """
    lead = select(OfferProvider.organisation_id, Run.term, Run.id).join(
        Run, col(Run.offer_id) == OfferProvider.offer_id
    )
    applied = set(session.exec(select(Application.run_id).distinct()))
    by_sender: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    for organisation, term, run_id in session.exec(lead.where(col(OfferProvider.leads).is_(True))):
        by_sender[organisation, term].add(run_id or 0)
    return {run for runs in by_sender.values() if runs & applied for run in runs}


def days_before(deadline: date, moments: list[datetime]) -> tuple[int, ...]:
    """Whole days before the deadline at which each applied, latest first; after the deadline counts as on it."""
    return tuple(sorted(max(0, (deadline - day_of(at)).days) for at in moments))
