"""Learn the shipped scorecard of duplicates anew: ``registry/matching/duplicates/card.json`` and ``training.csv``.

    python bench/tools/make_duplicate_card.py [--data ../shared/data/dbh347]

Learnt from two bodies of pairs: 2,400 of the generator (bench/duplicates_corpus.py, with offers keyed twice in one source), and
the real same-provider pairs that a person has read (tests/matching/gold/duplicates.csv, when the DBH replies are at hand).
"""

import argparse
import csv
import json
import sys
from pathlib import Path

import numpy as np

from registry.matching.defaults import with_defaults
from registry.matching.duplicates import FEATURES, REAL, Judged, Scorecard, learn
from registry.matching.duplicates.blocking import candidate_pairs
from registry.matching.duplicates.features import Texts, levels
from registry.matching.duplicates.records import Index, Recorder, Records
from registry.matching.profiles import Profile
from registry.matching.vectors import TextWeights

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
HOME = ROOT / "registry" / "matching" / "duplicates"
GOLD = ROOT / "tests" / "matching" / "gold" / "duplicates.csv"
SIZE, PAIRS, SEED, ROUNDS = 9_000, 2_400, 7, 3


def generated() -> tuple[list[Profile], list[int]]:
    """Records of the generator with another seed than the bench uses."""
    from duplicates_corpus import records

    made = list(records(SIZE, seed=SEED, keyed_twice=0.06))
    return [profile for profile, _ in made], [number for _, number in made]


def real(folder: Path) -> tuple[list[Profile], dict[tuple[str, str], bool]]:
    """Programmes of the DBH replies, and the answers to pairs of them."""
    from quality import real_profiles

    with GOLD.open(encoding="utf-8", newline="") as stream:
        answers = {(row["a_code"], row["b_code"]): row["label"] == "same" for row in csv.DictReader(stream)}
    return real_profiles(folder), answers


def compared(profiles: list[Profile]) -> tuple[Records, Index, Index, np.ndarray]:
    """Candidates with their levels."""
    records = Recorder().records(profiles)
    texts = Texts.of(records, TextWeights.fit(records.found_by))
    a, b = candidate_pairs(records, texts.found_by, with_defaults())
    return records, a, b, levels(records, texts, a, b)


def main() -> None:
    """Write both files and say what they hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "dbh347")
    data = parser.parse_args().data
    made, numbers = generated()
    bodies = [(compared(made), None)]
    if data.is_dir():
        programmes, answers = real(data)
        bodies.append((compared([p for p in programmes if not p.is_container]), answers))
    number = dict(zip((profile.key for profile in made), numbers, strict=True))
    chosen = np.random.default_rng(SEED).permutation(len(bodies[0][0][1]))[:PAIRS]
    card: Scorecard | None = None
    for _ in range(ROUNDS):  # rivals are told by the card itself
        rows = []
        for (records, a, b, plain), answers in bodies:
            found = plain if card is None else card.judge(records, a, b, plain)
            keys = records.keys
            if answers is None:
                rows += [
                    (found[i].tolist(), number[keys[a[i]]] == number[keys[b[i]]], 1.0, "generated") for i in chosen
                ]
                continue
            for i in range(len(a)):
                pair = (keys[a[i]], keys[b[i]]) if keys[a[i]] < keys[b[i]] else (keys[b[i]], keys[a[i]])
                if pair in answers:
                    rows.append((found[i].tolist(), answers[pair], REAL, "read"))
        judged = Judged.of(rows)
        card = learn(judged, "1")
    (HOME / "training.csv").write_text(judged.to_csv(), encoding="utf-8")
    (HOME / "card.json").write_text(json.dumps(card.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(
        f"{len(judged):,} pairs, {int(judged.same.sum()):,} the same; {judged.origins.count('read')} of them real and read"
    )
    for feature, points in zip(FEATURES, card.points, strict=True):
        print(
            f"{feature.name:15}",
            "  ".join(f"{level} {point:+.1f}" for level, point in zip(feature.levels, points, strict=True)),
        )


if __name__ == "__main__":
    main()
