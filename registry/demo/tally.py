"""Counts of a run on some dates, for the institutions that send counts and no single applications."""

from datetime import date, datetime, timedelta

from registry.applications.figures import COUNTED
from registry.core import clock
from registry.demo.lives import RunStory

_BEFORE_DEADLINE = (60, 45, 30, 21, 14, 7, 0)
_UNFIT = frozenset({"not_qualified", "not_in_target_group", "incomplete", "late"})
_BEGAN = frozenset({"started", "completed", "failed", "dropped_out", "deferred"})


def counts_of(told: RunStory, now: datetime) -> list[tuple[date, dict[str, int]]]:
    """(counted on, counts) in order: before the deadline, after decisions, after the start and after the end."""
    run = told.run
    days = [run.closes - timedelta(days=before) for before in _BEFORE_DEADLINE]
    days.append((told.decided_at + timedelta(days=18)).date() if not told.cancelled_for else told.decided_at.date())
    if not told.cancelled_for:
        days += [run.starts + timedelta(days=14), run.ends + timedelta(days=30)]
    return [(day, count(told, clock.end_of_day(day))) for day in sorted(set(days)) if clock.end_of_day(day) < now]


def count(told: RunStory, at: datetime) -> dict[str, int]:
    """The figures of one run at a moment, as ``registry.applications.figures`` defines them."""
    counts = dict.fromkeys(COUNTED, 0)
    for story in told.stories:
        state: dict[str, str] = {}
        unfit = False
        for moment, life, _event, _before, to, reason in story.events:
            if moment <= at:
                state[life] = to
                unfit = unfit or (to == "rejected" and reason in _UNFIT)
        if "standing" not in state:
            continue
        decision, attendance = state.get("decision"), state.get("attendance")
        withdrawn = state["standing"] == "withdrawn"
        counts["applied"] += 1
        counts["qualified"] += not withdrawn and not unfit
        counts["offered"] += decision == "offered"
        counts["accepted"] += state.get("answer") == "accepted"
        counts["waitlisted"] += decision == "waitlisted" and state["standing"] == "open"
        counts["rejected"] += decision == "rejected"
        counts["withdrawn"] += withdrawn
        counts["no_show"] += attendance == "no_show"
        counts["started"] += attendance in _BEGAN
        counts["completed"] += attendance == "completed"
    return counts
