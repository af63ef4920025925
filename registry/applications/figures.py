"""What every figure of a run means, in one place: the page, the report and the ledger count alike.

applied     everybody who ever applied
qualified   applied, less those rejected as unfit and those who withdrew: who would come if there were room
offered     got a place, whatever they answered        accepted    took it
waitlisted  wait now                                   rejected    by reason
withdrawn   left by themselves, by reason              no_show     took a place and did not come
started     came, whatever happened since              completed   finished with a result
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

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


@dataclass(frozen=True, slots=True)
class State:
    """Where one application stands: what a figure is counted from."""

    standing: str
    decision: str = Decision.RECEIVED
    answer: str = Answer.NONE
    attendance: str = Attendance.NONE
    withdraw_reason: str | None = None
    reject_reason: str | None = None


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
        """Count ``number`` applications that stand like this."""
        self.source = "applications"
        withdrawn = state.standing == Standing.WITHDRAWN
        rejected = state.decision == Decision.REJECTED
        counted = {
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
        for name, counts in counted.items():
            if counts:
                setattr(self, name, (getattr(self, name) or 0) + number)
        if rejected:
            self.rejected_by[state.reject_reason or "unknown"] += number
        if withdrawn:
            self.withdrawn_by[state.withdraw_reason or "unknown"] += number


def rounding(number: int | None, base: int = 5) -> int | None:
    """A public figure to the nearest ``base`` (rule SMALL_CELL; DBH's own rule). Halves go to the even multiple.

    Sums are rounded by themselves, from the exact sum, so that nothing hidden can be worked out from them.
    """
    if number is None or base <= 1:
        return number
    return round(number / base) * base
