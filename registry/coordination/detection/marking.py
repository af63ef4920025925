"""What searchers may be told of small subjects and few applicants has changed: the search index is told which offers it is of."""

from collections.abc import Collection
from datetime import date

from sqlmodel import Session, col, select

from registry.coordination.models import Detection
from registry.coordination.queries.detecting.marks import Marks, few_among, marks_on, touched_by
from registry.core import events


def standing_marks(session: Session) -> Marks:
    """The marks as the last detection left them, none before the first. On its day: some change by the calendar alone."""
    day = session.exec(select(col(Detection.as_of)).order_by(col(Detection.id).desc()).limit(1)).first()
    return Marks(frozenset(), frozenset()) if day is None else marks_on(session, day)


def tell_marks(session: Session, before: Marks, today: date) -> int:
    """Offers that are marked otherwise than ``before`` are indexed anew; returns how many."""
    return _tell(session, before, marks_on(session, today))


def tell_small(session: Session, before: frozenset[str], after: frozenset[str]) -> int:
    """The same for subjects alone, of which those in ``before`` were small."""
    return _tell(session, Marks(before, frozenset()), Marks(after, frozenset()))


def tell_few(session: Session, before: frozenset[int], runs: Collection[int]) -> int:
    """The same for some runs alone, of which those in ``before`` had few applicants."""
    return _tell(session, Marks(frozenset(), before), Marks(frozenset(), few_among(session, runs)))


def _tell(session: Session, before: Marks, after: Marks) -> int:
    keys = touched_by(session, before, after)
    for key in keys:
        events.publish(session, events.DOCUMENT_CHANGED, key)
    return len(keys)
