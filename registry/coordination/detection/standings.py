"""Small subjects as dated periods: each change of standing, of its reason or of the rule's version begins a row."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, col, select

from importers.sentences import Sentence
from registry.access.policy import Actor
from registry.coordination.models import SubjectStatus
from registry.coordination.smallsubjects import CycleFacts, Standing, replay
from registry.core import audit
from registry.rules.register import RuleHistory


@dataclass(frozen=True, slots=True)
class Period:
    """A time in which a subject stood as it did, for one reason. ``until`` is the last day, None while it lasts."""

    subject: str
    is_small: bool
    since: date
    until: date | None
    reason: Sentence
    rule: str
    version: int


def find_periods(
    facts: Mapping[str, list[CycleFacts]], rules: RuleHistory, today: date, newest: int = 0
) -> list[Period]:
    """The history of every subject that somebody has taught, through the newest study year that anybody has taught in.

    Each day is answered by the rules of that day; those that are to come are not known to it yet. ``newest``: that study year,
    where ``facts`` are of some subjects alone.
    """
    through = max((newest, *(fact.cycle for found in facts.values() for fact in found)))
    return [
        period
        for subject, found in sorted(facts.items())
        for period in _periods(subject, replay(found, rules, through, today))
    ]


def _periods(subject: str, standings: list[Standing]) -> Iterator[Period]:
    changes = [
        standing
        for before, standing in zip([None, *standings], standings, strict=False)
        if before is None or _flag(before) != _flag(standing)
    ]
    for standing, after in zip(changes, [*changes[1:], None], strict=True):
        yield Period(
            subject=subject,
            is_small=standing.is_small,
            since=standing.since,
            until=after.since - timedelta(days=1) if after else None,
            reason=standing.reason,
            rule=standing.rule,
            version=standing.version,
        )


def _flag(standing: Standing) -> tuple[bool, Sentence, str, int]:
    return standing.is_small, standing.reason, standing.rule, standing.version


def store_periods(
    session: Session, actor: Actor, periods: list[Period], detection_id: int, among: Collection[str] | None = None
) -> int:
    """Bring the table to the periods found. Equal rows are left alone; entries and exits are logged. Returns changes.

    ``among``: the subjects that were looked at; all of them where nothing is said.
    """
    query = select(SubjectStatus).order_by(col(SubjectStatus.id))
    if among is not None:
        query = query.where(col(SubjectStatus.subject_code).in_(among))
    known = {(row.subject_code, row.since): row for row in session.exec(query)}
    changes = 0
    was_small: dict[str, bool] = {}
    for period in periods:
        was, was_small[period.subject] = was_small.get(period.subject, False), period.is_small
        row = known.pop((period.subject, period.since), None)
        values: dict[str, Any] = {
            "is_small": period.is_small,
            "until": period.until,
            "reason": period.reason,
            "rule_code": period.rule,
            "rule_version": period.version,
        }
        told = row is not None and isinstance(row.reason, Sentence)  # a text from before is told anew
        if told and all(getattr(row, name) == value for name, value in values.items()):
            continue
        moved = period.is_small != (was if row is None else row.is_small)
        row = row or SubjectStatus(subject_code=period.subject, since=period.since, detection_id=detection_id, **values)
        for name, value in values.items():
            setattr(row, name, value)
        row.detection_id = detection_id
        session.add(row)
        flag_modified(row, "reason")  # a text from before equals its sentence
        changes += 1
        if moved:
            session.flush()
            _log(session, actor, row)
    for row in known.values():
        session.delete(row)
        changes += 1
    session.flush()
    return changes


def _log(session: Session, actor: Actor, row: SubjectStatus) -> None:
    audit.record(
        session,
        actor=actor.name,
        thing="subject_status",
        thing_id=row.pk,
        event="listed" if row.is_small else "unlisted",
        details={"subject": row.subject_code, "since": row.since.isoformat(), "rule": row.rule_code},
    )
