"""What the pages of sources show: each source with how it is, its deliveries and who has changed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.core.audit import AuditEntry
from registry.core.errors import NotFound
from registry.core.paging import Page, paged
from registry.intake.models import ImportRun, Source, SourceRecord
from registry.intake.queries.deliveries import Health, Reach, sources
from registry.intake.queries.health import Condition, SourceHealth, source_health
from registry.intake.states import ImportOutcome

#: What somebody should look at comes first.
_ORDER = (Condition.FAILING, Condition.HELD, Condition.LATE, Condition.UNTRIED, Condition.GOOD, Condition.PAUSED)


@dataclass(frozen=True, slots=True)
class Standing:
    """A source: what lies here from it, and how its fetches go where it has an address."""

    lies: Health
    goes: SourceHealth | None

    @property
    def source(self) -> Source:
        return self.lies.source

    @property
    def condition(self) -> Condition | None:
        """None where people deliver by hand and nothing is held."""
        if self.lies.last is not None and self.lies.last.outcome is ImportOutcome.HELD:
            return Condition.HELD
        if self.goes is None:
            return None
        settled = self.goes.condition is Condition.HELD  # somebody has looked since
        return Condition.GOOD if settled else self.goes.condition


def standings(session: Session, moment: datetime, reach: Reach) -> list[Standing]:
    """Every source that may be seen, those that want somebody first."""
    goes = {one.source.pk: one for one in source_health(session, moment, reach)}
    found = [Standing(one, goes.get(one.source.pk)) for one in sources(session, reach)]
    return sorted(found, key=_urgency)


def standing(session: Session, source_id: int, moment: datetime, reach: Reach) -> Standing:
    """One source. Raises NotFound, also where it is somebody else's."""
    for one in standings(session, moment, reach):
        if one.source.pk == source_id:
            return one
    raise NotFound("Kilden finnes ikke.")


def runs_of(session: Session, source_id: int, number: int = 1, size: int = 20) -> Page[ImportRun]:
    """The deliveries of one source, the newest first."""
    query = select(ImportRun).where(ImportRun.source_id == source_id).order_by(col(ImportRun.id).desc())
    return paged(session, query, number, size)


def log_of(session: Session, source_id: int, size: int = 20) -> Sequence[AuditEntry]:
    """What people have done with a source, the newest first."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.thing == "source", AuditEntry.thing_id == source_id)
        .order_by(col(AuditEntry.id).desc())
        .limit(size)
    )
    return session.exec(query).all()


@dataclass(frozen=True, slots=True)
class Teller:
    """A source that tells of an offer. Field by field, the first that says something is believed."""

    key: str
    name: str | None
    seen_on: date  #: newest delivery that told of it
    delivery: int


def tellers(session: Session, offer_id: int) -> list[Teller]:
    """The sources of an offer, the one that is believed first."""
    query: Any = (
        select(
            col(Source.key),
            col(Source.name),
            func.max(col(SourceRecord.seen_on)),
            func.max(col(SourceRecord.last_seen_id)),
        )
        .join(SourceRecord, col(SourceRecord.source_id) == col(Source.id))
        .where(SourceRecord.offer_id == offer_id)
        .group_by(col(Source.key), col(Source.name), col(Source.priority))
        .order_by(col(Source.priority).desc(), func.max(col(SourceRecord.seen_on)).desc(), col(Source.key))
    )
    return [Teller(*row) for row in session.execute(query)]


def held_now(session: Session, reach: Reach) -> list[ImportRun]:
    """Deliveries that wait for somebody: held, and the newest of their source."""
    newest: Any = (
        select(func.max(ImportRun.id))
        .where(ImportRun.outcome != ImportOutcome.REFUSED)
        .group_by(col(ImportRun.source_id))
    )
    query = select(ImportRun).where(col(ImportRun.id).in_(newest), ImportRun.outcome == ImportOutcome.HELD)
    if reach is not None:
        query = query.where(col(ImportRun.organisation_id).in_(reach))
    return list(session.exec(query.order_by(col(ImportRun.id))))


def _urgency(one: Standing) -> tuple[int, str]:
    place = _ORDER.index(one.condition) if one.condition else len(_ORDER)
    return place, (one.source.name or one.source.key).casefold()
