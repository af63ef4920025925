"""What searchers may be told of small subjects and few applicants has changed: the search index is told which offers it is of."""

from datetime import date

from sqlmodel import Session, col, select

from registry.coordination.models import Detection
from registry.coordination.queries.marks import Marks, marks_on, touched_by
from registry.core import events


def standing_marks(session: Session) -> Marks:
    """The marks as the last detection left them, none before the first. On its day: some change by the calendar alone."""
    day = session.exec(select(col(Detection.as_of)).order_by(col(Detection.id).desc()).limit(1)).first()
    return Marks(frozenset(), frozenset()) if day is None else marks_on(session, day)


def tell_marks(session: Session, before: Marks, today: date) -> int:
    """Offers that are marked otherwise than ``before`` are indexed anew; returns how many."""
    keys = touched_by(session, before, marks_on(session, today))
    for key in keys:
        events.publish(session, events.DOCUMENT_CHANGED, key)
    return len(keys)
