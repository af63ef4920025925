"""The offers that a planned one would stand beside, found by the same engine as all overlaps are."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from registry.coordination import country_cache
from registry.coordination.precheck.planned import KEY
from registry.coordination.precheck.timing import COLLIDING, Timing, timing_of
from registry.coordination.states import WITHIN_REACH, Reach, Strength
from registry.core import terms
from registry.matching.overlap import OverlapPair, reach_of
from registry.matching.profiles import Profile
from registry.offers.models import Run
from registry.offers.states import RunState
from registry.rules.register import RuleSet

_LIKE_OVERLAP: Final = (Strength.STRONG, Strength.POSSIBLE)
_TIMES: Final = tuple(Timing)


@dataclass(frozen=True, slots=True)
class When:
    """When the planned offer is to be taught, and what time is judged by."""

    planned: Sequence[str]
    present: str
    lately: int  #: terms, rule PRECHECK_TERMS
    window: int  #: terms, rule OVL_TERM_WINDOW


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An offer that the planned one is like."""

    offer_id: int
    score: float
    strength: str
    profile: Profile
    taught: frozenset[str]  #: terms with runs that count
    lost: frozenset[str]  #: terms with cancelled or postponed runs only
    reach: Reach
    timing: Timing
    pair: OverlapPair

    @property
    def is_overlap(self) -> bool:
        return self.strength in _LIKE_OVERLAP

    @property
    def collides(self) -> bool:
        """The same content to the same people, within reach and at the same time."""
        return self.is_overlap and self.reach in WITHIN_REACH and self.timing in COLLIDING

    @property
    def sentences(self) -> list[str]:
        """The evidence, heaviest first."""
        return [line.sentence for line in self.pair.evidence]

    @property
    def objections(self) -> list[str]:
        """Why it is no overlap: what cannot both hold, else what weighs against; empty for an overlap."""
        if self.is_overlap:
            return []
        return list(self.pair.contradictions) or [line.sentence for line in self.pair.evidence if line.weight < 0]

    @property
    def terms(self) -> list[str]:
        """Terms with runs that count, oldest first."""
        return sorted(self.taught, key=terms.sort_key)


def find_neighbours(
    session: Session, profile: Profile, own: Collection[int], when: When, rules: RuleSet
) -> list[Neighbour]:
    """Overlaps and related offers: those that collide first, then by reach, time and likeness.

    The engine is asked about every term at once; time is judged afterwards, so that other terms can be held against it.
    """
    with country_cache.country(session, rules) as country:
        pairs = country.neighbours(profile, related=True, own=own)
        beside = [country.taught[pair.a if pair.b == KEY else pair.b] for pair in pairs]
    found = [
        Neighbour(
            offer_id=taught.offer_id,
            score=pair.score,
            strength=pair.strength.value,
            profile=next(one for one in pair.profiles if one.key != KEY),
            taught=taught.terms,
            lost=taught.lost_terms,
            reach=Reach(pair.reach),
            timing=_timing(taught.terms, taught.lost_terms, when),
            pair=pair,
        )
        for pair, taught in zip(pairs, beside, strict=True)
    ]
    return sorted(found, key=_place)


def meeting(neighbours: Iterable[Neighbour], profile: Profile, when: When) -> Counter[Timing]:
    """How many the planned offer would collide with if it were taught elsewhere, in another way or at another time.

    Content and people are as they were, and so are the scores: nothing need be compared again.
    """
    timings: dict[tuple[frozenset[str], frozenset[str]], Timing] = {}  # many have the same terms
    found: Counter[Timing] = Counter()
    for one in neighbours:
        if one.is_overlap and Reach(reach_of(profile, one.profile)) in WITHIN_REACH:
            terms_ = one.taught, one.lost
            timing = timings.get(terms_)
            if timing is None:
                timing = timings[terms_] = _timing(*terms_, when)
            if timing in COLLIDING:
                found[timing] += 1
    return found


def _timing(taught: frozenset[str], lost: frozenset[str], when: When) -> Timing:
    return timing_of(taught, lost, when.planned, when.present, lately=when.lately, window=when.window)


def _place(one: Neighbour) -> tuple[object, ...]:
    near = one.reach in WITHIN_REACH
    strong = one.strength != Strength.STRONG
    return not one.is_overlap, not one.collides, strong, not near, _TIMES.index(one.timing), -one.score, one.offer_id


@dataclass(frozen=True, slots=True)
class Lost:
    """A cancelled run."""

    term: str
    reason: str


def lost_runs(session: Session, offers: Collection[int]) -> Mapping[int, Sequence[Lost]]:
    """Offer -> its cancelled runs, newest term first."""
    query = select(Run.offer_id, Run.term, Run.cancel_reason).where(
        Run.state == RunState.CANCELLED, col(Run.offer_id).in_(list(offers))
    )
    found: dict[int, list[Lost]] = {}
    for offer_id, term, reason in session.exec(query):
        found.setdefault(offer_id, []).append(Lost(term, str(reason)))
    return {
        offer: sorted(runs, key=lambda run: terms.sort_key(run.term), reverse=True) for offer, runs in found.items()
    }
