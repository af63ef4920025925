"""Overlaps: different institutions that teach the same content to the same people at the same time.

    pairs = overlaps(profiles)                      # the whole country, best first
    index = OverlapIndex(profiles)                  # kept in memory: one changed offer costs its neighbours
    index.neighbours(make_profile("plan", "1150", "Engelsk 1, 1.-7. trinn"))    # the pre-check of a planned offer

Strength speaks of content and people alone. Reach stands beside it: an overlap is a case for somebody only where the same
people can reach both. A contradiction in school years, step, part, kind of study or place of work makes a pair "related",
which is no overlap and is left out unless asked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from registry.matching.candidates import Index, candidate_pairs, may_meet
from registry.matching.columns import PPU_KIND, Interned, Rows, to_rows
from registry.matching.defaults import MatchingRules, with_defaults
from registry.matching.evidence import Evidence, describe, explain, fingerprint
from registry.matching.profiles import Profile
from registry.matching.scorecard import Scored, weigh
from registry.matching.vectors import TextWeights, cosines


class Strength(StrEnum):
    """How much of the content and the people two offers share."""

    STRONG = "strong"
    POSSIBLE = "possible"
    RELATED = "related"


class Reach(StrEnum):
    """Can the same people reach both offers?"""

    SAME_COUNTY = "same_county"
    SAME_REGION = "same_region"
    ONLINE = "online"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OverlapPair:
    """Two offers and why they are held to be alike. ``a`` sorts before ``b``."""

    a: str
    b: str
    score: float  #: 0..1
    strength: Strength
    reach: Reach
    terms: tuple[str, ...]  #: terms that both have, oldest first; empty where one is unknown
    evidence: tuple[Evidence, ...]
    contradictions: tuple[str, ...]  #: sentences; empty for an overlap
    fingerprint: str  #: of the deciding fields: a decision is reopened when it changes


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
        self, profiles: Iterable[Profile] = (), rules: Mapping[str, float] | None = None, *, weights: TextWeights | None = None
    ) -> None:
        self.rules: MatchingRules = with_defaults(rules)
        self._profiles: list[Profile] = []
        self._place: dict[str, int] = {}
        self._providers = Interned()
        for profile in profiles:
            if profile.key in self._place:
                raise ValueError(f"Two profiles have the key {profile.key!r}")
            self._place[profile.key] = len(self._profiles)
            self._profiles.append(profile)
        self.weights = weights or TextWeights.fit(_content(p) for p in self._profiles)
        self._rows = to_rows(self._profiles, self._providers)
        self._refresh()

    def _refresh(self) -> None:
        self._texts = [_content(p) for p in self._profiles]
        self._content = self.weights.vectors(self._texts)
        self._focus = self.weights.vectors([_focus(p) for p in self._profiles])
        self._outcomes = self.weights.vectors([p.outcomes for p in self._profiles])

    def __len__(self) -> int:
        return len(self._place)

    def __contains__(self, key: str) -> bool:
        return key in self._place

    def add(self, profile: Profile) -> None:
        """Put a profile in; one with the same key is replaced."""
        self.remove(profile.key)
        self._place[profile.key] = len(self._profiles)
        self._profiles.append(profile)
        self._rows = np.concatenate([self._rows, to_rows([profile], self._providers)])
        self._refresh()

    def remove(self, key: str) -> None:
        """Take a profile out. A key that is not there is no error."""
        place = self._place.pop(key, None)
        if place is None:
            return
        del self._profiles[place]
        self._rows = np.delete(self._rows, place)
        self._place = {p.key: n for n, p in enumerate(self._profiles)}
        self._refresh()

    def pairs(self, *, related: bool = False) -> list[OverlapPair]:
        """Every pair, best first."""
        compared = np.flatnonzero(self._compared()).astype(np.intp)
        a, b = candidate_pairs(self._rows, self._content, self._texts, compared, self.rules, related=related)
        return self._listed(a, b, related)

    def neighbours(self, profile: Profile, *, related: bool = False) -> list[OverlapPair]:
        """The pairs of one profile, in the index or not (a planned offer), best first."""
        was = self._profiles[self._place[profile.key]] if profile.key in self._place else None
        self.add(profile)
        here = self._place[profile.key]
        others = np.flatnonzero(self._compared()).astype(np.intp)
        found: list[OverlapPair] = []
        if here in others:
            others = others[others != here]
            mine = np.full(len(others), here, dtype=np.intp)
            keep = may_meet(self._rows, mine, others, self.rules)
            mine, others = mine[keep], others[keep]
            share = (self._rows["subjects"][others][:, :, None] == self._rows["subjects"][here][None, None, :]) & (
                self._rows["subjects"][others] >= 0
            )[:, :, None]
            alike = cosines(self._content, mine, others) >= self.rules["OVL_CANDIDATE_COSINE"]
            keep = share.any(axis=(1, 2)) | alike
            found = self._listed(mine[keep], others[keep], related)
        if was is None:
            self.remove(profile.key)
        elif was is not profile:
            self.add(was)
        return found

    def _compared(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Rows that take part: no containers, and no teacher training unless the rule asks for it."""
        taking = np.asarray([not p.is_container for p in self._profiles], dtype=bool)
        if not self.rules["OVL_PPU"]:
            taking &= self._rows["kind"] != PPU_KIND
        return taking

    def _listed(self, a: Index, b: Index, related: bool) -> list[OverlapPair]:
        rows: Rows = self._rows
        scored = weigh(rows[a], rows[b], cosines(self._focus, a, b), cosines(self._outcomes, a, b), self.rules)
        against = scored.contradicted
        wanted = ~against & (scored.score >= self.rules["OVL_POSSIBLE"])
        if related:
            wanted |= scored.score >= self.rules["OVL_RELATED"]
        pairs = [self._pair(int(a[i]), int(b[i]), int(i), scored, bool(against[i])) for i in np.flatnonzero(wanted)]
        return sorted(pairs, key=lambda pair: (-pair.score, pair.a, pair.b))

    def _pair(self, i: int, j: int, place: int, scored: Scored, against: bool) -> OverlapPair:
        a, b = sorted((self._profiles[i], self._profiles[j]), key=lambda profile: profile.key)
        score = float(scored.score[place])
        strength = Strength.STRONG if score >= self.rules["OVL_STRONG"] else Strength.POSSIBLE
        if against or score < self.rules["OVL_POSSIBLE"]:
            strength = Strength.RELATED
        contrary = [what for what, hit in scored.contradictions.items() if hit[place]]
        return OverlapPair(
            a=a.key,
            b=b.key,
            score=score,
            strength=strength,
            reach=reach_of(a, b),
            terms=tuple(sorted(a.terms & b.terms, key=_term_order)),
            evidence=explain(a, b, {what: float(points[place]) for what, points in scored.points.items()}),
            contradictions=tuple(describe(what, a, b, -1.0)[1] for what in contrary),
            fingerprint=fingerprint(a, b),
        )


def _term_order(term: str) -> tuple[str, int]:
    """Spring comes before autumn, though V comes after H."""
    return term[:4], term[4:] == "H"


def _content(profile: Profile) -> str:
    return " ".join(profile.reading.content)


def _focus(profile: Profile) -> str:
    return " ".join(profile.reading.focus)
