"""How the sources that are fetched are: when data last came, what went wrong last, and whether it is time to worry."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.core.paging import Page, paged
from registry.intake.models import Fetch, Source
from registry.intake.states import GOOD_FETCHES, FetchOutcome
from registry.reference.models import Organisation

_BAD = (FetchOutcome.FAILED, FetchOutcome.REFUSED)
#: A source is late when nothing good has come for this many of its intervals.
_LATE = 2


class Condition(StrEnum):
    """In words: the first that fits."""

    PAUSED = "paused"
    FAILING = "failing"  #: the newest fetch brought nothing that could be used
    HELD = "held"  #: somebody must look at the newest delivery
    LATE = "late"  #: nothing good for twice the interval
    UNTRIED = "untried"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source that has an address."""

    source: Source
    organisation: str | None
    condition: Condition
    last_good: datetime | None  #: when data here were last as fresh as the source's own
    last_bad: Fetch | None
    newest: Fetch | None
    bad_in_a_row: int
    next_at: datetime | None  #: start of the next slot, None where it is fetched only when somebody asks

    @property
    def expected(self) -> timedelta | None:
        """How old they may be at most before it is said to be late."""
        every = self.source.every_minutes
        return None if every is None else timedelta(minutes=every * _LATE)


def slot_start(every_minutes: int, moment: datetime) -> datetime:
    """The start of the slot that ``moment`` lies in: slots are counted from midnight UTC, long ones from 1970."""
    every = timedelta(minutes=every_minutes)
    origin = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if every > timedelta(days=1):
        origin = origin.replace(year=1970, month=1, day=1)
    return origin + ((moment - origin) // every) * every


def source_health(session: Session, moment: datetime, reach: frozenset[int] | None = None) -> list[SourceHealth]:
    """Every source with an address, those of ``reach`` (organisations' ids) alone where it is given."""
    query = (
        select(Source, Organisation.name_nb)
        .join(Organisation, col(Organisation.id) == col(Source.organisation_id), isouter=True)
        .where(col(Source.url).is_not(None))
        .order_by(func.coalesce(Source.name, Source.key))
    )
    if reach is not None:
        query = query.where(col(Source.organisation_id).in_(reach))
    newest = _newest(session, tuple(FetchOutcome))
    good, bad = _newest(session, GOOD_FETCHES), _newest(session, _BAD)
    row = _bad_in_a_row(session)
    return [
        _health(
            source, name, newest.get(source.pk), good.get(source.pk), bad.get(source.pk), row.get(source.pk, 0), moment
        )
        for source, name in session.exec(query)
    ]


def fetches(session: Session, source_id: int, number: int = 1, size: int = 25) -> Page[Fetch]:
    """The fetches of one source, the newest first."""
    query = select(Fetch).where(Fetch.source_id == source_id)
    return paged(session, query.order_by(col(Fetch.started_at).desc(), col(Fetch.id).desc()), number, size)


def due_sources(session: Session, moment: datetime) -> list[tuple[int, datetime]]:
    """Sources to fetch now, with the slot each is fetched for: what somebody has asked for first, then what is longest ago.

    Catch-up after a stop is the newest slot, once.
    """
    latest: Any = select(col(Fetch.source_id), func.max(col(Fetch.scheduled_for))).group_by(col(Fetch.source_id))
    last: dict[int, datetime] = dict(tuple(row) for row in session.execute(latest))
    query = select(Source).where(col(Source.url).is_not(None))
    wanted: list[tuple[int, datetime]] = []
    due: list[tuple[int, datetime]] = []
    for source in session.exec(query.order_by(col(Source.id))):
        if source.wanted_at is not None:
            wanted.append((source.pk, source.wanted_at))
        elif source.is_scheduled and source.every_minutes is not None:
            slot = slot_start(source.every_minutes, moment)
            if source.pk not in last or last[source.pk] < slot:
                due.append((source.pk, slot))
    return wanted + sorted(due, key=lambda one: (one[0] in last, last.get(one[0], moment)))


def _health(
    source: Source,
    organisation: str | None,
    newest: Fetch | None,
    good: Fetch | None,
    bad: Fetch | None,
    bad_in_a_row: int,
    moment: datetime,
) -> SourceHealth:
    every = source.every_minutes
    last_good = good.finished_at if good else None
    next_at = slot_start(every, moment) + timedelta(minutes=every) if every and source.paused_at is None else None
    late = every is not None and moment - (last_good or source.created_at) > timedelta(minutes=every * _LATE)
    if source.paused_at is not None:
        condition = Condition.PAUSED
    elif newest is not None and newest.outcome in _BAD:
        condition = Condition.FAILING
    elif newest is not None and newest.outcome is FetchOutcome.HELD:
        condition = Condition.HELD
    elif late:
        condition = Condition.LATE
    else:
        condition = Condition.UNTRIED if newest is None else Condition.GOOD
    return SourceHealth(source, organisation, condition, last_good, bad, newest, bad_in_a_row, next_at)


def _newest(session: Session, outcomes: Iterable[FetchOutcome]) -> dict[int, Fetch]:
    """The newest fetch of each source that ended so."""
    newest = (
        select(func.max(col(Fetch.id))).where(col(Fetch.outcome).in_(tuple(outcomes))).group_by(col(Fetch.source_id))
    )
    return {fetch.source_id: fetch for fetch in session.exec(select(Fetch).where(col(Fetch.id).in_(newest)))}


def _bad_in_a_row(session: Session) -> dict[int, int]:
    """Bad fetches since the newest good one."""
    good: Any = (
        select(col(Fetch.source_id), func.max(col(Fetch.id)).label("last"))
        .where(col(Fetch.outcome).in_(GOOD_FETCHES))
        .group_by(col(Fetch.source_id))
        .subquery()
    )
    query: Any = (
        select(col(Fetch.source_id), func.count())
        .join(good, good.c.source_id == Fetch.source_id, isouter=True)
        .where(col(Fetch.outcome).in_(_BAD), col(Fetch.id) > func.coalesce(good.c.last, 0))
        .group_by(col(Fetch.source_id))
    )
    return dict(tuple(row) for row in session.execute(query))
