"""Which status a run has when a feed first tells of it, and which events bring it on when the feed tells more. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.core import terms
from registry.offers.states import RunState

_AHEAD = {RunState.PLANNED: 0, RunState.OPEN: 1, RunState.CLOSED: 2}
_EVENTS = {RunState.OPEN: "open", RunState.CLOSED: "close"}


def state_on(told: Mapping[str, Any], as_of: date) -> RunState:
    """By the application's dates where they are given, else by the start: a feed that only says "registered that year"
    (DBH) tells of a run that nobody can apply to any more.
    """
    opens, closes = _day(told, "application_opens_on"), _day(told, "application_closes_on")
    if closes is not None and closes < as_of:
        return RunState.CLOSED
    if opens is not None:
        return RunState.PLANNED if opens > as_of else RunState.OPEN
    if closes is not None:
        return RunState.OPEN
    starts = _day(told, "starts_on") or terms.first_day(told["term"])
    return RunState.PLANNED if starts > as_of else RunState.CLOSED


def event_towards(state: RunState, wanted: RunState) -> str | None:
    """The event that brings a run on; None where it is there, or past what a feed decides. A run never goes back."""
    if state not in _AHEAD or _AHEAD[wanted] <= _AHEAD[state]:
        return None
    return _EVENTS[wanted]


def took_effect(term: str, as_of: date) -> date:
    """The day a run told of in hindsight was there: the first of its term, or the day of the delivery if that is earlier."""
    return min(terms.first_day(term), as_of)


def _day(told: Mapping[str, Any], name: str) -> date | None:
    value = told.get(name)
    return None if value is None else date.fromisoformat(value)
