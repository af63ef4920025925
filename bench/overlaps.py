"""Overlaps and cases on offers with known truth: one content at several institutions, told in words of their own.

    python bench/overlaps.py [--sizes 5000 20000] [--labels 600]

Truth and wording come from bench/duplicates_corpus.py (typing errors, wrappers, two languages and English, fields left out, siblings
that differ in step, school years or focus). The engine is measured as shipped and with its points weighed anew by that many
labelled pairs; the best title match is RapidFuzz's token_set_ratio over the same candidates with the threshold that suits it best.

Cases: every score gets noise of standard deviation 0.33. Connected components of pairs from 0.5 against our groups, without
and with people's decisions about one pair in fifty. B³ is the mean over offers of how pure and how whole each one's group is.
"""

import argparse
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from duplicates_corpus import taught_by_several
from rapidfuzz import fuzz
from sklearn.linear_model import LogisticRegression

from registry.matching.clusters import Edge, case_edges, clusters
from registry.matching.overlap import OverlapIndex, OverlapPair
from registry.matching.profiles import Profile

SEED = 20261122
NOISE = 0.33
DECIDED = 0.02


def measured(said: Iterable[bool], same: list[bool], every: int) -> tuple[float, float, float]:
    """Precision, recall against every true pair, F1."""
    told = list(said)
    right = sum(a and b for a, b in zip(told, same, strict=True))
    precision, recall = right / max(1, sum(told)), right / max(1, every)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def weighed_anew(pairs: list[OverlapPair], same: list[bool], labels: int) -> list[bool]:
    """The same features, learnt from labelled candidates: half near the line, half drawn at random.

    A contradiction is a gate, as in the product: no points make up for it, and nothing is learnt from such pairs.
    """
    open_to = np.array([not pair.against for pair in pairs])
    points = np.array([pair.log_odds for pair in pairs])[open_to]
    scores, answers = np.array([pair.score for pair in pairs])[open_to], np.array(same)[open_to]
    rng = np.random.default_rng(SEED)
    near = np.argsort(np.abs(scores - 0.5), kind="stable")[: len(scores) // 4]
    chosen = np.unique([*rng.permutation(near)[: labels // 2], *rng.permutation(len(scores))[: labels - labels // 2]])
    model = LogisticRegression(C=1.0, max_iter=2_000).fit(points[chosen], answers[chosen])
    said = np.zeros(len(pairs), bool)
    said[open_to] = model.predict(points)
    return said.tolist()


def best_title_match(pairs: list[OverlapPair], same: list[bool], every: int) -> tuple[float, float, float]:
    """The threshold is the one that suits it best: it knows the truth."""
    likeness = np.array([fuzz.token_set_ratio(p.profiles[0].title.lower(), p.profiles[1].title.lower()) for p in pairs])
    return max((measured(likeness >= least, same, every) for least in range(50, 101)), key=lambda found: found[2])


def components(edges: Mapping[Edge, float], least: float) -> list[frozenset[str]]:
    """Everybody whom pairs from ``least`` connect."""
    home: dict[str, str] = {}

    def root(key: str) -> str:
        home.setdefault(key, key)
        while home[key] != key:
            home[key] = home[home[key]]
            key = home[key]
        return key

    for (a, b), score in edges.items():
        if score >= least:
            home[root(a)] = root(b)
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for key in list(home):
        groups[root(key)].add(key)
    return [frozenset(group) for group in groups.values()]


def b_cubed(groups: Iterable[frozenset[str]], truth: Mapping[str, object]) -> float:
    """F1 of B³; an offer in no group is alone."""
    size = Counter(truth.values())
    home = {key: group for group in groups for key in group}
    precision = recall = 0.0
    for key, content in truth.items():
        group = home.get(key, frozenset((key,)))
        alike = sum(truth[other] == content for other in group)
        precision += alike / len(group)
        recall += alike / size[content]
    precision, recall = precision / len(truth), recall / len(truth)
    return 2 * precision * recall / (precision + recall)


def show(size: int, labels: int) -> None:
    """Both tables of one size."""
    offers: list[tuple[Profile, tuple[object, ...]]] = list(taught_by_several(size))
    truth: dict[str, object] = {profile.key: content for profile, content in offers}
    provider = {profile.key: profile.provider for profile, _ in offers}
    members: defaultdict[object, list[str]] = defaultdict(list)
    for key, content in truth.items():
        members[content].append(provider[key])
    every = sum(sum(a != b for place, a in enumerate(homes) for b in homes[place + 1 :]) for homes in members.values())
    start = time.process_time()
    pairs = OverlapIndex((profile for profile, _ in offers), {"OVL_RELATED": 0.01}).pairs(related=True)
    spent = time.process_time() - start
    same = [truth[pair.a] == truth[pair.b] for pair in pairs]
    shipped = measured((pair.score >= 0.5 and not pair.against for pair in pairs), same, every)
    taught = measured(weighed_anew(pairs, same, labels), same, every)
    title = best_title_match(pairs, same, every)
    print(f"\n### {len(offers):,} offers, {every:,} true pairs, {len(pairs):,} weighed in {spent:.0f} processor s\n")
    print(f"Listed at all: {sum(same) / every:.4f} of the true pairs\n")
    print("| | precision | recall | F1 | errors / title's |\n|---|--:|--:|--:|--:|")
    for name, found in (
        ("best title match", title),
        ("as shipped", shipped),
        (f"weighed anew, {labels} labels", taught),
    ):
        errors = (1 - found[2]) / (1 - title[2])
        print(f"| {name} | {found[0]:.3f} | {found[1]:.3f} | {found[2]:.3f} | {errors:.2f} |")
    noisy_cases(pairs, truth)


def noisy_cases(pairs: list[OverlapPair], truth: Mapping[str, object]) -> None:
    """Groups from scores that are hardly to be trusted."""
    rng = random.Random(SEED)
    edges = {edge: min(1.0, max(0.0, score + rng.gauss(0, NOISE))) for edge, score in sorted(case_edges(pairs).items())}
    decided = rng.sample(sorted(edges), int(DECIDED * len(edges)))
    together = [edge for edge in decided if truth[edge[0]] == truth[edge[1]]]
    apart = [edge for edge in decided if truth[edge[0]] != truth[edge[1]]]
    print("\n| cases from noisy scores | B³ F1 | largest |\n|---|--:|--:|")
    start = time.process_time()
    ours = clusters(edges)
    spent = time.process_time() - start
    for name, groups in (
        ("connected components", components(edges, 0.5)),
        (f"local moves ({spent:.1f} s)", ours),
        ("local moves, 2 % decided by people", clusters(edges, together=together, apart=apart)),
    ):
        print(f"| {name} | {b_cubed(groups, truth):.3f} | {max(map(len, groups), default=0):,} |", flush=True)
    print(f"| the truth | 1 | {max(Counter(truth.values()).values()):,} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5_000, 20_000])
    parser.add_argument("--labels", type=int, default=600)
    arguments = parser.parse_args()
    for size in arguments.sizes:
        show(size, arguments.labels)


if __name__ == "__main__":
    main()
