"""May I apply now? What the dates and the state of a run mean to somebody who looks for a course.

Pure functions of a run's own values and a day. A run's meaning changes by itself as days pass; ``changes``
lists those days, so that whatever was computed from a run can tell whether it is still true.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from registry.core import terms
from registry.offers.models import Run
from registry.offers.states import GONE_RUNS, LIVE_RUNS, LOST_RUNS, RunState

SOON = timedelta(days=30)
_ONE_DAY = timedelta(days=1)


class Applying(StrEnum):
    """Where a run stands for an applicant, in the order that a searcher wants them."""

    OPEN = "open"
    SOON = "soon"  #: opens within 30 days
    LATER = "later"  #: opens later
    UNKNOWN = "unknown"  #: no dates given yet
    CLOSED = "closed"
    CANCELLED = "cancelled"  #: or postponed: it will not be taught as announced
    ENDED = "ended"


#: One can still come: apply now, or when it opens.
ATTAINABLE = (Applying.OPEN, Applying.SOON, Applying.LATER, Applying.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Window:
    """The values of a run that decide; dates are Norwegian days and both ends of the application period count."""

    state: RunState
    first_day: date
    last_day: date
    opens: date | None = None
    closes: date | None = None

    @classmethod
    def of(cls, run: Run) -> "Window":
        """The window of a run in the database."""
        return cls.made(
            RunState(run.state),
            run.term,
            run.starts_on,
            run.ends_on,
            run.application_opens_on,
            run.application_closes_on,
        )

    @classmethod
    def made(
        cls,
        state: RunState,
        term: str,
        starts: date | None = None,
        ends: date | None = None,
        opens: date | None = None,
        closes: date | None = None,
    ) -> "Window":
        """A run without dates is taken to last its whole term."""
        return cls(
            state=state,
            first_day=starts or terms.first_day(term),
            last_day=ends or max(starts or date.min, terms.last_day(term)),
            opens=opens,
            closes=closes,
        )

    def is_past(self, today: date) -> bool:
        """Taught already, or it would have been."""
        return self.state is RunState.COMPLETED or self.last_day < today

    def applying(self, today: date) -> Applying:
        """Dates weigh more than the state: a state is set by a job or a person, a date is what was announced."""
        if self.state in LOST_RUNS:
            return Applying.CANCELLED
        if self.is_past(today):
            return Applying.ENDED
        if self.state not in (RunState.PLANNED, RunState.OPEN) or (self.closes and self.closes < today):
            return Applying.CLOSED
        if self.opens and self.opens > today:
            return Applying.SOON if self.opens - today <= SOON else Applying.LATER
        if self.opens or self.state is RunState.OPEN:
            return Applying.OPEN
        return Applying.UNKNOWN

    def changes(self) -> tuple[date, ...]:
        """The first days on which the answers above may differ from the day before, in no order."""
        days = [self.last_day + _ONE_DAY]
        if self.opens:
            days += [self.opens - SOON, self.opens]
        if self.closes:
            days.append(self.closes + _ONE_DAY)
        return tuple(days)

    def unchanged_since(self, today: date) -> date:
        """The newest of ``changes`` that has come; ``date.min`` where none has."""
        return max((day for day in self.changes() if day <= today), default=date.min)


def shown_runs(runs: Iterable[Run], today: date) -> list[Run]:
    """The runs that stand for an offer in the catalogue.

    All that are still to be taught; where there is none, the newest one, so that an offer that was given in earlier
    years is still found. A run that was cancelled stands for its offer only where nothing else does.
    """
    ordered = sorted(runs, key=lambda run: (terms.sort_key(run.term), run.starts_on or date.min, run.key))
    coming = [run for run in ordered if run.state in LIVE_RUNS and not Window.of(run).is_past(today)]
    if coming:
        return coming
    taught = [run for run in ordered if run.state not in GONE_RUNS]
    return (taught or ordered)[-1:]
