"""What an institution's one word of status means in the four lives, and the way there from where an application stands. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from registry.applications.models import Application
from registry.applications.states import (
    ANSWER,
    ATTENDANCE,
    DECISION,
    HOLDING,
    RESULTS,
    STANDING,
    Answer,
    Attendance,
    Decision,
    Standing,
)
from registry.core.errors import IllegalTransition
from registry.core.transitions import Life

Outcome = Literal["new", "changed", "unchanged"]  #: what became of one report that was taken


class Told(StrEnum):
    """Where an application stands, in the words of an institution's own system."""

    RECEIVED = "received"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    STARTED = "started"
    NO_SHOW = "no_show"
    COMPLETED = "completed"
    FAILED = "failed"
    DROPPED_OUT = "dropped_out"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Step:
    """One event of one life; it is behind an application that stands in one of ``reached``."""

    life: Life
    event: str
    reached: frozenset[StrEnum]
    late: str | None = None  #: the correction that does the same for an answer that came after it had lapsed here


_BEGUN = RESULTS | {Attendance.STARTED}
_OFFER = (
    Step(DECISION, "offer", frozenset({Decision.OFFERED})),
    Step(ANSWER, "ask", frozenset(set(Answer) - {Answer.NONE})),
)
_ACCEPT = (
    *_OFFER,
    Step(ANSWER, "accept", frozenset({Answer.ACCEPTED}), "correct_to_accepted"),
    Step(ATTENDANCE, "enrol", frozenset(set(Attendance) - {Attendance.NONE})),
)
_START = (*_ACCEPT, Step(ATTENDANCE, "start", _BEGUN))

PATHS: Mapping[Told, tuple[Step, ...]] = {
    Told.RECEIVED: (),
    Told.WAITLISTED: (Step(DECISION, "waitlist", frozenset(set(Decision) - {Decision.RECEIVED})),),
    Told.OFFERED: _OFFER,
    Told.REJECTED: (Step(DECISION, "reject", frozenset({Decision.REJECTED})),),
    Told.ACCEPTED: _ACCEPT,
    Told.DECLINED: (*_OFFER, Step(ANSWER, "decline", frozenset({Answer.DECLINED}), "correct_to_declined")),
    Told.LAPSED: (*_OFFER, Step(ANSWER, "lapse", frozenset({Answer.LAPSED}))),
    Told.WITHDRAWN: (Step(STANDING, "withdraw", frozenset({Standing.WITHDRAWN})),),
    Told.STARTED: _START,
    Told.NO_SHOW: (*_ACCEPT, Step(ATTENDANCE, "miss", frozenset({Attendance.NO_SHOW}))),
    **{
        told: (*_START, Step(ATTENDANCE, event, frozenset({Attendance(told)})))
        for told, event in (
            (Told.COMPLETED, "complete"),
            (Told.FAILED, "fail"),
            (Told.DROPPED_OUT, "drop_out"),
            (Told.DEFERRED, "defer"),
        )
    },
}


def way(application: Application, told: Told) -> Sequence[tuple[Life, str]]:
    """The events that bring an application to what is told; none where it is there, or further on.

    Raises IllegalTransition where no legal way leads there.
    """
    if told is Told.WITHDRAWN and application.attendance in _BEGUN:
        raise IllegalTransition("Studiet har begynt: den som slutter da, har avbrutt.")
    states: dict[str, StrEnum] = {}
    events: list[tuple[Life, str]] = []
    for step in PATHS[told]:
        present = states.get(step.life.name, getattr(application, step.life.column))
        if present in step.reached:
            continue
        if application.standing is not Standing.OPEN and step.life is not STANDING:
            raise IllegalTransition("Søknaden er ikke åpen.")
        event = step.late if present is Answer.LAPSED and step.late else step.event
        states[step.life.name] = step.life.find(event, present).target
        events.append((step.life, event))
    return events


def standing_of(application: Application) -> Told:
    """The one word for where an application stands; one that lost its place with the run is told as it stood then."""
    if application.standing is Standing.WITHDRAWN:
        return Told.WITHDRAWN
    if application.attendance not in (Attendance.NONE, Attendance.ACCEPTED):
        return Told(application.attendance)
    if application.answer not in HOLDING and application.answer is not Answer.NONE:
        return Told(application.answer)
    if application.answer is Answer.ACCEPTED:
        return Told.ACCEPTED
    return Told(application.decision)
