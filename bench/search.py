"""How fast is search? The embedded engine, SQLite FTS5 and a Meilisearch server, each in a process of its own, in one run.

    python bench/search.py [--home FOLDER] [--sizes 5000,100000] [--engines embedded,fts5,meilisearch] [--filters 6]

The catalogue is that of ``--home`` (see bench/relevance.py), its runs repeated under other keys; the queries are texts of the graded
sets. Every query counts eight facets disjunctively, by offer, and reads one page of 20 hits. *First* is the first time that a process
sees the query, *again* the time after that. Milliseconds of processor time, so that other work on the machine does not count (of the server:
its threads and the client together), and beside it of the clock on the wall. The server is at MEILI_URL, or started here where
a ``meilisearch`` binary is on PATH; processor time and memory are told of the latter only.
"""

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# This file is called search.py: its own folder must not stand before the package of that name.
sys.path[0] = str(ROOT)

import numpy as np
import psutil

from bench.relevance import home
from bench.search_corpus import FILTERS, Corpus
from bench.search_fts5 import Fts5Engine
from bench.search_server import Server, server
from search.embedded import EmbeddedEngine
from search.meilisearch import MeilisearchEngine

_EVERY_FILTER_UNTIL = (
    20_000  #: runs; in a larger index each text is asked under one set of filters, unless told otherwise
)
ENGINES = ("embedded", "fts5", "meilisearch")
_PATIENCE = 120.0  #: seconds for a question to the server: here it is measured, not given up


def engine(name: str, place: Path, corpus: Corpus, at: Server) -> EmbeddedEngine | Fts5Engine | MeilisearchEngine:
    if name == "embedded":
        return EmbeddedEngine(place / "index", corpus.settings)
    if name == "fts5":
        return Fts5Engine(place / "index.db", corpus.settings)
    return MeilisearchEngine(at.url, corpus.settings, key=at.key, uid="bench", patience=_PATIENCE)


def build(name: str, size: int, place: Path, at: Server) -> dict[str, Any]:
    corpus = Corpus.load(place.parent / "corpus")
    started, worked = time.perf_counter(), time.process_time() + at.seconds()
    one = engine(name, place, corpus, at)
    one.rebuild(corpus.runs(size))
    seconds, processor = time.perf_counter() - started, time.process_time() + at.seconds() - worked
    one.close()
    where = at.place if name == "meilisearch" else place
    on_disk = sum(path.stat().st_blocks * 512 for path in where.rglob("*") if path.is_file()) if where else float("nan")
    return {"rate": size / seconds, "seconds": seconds, "processor": processor, "disk": on_disk / 1e6}


def ask(name: str, filters: int, place: Path, at: Server) -> dict[str, Any]:
    corpus = Corpus.load(place.parent / "corpus")
    asked = {"text": corpus.queries(corpus.texts, filters), "match-all": corpus.queries([""], FILTERS)}
    gc.collect()
    gc.freeze()  # as the service does
    before = own_memory()
    started = time.perf_counter()
    one = engine(name, place, corpus, at)
    one.search(corpus.queries(["zzzz"], 1)[0])
    result: dict[str, Any] = {"opening": time.perf_counter() - started}
    for kind, queries in asked.items():
        for when in ("first", "again"):
            times = np.empty((2, len(queries)))
            totals = []
            for number, query in enumerate(queries):
                wall, work = time.perf_counter(), time.process_time() + at.seconds()
                totals.append(one.search(query).total)
                elapsed = time.perf_counter() - wall
                times[:, number] = time.process_time() + at.seconds() - work, elapsed
            result[f"{kind} {when}"] = np.percentile(times * 1e3, (50, 95, 99), axis=1).T.tolist()
        result[f"{kind} totals"] = totals
    result["memory"] = (at.memory() if name == "meilisearch" else own_memory() - before) / 1e6
    return result


def own_memory() -> float:
    """Bytes of this process, without what it maps from files: other processes share that."""
    found = psutil.Process().memory_info()
    return float(found.rss - found.shared)


def in_own_process(step: str, name: str, number: int, place: Path, at: Server) -> dict[str, Any]:
    facts = {"url": at.url, "key": at.key, "pid": at.pid, "place": str(at.place) if at.place else None}
    command = [sys.executable, __file__, "--step", step, "--name", name, "--number", str(number), "--place", str(place)]
    done = subprocess.run([*command, "--server", json.dumps(facts)], check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def report(size: int, names: list[str], corpus: Corpus, filters: int) -> None:
    measured: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        corpus.save(Path(folder, "corpus"))
        for name in names:
            place = Path(folder, name)
            place.mkdir()
            with server(place) if name == "meilisearch" else no_server() as at:
                if at is None:
                    print("\nNo Meilisearch server: neither MEILI_URL nor a binary on PATH.")
                    continue
                built = in_own_process("build", name, size, place, at)
                print(f"{size:,} {name}: {built}", file=sys.stderr, flush=True)
                measured[name] = built | in_own_process("ask", name, filters, place, at)
                print({key: some for key, some in measured[name].items() if "totals" not in key}, file=sys.stderr)
    print(f"\n### {size:,} runs, {len(corpus.texts)} texts, each under {filters} of {FILTERS} sets of filters\n")
    print("| queries | when | engine | p50 | p95 | p99 | wall p50 | p95 | p99 | × embedded p50 | p99 |")
    print("|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for kind in ("text", "match-all"):
        for when in ("first", "again"):
            for name, found in measured.items():
                work, wall = found[f"{kind} {when}"]
                ours = measured.get("embedded", found)[f"{kind} {when}"][0]
                cells = [f"{value:.2f}" for value in (*work, *wall)] + [f"{work[at] / ours[at]:.0f}" for at in (0, 2)]
                print(f"| {kind} | {when} | {name} | {' | '.join(cells)} |")
    print(f"\n| | {' | '.join(measured)} |\n|---|{'--:|' * len(measured)}")
    for label, key, shape in (
        ("built, documents a second", "rate", "{:,.0f}"),
        ("built, s", "seconds", "{:.0f}"),
        ("built, s of processor time", "processor", "{:.0f}"),
        ("index on disk, MB", "disk", "{:,.0f}"),
        ("opened until the first answer, s", "opening", "{:.2f}"),
        ("memory of a reader's or the server's own, MB", "memory", "{:,.0f}"),
    ):
        print(f"| {label} | {' | '.join(shape.format(found[key]) for found in measured.values())} |")
    for name, found in measured.items():
        pairs = list(zip(found["text totals"], next(iter(measured.values()))["text totals"], strict=True))
        print(
            f"\n{name}: the same total as the first engine for {sum(a == b for a, b in pairs)} of {len(pairs)} queries."
        )


@contextmanager
def no_server() -> Iterator[Server]:
    yield Server("")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--sizes", default="5000,100000")
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--filters", type=int, help="under how many of the 6 sets of filters a text is asked")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--step", choices=("build", "ask"), help=argparse.SUPPRESS)
    for name, kind in (("--name", str), ("--number", int), ("--place", Path), ("--server", json.loads)):
        parser.add_argument(name, type=kind, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.step:
        at = Server(**wanted.server | {"place": Path(wanted.server["place"]) if wanted.server["place"] else None})
        step = build if wanted.step == "build" else ask
        print(json.dumps(step(wanted.name, wanted.number, wanted.place, at)))
        return
    corpus = Corpus.of(home(wanted.home), wanted.texts)
    for size in wanted.sizes.split(","):
        filters = wanted.filters or (FILTERS if int(size) <= _EVERY_FILTER_UNTIL else 1)
        report(int(size), wanted.engines.split(","), corpus, filters)


if __name__ == "__main__":
    main()
