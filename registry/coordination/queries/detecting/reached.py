"""Who carried each small subject, and whether the whole country could reach it: as the log last told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from registry.coordination.queries.detecting.national import Reach
from registry.core.audit import AuditEntry
from registry.core.table import columns_of

THING, LIFE = "subject_status", "reach"


class Reached(StrEnum):
    """Who can follow a subject, the worst first."""

    NOBODY = "nobody"
    SOME = "some"  #: there is something, but not what everybody reaches
    COUNTRY = "country"


ORDER = tuple(Reached)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a subject reaches, and the ids of the offers that it does so by."""

    reached: Reached
    offers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A change of a subject's standing; ``at`` is when it was found."""

    subject: str
    period: int  #: of ``SubjectStatus``, that it was small in
    at: datetime
    before: Reached | None
    standing: Standing


def standing_of(reach: Reach | None, guarantee: float) -> Standing:
    """``guarantee``: how many offers the whole country is to reach, rule NATIONAL_GUARANTEE."""
    if reach is None:
        return Standing(Reached.NOBODY, ())
    if len(reach.national) >= guarantee:
        return Standing(Reached.COUNTRY, reach.national)
    return Standing(Reached.SOME, reach.offers)


def reach_told(session: Session) -> list[Told]:
    """Every change that the log tells of, the oldest first."""
    return [
        Told(
            details["subject"],
            period,
            at,
            None if before is None else Reached(before),
            Standing(Reached(after), tuple(details["offers"])),
        )
        for period, at, before, after, details in session.execute(_told())
    ]


def newest_of(told: list[Told]) -> Mapping[str, Told]:
    """Subject -> the last that the log tells of it."""
    return {one.subject: one for one in told}


@cache
def _told() -> Any:
    entry = columns_of(AuditEntry)
    query = sa.select(entry.thing_id, entry.at, entry.from_state, entry.to_state, entry.details)
    return query.where(entry.thing == THING, entry.life == LIFE).order_by(entry.id)
