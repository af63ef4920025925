"""How fast is search? The embedded engine against SQLite FTS5, each in a process of its own, in one run.

    python bench/search.py [--sizes 10000,100000]

Every query counts eight facets disjunctively, by offer, and reads one page of 20 hits. *First* is the first time
that a process sees the query, *again* the median of the times after that. Times are processor time of one thread, in milliseconds: what else
the machine does while it measures does not count.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# This file is called search.py: its own folder must not stand before the package of that name.
sys.path[0] = str(ROOT)

import numpy as np
import psutil

from bench.search_corpus import SETTINGS, TEXTS, documents, queries
from bench.search_fts5 import Fts5Engine
from search.embedded import EmbeddedEngine

ENGINES = ("embedded", "fts5")


def engine(name: str, place: Path) -> EmbeddedEngine | Fts5Engine:
    return EmbeddedEngine(place / "index", SETTINGS) if name == "embedded" else Fts5Engine(place / "index.db", SETTINGS)


def build(name: str, size: int, place: Path) -> dict[str, Any]:
    ready = list(documents(size))
    started = time.perf_counter()
    one = engine(name, place)
    one.rebuild(ready)
    seconds = time.perf_counter() - started
    one.close()
    on_disk = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    return {"documents_per_second": size / seconds, "megabytes": on_disk / 1e6}


def ask(name: str, rounds: int, place: Path) -> dict[str, Any]:
    memory = psutil.Process().memory_info().rss
    started = time.perf_counter()
    one = engine(name, place)
    one.search(queries("zzzz")[0])
    result: dict[str, Any] = {"opening": time.perf_counter() - started}
    for kind, texts in (("text", TEXTS), ("match-all", ("",))):
        asked = [query for text in texts for query in queries(text)]
        times = np.empty((rounds + 1, len(asked)))
        for turn in range(rounds + 1):
            for place_, query in enumerate(asked):
                before = time.process_time()
                page = one.search(query)
                times[turn, place_] = time.process_time() - before
                if turn == 0 and kind == "text":
                    result.setdefault("totals", []).append(page.total)
        result[kind] = {"first": spread(times[0]), "again": spread(np.median(times[1:], axis=0))}
    result["memory"] = (psutil.Process().memory_info().rss - memory) / 1e6
    return result


def spread(seconds: Any) -> list[float]:
    return [float(value) * 1e3 for value in np.percentile(seconds, (50, 95, 99))]


def in_own_process(step: str, name: str, number: int, place: Path) -> dict[str, Any]:
    command = [
        sys.executable,
        __file__,
        "--step",
        step,
        "--engine",
        name,
        "--number",
        str(number),
        "--place",
        str(place),
    ]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def report(size: int, rounds: int) -> None:
    measured: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ENGINES:
            place = Path(folder, name)
            place.mkdir()
            measured[name] = {
                **in_own_process("build", name, size, place),
                **in_own_process("ask", name, rounds, place),
            }
    ours, theirs = (measured[name] for name in ENGINES)
    print(f"\n### {size:,} runs, {len(TEXTS)} texts x 6 filters\n")
    print("| queries | when | embedded p50 | p95 | p99 | FTS5 p50 | p95 | p99 | FTS5 / embedded p50 | p99 |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for kind in ("text", "match-all"):
        for when in ("first", "again"):
            mine, other = ours[kind][when], theirs[kind][when]
            cells = [f"{value:.2f}" for value in (*mine, *other)]
            cells += [f"{other[place] / mine[place]:.0f} x" for place in (0, 2)]
            print(f"| {kind} | {when} | {' | '.join(cells)} |")
    print("\n| | embedded | FTS5 |\n|---|--:|--:|")
    for label, key, shape in (
        ("built, documents a second", "documents_per_second", "{:,.0f}"),
        ("index on disk, MB", "megabytes", "{:.0f}"),
        ("opened until the first answer, s", "opening", "{:.2f}"),
        ("memory of a reader, MB", "memory", "{:.0f}"),
    ):
        print(f"| {label} | {shape.format(ours[key])} | {shape.format(theirs[key])} |")
    same = sum(a == b for a, b in zip(ours["totals"], theirs["totals"], strict=True))
    print(
        f"\nThe same total for {same} of {len(ours['totals'])} queries (FTS5 knows no typing errors and drops no words)."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--rounds", type=int, default=1, help="times that each query is asked again")
    parser.add_argument("--step", choices=("build", "ask"), help=argparse.SUPPRESS)
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.step:
        step = build if wanted.step == "build" else ask
        print(json.dumps(step(wanted.engine, wanted.number, wanted.place)))
        return
    for size in wanted.sizes.split(","):
        report(int(size), wanted.rounds)


if __name__ == "__main__":
    main()
