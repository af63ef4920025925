"""What every figure of a run means, in one place: the page, the report and the ledger count alike.

applied     everybody who ever applied
qualified   applied, less those rejected as unfit and those who withdrew: who would come if there were room
offered     got a place, whatever they answered        accepted    took it
waitlisted  wait now                                   rejected    by reason
withdrawn   left by themselves, by reason              no_show     took a place and did not come
started     came, whatever happened since              completed   finished with a result
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, Self

from registry.applications.states import RESULTS, Answer, Attendance, Decision, RejectReason, Standing

COUNTED = (
    "applied",
    "qualified",
    "offered",
    "accepted",
    "waitlisted",
    "rejected",
    "withdrawn",
    "no_show",
    "started",
    "completed",
)
#: Rejected for what the applicant is or did, not for want of room.
UNFIT = frozenset(
    {RejectReason.NOT_QUALIFIED, RejectReason.NOT_IN_TARGET_GROUP, RejectReason.INCOMPLETE, RejectReason.LATE}
)
BEGAN = RESULTS | {Attendance.STARTED}


class State(NamedTuple):
    """Where one application stands: what a figure is counted from."""

    standing: str
    decision: str = Decision.RECEIVED
    answer: str = Answer.NONE
    attendance: str = Attendance.NONE
    withdraw_reason: str | None = None
    reject_reason: str | None = None


@lru_cache(maxsize=4096)
def counted(state: State) -> tuple[str, ...]:
    """The figures that an application counts in: none where another one of the same person stands for both."""
    if state.standing == Standing.ABSORBED:
        return ()
    withdrawn = state.standing == Standing.WITHDRAWN
    rejected = state.decision == Decision.REJECTED
    counts = {
        "applied": True,
        "qualified": not withdrawn and not (rejected and state.reject_reason in UNFIT),
        "offered": state.decision == Decision.OFFERED,
        "accepted": state.answer == Answer.ACCEPTED,
        "waitlisted": state.decision == Decision.WAITLISTED and state.standing == Standing.OPEN,
        "rejected": rejected,
        "withdrawn": withdrawn,
        "no_show": state.attendance == Attendance.NO_SHOW,
        "started": state.attendance in BEGAN,
        "completed": state.attendance == Attendance.COMPLETED,
    }
    return tuple(name for name, does in counts.items() if does)


@dataclass(slots=True)
class RunFigures:
    """Figures of one run at one date. ``source`` is "applications", "counts" (then ``counted_on`` is given) or "none".

    A figure that an institution left out of its counts is None: unknown, not zero.
    """

    run_id: int
    applied: int | None = 0
    qualified: int | None = 0
    offered: int | None = 0
    accepted: int | None = 0
    waitlisted: int | None = 0
    rejected: int | None = 0
    withdrawn: int | None = 0
    no_show: int | None = 0
    started: int | None = 0
    completed: int | None = 0
    rejected_by: Counter[str] = field(default_factory=Counter)
    withdrawn_by: Counter[str] = field(default_factory=Counter)
    source: str = "none"
    counted_on: date | None = None

    def add(self, state: State, number: int = 1) -> None:
        """Count ``number`` applications that stand like this; a negative number takes them out again."""
        self.source = "applications"
        names = counted(state)
        for name in names:
            setattr(self, name, (getattr(self, name) or 0) + number)
        if "rejected" in names:
            self.rejected_by[state.reject_reason or "unknown"] += number
        if "withdrawn" in names:
            self.withdrawn_by[state.withdraw_reason or "unknown"] += number

    def copy(self) -> Self:
        """The figures as they are now; reasons that nobody has are left out."""
        return replace(self, rejected_by=+self.rejected_by, withdrawn_by=+self.withdrawn_by)


class Fact(NamedTuple):
    """A line of the ledger: what one life of an application came to. ``day`` is when it took effect, in Norway."""

    day: date
    line: int
    application: int
    life: str
    state: str
    reason: str | None


def by_day(run_id: int, facts: Iterable[Fact]) -> Iterator[tuple[date, RunFigures]]:
    """A run's figures at the end of each day on which any of them changed, from all facts of its applications.

    Of the facts of a life that had taken effect by a day the one that was written last holds: what is reported late of an
    earlier day does not go back behind what it came after, and a correction holds from the day it was made.
    """
    figures, shown = RunFigures(run_id), RunFigures(run_id)
    lives: defaultdict[int, dict[str, Fact]] = defaultdict(dict)
    counts: dict[int, State] = {}
    for day, of_day in groupby(sorted(facts), key=itemgetter(0)):
        touched = set()
        for fact in of_day:
            known = lives[fact.application].get(fact.life)
            if known is None or known.line < fact.line:
                lives[fact.application][fact.life] = fact
                touched.add(fact.application)
        for application in touched:
            before, after = counts.get(application), _state(lives[application])
            if after is None or after == before:
                continue
            if before is not None:
                figures.add(before, -1)
            figures.add(after)
            counts[application] = after
        if figures != shown:
            shown = figures.copy()
            yield day, shown


def _state(lives: Mapping[str, Fact]) -> State | None:
    """None until it is known that somebody has applied."""
    standing, decision = lives.get("standing"), lives.get("decision")
    answer, attendance = lives.get("answer"), lives.get("attendance")
    if standing is None:
        return None
    return State(
        standing.state,
        decision.state if decision else Decision.RECEIVED,
        answer.state if answer else Answer.NONE,
        attendance.state if attendance else Attendance.NONE,
        standing.reason if standing.state == Standing.WITHDRAWN else None,
        decision.reason if decision and decision.state == Decision.REJECTED else None,
    )


def rounding(number: int | None, base: int = 5) -> int | None:
    """A public figure to the nearest ``base`` (rule SMALL_CELL; DBH's own rule). Halves go to the even multiple.

    Sums are rounded by themselves, from the exact sum, so that nothing hidden can be worked out from them.
    """
    if number is None or base <= 1:
        return number
    return round(number / base) * base
