"""The country's offers held against each other: all at once, or one changed offer against those that it may meet.

What is invented for demonstration is a country of its own: no real offer overlaps with an invented one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from registry.coordination.detection.exempting import is_exempt
from registry.coordination.detection.pairs import Found, found_duplicate, found_overlap, matching_rules, worth_showing
from registry.coordination.queries.detecting.landscape import Landscape, Taught
from registry.coordination.states import PairKind
from registry.matching.duplicates import DuplicateIndex, Scorecard, Verdict
from registry.matching.grades import Strength
from registry.matching.overlap import OverlapIndex, OverlapPair
from registry.matching.profiles import Profile
from registry.matching.store import content_text
from registry.matching.vectors import TextWeights

_WORLDS: Final = (False, True)  # what is real, what is invented
#: As large a change in the number of different names, and the weights of words are fitted anew. Up to here a weight, which is
#: 1 + ln(names / names with the word), is off by ln 1.1, a tenth, where those of words that tell offers apart are 5 to 9.
_AGED: Final = 0.1

#: Kind of pair and whether the offers are invented -> the weights of words that they are compared by.
Weights = Mapping[tuple[PairKind, bool], TextWeights]


class Country:
    """Every published offer, ready for comparison.

    After any run of :meth:`put` and :meth:`drop` the pairs are those of a new country of the same offers with the same
    ``weights``; a change costs the offer's neighbours, not the country.
    """

    def __init__(
        self,
        landscape: Landscape,
        rules: Mapping[str, float],
        card: Scorecard,
        weights: Weights | None = None,
        core: frozenset[str] = frozenset(),
    ) -> None:
        """``core`` are the subjects that may be taught side by side, see ``exempting``."""
        self._core = core
        self.taught: dict[str, Taught] = dict(landscape.taught)
        self._numbers = matching_rules(rules)
        self._card = card
        self._profiles: dict[bool, dict[str, Profile]] = {world: {} for world in _WORLDS}
        for profile in landscape.profiles:
            self._profiles[landscape.taught[profile.key].is_demo][profile.key] = profile
        self._given = _still_good(weights or {}, self._profiles)
        self._overlaps = {
            world: OverlapIndex(mine.values(), self._numbers, weights=self._given.get((PairKind.OVERLAP, world)))
            for world, mine in self._profiles.items()
        }
        self._duplicates: dict[bool, DuplicateIndex] = {}  # made when asked for, where weights must be fitted first
        for world in _WORLDS:
            if (PairKind.DUPLICATE, world) in self._given:
                self._duplicate_index(world)
        self._touched: dict[str, int] = {}  # who has changed and is not judged since; by the moment of the change
        self._left: dict[str, int] = {}  # who shared a circle of possible duplicates with what has changed since

    @property
    def weights(self) -> Weights:
        """The weights of words in use."""
        return {(PairKind.OVERLAP, world): index.weights for world, index in self._overlaps.items()} | {
            (PairKind.DUPLICATE, world): self._duplicate_index(world).weights for world in _WORLDS
        }

    def profile(self, key: str) -> Profile | None:
        """The offer's profile; None where it is not published."""
        return next((mine[key] for mine in self._profiles.values() if key in mine), None)

    def put(self, profile: Profile, taught: Taught, moment: int = 0) -> bool:
        """An offer that is new, or is no longer what it was. False where it is what it was: told twice, or nothing of it matters.

        ``moment`` is a number that rises as changes come, see :meth:`judged`.
        """
        before, world = self.taught.get(profile.key), taught.is_demo
        if before is not None and self._profiles[before.is_demo][profile.key] == profile:
            if before == taught:
                return False
            if (before.is_demo, before.lost_terms) == (world, taught.lost_terms):  # the indexes hold all that they need
                self.taught[profile.key], self._touched[profile.key] = taught, moment
                return True
        self.drop(profile.key, moment)
        self._profiles[world][profile.key], self.taught[profile.key] = profile, taught
        self._overlaps[world].add(profile)
        if world in self._duplicates:
            self._duplicates[world].add(taught.with_lost_terms(profile))
        self._touched[profile.key] = moment
        return True

    def drop(self, key: str, moment: int = 0) -> bool:
        """An offer that is no longer published. False for one that is not there, which is no error."""
        taught = self.taught.pop(key, None)
        if taught is None:
            return False
        world = taught.is_demo
        del self._profiles[world][key]
        self._overlaps[world].remove(key)
        if world in self._duplicates:
            self._left.update(dict.fromkeys(self._duplicates[world].circle_of(key), moment))
            self._duplicates[world].remove(key)
        self._touched[key] = moment
        return True

    def prepare(self) -> None:
        """Make ready for changes, before anybody waits for what they touch."""
        for index in self._duplicates.values():
            index.prepare()

    def is_touched(self, keys: Iterable[str]) -> bool:
        """Has any of these changed, and has not been judged since?"""
        return not self._touched.keys().isdisjoint(keys)

    def judged(self, moment: int, keys: Collection[str] | None = None) -> None:
        """What changed up to then has been judged, and that is kept for good: of these offers, or of all, and in every
        circle of duplicates.
        """
        for key in [one for one, when in self._touched.items() if when <= moment and (keys is None or one in keys)]:
            del self._touched[key]
        for key in [one for one, when in self._left.items() if when <= moment]:
            del self._left[key]

    def neighbours(self, profile: Profile, *, related: bool = False, own: Collection[int] = ()) -> list[OverlapPair]:
        """The overlaps of an offer that may not be one yet, best first. ``own``: institutions whose offers are left out, joint
        ones too; ``related`` adds what is near but no overlap.
        """
        shared = self._numbers.get("OVL_YEARS_SHARED", 0.0)
        found = []
        for pair in (pair for index in self._overlaps.values() for pair in index.neighbours(profile, related=related)):
            other = pair.a if pair.b == profile.key else pair.b
            if not self.taught[other].providers.isdisjoint(own) or is_exempt(*pair.profiles, self._core):
                continue
            if worth_showing(*pair.profiles, shared):
                found.append(pair)
            elif related:  # between two real offers it is not shown at all; here it is told why it does not count
                found.append(
                    replace(pair, strength=Strength.RELATED, against=pair.against or _told_apart(*pair.profiles))
                )
        return sorted(found, key=lambda pair: (-pair.score, pair.a, pair.b))

    def found(self) -> list[Found]:
        """Overlaps between institutions and duplicates inside one. Related pairs and mere variants are no flags."""
        across = (pair for index in self._overlaps.values() for pair in index.each_pair())
        inside = [
            found_duplicate(pair, self._profiles[world])
            for world in _WORLDS
            for pair in self._duplicate_index(world).pairs()
            if pair.verdict is not Verdict.VARIANT
        ]
        return [*self._shown(across), *inside]

    def overlaps_of(self, keys: Iterable[str]) -> list[Found]:
        """The overlaps of some offers, each pair once."""
        pairs: dict[tuple[str, str], OverlapPair] = {}
        for key in keys:
            profile = self.profile(key)
            if profile is not None:
                near = self._overlaps[self.taught[key].is_demo].neighbours(profile)
                pairs.update(((pair.a, pair.b), pair) for pair in near)
        return list(self._shown(pairs.values()))

    def freed(self, core: frozenset[str]) -> list[Found]:
        """The overlaps that would be listed as well if only ``core`` were left alone, best first: of who teaches what no longer is."""
        ended = self._core - core
        pairs: dict[tuple[str, str], OverlapPair] = {}
        for world, mine in self._profiles.items():
            for profile in mine.values():
                if not ended.isdisjoint(profile.subjects):
                    pairs.update(((pair.a, pair.b), pair) for pair in self._overlaps[world].neighbours(profile))
        exempt = (pair for pair in pairs.values() if is_exempt(*pair.profiles, self._core))
        return sorted(self._shown(exempt, core), key=lambda pair: (-pair.score, pair.a_offer_id, pair.b_offer_id))

    def duplicates_round(self, keys: Iterable[str], unknown: Collection[str] = ()) -> tuple[set[str], list[Found]]:
        """Offers whose duplicates a change of these may have touched, or of others that nobody has judged since, and all
        duplicates among them.

        ``unknown``: those of them of whom nobody knows what they were before. Then it is all of the provider.
        """
        wanted = {*keys, *self._left}
        circles: dict[bool, set[str]] = {world: set() for world in _WORLDS}
        for key in wanted & self.taught.keys():
            circle = circles[self.taught[key].is_demo]
            if key not in circle or key in unknown:
                index = self._duplicate_index(self.taught[key].is_demo)
                circle |= index.mates_of(key) if key in unknown else index.circle_of(key)
        found = [
            found_duplicate(pair, self._profiles[world])
            for world, circle in circles.items()
            for pair in (self._duplicate_index(world).pairs_among(circle) if circle else ())
            if pair.verdict is not Verdict.VARIANT
        ]
        return wanted.union(*circles.values()), found

    def _shown(self, pairs: Iterable[OverlapPair], core: frozenset[str] | None = None) -> Iterator[Found]:
        left_alone = self._core if core is None else core
        shared = self._numbers.get("OVL_YEARS_SHARED", 0.0)
        for pair in pairs:
            apart = not self.taught[pair.a].providers & self.taught[pair.b].providers
            if apart and worth_showing(*pair.profiles, shared) and not is_exempt(*pair.profiles, left_alone):
                yield found_overlap(pair)

    def _duplicate_index(self, world: bool) -> DuplicateIndex:
        if world not in self._duplicates:
            profiles = (self.taught[key].with_lost_terms(one) for key, one in self._profiles[world].items())
            self._duplicates[world] = DuplicateIndex(
                profiles, self._numbers, card=self._card, weights=self._given.get((PairKind.DUPLICATE, world))
            )
        return self._duplicates[world]


def _told_apart(a: Profile, b: Profile) -> tuple[str, ...]:
    """What the pages of two offers that are not worth showing differ in."""
    steps = a.step is not None and b.step is not None and a.step != b.step
    return ("step",) if steps else ("school_years",)


def _still_good(weights: Weights, profiles: Mapping[bool, Mapping[str, Profile]]) -> Weights:
    """The weights of those worlds whose names are about as many as when these were fitted."""
    good: dict[tuple[PairKind, bool], TextWeights] = {}
    for world, mine in profiles.items():
        kept = weights.get((PairKind.OVERLAP, world))
        names = len({content_text(profile) for profile in mine.values()})
        if kept is not None and abs(names - kept.texts) <= _AGED * kept.texts:
            good |= {key: one for key, one in weights.items() if key[1] is world}
    return good
