"""Overlaps: different institutions that teach the same content to the same people at the same time.

    pairs = overlaps(profiles)                      # the whole country, best first
    index = OverlapIndex(profiles)                  # kept in memory: one changed offer costs its neighbours
    index.neighbours(make_profile("plan", "1150", "Engelsk 1, 1.-7. trinn"))    # the pre-check of a planned offer

Strength speaks of content and people alone. Reach stands beside it: an overlap is a case for somebody only where the same
people can reach both. A contradiction in school years, step, part, kind of study or place of work makes a pair "related",
which is no overlap and is left out unless asked for.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from registry.matching.candidates import candidate_pairs
from registry.matching.columns import PPU_KIND, PREPARATORY_KIND, Rows, to_rows
from registry.matching.defaults import MatchingRules, with_defaults
from registry.matching.evidence import Evidence, describe, explain, fingerprint
from registry.matching.grades import Reach, Strength
from registry.matching.listing import ListedPairs
from registry.matching.profiles import Profile
from registry.matching.scorecard import FEATURES, Likeness, Scored, weigh
from registry.matching.store import Store
from registry.matching.texts import Index
from registry.matching.vectors import TextWeights

_FEW = 1_000  # pairs; the texts of fewer are sooner compared than all else is weighed twice


@dataclass(frozen=True, slots=True)
class OverlapPair:
    """Two offers and why they are held to be alike. ``a`` sorts before ``b``.

    The account (evidence, contradictions, fingerprint) is written when somebody asks for it: a country has hundreds of
    thousands of pairs, and people read a few.
    """

    a: str
    b: str
    score: float  #: 0..1
    strength: Strength
    reach: Reach
    terms: tuple[str, ...]  #: terms that both have, oldest first; empty where one is unknown
    log_odds: tuple[float, ...] = field(repr=False)  #: one per feature of the scorecard, in its order
    against: tuple[str, ...] = field(repr=False)  #: features in contradiction
    profiles: tuple[Profile, Profile] = field(repr=False, compare=False)

    @property
    def points(self) -> tuple[tuple[str, float], ...]:
        """The features that count, with their log-odds."""
        return tuple((what, value) for what, value in zip(FEATURES, self.log_odds, strict=True) if value)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The lines that count, heaviest first; never empty."""
        return explain(*self.profiles, dict(self.points))

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Sentences about what cannot both hold; empty for an overlap."""
        return tuple(describe(what, *self.profiles, -1.0)[1] for what in self.against)

    @property
    def fingerprint(self) -> str:
        """Of the deciding fields: a decision is reopened when it changes."""
        return fingerprint(*self.profiles)


def overlaps(
    profiles: Iterable[Profile],
    rules: Mapping[str, float] | None = None,
    *,
    related: bool = False,
    weights: TextWeights | None = None,
) -> list[OverlapPair]:
    """Every overlap among the profiles, best first; ``related`` adds the pairs in contradiction.

    Raises ValueError where two profiles have the same key.
    """
    return OverlapIndex(profiles, rules, weights=weights).pairs(related=related)


def reach_of(a: Profile, b: Profile) -> Reach:
    """The closest way in which the same person could take either offer."""
    if a.counties & b.counties:
        return Reach.SAME_COUNTY
    if a.regions & b.regions:
        return Reach.SAME_REGION
    if a.online or b.online:
        return Reach.ONLINE
    known = (a.counties or a.regions) and (b.counties or b.regions)
    return Reach.NONE if known else Reach.UNKNOWN


class OverlapIndex:
    """Profiles ready for comparison.

    Word weights are fitted once, over the profiles given at the start, and stay frozen: after any sequence of ``add``
    and ``remove`` the pairs are those of a new index over the same profiles with the same ``weights``.
    """

    def __init__(
        self,
        profiles: Iterable[Profile] = (),
        rules: Mapping[str, float] | None = None,
        *,
        weights: TextWeights | None = None,
    ) -> None:
        self.rules: MatchingRules = with_defaults(rules)
        self._store = Store(profiles, self.rules, weights)

    def __len__(self) -> int:
        return len(self._store)

    def __contains__(self, key: str) -> bool:
        return key in self._store

    @property
    def weights(self) -> TextWeights:
        """The frozen word weights."""
        return self._store.weights

    def add(self, profile: Profile) -> None:
        """Put a profile in; one with the same key is replaced."""
        self._store.add(profile)

    def remove(self, key: str) -> None:
        """Take a profile out. A key that is not there is no error."""
        self._store.remove(key)

    def pairs(self, *, related: bool = False) -> list[OverlapPair]:
        """Every pair, best first."""
        with _collector_paused():
            return list(self.each_pair(related=related))

    def each_pair(self, *, related: bool = False) -> Iterator[OverlapPair]:
        """Every pair, best first, made when it is asked for: a large country has millions."""
        slots = self._store.slots()
        compared = slots[self._compared(self._store.rows[slots])]
        blocks = candidate_pairs(self._store, compared, self.rules, lambda a, b: self._can_be_listed(a, b, related))
        listed = ListedPairs.joined([self._weighed(a, b, related) for a, b in blocks])
        profiles = self._store.profiles
        for a, b, account in listed.best_first([profile.key for profile in profiles]):
            yield self._pair(profiles[a], profiles[b], *account)

    def _weighed(self, a: Index, b: Index, related: bool) -> ListedPairs:
        """Those of the pairs of slots that are listed."""
        store = self._store
        scored = weigh(store.rows[a], store.rows[b], store.likeness(a, b), self.rules)
        return ListedPairs.of(a, b, scored, self._wanted(scored, related))

    def neighbours(self, profile: Profile, *, related: bool = False) -> list[OverlapPair]:
        """The pairs of one profile, best first; it need not be in the index (the pre-check of a planned offer)."""
        store = self._store
        row = to_rows([profile], store.providers)
        if not self._compared(row).all():
            return []
        near = store.near(profile, row, self.rules["OVL_CANDIDATE_COSINE"], self.rules)
        rows = store.rows[near]
        listable = self._compared(rows)
        if len(near) > _FEW:
            listable &= self._can_be_listed(np.repeat(row, len(near)), rows, related)
        near, rows = near[listable], rows[listable]
        scored = weigh(np.repeat(row, len(near)), rows, store.likeness_to(profile, near), self.rules)
        listed = ListedPairs.of(near, near, scored, self._wanted(scored, related))
        accounts = listed.accounts(np.arange(len(listed.b)))
        pairs = [self._pair(profile, store.profiles[slot], *one) for slot, one in zip(listed.b, accounts, strict=True)]
        return sorted(pairs, key=lambda pair: (-pair.score, pair.a, pair.b))

    def _can_be_listed(self, a: Rows, b: Rows, related: bool) -> npt.NDArray[np.bool_]:
        """Texts are dear to compare: only where they can still decide."""
        best = weigh(a, b, Likeness.best(len(a)), self.rules)
        if related:
            return np.asarray(best.score >= self.rules["OVL_RELATED"])
        return np.asarray((best.score >= self.rules["OVL_POSSIBLE"]) & ~best.contradicted)

    def _compared(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """No containers; teacher training and preparatory courses only where the rules ask for them."""
        compared: npt.NDArray[np.bool_] = ~rows["container"]
        for kind, rule in ((PPU_KIND, "OVL_PPU"), (PREPARATORY_KIND, "OVL_PREPARATORY")):
            if not self.rules[rule]:
                compared = compared & (rows["kind"] != kind)
        return compared

    def _wanted(self, scored: Scored, related: bool) -> npt.NDArray[np.bool_]:
        wanted = ~scored.contradicted & (scored.score >= self.rules["OVL_POSSIBLE"])
        return wanted | (scored.score >= self.rules["OVL_RELATED"]) if related else wanted

    def _pair(
        self, one: Profile, other: Profile, score: float, log_odds: tuple[float, ...], against: tuple[str, ...]
    ) -> OverlapPair:
        a, b = (one, other) if one.key < other.key else (other, one)
        strength = Strength.STRONG if score >= self.rules["OVL_STRONG"] else Strength.POSSIBLE
        if against or score < self.rules["OVL_POSSIBLE"]:
            strength = Strength.RELATED
        terms = _oldest_first(a.terms & b.terms)
        return OverlapPair(a.key, b.key, score, strength, reach_of(a, b), terms, log_odds, against, (a, b))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Making a hundred thousand pairs at once sets off the cycle collector over the whole country, again and again; none is a cycle."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@lru_cache(maxsize=4_096)  # millions of pairs have a few sets of terms in common
def _oldest_first(terms: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(terms, key=_term_order))


def _term_order(term: str) -> tuple[str, int]:
    """Spring comes before autumn, though V comes after H."""
    return term[:4], term[4:] == "H"
