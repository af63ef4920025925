"""The four lives of an application, and what ends it early. Nothing else may write these statuses.

endorsement (the owner) · decision (the institution) · answer (the applicant) · attendance (the course itself),
and ``standing``: an application is open until it is withdrawn, displaced or finished.
"""

from collections.abc import Collection
from enum import StrEnum

from registry.access.permissions import Permission as P
from registry.core.events import APPLICATION_CHANGED
from registry.core.transitions import Life, Transition


class Endorsement(StrEnum):
    NOT_NEEDED = "not_needed"
    PENDING = "pending"
    ENDORSED = "endorsed"
    DECLINED = "declined"


class Decision(StrEnum):
    RECEIVED = "received"
    OFFERED = "offered"
    WAITLISTED = "waitlisted"
    REJECTED = "rejected"


class Answer(StrEnum):
    NONE = "none"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"


class Attendance(StrEnum):
    NONE = "none"
    ACCEPTED = "accepted"
    STARTED = "started"
    NO_SHOW = "no_show"
    COMPLETED = "completed"
    FAILED = "failed"
    DROPPED_OUT = "dropped_out"
    DEFERRED = "deferred"


class Standing(StrEnum):
    OPEN = "open"
    WITHDRAWN = "withdrawn"
    DISPLACED = "displaced"
    ABSORBED = "absorbed"  #: the same person's other application to what was one run entered twice stands for both


class RejectReason(StrEnum):
    NO_PLACES = "no_places"
    NOT_QUALIFIED = "not_qualified"
    NOT_IN_TARGET_GROUP = "not_in_target_group"
    INCOMPLETE = "incomplete"
    LATE = "late"


class LookPurpose(StrEnum):
    """Why an admissions office looks at an applicant's other applications. Nothing else is a reason."""

    PLACES = "places"  #: how many will come: whom to offer the places
    WAITLIST = "waitlist"  #: whether somebody on the waitlist still waits
    GUIDANCE = "guidance"  #: the applicant has asked for advice


#: Attendance from which a result has been reported.
RESULTS = frozenset({Attendance.COMPLETED, Attendance.FAILED, Attendance.DROPPED_OUT, Attendance.DEFERRED})

#: Answers by which an applicant holds a place.
HOLDING = frozenset({Answer.OFFERED, Answer.ACCEPTED})

#: Decisions after which a place may still come: what the owner's word and order can change.
UNSETTLED = frozenset({Decision.RECEIVED, Decision.WAITLISTED})

#: Attendance by which somebody who said yes has the place, or has used it: what a rule of commitment counts.
KEEPING = frozenset({Attendance.ACCEPTED, Attendance.STARTED, Attendance.COMPLETED})


def _corrections(*cells: tuple[Collection[StrEnum], StrEnum]) -> tuple[Transition, ...]:
    """What was recorded wrongly is set right by a new line in the ledger, with a reason; the old line stays."""
    return tuple(
        Transition(f"correct_to_{target}", frozenset(sources), target, P.APPLICATION_CORRECT, needs_reason=True)
        for sources, target in cells
    )


ENDORSEMENT = Life(
    thing="application",
    name="endorsement",
    column="endorsement",
    states=Endorsement,
    start=Endorsement.PENDING,
    topic=APPLICATION_CHANGED,
    transitions=(
        Transition("endorse", frozenset({Endorsement.PENDING}), Endorsement.ENDORSED, P.APPLICATION_ENDORSE),
        Transition(
            "decline_endorsement",
            frozenset({Endorsement.PENDING, Endorsement.ENDORSED}),
            Endorsement.DECLINED,
            P.APPLICATION_ENDORSE,
            needs_reason=True,
        ),
    ),
)

DECISION = Life(
    thing="application",
    name="decision",
    column="decision",
    states=Decision,
    start=Decision.RECEIVED,
    topic=APPLICATION_CHANGED,
    transitions=(
        Transition("offer", UNSETTLED, Decision.OFFERED, P.APPLICATION_DECIDE),
        Transition("waitlist", frozenset({Decision.RECEIVED}), Decision.WAITLISTED, P.APPLICATION_DECIDE),
        Transition(
            "reject",
            UNSETTLED,
            Decision.REJECTED,
            P.APPLICATION_DECIDE,
            needs_reason=True,
        ),
        *_corrections(
            ({Decision.OFFERED, Decision.WAITLISTED, Decision.REJECTED}, Decision.RECEIVED),
            ({Decision.OFFERED, Decision.REJECTED}, Decision.WAITLISTED),
            ({Decision.REJECTED}, Decision.OFFERED),
            ({Decision.OFFERED}, Decision.REJECTED),
        ),
    ),
)

ANSWER = Life(
    thing="application",
    name="answer",
    column="answer",
    states=Answer,
    start=Answer.NONE,
    topic=APPLICATION_CHANGED,
    transitions=(
        Transition("ask", frozenset({Answer.NONE}), Answer.OFFERED, P.APPLICATION_DECIDE),
        Transition("accept", frozenset({Answer.OFFERED}), Answer.ACCEPTED, P.APPLICATION_ANSWER),
        Transition("decline", frozenset({Answer.OFFERED}), Answer.DECLINED, P.APPLICATION_ANSWER),
        Transition("lapse", frozenset({Answer.OFFERED}), Answer.LAPSED, P.APPLICATION_DECIDE),
        *_corrections(
            ({Answer.OFFERED, Answer.ACCEPTED, Answer.DECLINED, Answer.LAPSED}, Answer.NONE),
            ({Answer.ACCEPTED, Answer.DECLINED, Answer.LAPSED}, Answer.OFFERED),
            ({Answer.OFFERED, Answer.DECLINED, Answer.LAPSED}, Answer.ACCEPTED),
            ({Answer.OFFERED, Answer.ACCEPTED, Answer.LAPSED}, Answer.DECLINED),
        ),
    ),
)

ATTENDANCE = Life(
    thing="application",
    name="attendance",
    column="attendance",
    states=Attendance,
    start=Attendance.NONE,
    topic=APPLICATION_CHANGED,
    transitions=(
        Transition("enrol", frozenset({Attendance.NONE}), Attendance.ACCEPTED, P.APPLICATION_ANSWER),
        Transition("start", frozenset({Attendance.ACCEPTED}), Attendance.STARTED, P.APPLICATION_ATTEND),
        Transition("miss", frozenset({Attendance.ACCEPTED}), Attendance.NO_SHOW, P.APPLICATION_ATTEND),
        Transition("complete", frozenset({Attendance.STARTED}), Attendance.COMPLETED, P.APPLICATION_ATTEND),
        Transition("fail", frozenset({Attendance.STARTED}), Attendance.FAILED, P.APPLICATION_ATTEND),
        Transition("drop_out", frozenset({Attendance.STARTED}), Attendance.DROPPED_OUT, P.APPLICATION_ATTEND),
        Transition("defer", frozenset({Attendance.STARTED}), Attendance.DEFERRED, P.APPLICATION_ATTEND),
        *_corrections(
            (set(Attendance) - {Attendance.NONE}, Attendance.NONE),
            ({Attendance.STARTED, Attendance.NO_SHOW, *RESULTS}, Attendance.ACCEPTED),
            ({Attendance.NO_SHOW, *RESULTS}, Attendance.STARTED),
            ({Attendance.STARTED, *RESULTS}, Attendance.NO_SHOW),
            *(({Attendance.NO_SHOW, *RESULTS} - {result}, result) for result in Attendance if result in RESULTS),
        ),
    ),
)

STANDING = Life(
    thing="application",
    name="standing",
    column="standing",
    states=Standing,
    start=Standing.OPEN,
    topic=APPLICATION_CHANGED,
    transitions=(
        Transition(
            "withdraw",
            frozenset({Standing.OPEN, Standing.DISPLACED}),
            Standing.WITHDRAWN,
            P.APPLICATION_ANSWER,
            needs_reason=True,
        ),
        Transition("displace", frozenset({Standing.OPEN}), Standing.DISPLACED, P.APPLICATION_DISPLACE),
        Transition("absorb", frozenset({Standing.OPEN}), Standing.ABSORBED, P.APPLICATION_DISPLACE),
        Transition("release", frozenset({Standing.ABSORBED}), Standing.OPEN, P.APPLICATION_DISPLACE),
        *_corrections(({Standing.WITHDRAWN}, Standing.OPEN)),
    ),
)

LIVES = (ENDORSEMENT, DECISION, ANSWER, ATTENDANCE, STANDING)
