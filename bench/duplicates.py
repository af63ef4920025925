"""Duplicates against splink on feeds with known truth, both in one run; with and without labels.

    python bench/duplicates.py [--sizes 10000 100000] [--labels 2000]

Both sides get the same columns, read out of the same names; reading is told apart. Each runs in a process of its own, one after
the other, with one thread of linear algebra (splink's database has as many as it likes). Ours: word weights, blocking, levels,
scorecard (learnt from the labels of that many pairs) or EM, merge. Splink's: its usual estimates without labels (u by random
sampling, EM twice), blocking rules on subject, code and the first letters inside provider and term. Both are merged best first with at most one record per source; splink also by its own connected components.
Needs splink 5 (``pip install --group bench``); without it only our side is printed.
"""

import argparse
import importlib.util
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from duplicates_corpus import records as corpus

from registry.matching.defaults import with_defaults
from registry.matching.duplicates import Judged, Scorecard, learn, learn_unlabelled, shipped_card
from registry.matching.duplicates.blocking import candidate_pairs, unlike_pairs
from registry.matching.duplicates.features import Levels, Texts, levels
from registry.matching.duplicates.records import Index, Recorder, Records
from registry.matching.duplicates.sets import best_first
from registry.matching.vectors import TextWeights

SEED = 20251122
CHUNK = 50_000


def prepare(size: int, path: Path) -> dict[str, float]:
    """Make the feeds, read the names, keep the columns. Profiles are dropped chunk by chunk."""
    start = time.process_time()
    recorder, parts, truth = Recorder(), [], []
    for chunk in _chunks(corpus(size, SEED), CHUNK):
        parts.append(recorder.records([profile for profile, _ in chunk]))
        truth.extend(number for _, number in chunk)
    records = _joined(parts)
    with path.open("wb") as stream:
        pickle.dump((records, np.array(truth)), stream)
    return {"prepare": time.process_time() - start, "records": len(records)}


def _chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _joined(parts: list[Records]) -> Records:
    lists = {
        name: [value for part in parts for value in getattr(part, name)]
        for name in Records.__dataclass_fields__
        if name not in ("rows", "extra")
    }
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("rows", "extra")}
    return Records(**lists, **arrays)


def load(path: Path) -> tuple[Records, Any]:
    """What :func:`prepare` kept."""
    with path.open("rb") as stream:
        kept: tuple[Records, Any] = pickle.load(stream)
    return kept


def ours(path: Path, labels: int) -> dict[str, Any]:
    """Our side, measured from the columns on."""
    records, truth = load(path)
    before, wall = time.process_time(), time.perf_counter()
    rules = with_defaults()
    texts = Texts.of(records, TextWeights.fit(records.found_by))
    a, b = candidate_pairs(records, texts.found_by, rules, across=True)
    plain = levels(records, texts, a, b)
    x, y = unlike_pairs(records, 50_000)
    em = learn_unlabelled(plain, levels(records, texts, x, y))
    trained = time.process_time() - before
    answers = truth[a] == truth[b]
    card, judged = taught(records, a, b, plain, answers, labels)
    chance = card.probability(judged)
    spent, real = time.process_time() - before, time.perf_counter() - wall
    every = _pairs_of(Counter(truth.tolist()).values())
    result: dict[str, Any] = {
        "blocking": float(answers.sum() / every),
        "candidates": len(a) / len(records),
        "cpu": spent,
        "cpu_unlabelled": trained,
        "wall": real,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "ece": calibration_error(chance, answers),
    }
    for name, scores in (
        ("scorecard", chance),
        ("shipped", shipped_card().probability(shipped_card().judge(records, a, b, plain))),
        ("em", em.probability(em.judge(records, a, b, plain))),
    ):
        result[name] = clustered(records.extra["source"], truth, a, b, scores)
    return result


def taught(records: Records, a: Index, b: Index, plain: Levels, answers: Any, labels: int) -> tuple[Scorecard, Levels]:
    """A card learnt from some candidates, drawn at random; rivals are told by a first card of the same labels."""
    chosen = np.random.default_rng(SEED).permutation(len(a))[:labels]
    ones, told = np.ones(len(chosen)), ("generated",) * len(chosen)
    found = plain
    for _ in range(2):
        card = learn(Judged(found[chosen], answers[chosen], ones, told), "bench")
        found = card.judge(records, a, b, plain)
    card = learn(Judged(found[chosen], answers[chosen], ones, told), "bench")
    return card, card.judge(records, a, b, plain)


def clustered(source: Any, truth: Any, a: Index, b: Index, scores: Any, least: float = 0.4) -> dict[str, float]:
    """Pairwise quality after the merge: best first, one record per source."""
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] >= least]
    sets = best_first(zip(a[order].tolist(), b[order].tolist(), strict=True), source.tolist())
    return quality(sets, truth)


def quality(sets: Iterable[frozenset[int]], truth: Any) -> dict[str, float]:
    """Precision, recall and F1 of pairs in the same set."""
    found = right = 0
    for members in sets:
        found += len(members) * (len(members) - 1) // 2
        right += _pairs_of(Counter(truth[list(members)].tolist()).values())
    every = _pairs_of(Counter(truth.tolist()).values())
    return {
        "precision": right / max(1, found),
        "recall": right / max(1, every),
        "f1": 2 * right / max(1, found + every),
    }


def _pairs_of(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def calibration_error(chance: Any, answers: Any, bins: int = 10) -> float:
    """Mean distance between what was said and what was so, by tenths of what was said."""
    place = np.minimum((chance * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(chance[place == one].mean() - answers[place == one].mean()) * (place == one).mean()
            for one in np.unique(place)
        )
    )


def step(*arguments: str) -> dict[str, Any]:
    """One measurement in a process of its own. Threads of linear algebra would wait for each other over so small matrices."""
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True, env=alone)
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def main() -> None:
    """Print a table per size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--labels", type=int, default=2_000)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        what, path = arguments.one
        size = arguments.sizes[0]
        print(json.dumps(prepare(size, Path(path)) if what == "prepare" else ours(Path(path), arguments.labels)))
        return
    splink = importlib.util.find_spec("splink") is not None
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/records.pickle"
            made = step(__file__, "--sizes", str(size), "--one", "prepare", path)
            mine = step(__file__, "--labels", str(arguments.labels), "--one", "ours", path)
            other = step(str(Path(__file__).with_name("duplicates_splink.py")), path) if splink else None
        show(made, mine, other, arguments.labels)


def show(made: dict[str, Any], mine: dict[str, Any], other: dict[str, Any] | None, labels: int) -> None:
    """One size as a table."""
    print(
        f"\n### {made['records']:,.0f} records (making and reading {made['prepare']:.0f} s)\n\n"
        f"Blocking recall {mine['blocking']:.4f} at {mine['candidates']:.2f} candidates a record"
        + (f"; splink's {other['blocking']:.4f} at {other['candidates']:.2f}" if other else "")
        + f". Calibration error {mine['ece']:.3f}.\n"
    )
    print("| | precision | recall | clustered F1 | errors / splink's | processor s | wall s | GiB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    base = 1 - other["merged"]["f1"] if other else None
    rows = [
        (f"scorecard, {labels:,} labels", mine["scorecard"], mine["cpu"], mine["wall"], mine["memory"]),
        ("scorecard as shipped", mine["shipped"], None, None, None),
        ("EM, no labels", mine["em"], mine["cpu_unlabelled"], None, None),
    ]
    if other:
        rows += [
            ("splink, no labels, our merge", other["merged"], other["cpu"], other["wall"], other["memory"]),
            ("splink, its own components at 0.5", other["components"], None, None, None),
        ]
    for name, found, cpu, wall, memory in rows:
        errors = f"{(1 - found['f1']) / base:.2f}" if base else ""
        numbers = " | ".join("" if value is None else f"{value:.1f}" for value in (cpu, wall, memory))
        print(
            f"| {name} | {found['precision']:.4f} | {found['recall']:.4f} | {found['f1']:.4f} | {errors} | {numbers} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
