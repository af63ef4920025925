"""What happens to a run and its applications, day by day, until the demonstration's today.

Each story is told to its end and cut at ``now``: what has happened is kept with its time, what has not is forgotten. The state of
a thing is therefore always the fold of its events, as the audit log demands.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from registry.applications.states import Answer, Attendance, Decision, Endorsement, Standing
from registry.core import clock
from registry.demo.runs import PlannedRun
from registry.offers.states import RunState

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

#: (at, life, event, from, to, reason code)
Event = tuple[datetime, str, str, str | None, str, str | None]

_WITHDRAW = ("workload", "no_substitute", "economy", "distance", "personal", "changed_job", "other_offer")
_NOT_TAKEN = ("not_qualified", "not_qualified", "not_in_target_group", "incomplete", "late")
_CANCEL_OTHER = ("no_teacher", "funding", "merged", "moved_online", "other")


@dataclass(slots=True)
class Story:
    """One application: who, when, and what happened. ``columns`` are the values of its row."""

    run: PlannedRun
    person: int
    applied_at: datetime
    now: datetime
    events: list[Event] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)
    moved_from: "Story | None" = None
    chosen: PlannedRun | None = None

    def is_(self, life: str, state: str) -> bool:
        return bool(self.columns[life] == state)

    def happen(self, at: datetime, life: str, event: str, to: str, reason: str | None = None, **columns: Any) -> bool:
        """Takes place unless it lies after ``now``."""
        if at >= self.now:
            return False
        self.events.append((at, life, event, self.columns.get(life), to, reason))
        self.columns[life] = to
        self.columns.update(columns)
        return True


@dataclass(slots=True)
class RunStory:
    """One run: what happened to it, its applications, and when places were decided."""

    run: PlannedRun
    cancelled_for: str | None
    decided_at: datetime
    state: str = RunState.PLANNED
    events: list[Event] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    displaced_at: datetime | None = None


def tell_run(run: PlannedRun, now: datetime, rng: Random) -> RunStory:
    """The run's own life. Whether it is cancelled depends on how many apply; the edge is soft, as in life."""
    threshold = (run.minimum if run.minimum is not None else 10) * (0.5 if run.protected else 1.0)
    eligible = run.applicants * 0.87
    cancelled_for = None
    if (run.applicants and eligible + rng.gauss(0, 1.2) < threshold) or not run.applicants:
        cancelled_for = "few_applicants"
    elif rng.random() < 0.02:
        cancelled_for = rng.choice(_CANCEL_OTHER)
    closed = clock.start_of_day(run.closes + DAY)
    decided = closed + timedelta(days=rng.randint(4, 12), hours=rng.randint(8, 15), minutes=rng.randint(0, 59))
    told = RunStory(run, cancelled_for, decided)
    life: list[tuple[datetime, str, str, str | None]] = [
        (clock.start_of_day(run.opens) + 7 * HOUR, "open", RunState.OPEN, None),
        (closed, "close", RunState.CLOSED, None),
    ]
    if cancelled_for:
        life.append((decided, "cancel", RunState.CANCELLED, cancelled_for))
    else:
        life += [
            (decided, "confirm", RunState.CONFIRMED, None),
            (max(decided + HOUR, clock.start_of_day(run.starts) + 7 * HOUR), "start", RunState.RUNNING, None),
            (clock.start_of_day(run.ends) + rng.randint(7, 21) * DAY, "complete", RunState.COMPLETED, None),
        ]
    for at, event, state, reason in life:
        if at < now:
            told.events.append((at, "state", event, told.state, state, reason))
            told.state = state
            if state == RunState.CANCELLED:
                told.displaced_at = at
    return told


def apply_all(told: RunStory, people: Iterator[int], now: datetime, rng: Random) -> None:
    """Everybody who applies before ``now``, in the order they come, with the owner's answer and early withdrawals."""
    run = told.run
    window = (clock.start_of_day(run.closes + DAY) - clock.start_of_day(run.opens) - 8 * HOUR).total_seconds()
    share, power = min(0.9, max(0.3, rng.gauss(0.62, 0.08))), max(3.0, rng.gauss(7, 1.2))
    start = clock.start_of_day(run.opens) + 8 * HOUR
    moments = sorted(
        start + timedelta(seconds=int(window * (rng.random() if rng.random() > share else rng.random() ** (1 / power))))
        for _ in range(run.applicants)
    )
    for at in moments:
        if at >= now:
            break
        told.stories.append(submit(run, next(people), at, now, rng))


def submit(run: PlannedRun, person: int, at: datetime, now: datetime, rng: Random) -> Story:
    """A new application. Three of four need the owner's endorsement."""
    pending = rng.random() < 0.75
    story = Story(run, person, at, now)
    story.columns = {
        "endorsement": Endorsement.PENDING if pending else Endorsement.NOT_NEEDED,
        "decision": Decision.RECEIVED,
        "answer": Answer.NONE,
        "attendance": Attendance.NONE,
        "priority": 1 if rng.random() < 0.7 else rng.randint(2, 3),
    }
    story.happen(at, "standing", "submit", Standing.OPEN)
    if pending:
        chance, answered = rng.random(), at + timedelta(days=rng.randint(2, 20), hours=rng.randint(0, 8))
        if chance < 0.85:
            story.happen(answered, "endorsement", "endorse", Endorsement.ENDORSED)
        elif chance < 0.93:
            reason = rng.choice(("not_in_plan", "no_budget", "no_substitute", "other_priority"))
            story.happen(
                answered, "endorsement", "decline_endorsement", Endorsement.DECLINED, reason, endorsement_reason=reason
            )
    left = at + timedelta(days=rng.randint(1, 25), hours=rng.randint(0, 9))
    if rng.random() < 0.06 and left < clock.start_of_day(run.closes + DAY):
        withdraw(story, left, rng.choice(_WITHDRAW))
    return story


def withdraw(story: Story, at: datetime, reason: str) -> bool:
    """The applicant leaves."""
    return story.happen(
        at,
        "standing",
        "withdraw",
        Standing.WITHDRAWN,
        reason,
        withdraw_reason=reason,
        withdrawn_at=at,
        displaced_at=None,
    )


def decide_all(told: RunStory, rng: Random) -> None:
    """Displacement of a cancelled run; else decisions, answers, the waitlist, attendance and results."""
    if told.displaced_at is not None:
        for story in told.stories:
            if story.is_("standing", Standing.OPEN):
                story.happen(
                    told.displaced_at, "standing", "displace", Standing.DISPLACED, None, displaced_at=told.displaced_at
                )
        return
    if told.cancelled_for:
        return
    run, at = told.run, told.decided_at + 2 * HOUR
    places = run.places
    waiting: list[Story] = []
    for story in sorted(told.stories, key=lambda one: one.applied_at):
        if not story.is_("standing", Standing.OPEN):
            continue
        if story.is_("endorsement", Endorsement.DECLINED) or rng.random() < 0.1:
            reason = rng.choice(_NOT_TAKEN)
            story.happen(at, "decision", "reject", Decision.REJECTED, reason, reject_reason=reason)
        elif places > 0:
            places -= 1
            _offer(story, at, rng)
        else:
            story.happen(at, "decision", "waitlist", Decision.WAITLISTED)
            waiting.append(story)
    _promote(told, waiting, rng)
    for story in told.stories:
        _attend(story, run, rng)


def _offer(story: Story, at: datetime, rng: Random) -> datetime | None:
    """A place and the answer. Returns when the place comes back, where it does."""
    answer_by = at.date() + 14 * DAY
    if not story.happen(at, "decision", "offer", Decision.OFFERED):
        return None
    story.happen(at, "answer", "ask", Answer.OFFERED, None, answer_by=answer_by)
    chance, answered = rng.random(), at + timedelta(days=rng.randint(0, 12), hours=rng.randint(1, 20))
    if chance < 0.8:
        if story.happen(answered, "answer", "accept", Answer.ACCEPTED):
            story.happen(answered, "attendance", "enrol", Attendance.ACCEPTED)
        return None
    if chance < 0.92:
        story.happen(answered, "answer", "decline", Answer.DECLINED)
        return answered
    lapsed = clock.start_of_day(answer_by + DAY) + HOUR
    story.happen(lapsed, "answer", "lapse", Answer.LAPSED)
    return lapsed


def _promote(told: RunStory, waiting: list[Story], rng: Random) -> None:
    """Places that came back go to the waitlist in order; who still waits at the start is told no."""
    begins = clock.start_of_day(told.run.starts)
    free = sorted(
        story.events[-1][0] for story in told.stories if story.columns["answer"] in (Answer.DECLINED, Answer.LAPSED)
    )
    while free and waiting:
        at = free.pop(0) + HOUR
        if at > begins - 3 * DAY:
            break
        back = _offer(waiting.pop(0), at, rng)
        if back is not None:
            free = sorted([*free, back])
    for story in waiting:
        story.happen(begins - DAY, "decision", "reject", Decision.REJECTED, "no_places", reject_reason="no_places")


def _attend(story: Story, run: PlannedRun, rng: Random) -> None:
    begins, ended = clock.start_of_day(run.starts), clock.start_of_day(run.ends)
    chance, later = rng.random(), rng.random()
    if not story.is_("attendance", Attendance.ACCEPTED):
        return
    begins = max(begins, story.events[-1][0] + HOUR)
    if chance < 0.04:
        withdraw(story, begins - HOUR, rng.choice(_WITHDRAW))
    elif chance < 0.10:
        story.happen(begins + 10 * DAY, "attendance", "miss", Attendance.NO_SHOW)
    elif story.happen(begins + timedelta(days=rng.randint(0, 5), hours=9), "attendance", "start", Attendance.STARTED):
        _result(story, run, begins, ended, later, rng)


def _result(story: Story, run: PlannedRun, begins: datetime, ended: datetime, chance: float, rng: Random) -> None:
    at = ended + timedelta(days=rng.randint(10, 28), hours=12)
    outcomes = (
        (0.84, "complete", Attendance.COMPLETED),
        (0.89, "fail", Attendance.FAILED),
        (0.98, "drop_out", Attendance.DROPPED_OUT),
        (1.01, "defer", Attendance.DEFERRED),
    )
    event, state = next((event, state) for edge, event, state in outcomes if chance < edge)
    if event == "drop_out":
        at = begins + timedelta(days=rng.randint(14, max(15, (ended - begins).days)), hours=10)
    columns: dict[str, Any] = {"result_on": at.date()}
    if event == "complete":
        columns["result_credits"] = run.offer.credits
    story.happen(at, "attendance", event, state, None, **columns)
