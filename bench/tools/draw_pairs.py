"""Draw pairs of real names to be labelled: at random inside heaps whose sizes are told, near and far, none labelled before.

    python bench/tools/draw_pairs.py --seed 5 --to FOLDER

Writes ``pairs.csv`` (codes, names and levels in one mixed order: what the reader sees) and ``heaps.csv`` (the heap of each pair and
its size: to be opened when the labels are written). The heaps follow the engine as it is at the time of the drawing, so that
figures can be weighed up to the country; the last one comes from likeness of letters alone, so that what the engine misses can be seen.
"""

import argparse
import csv
import random
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from rapidfuzz.fuzz import token_set_ratio

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
from quality import DATA, GOLD, real_profiles

from registry.matching.grades import Strength
from registry.matching.overlap import OverlapPair, overlaps
from registry.matching.profiles import Profile

#: Heap -> how many pairs of it are drawn.
WANTED = {
    "sterk høy": 45,
    "sterk lav": 25,
    "mulig høy": 25,
    "mulig lav": 20,
    "beslektet": 20,
    "ikke oppført": 20,
}
ALIKE = 70  # percent of words in common from which a pair that the engine does not list is worth a look

Pair = tuple[str, str]


def heap_of(pair: OverlapPair) -> str:
    """Strong and possible pairs are parted where the engine is sure and where it is not."""
    if pair.strength is Strength.STRONG:
        return "sterk høy" if pair.score >= 0.7 else "sterk lav"
    if pair.strength is Strength.POSSIBLE:
        return "mulig høy" if pair.score >= 0.3 else "mulig lav"
    return "beslektet"


def in_order(one: str, other: str) -> Pair:
    """Two names without capitals, in one order."""
    first, second = sorted((one.lower(), other.lower()))
    return first, second


def heaps(profiles: list[Profile], known: set[Pair]) -> dict[str, list[Pair]]:
    """Every pair of names that nobody has labelled, once, by heap."""
    by_key = {profile.key: profile for profile in profiles}
    seen, found = set(known), defaultdict[str, list[Pair]](list)

    def put(heap: str, a: str, b: str) -> None:
        names = in_order(by_key[a].title, by_key[b].title)
        if names[0] != names[1] and names not in seen:
            seen.add(names)
            found[heap].append((a, b))

    for pair in overlaps(profiles, related=True):
        put(heap_of(pair), pair.a, pair.b)
    left = sorted((profile for profile in profiles if not profile.is_container), key=lambda profile: profile.key)
    for one, other in combinations(left, 2):
        may_meet = one.provider != other.provider and one.terms & other.terms
        if may_meet and token_set_ratio(one.title.lower(), other.title.lower()) >= ALIKE:
            put("ikke oppført", one.key, other.key)
    return found


def main() -> None:
    """Draw and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--to", type=Path, required=True)
    arguments = parser.parse_args()
    profiles = real_profiles(arguments.data)
    by_key = {profile.key: profile for profile in profiles}
    with GOLD.open(encoding="utf-8", newline="") as stream:
        known = {in_order(row["a_title"], row["b_title"]) for row in csv.DictReader(stream)}
    chance = random.Random(arguments.seed)
    found = heaps(profiles, known)
    drawn = [(heap, *pair) for heap, count in WANTED.items() for pair in chance.sample(sorted(found[heap]), count)]
    chance.shuffle(drawn)
    arguments.to.mkdir(parents=True, exist_ok=True)
    with (arguments.to / "pairs.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["a_code", "b_code", "a_title", "a_level", "b_title", "b_level"])
        writer.writerows(
            (a, b, by_key[a].title, by_key[a].level, by_key[b].title, by_key[b].level) for _, a, b in drawn
        )
    with (arguments.to / "heaps.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["a_code", "b_code", "heap", "of"])
        writer.writerows((a, b, heap, len(found[heap])) for heap, a, b in drawn)


if __name__ == "__main__":
    main()
