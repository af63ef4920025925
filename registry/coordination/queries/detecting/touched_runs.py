"""Which runs a change may have given another risk: the changed ones, and those beside them whose figures hang on theirs."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from registry.applications.models import Application, RunCount
from registry.coordination.queries.detecting.runs import RunRow
from registry.core.audit import AuditEntry
from registry.core.table import columns_of, unindexed
from registry.offers.models import Offer, OfferProvider, Run

_KEYS: Final[sa.BindParameter[str]] = sa.bindparam("keys", expanding=True)
_IDS: Final[sa.BindParameter[int]] = sa.bindparam("ids", expanding=True)
_OFFERS: Final[sa.BindParameter[int]] = sa.bindparam("offers", expanding=True)
_APPLICATIONS: Final[sa.BindParameter[int]] = sa.bindparam("applications", expanding=True)
_TERMS: Final[sa.BindParameter[str]] = sa.bindparam("terms", expanding=True)


@dataclass(frozen=True, slots=True)
class Changed:
    """What has changed, by ids."""

    offers: frozenset[int] = frozenset()  #: themselves, or one of their runs
    applications: frozenset[int] = frozenset()
    counted: frozenset[int] = frozenset()  #: runs whose counts alone have

    def __len__(self) -> int:
        return sum(len(getattr(self, one.name)) for one in fields(self))


def changed_named(
    session: Session, offers: Collection[str], applications: Collection[int], counted: Collection[str]
) -> Changed:
    """Of offers by their own keys or a run's, applications by their ids, and counts by the run's key."""
    return Changed(
        frozenset(offers_named(session, offers)) if offers else frozenset(),
        frozenset(applications),
        frozenset(session.execute(_runs_named(), {"keys": list(counted)}).scalars()) if counted else frozenset(),
    )


def changed_since(session: Session, entry: int) -> Changed:
    """What the log tells of after an entry."""
    return Changed(*(frozenset(session.execute(one, {"after": entry}).scalars()) for one in _logged()))


def offers_named(session: Session, keys: Collection[str]) -> set[int]:
    """Ids of the offers with these keys, or with a run that has one."""
    return set(session.execute(_named(), {"keys": list(keys)}).scalars())


def runs_of(session: Session, changed: Changed) -> set[int]:
    """The runs that have changed, and those that changed applications are to."""
    found = set(changed.counted)
    if changed.offers:
        found.update(session.execute(_taught(), {"ids": list(changed.offers)}).scalars())
    if changed.applications:
        found.update(session.execute(_applied_to(), {"ids": list(changed.applications)}).scalars())
    return found


def awakened(session: Session, changed: Changed, runs: Collection[RunRow]) -> set[int]:
    """Runs of the institutions and terms from which the first single application of all is among the changes.

    Of a run that nobody has applied to there, it is now known that nobody has: until then it was unknown.
    """
    told = {"ids": [run.id for run in runs], "applications": list(changed.applications), "offers": list(changed.offers)}
    sent = set(session.execute(_sent(), told).scalars())
    others = set(session.execute(_sent_by_others(), told).scalars()) if sent else set()
    known = {(run.lead, run.term) for run in runs if run.id in others}
    asked = {(run.lead, run.term) for run in runs if run.id in sent and run.lead is not None} - known
    if not asked:
        return set()
    where = {**told, "ids": [lead for lead, _ in asked], "terms": [term for _, term in asked]}
    asked -= set(map(tuple, session.execute(_sending(), where)))
    beside = session.execute(_beside(), where) if asked else ()
    return {run for run, *whose in beside if tuple(whose) in asked}


@cache
def _named() -> Any:
    offer, run = columns_of(Offer), columns_of(Run)
    by_run = sa.select(run.offer_id).where(run.key.in_(_KEYS))
    return sa.select(offer.id).where(offer.key.in_(_KEYS) | offer.id.in_(by_run))


@cache
def _runs_named() -> Any:
    run = columns_of(Run)
    return sa.select(run.id).where(run.key.in_(_KEYS))


@cache
def _taught() -> Any:
    run = columns_of(Run)
    return sa.select(run.id).where(run.offer_id.in_(_IDS))


@cache
def _applied_to() -> Any:
    application = columns_of(Application)
    return sa.select(application.run_id).where(application.id.in_(_IDS)).distinct()


@cache
def _logged() -> tuple[Any, ...]:
    """Of offers, of applications and of counts, by the entry's place in the log."""
    entry, run, count = columns_of(AuditEntry), columns_of(Run), columns_of(RunCount)

    def since(thing: str) -> Any:
        return sa.select(entry.thing_id).where(entry.id > sa.bindparam("after"), unindexed(entry.thing == thing))

    return (
        sa.union(since("offer"), sa.select(run.offer_id).where(run.id.in_(since("run")))),
        since("application").distinct(),
        sa.select(count.run_id).where(count.id.in_(since("run_count"))).distinct(),
    )


@cache
def _sent() -> Any:
    application = columns_of(Application)
    return sa.select(application.run_id).where(application.run_id.in_(_IDS)).distinct()


@cache
def _sent_by_others() -> Any:
    """Applied to by somebody whom no change is about."""
    application, run = columns_of(Application), columns_of(Run)
    return (
        sa.select(application.run_id)
        .where(
            application.run_id.in_(_IDS),
            application.id.not_in(_APPLICATIONS),
            run.id == application.run_id,
            run.offer_id.not_in(_OFFERS),
        )
        .distinct()
    )


def _whose() -> tuple[Any, ...]:
    """Institution and term of the runs that some institutions lead in some terms."""
    provider, run = columns_of(OfferProvider), columns_of(Run)
    led = (provider.organisation_id.in_(_IDS), provider.leads, run.offer_id == provider.offer_id, run.term.in_(_TERMS))
    return (provider.organisation_id, run.term), led


@cache
def _sending() -> Any:
    application, run = columns_of(Application), columns_of(Run)
    columns, led = _whose()
    sent = sa.exists().where(application.run_id == run.id, application.id.not_in(_APPLICATIONS))
    return sa.select(*columns).where(*led, run.offer_id.not_in(_OFFERS), sent).distinct()


@cache
def _beside() -> Any:
    columns, led = _whose()
    return sa.select(columns_of(Run).id, *columns).where(*led)
