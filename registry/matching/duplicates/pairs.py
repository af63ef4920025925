"""Pairs of records that may be one offer, judged by a scorecard; and an index in which a change costs one provider's block."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from registry.matching.defaults import MatchingRules, with_defaults
from registry.matching.duplicates.blocking import candidate_pairs
from registry.matching.duplicates.card import Scorecard, shipped_card
from registry.matching.duplicates.circles import Circles
from registry.matching.duplicates.features import NAMES, Levels, Texts, levels
from registry.matching.duplicates.records import PACE, Index, Recorder, Records, found_by
from registry.matching.duplicates.sets import best_first
from registry.matching.duplicates.telling import account
from registry.matching.evidence import Evidence, fingerprint
from registry.matching.profiles import Profile
from registry.matching.scorecard import SCORE_DECIMALS, common_subjects, contradicts
from registry.matching.vectors import TextWeights

_CODE, _SAME_CODE, _CODE_WITHIN = NAMES.index("code"), 4, 3
_AT_A_TIME = 50_000  # records
_PACE = frozenset(PACE)


class Verdict(StrEnum):
    """What the registry does with a pair."""

    SURE = "sure"
    SUSPECTED = "suspected"
    VARIANT = "variant"


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two records of one provider. ``a`` sorts before ``b``."""

    a: str
    b: str
    score: float  #: chance that they are one offer, 0..1
    verdict: Verdict
    same_source: bool
    terms: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    fingerprint: str
    levels: tuple[int, ...]  #: one per feature of the scorecard: what a person's answer teaches the next one


def duplicates(
    profiles: Iterable[Profile],
    rules: Mapping[str, float] | None = None,
    *,
    predecessors: Mapping[str, str] | None = None,
    card: Scorecard | None = None,
    weights: TextWeights | None = None,
) -> list[DuplicatePair]:
    """Every pair of records that may be one offer, best first.

    Two records are compared when they have the same provider (after ``predecessors``: old code -> new code, as
    "0264" -> "1177") and a term in common; a term unknown on one side does not keep them apart. Records of the same source
    with the same code are one offer already and are not paired. Containers are left out.
    """
    return DuplicateIndex(profiles, rules, predecessors=predecessors, card=card, weights=weights).pairs()


def merge_sets(
    pairs: Iterable[DuplicatePair],
    records: Iterable[Profile],
    *,
    same: Iterable[tuple[str, str]] = (),
    different: Iterable[tuple[str, str]] = (),
) -> list[frozenset[str]]:
    """Records that are one offer by the sure pairs, best first, and by people's decisions (see :func:`best_first`)."""
    source = {record.key: (record.source, record.key if record.source is None else "") for record in records}
    sure = sorted(
        (pair for pair in pairs if pair.verdict is Verdict.SURE), key=lambda pair: (-pair.score, pair.a, pair.b)
    )
    return sorted(best_first(((p.a, p.b) for p in sure), source, same=same, different=different), key=min)


class DuplicateIndex:
    """Records by provider. A change touches its own circle, and no other; word weights stay as first fitted."""

    def __init__(
        self,
        profiles: Iterable[Profile] = (),
        rules: Mapping[str, float] | None = None,
        *,
        predecessors: Mapping[str, str] | None = None,
        card: Scorecard | None = None,
        weights: TextWeights | None = None,
    ) -> None:
        self.rules: MatchingRules = with_defaults(rules)
        self.card = card or shipped_card()
        self._recorder = Recorder(predecessors)
        self._blocks: dict[str, dict[str, Profile]] = {}
        self._home: dict[str, str] = {}
        for profile in profiles:
            self._put(profile)
        self.weights = weights or self._fitted()
        self._circles: dict[str, Circles] = {}  #: of the providers that have been asked about

    def _fitted(self) -> TextWeights:
        return TextWeights.fit(found_by(profile) for block in self._blocks.values() for profile in block.values())

    def _put(self, profile: Profile) -> str | None:
        if profile.is_container:
            return None
        home = self._recorder.home(profile)
        self._blocks.setdefault(home, {})[profile.key] = profile
        self._home[profile.key] = home
        return home

    def add(self, profile: Profile) -> None:
        """Put a record in; one with the same key is replaced."""
        self.remove(profile.key)
        home = self._put(profile)
        if home in self._circles:
            self._circles[home].came(profile.key)

    def remove(self, key: str) -> None:
        """Take a record out. A key that is not there is no error."""
        home = self._home.pop(key, None)
        if home is not None:
            if home in self._circles:
                self._circles[home].left(key)
            del self._blocks[home][key]

    def pairs(self) -> list[DuplicatePair]:
        """Every pair, best first."""
        found = [pair for some in self._together() for pair in self._judged(some)]
        return sorted(found, key=lambda pair: (-pair.score, pair.a, pair.b))

    def _together(self) -> Iterator[list[Profile]]:
        """Whole providers, so many at a time that their common words are taken apart once and memory stays bounded."""
        some: list[Profile] = []
        for block in self._blocks.values():
            some += block.values()
            if len(some) >= _AT_A_TIME:
                yield some
                some = []
        if some:
            yield some

    def pairs_of(self, key: str) -> list[DuplicatePair]:
        """The pairs of one record, best first; none for a key that is not there."""
        return [pair for pair in self.pairs_among(self.circle_of(key)) if key in (pair.a, pair.b)]

    def mates_of(self, key: str) -> set[str]:
        """Every record of the same provider, itself included; empty for a key that is not there."""
        return set(self._blocks[self._home[key]]) if key in self._home else set()

    def circle_of(self, key: str) -> set[str]:
        """The records that a change of this one may touch, itself included; empty for a key that is not there."""
        home = self._home.get(key)
        return set() if home is None else self._circles_in(home).of(key)

    def prepare(self) -> None:
        """Make ready for :meth:`circle_of`, provider by provider, before anybody waits for it."""
        for home in self._blocks:
            self._circles_in(home).prepare()

    def _circles_in(self, home: str) -> Circles:
        if home not in self._circles:
            self._circles[home] = Circles(self._blocks[home], self.weights, self.rules)
        return self._circles[home]

    def pairs_among(self, circle: Collection[str]) -> list[DuplicatePair]:
        """Every pair of a whole circle, or of several, best first."""
        return self._judged([self._blocks[self._home[key]][key] for key in circle]) if len(circle) > 1 else []

    def _judged(self, some: Iterable[Profile]) -> list[DuplicatePair]:
        profiles = sorted(some, key=lambda profile: profile.key)
        records = self._recorder.records(profiles)
        texts = Texts.of(records, self.weights)
        a, b = candidate_pairs(records, texts.found_by, self.rules)
        if not len(a):
            return []
        found = self.card.judge(records, a, b, levels(records, texts, a, b))
        scores = np.round(self.card.probability(found), SCORE_DECIMALS)
        keep = (scores >= self.rules["DUP_POSSIBLE"]) & ~_against(records, a, b, found)
        chosen = np.flatnonzero(keep)
        points = self.card.log_odds(found[chosen])
        pairs = [
            self._pair(profiles[a[i]], profiles[b[i]], float(scores[i]), found[i], values)
            for i, values in zip(chosen, points.tolist(), strict=True)
        ]
        return sorted(pairs, key=lambda pair: (-pair.score, pair.a, pair.b))

    def _pair(self, one: Profile, other: Profile, score: float, found: Levels, points: list[float]) -> DuplicatePair:
        a, b = (one, other) if one.key < other.key else (other, one)
        reached = [int(level) for level in found]
        named = dict(zip(NAMES, reached, strict=True))
        return DuplicatePair(
            a=a.key,
            b=b.key,
            score=score,
            verdict=self._verdict(a, b, score, reached[_CODE]),
            same_source=a.source is not None and a.source == b.source,
            terms=tuple(sorted(a.terms & b.terms)),
            evidence=account(a, b, named, dict(zip(NAMES, points, strict=True))),
            fingerprint=fingerprint(a, b),
            levels=tuple(reached),
        )

    def _verdict(self, a: Profile, b: Profile, score: float, code: int) -> Verdict:
        if code < _CODE_WITHIN and _are_variants(a, b):
            return Verdict.VARIANT
        if score >= self.rules["DUP_SURE"] and a.source != b.source:
            return Verdict.SURE
        return Verdict.SUSPECTED


def _are_variants(a: Profile, b: Profile) -> bool:
    """One offer in two forms or places. Part time against silence is no variant: nearly all of it is part time."""
    left, right = frozenset(a.variant), frozenset(b.variant)
    if left == right:
        return False
    return bool((left ^ right) - _PACE) or (bool(left & _PACE) and bool(right & _PACE))


def _against(records: Records, a: Index, b: Index, found: Levels) -> np.typing.NDArray[np.bool_]:
    """Facts that cannot both hold, under different codes: two studies. Under one code somebody has keyed wrongly."""
    rules = with_defaults()
    against = np.logical_or.reduce(list(contradicts(records.rows[a], records.rows[b], rules).values()))
    against |= _given_other_subjects(records, a, b)
    result: np.typing.NDArray[np.bool_] = against & (found[:, _CODE] < _SAME_CODE)
    return result


def _given_other_subjects(records: Records, a: Index, b: Index) -> np.typing.NDArray[np.bool_]:
    """One source that has itself given two records different subjects means two studies; two sources may name one subject differently.

    Records that no feed tells of are registered by the institution itself: that is one source, too.
    """
    left, right = records.rows[a], records.rows[b]
    given = left["subjects_given"] & right["subjects_given"]
    one_source = records.extra["source"][a] == records.extra["source"][b]
    others: np.typing.NDArray[np.bool_] = given & one_source & (common_subjects(left, right) == 0)
    return others
