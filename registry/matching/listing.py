"""Pairs that are listed, as columns: a tenth of what as many objects would take."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np

from registry.matching.scorecard import CONTRADICTIONS, FEATURES, Bools, Floats, Scored
from registry.matching.texts import Index

_AT_A_TIME = 10_000  # pairs
Account = tuple[float, tuple[float, ...], tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class ListedPairs:
    """Slots of both sides, score, log-odds per feature and which contradictions."""

    a: Index
    b: Index
    score: Floats
    log_odds: Floats
    against: Bools

    @classmethod
    def of(cls, a: Index, b: Index, scored: Scored, wanted: Bools) -> "ListedPairs":
        """Those of the scored pairs that are wanted."""
        chosen = np.flatnonzero(wanted)
        return cls(
            a[chosen],
            b[chosen],
            scored.score[chosen],
            np.column_stack([scored.points[what][chosen] for what in FEATURES]),
            np.column_stack([scored.contradictions[what][chosen] for what in CONTRADICTIONS]),
        )

    @classmethod
    def joined(cls, parts: Sequence["ListedPairs"]) -> "ListedPairs":
        """All parts as one."""
        nothing = cls(
            np.empty(0, np.intp),
            np.empty(0, np.intp),
            np.empty(0),
            np.empty((0, len(FEATURES))),
            np.empty((0, len(CONTRADICTIONS)), bool),
        )
        return cls(
            *(np.concatenate([getattr(part, name) for part in (nothing, *parts)]) for name in cls.__dataclass_fields__)
        )

    def best_first(self, keys: Sequence[str]) -> Iterator[tuple[int, int, Account]]:
        """Both slots and the account of each pair, by falling score, then by their keys; ``keys`` by slot."""
        rank = np.empty(len(keys), np.intp)
        rank[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
        one, other = rank[self.a], rank[self.b]
        order = np.lexsort((np.maximum(one, other), np.minimum(one, other), -self.score))
        for start in range(0, len(order), _AT_A_TIME):
            part = order[start : start + _AT_A_TIME]
            yield from zip(self.a[part].tolist(), self.b[part].tolist(), self.accounts(part), strict=True)

    def accounts(self, places: Index) -> Iterator[Account]:
        """Score, log-odds per feature, and the features in contradiction."""
        scores, log_odds, against = self.score[places], self.log_odds[places], self.against[places]
        contrary = np.asarray(against.any(axis=1)).tolist()
        for score, values, hits, any_hit in zip(
            scores.tolist(), log_odds.tolist(), against.tolist(), contrary, strict=True
        ):
            yield score, tuple(values), tuple(compress(CONTRADICTIONS, hits)) if any_hit else ()
