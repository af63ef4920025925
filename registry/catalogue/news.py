"""What is new in a search since it was last looked at: pure comparison of two pictures of the runs it finds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from registry.catalogue.rows import OfferRows
from registry.catalogue.windows import Applying, Window
from registry.offers.models import Run
from registry.offers.states import RunState

#: offer's key -> run's key -> what it looked like. JSON, kept with the saved search.
Seen = dict[str, dict[str, dict[str, Any]]]


#: What a run may be before applications open.
BEFORE_OPENING = frozenset({Applying.SOON, Applying.LATER, Applying.UNKNOWN})


class NewsKind(StrEnum):
    """In the order that a letter tells them of one offer."""

    CANCELLED = "cancelled"
    POSTPONED = "postponed"
    DISCONTINUED = "discontinued"
    OPENS = "opens"
    DEADLINE = "deadline"
    DEADLINE_MOVED = "deadline_moved"
    START_MOVED = "start_moved"
    NEW_PLACE = "new_place"
    NEW_RUN = "new_run"
    NEW_OFFER = "new_offer"


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell of one run; ``day`` is the deadline or the start that it speaks of, ``places`` municipalities."""

    kind: NewsKind
    offer: str
    run: str = ""
    term: str = ""
    day: date | None = None
    places: tuple[str, ...] = ()


def snapshot(found: Iterable[tuple[OfferRows, Collection[Run]]], today: date) -> Seen:
    """What the runs look like on a day."""
    return {rows.offer.key: {run.key: _look(run, rows.places[run.pk], today) for run in runs} for rows, runs in found}


def _look(run: Run, places: Collection[str], today: date) -> dict[str, Any]:
    return {
        "term": run.term,
        "applying": str(Window.of(run).applying(today)),
        "closes": run.application_closes_on.isoformat() if run.application_closes_on else None,
        "starts": run.starts_on.isoformat() if run.starts_on else None,
        "places": sorted(places),
    }


def together(one: Seen, other: Seen) -> Seen:
    """Both pictures as one; where both show a run, ``one`` does."""
    return {offer: {**other.get(offer, {}), **one.get(offer, {})} for offer in {**one, **other}}


def still_awaited(seen: Seen) -> Seen:
    """Those that have not opened yet: they are looked at again until they have."""
    waiting = {
        offer: {run: look for run, look in runs.items() if look["applying"] in BEFORE_OPENING}
        for offer, runs in seen.items()
    }
    return {offer: runs for offer, runs in waiting.items() if runs}


def compare(
    before: Seen, now: Seen, lost: Mapping[str, RunState], ended: Collection[str], today: date, notice: timedelta
) -> list[News]:
    """What to tell, by offer and then as ``NewsKind`` orders it.

    ``lost`` are runs seen before that were cancelled or postponed since, ``ended`` offers that were. A run that is gone for
    any other reason, or is over, is no news; ``now`` also shows those that have only left the search. Whether a deadline has been told is part of the picture: ``mark_deadlines``.
    """
    told: list[News] = []
    for offer in {**before, **now}:
        earlier, present = before.get(offer, {}), now.get(offer, {})
        some = [News(NewsKind.DISCONTINUED, offer)] if offer in ended else []
        for run, look in earlier.items():
            if run in lost and run not in present:
                some.append(_news(NewsKind(lost[run].value), offer, run, look))
        known_places = {place for look in earlier.values() for place in look["places"]}
        for run, look in present.items():
            if run in earlier:
                some += _changes(offer, run, earlier[run], look, today, notice)
            elif look["applying"] != Applying.CANCELLED:
                some.append(_appeared(offer, run, look, known_places if earlier else None))
        told += sorted(some, key=lambda one: (list(NewsKind).index(one.kind), one.term))
    return told


def mark_deadlines(before: Seen, now: Seen, today: date, notice: timedelta) -> Seen:
    """``now`` with every deadline that has been told of, or was near when it was first seen, marked as told."""
    for offer, runs in now.items():
        for run, look in runs.items():
            earlier = before.get(offer, {}).get(run, {})
            if _near(look, today, notice) or (earlier.get("told") and earlier["told"] == look["closes"]):
                look["told"] = look["closes"]
    return now


def _changes(
    offer: str, run: str, before: Mapping[str, Any], now: Mapping[str, Any], today: date, notice: timedelta
) -> list[News]:
    if now["applying"] == Applying.CANCELLED:
        return [_news(NewsKind.CANCELLED, offer, run, now)] if before["applying"] != Applying.CANCELLED else []
    if now["applying"] in (Applying.CLOSED, Applying.ENDED):
        return []
    some = []
    if now["applying"] == Applying.OPEN and before["applying"] != Applying.OPEN:
        some.append(_news(NewsKind.OPENS, offer, run, now, now["closes"]))
    elif before["closes"] != now["closes"] and now["closes"]:
        some.append(_news(NewsKind.DEADLINE_MOVED, offer, run, now, now["closes"]))
    elif _near(now, today, notice) and before.get("told") != now["closes"]:
        some.append(_news(NewsKind.DEADLINE, offer, run, now, now["closes"]))
    if before["starts"] != now["starts"] and now["starts"]:
        some.append(_news(NewsKind.START_MOVED, offer, run, now, now["starts"]))
    if added := sorted(set(now["places"]) - set(before["places"])):
        some.append(_news(NewsKind.NEW_PLACE, offer, run, {**now, "places": added}))
    return some


def _appeared(offer: str, run: str, look: Mapping[str, Any], known_places: Collection[str] | None) -> News:
    """A new offer, a known offer somewhere new, or once more where it was."""
    if known_places is None:
        kind = NewsKind.NEW_OFFER
    else:
        kind = NewsKind.NEW_PLACE if set(look["places"]) - set(known_places) else NewsKind.NEW_RUN
    return _news(kind, offer, run, look, look["closes"] if look["applying"] == Applying.OPEN else None)


def _near(look: Mapping[str, Any], today: date, notice: timedelta) -> bool:
    closes = date.fromisoformat(look["closes"]) if look["closes"] else None
    return look["applying"] == Applying.OPEN and closes is not None and closes - today <= notice


def _news(kind: NewsKind, offer: str, run: str, look: Mapping[str, Any], day: str | None = None) -> News:
    return News(kind, offer, run, look["term"], date.fromisoformat(day) if day else None, tuple(look["places"]))
