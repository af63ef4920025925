"""Places that nobody answered in time lapse: a few at a time, each few in a transaction of their own."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from registry.access.policy import Actor
from registry.applications.models import Application
from registry.applications.operations.answering import lapse
from registry.applications.states import Answer, Standing
from registry.core import clock
from registry.core.db import Database
from registry.core.logs import told

log = logging.getLogger(__name__)
BATCH = 100


@dataclass(frozen=True, slots=True)
class Lapsed:
    """What was done: how many places lapsed, and the ids of applications that could not be brought on."""

    lapsed: int
    failed: tuple[int, ...]


def lapse_overdue(database: Database, actor: Actor, *, batch: int = BATCH) -> Lapsed:
    """Lapses every unanswered place whose deadline has passed; who waits for one gets it in the same transaction.

    Nothing is looked for in a window of time: what a stopped run left is found by the next. One that cannot be brought on
    is told and left behind, and stops no other.
    """
    cursor, lapsed = 0, 0
    failed: list[int] = []
    while True:
        with database.read() as session:
            ids = _overdue(session, cursor, batch)
        if not ids:
            return Lapsed(lapsed, tuple(failed))
        cursor = ids[-1]
        done = _lapse(database, actor, ids)
        if done is not None:
            lapsed += done
            continue
        for one in ids:  # somebody among them stops the rest: each by itself
            done = _lapse(database, actor, [one], tell=True)
            if done is None:
                failed.append(one)
            lapsed += done or 0


def _overdue(session: Session, after: int, limit: int) -> list[int]:
    query = select(Application.id).where(*_late(), col(Application.id) > after).order_by(col(Application.id))
    return [one or 0 for one in session.exec(query.limit(limit))]


def _late() -> tuple[ColumnElement[bool] | bool, ...]:
    return (
        Application.answer == Answer.OFFERED,
        Application.standing == Standing.OPEN,
        col(Application.answer_by) < clock.today(),
    )


def _lapse(database: Database, actor: Actor, ids: Sequence[int], *, tell: bool = False) -> int | None:
    """How many lapsed; None where one of them could not, and so none did."""
    try:
        with database.write() as session:
            found = session.exec(
                select(Application)
                .where(*_late(), col(Application.id).in_(ids))
                .order_by(col(Application.run_id), col(Application.id))  # runs are locked in one order
            ).all()
            for application in found:
                lapse(session, actor, application)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the others are brought on
        if tell:
            log.error("application %s could not lapse: %s", ids[0], told(fault))  # noqa: TRY400 - a trace may hold what told() leaves out
        return None
    return len(found)
