"""What a rule of commitment would have done, replayed on places that were really offered.

Three rules are known: *one place* a term (taking a second gives up the first), *at most so many credits* a term (what
goes beyond is refused) and *an answer within so many days* (else the offer lapses). A replay changes nothing; it tells
how many places would have come free, how much earlier, whether somebody waited for them then, and whom the rule would
have stopped wrongly: people who in fact started on what they would have lost.

Only what people did is replayed. Nobody knows what they would have done under the rule, so the figures are an upper
bound for what comes free and a fair count of who is hurt.

Whether a rule is in force is told by the rule register (``CODES``): from a term on, for a whole term at a time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from registry.core import terms
from registry.core.errors import InvalidInput


class RuleKind(StrEnum):
    ONE_PLACE = "one_place"
    MOST_CREDITS = "most_credits"
    ANSWER_WITHIN = "answer_within"


#: The rule whose number says how far each goes; 0 is off. An answer has always a deadline.
CODES: Mapping[RuleKind, str] = {
    RuleKind.ONE_PLACE: "COMMIT_ONE_PLACE",
    RuleKind.MOST_CREDITS: "COMMIT_MOST_CREDITS",
    RuleKind.ANSWER_WITHIN: "ANSWER_DAYS",
}


_AHEAD = 4  # so many terms before it begins may a rule be made
_HIGHEST = 300  # credits or days: beyond this no rule binds anybody


def known_limit(kind: RuleKind, limit: float | None) -> float | None:
    """The limit that a rule of this kind has; one place has none. Raises InvalidInput for one that binds nobody, or everybody."""
    if kind is RuleKind.ONE_PLACE:
        return None
    if limit is None or not 1 <= limit <= _HIGHEST:
        raise InvalidInput("Grensen må være et tall fra 1 til 300.")
    return limit // 1 if kind is RuleKind.ANSWER_WITHIN else limit  # a deadline is a day


def first_days(kind: RuleKind, today: date) -> list[date]:
    """Days from which a rule may hold: the first of a term to come. A deadline follows the offer, and may change from today."""
    coming = [terms.first_day(terms.shift(terms.of(today), ahead)) for ahead in range(1, _AHEAD + 1)]
    return [today, *coming] if kind is RuleKind.ANSWER_WITHIN else coming


def binding_day(term: str, day: date) -> date:
    """The day whose rules bind who says yes on ``day`` to a place in a term.

    A rule that begins with a term binds those who say yes before the term does; one that ends in the middle of it binds nobody
    after that; and a term that is over is judged by what held when it ended.
    """
    return min(max(day, terms.first_day(term)), terms.last_day(term))


class Place(NamedTuple):
    """A place that somebody was offered, and what became of it. Dates are days in Oslo."""

    applicant: str
    run: int
    term: str
    credits: float
    offered: date
    taken: date | None  #: when they said yes
    freed: date | None  #: when it was free again: declined, lapsed, withdrawn, or not met
    started: bool


class Wait(NamedTuple):
    """Somebody waited for a place in a run from a day up to and with another."""

    run: int
    begins: date
    ends: date


@dataclass(frozen=True, slots=True)
class Replay:
    """What one rule would have done in the terms looked at."""

    kind: RuleKind
    limit: float | None  #: credits or days; None for one place
    offered: int  #: places that were offered
    people: int
    released: int  #: places that would have come free earlier than they did
    wanted: int  #: of them, while somebody waited for that very run
    days_earlier: float  #: median over the released
    blocked: int  #: places lost by somebody who in fact started there
    blocked_people: int

    @property
    def blocked_share(self) -> float:
        """Share of all people with an offer that the rule would have stopped wrongly, 0–1."""
        return self.blocked_people / self.people if self.people else 0.0


class _Loss(NamedTuple):
    place: Place
    on: date


def replay(kind: RuleKind, limit: float | None, places: Sequence[Place], waits: Iterable[Wait]) -> Replay:
    """Replay one rule. Cost grows with the places and the waits, each looked at once.

    Raises ValueError where a rule with a limit has none.
    """
    if kind != RuleKind.ONE_PLACE and (limit is None or limit < 0):
        raise ValueError("the rule needs a limit")
    losses = list(_LOSERS[kind](places, limit or 0.0))
    freed = [(loss, loss.place.freed) for loss in losses if not loss.place.started]
    earlier = [(loss, (then - loss.on).days) for loss, then in freed if then is not None and then > loss.on]
    hurt = [loss.place for loss in losses if loss.place.started]
    waiting = _by_run(waits)
    return Replay(
        kind,
        limit,
        offered=len(places),
        people=len({place.applicant for place in places}),
        released=len(earlier),
        wanted=sum(_waited(waiting, loss) for loss, _ in earlier),
        days_earlier=float(median(days for _, days in earlier)) if earlier else 0.0,
        blocked=len(hurt),
        blocked_people=len({place.applicant for place in hurt}),
    )


def _one_place(places: Sequence[Place], _limit: float) -> Iterable[_Loss]:
    """The place held is lost on the day another of the same term is taken."""
    for taken in _taken_in_order(places).values():
        held: Place | None = None
        for place, day in taken:
            if held is not None and _holds(held, day):
                yield _Loss(held, day)
            held = place


def _most_credits(places: Sequence[Place], limit: float) -> Iterable[_Loss]:
    """What would bring the term's credits above the limit is refused on the day it is taken."""
    for taken in _taken_in_order(places).values():
        held: list[Place] = []
        for place, day in taken:
            held = [other for other in held if _holds(other, day)]
            if sum(other.credits for other in held) + place.credits > limit:
                yield _Loss(place, day)
            else:
                held.append(place)


def _answer_within(places: Sequence[Place], limit: float) -> Iterable[_Loss]:
    """An offer nobody has answered lapses when the days are over."""
    for place in places:
        last = place.offered + timedelta(days=int(limit))
        answered = place.taken or place.freed
        if answered is None or answered > last:
            yield _Loss(place, last)


_LOSERS: Mapping[RuleKind, Callable[[Sequence[Place], float], Iterable[_Loss]]] = {
    RuleKind.ONE_PLACE: _one_place,
    RuleKind.MOST_CREDITS: _most_credits,
    RuleKind.ANSWER_WITHIN: _answer_within,
}


def _taken_in_order(places: Sequence[Place]) -> dict[tuple[str, str], list[tuple[Place, date]]]:
    """(applicant, term) → places they said yes to, first yes first."""
    found: dict[tuple[str, str], list[tuple[Place, date]]] = {}
    for place in places:
        if place.taken is not None:
            found.setdefault((place.applicant, place.term), []).append((place, place.taken))
    for taken in found.values():
        taken.sort(key=lambda pair: (pair[1], pair[0].run))
    return found


def _holds(place: Place, day: date) -> bool:
    return place.freed is None or place.freed > day


def _by_run(waits: Iterable[Wait]) -> dict[int, list[Wait]]:
    found: dict[int, list[Wait]] = {}
    for wait in waits:
        found.setdefault(wait.run, []).append(wait)
    return found


def _waited(waiting: Mapping[int, Sequence[Wait]], loss: _Loss) -> bool:
    return any(wait.begins <= loss.on <= wait.ends for wait in waiting.get(loss.place.run, ()))
