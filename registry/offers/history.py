"""In which state an offer or a run stood on a day: read from the ledger, so that a figure of the past does not change with the present."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.transitions import Life

StateOn = Callable[[int, str], str | None]


def states_on(session: Session, life: Life, day: date) -> StateOn:
    """(id, present state) -> the state at the end of the day; None where the thing was not there yet.

    A thing whose changes all came later stood as the first of them found it; one without changes stands as it does.
    """
    moment = clock.end_of_day(day)
    lines = (AuditEntry.thing == life.thing, AuditEntry.life == life.name)
    before = (
        select(
            col(AuditEntry.thing_id),
            col(AuditEntry.to_state),
            func.row_number()
            .over(
                partition_by=col(AuditEntry.thing_id), order_by=(col(AuditEntry.at).desc(), col(AuditEntry.id).desc())
            )
            .label("place"),
        )
        .where(*lines, AuditEntry.at <= moment)
        .subquery()
    )
    newest = session.execute(select(before.c.thing_id, before.c.to_state).where(before.c.place == 1))
    then: dict[int, str | None] = {thing_id: to_state for thing_id, to_state in newest}  # noqa: C416 - rows are no pairs
    after = (
        select(AuditEntry.thing_id, AuditEntry.from_state)
        .where(*lines, AuditEntry.at > moment)
        .order_by(col(AuditEntry.at), col(AuditEntry.id))
    )
    for thing_id, from_state in session.exec(after):
        then.setdefault(thing_id, from_state)
    return lambda thing_id, present: then.get(thing_id, str(present))
