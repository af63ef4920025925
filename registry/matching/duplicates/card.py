"""The scorecard: points (log-odds) for every level of every feature, learnt from pairs that people have judged.

Shipped with a first card and the pairs it was learnt from (``card.json``, ``training.csv``); the registry keeps later
versions, each with its own pairs. ``unlabelled`` learns one without any labels, by Fellegi and Sunter's model and EM.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits

from registry.matching.duplicates.features import FEATURES, MISSING, ONE_SIDE, Feature, Levels, rivals, with_rivals
from registry.matching.duplicates.records import Index, Records
from registry.matching.vectors import Floats

REAL: Final = 2.0  #: what a real pair that a person has answered weighs; one invented by the generator weighs 1
_RIDGE = 0.05  # one pseudo-pair pulls a rare level's points towards its neighbour's


@dataclass(frozen=True, slots=True)
class Judged:
    """Pairs with answers: level per feature, 1 for the same offer, a weight, and who said so."""

    levels: Levels
    same: npt.NDArray[np.bool_]
    weights: Floats
    origins: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.same)

    @classmethod
    def of(cls, rows: Iterable[tuple[Sequence[int], bool, float, str]]) -> "Judged":
        """From (levels, same, weight, origin)."""
        taken = list(rows)
        return cls(
            np.array([row[0] for row in taken], dtype=np.int8).reshape(len(taken), len(taken[0][0]) if taken else 0),
            np.array([row[1] for row in taken], dtype=bool),
            np.array([row[2] for row in taken], dtype=float),
            tuple(row[3] for row in taken),
        )

    def plus(self, other: "Judged") -> "Judged":
        """Both together."""
        if not len(other):
            return self
        return Judged(
            np.vstack([self.levels, other.levels]),
            np.concatenate([self.same, other.same]),
            np.concatenate([self.weights, other.weights]),
            self.origins + other.origins,
        )

    def where(self, chosen: npt.NDArray[np.bool_]) -> "Judged":
        """Some of the pairs."""
        origins = tuple(origin for origin, keep in zip(self.origins, chosen, strict=True) if keep)
        return Judged(self.levels[chosen], self.same[chosen], self.weights[chosen], origins)

    def to_csv(self, features: Sequence[Feature] = FEATURES) -> str:
        """One line per pair, levels by name: what a card was learnt from can be read by people."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*(feature.name for feature in features), "same", "weight", "origin"])
        for row, same, weight, origin in zip(self.levels, self.same, self.weights, self.origins, strict=True):
            named = [feature.levels[level] for feature, level in zip(features, row, strict=True)]
            writer.writerow([*named, int(same), f"{weight:g}", origin])
        return stream.getvalue()

    @classmethod
    def from_csv(cls, text: str, features: Sequence[Feature] = FEATURES) -> "Judged":
        """What :meth:`to_csv` wrote; a feature younger than the file is not known. Raises ValueError for a level that no feature has."""
        rows = csv.DictReader(io.StringIO(text))
        return cls.of(
            (
                [feature.levels.index(row.get(feature.name) or "missing") for feature in features],
                row["same"] == "1",
                float(row["weight"]),
                row["origin"],
            )
            for row in rows
        )


@dataclass(frozen=True)
class Scorecard:
    """Points per level. ``learnt_from`` tells how many pairs, how many the same, and the fingerprint of the training file."""

    version: str
    base: float
    points: tuple[tuple[float, ...], ...]
    learnt_from: Mapping[str, Any] = field(default_factory=dict)
    features: tuple[Feature, ...] = FEATURES

    def log_odds(self, levels: Levels) -> Floats:
        """Points of each feature for each pair; with ``base`` they add up to the pair's log-odds."""
        return np.column_stack([np.asarray(table)[levels[:, place]] for place, table in enumerate(self.points)])

    def probability(self, levels: Levels) -> Floats:
        """Chance that each pair is one offer, 0..1."""
        total = np.full(len(levels), self.base)
        for place, table in enumerate(self.points):
            total += np.asarray(table)[levels[:, place]]
        return np.asarray(expit(total), dtype=float)

    def judge(self, records: Records, a: Index, b: Index, found: Levels) -> Levels:
        """The same levels with the rivals filled in, by this card's own points of everything else."""
        alone = with_rivals(found, np.zeros(len(a), np.int8))
        return with_rivals(found, rivals(records, a, b, self.log_odds(alone).sum(axis=1)))

    def to_json(self) -> dict[str, Any]:
        """As kept in files and in the registry."""
        return {
            "version": self.version,
            "base": round(self.base, 4),
            "learnt_from": dict(self.learnt_from),
            "points": {
                feature.name: {level: round(point, 4) for level, point in zip(feature.levels, table, strict=True)}
                for feature, table in zip(self.features, self.points, strict=True)
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], features: tuple[Feature, ...] = FEATURES) -> "Scorecard":
        """Levels that the stored card does not know weigh nothing: a card outlives a new feature."""
        points = stored["points"]
        return cls(
            version=str(stored["version"]),
            base=float(stored["base"]),
            points=tuple(
                tuple(float(points.get(feature.name, {}).get(level, 0.0)) for level in feature.levels)
                for feature in features
            ),
            learnt_from=dict(stored.get("learnt_from", {})),
            features=features,
        )


def learn(judged: Judged, version: str, features: tuple[Feature, ...] = FEATURES) -> Scorecard:
    """Logistic regression on the levels; the same pairs give the same card.

    Along an ordered feature points rise with likeness, from at most 0 to at least 0, and what is not known weighs nothing.
    Raises ValueError where the pairs are all the same offer, or none is.
    """
    if not judged.same.any() or judged.same.all():
        raise ValueError("A scorecard needs pairs that are one offer and pairs that are not")
    patterns, inverse = np.unique(np.column_stack([judged.levels, judged.same]), axis=0, return_inverse=True)
    weights = np.bincount(inverse.ravel(), weights=judged.weights, minlength=len(patterns))
    answers = patterns[:, -1].astype(float)
    is_missing = (judged.levels == MISSING).any(axis=0).tolist()
    blocks = [_columns(patterns[:, place], feature, is_missing[place]) for place, feature in enumerate(features)]
    design = np.hstack(blocks)
    lowest = [
        0.0 if feature.ordered else None for feature, block in zip(features, blocks, strict=True) for _ in block.T
    ]

    def loss(theta: Floats) -> tuple[float, Floats]:
        scores = design @ theta[1:] + theta[0]
        value = float(np.sum(weights * (np.logaddexp(0, scores) - answers * scores)) + _RIDGE * np.sum(theta[1:] ** 2))
        pull = weights * (expit(scores) - answers)
        return value, np.concatenate([[pull.sum()], design.T @ pull + 2 * _RIDGE * theta[1:]])

    start = np.zeros(design.shape[1] + 1)
    bounds = [(None, None), *((least, None) for least in lowest)]
    with threadpool_limits(1, "blas"):  # threads wait for each other over so small matrices: twenty times the work
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000})
    steps = np.split(found.x[1:], np.cumsum([block.shape[1] for block in blocks])[:-1])
    points = tuple(
        tuple(float(point) for point in _columns(np.arange(len(feature.levels)), feature, missing) @ step)
        for feature, missing, step in zip(features, is_missing, steps, strict=True)
    )
    digest = hashlib.sha256(judged.to_csv(features).encode()).hexdigest()[:16]
    source = {"pairs": len(judged), "same": int(judged.same.sum()), "sha256": digest}
    return Scorecard(version, float(found.x[0]), points, source, features)


def _columns(here: npt.NDArray[np.integer], feature: Feature, is_missing: bool) -> Floats:
    """What some levels of one feature are made of; a row of zeros where it is missing.

    In no order: a column per level. In order: a column per step between two levels, which adds to all above it, and one which
    takes from all below it; their weights are held at 0 or more, so the points can only rise, through the 0 of what is not known.
    What only one side tells never speaks for the pair. Where all is always known, the first level is the one that weighs nothing.
    """
    known, above = here != MISSING, range(2, len(feature.levels))
    if not feature.ordered:
        return np.column_stack([here == level for level in ([1] if is_missing else []) + [*above]]).astype(float)
    columns = [(here >= level).astype(float) for level in above if feature.levels[level] != ONE_SIDE]
    if is_missing:
        columns += [-(known & (here < level)).astype(float) for level in above]
    steps: Floats = np.column_stack(columns)
    return -steps if feature.is_turned else steps


def _file(name: str) -> str:
    return files("registry.matching.duplicates").joinpath(name).read_text(encoding="utf-8")


@cache
def shipped_card() -> Scorecard:
    """The card that the registry starts with."""
    return Scorecard.from_json(json.loads(_file("card.json")))


@cache
def shipped_pairs() -> Judged:
    """The pairs that the shipped card was learnt from."""
    return Judged.from_csv(_file("training.csv"))
