"""The four lives of an application, and what ends it early. Nothing else may write these statuses.

endorsement (the owner) · decision (the institution) · answer (the applicant) · attendance (the course itself),
and ``standing``: an application is open until it is withdrawn, displaced or finished.
"""

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


class RejectReason(StrEnum):
    NO_PLACES = "no_places"
    NOT_QUALIFIED = "not_qualified"
    NOT_IN_TARGET_GROUP = "not_in_target_group"
    INCOMPLETE = "incomplete"
    LATE = "late"


#: Attendance from which a result has been reported.
RESULTS = frozenset({Attendance.COMPLETED, Attendance.FAILED, Attendance.DROPPED_OUT, Attendance.DEFERRED})

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
        Transition(
            "offer", frozenset({Decision.RECEIVED, Decision.WAITLISTED}), Decision.OFFERED, P.APPLICATION_DECIDE
        ),
        Transition("waitlist", frozenset({Decision.RECEIVED}), Decision.WAITLISTED, P.APPLICATION_DECIDE),
        Transition(
            "reject",
            frozenset({Decision.RECEIVED, Decision.WAITLISTED}),
            Decision.REJECTED,
            P.APPLICATION_DECIDE,
            needs_reason=True,
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
    ),
)

LIVES = (ENDORSEMENT, DECISION, ANSWER, ATTENDANCE, STANDING)
