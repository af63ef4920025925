"""What the flags cost: reading, overlaps and duplicates at 10,000, 100,000 and a million runs, and one changed offer.

    python bench/flags.py [--sizes 10000 100000 1000000]

The runs are made up from the registry's own subjects with a seed: sixty providers, and 3,000 runs a term as in the demonstration
year, so that 100,000 runs are 33 terms. A million are 60 terms of 16,700: a country five times as crowded. A size is run in a
process of its own, so that its memory is its own. Seconds are processor seconds, so that a busy machine does not blur them.
"Growth" is time against the size before, divided by the growth of the work (runs plus listed pairs): 1.0 means that cost grows
exactly as the work does.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from registry.matching.duplicates import duplicates
from registry.matching.overlap import OverlapIndex
from registry.matching.profiles import Profile, make_profile
from registry.matching.subjects import subject_tree

PROVIDERS, SEED = 60, 20251122
SHARING = 12  # runs per content
RUNS_A_TERM = 3_000
MOST_TERMS = 60  # to 2041, the last year whose terms the registry tells apart; from 180,000 runs on each term has more
REGIONS = ("ost", "vest", "nord")
YEARS = ("1.-7. trinn", "5.-10. trinn", "8.-13. trinn", "1-7", "5-10", "trinn 1-10")
AROUND = (
    "{}",
    "KOMPiS {}",
    "{} (30 studiepoeng)",
    "{}. Kompetanse for kvalitet",
    "{}, nettbasert",
    "{} – videreutdanning for lærere",
)
SYLLABLES = "ba be bo dra fi ga gri ha ke klo la lu ma ne no pla ra ri sko sti ta tro ve vi".split()  # noqa: SIM905 - a list of words reads best as words


def words(chance: random.Random, count: int) -> list[str]:
    """Made-up words, so that the number of different contents grows with the country."""
    return ["".join(chance.choices(SYLLABLES, k=chance.randint(3, 4))) for _ in range(count)]


def content(chance: random.Random, subject: str, focus: list[str]) -> str:
    """One content that several institutions teach: two thirds with step and school years, nearly all with a focus."""
    title = f"{subject} {chance.choice((1, 1, 2))}, {chance.choice(YEARS)}" if chance.random() < 0.66 else subject
    return f"{title} – {' '.join(chance.choices(focus, k=2))}" if chance.random() < 0.98 else title


def synthetic_runs(size: int) -> Iterator[Profile]:
    """Runs about as crowded as the real ones (2–3 listed pairs per programme in DBH table 347)."""
    chance = random.Random(SEED)
    terms = [f"{2012 + half // 2}{'VH'[half % 2]}" for half in range(min(MOST_TERMS, max(1, size // RUNS_A_TERM)))]
    leaves = [subject.name_nb for subject in subject_tree().values() if len(subject.path) == 3]
    weight = [1 / (rank + 1) ** 0.7 for rank in range(len(leaves))]
    focus = words(chance, max(50, size // 20))
    contents = [content(chance, chance.choices(leaves, weight)[0], focus) for _ in range(max(1, size // SHARING))]
    for number in range(size):
        title = chance.choice(contents)
        provider = chance.randrange(PROVIDERS)
        yield make_profile(
            f"run-{number}",
            f"provider-{provider}",
            chance.choice(AROUND).format(title),
            level="LN",
            code=f"K{number}",
            source="a" if number % 2 else "b",
            terms=[chance.choice(terms)],
            regions=[REGIONS[provider % len(REGIONS)]],
        )


def run(size: int) -> dict[str, float]:
    """Measure one size in this process. Seconds, mebibytes and counts."""
    start = time.process_time()
    profiles = list(synthetic_runs(size))
    read = time.process_time()
    index = OverlapIndex(profiles)
    pairs = sum(1 for _ in index.each_pair())
    overlapped = time.process_time()
    double = duplicates(profiles)
    doubled = time.process_time()
    index.neighbours(profiles[0])  # the first one turns the matrix; every later one profits
    lookups, changes = [], []
    for profile in random.Random(SEED).sample(profiles, 200):
        begin = time.process_time()
        index.neighbours(profile)
        lookups.append(time.process_time() - begin)
        begin = time.process_time()
        index.add(profile)
        changes.append(time.process_time() - begin)
    return {
        "runs": size,
        "read": read - start,
        "overlaps": overlapped - read,
        "duplicates": doubled - overlapped,
        "pairs": pairs,
        "doubles": len(double),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "lookup_p50": sorted(lookups)[100] * 1000,
        "lookup_p95": sorted(lookups)[190] * 1000,
        "change_p95": sorted(changes)[190] * 1000,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(run(arguments.one)))
        return
    print(
        "| runs | making and reading s | overlaps s | duplicates s | growth | pairs | duplicates | memory MiB | look-up p50 / p95 ms | change p95 ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    before: dict[str, float] | None = None
    for size in arguments.sizes:
        done = subprocess.run(
            [sys.executable, __file__, "--one", str(size)], check=True, capture_output=True, text=True
        )
        now: dict[str, float] = json.loads(done.stdout)
        growth = "–"
        if before:
            seconds = (now["overlaps"] + now["duplicates"]) / (before["overlaps"] + before["duplicates"])
            work = (now["runs"] + now["pairs"] + now["doubles"]) / (
                before["runs"] + before["pairs"] + before["doubles"]
            )
            growth = f"{seconds / work:.2f}"
        print(
            f"| {size:,} | {now['read']:.1f} | {now['overlaps']:.1f} | {now['duplicates']:.1f} | {growth} | {now['pairs']:,.0f} | "
            f"{now['doubles']:,.0f} | {now['memory']:,.0f} | {now['lookup_p50']:.1f} / {now['lookup_p95']:.1f} | {now['change_p95']:.1f} |",
            flush=True,
        )
        before = now


if __name__ == "__main__":
    main()
