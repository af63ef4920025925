"""How long does a page of the search take, and how many are there in a second? One worker, over the whole application.

    python bench/pages.py [--home FOLDER] [--runs 5000,100000]

The catalogue is that of ``--home`` (see bench/relevance.py), and an index of so many runs: those of the catalogue, repeated under other keys. Each
query of the graded set is asked once as a page, with every facet, through Flask's test client: no network, everything else. *New* is a server
that has just begun: words are read from the index for the first time, pieces drawn for the first time. *Running* is the same server asked for the
same pages with all drawn pages forgotten. *Again* is what a page costs that was drawn within the last minute. Processor time, so that
other work on the machine does not count.
"""

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

import numpy as np
from flask.testing import FlaskClient
from numpy.typing import NDArray

from bench.relevance import home
from registry.app import create_app
from registry.catalogue.documents import build_documents, index_settings
from registry.catalogue.views.page_cache import forget_pages
from registry.core.db import Database
from registry.settings import Settings
from search.embedded import EmbeddedEngine
from search.protocol import SearchDocument
from tests.search.relevance.grading import meanings

_QUERIES = 200


def repeated(documents: list[SearchDocument], size: int) -> Iterator[SearchDocument]:
    """So many documents; each time round as other offers of other keys."""
    for turn in range(size // len(documents) + 1):
        again = (replace(one, id=f"{one.id}~{turn}", group=f"{one.group}~{turn}") if turn else one for one in documents)
        yield from islice(again, size - turn * len(documents))


def measured(settings: Settings, database: Database, documents: list[SearchDocument], size: int) -> None:
    with tempfile.TemporaryDirectory() as folder, database.read() as session:
        engine = EmbeddedEngine(Path(folder), index_settings(session))
        started = time.process_time()
        engine.rebuild(repeated(documents, size))
        built = time.process_time() - started
        app = create_app(settings, database, engine)
        client = app.test_client()
        client.get("/nb/tilbud")
        gc.collect()
        gc.freeze()  # as the server does
        new = asked(client)
        forget_pages(app)
        running, again = asked(client), asked(client)
        print(f"| {size:,} | {told(new)} | {told(running)} | {told(again)} | {size / built:,.0f} |", flush=True)
        engine.close()


def told(seconds: NDArray[np.float64]) -> str:
    """Half, nineteen of twenty and nearly all in milliseconds, and pages a second."""
    p50, p95, p99 = np.percentile(seconds * 1e3, (50, 95, 99))
    return f"{p50:.1f} / {p95:.1f} / {p99:.1f} | {1 / seconds.mean():,.0f}"


def asked(client: FlaskClient) -> NDArray[np.float64]:
    """Seconds of processor time for each query."""
    times = []
    for meaning in meanings()[:_QUERIES]:
        started = time.process_time()
        answer = client.get("/nb/tilbud", query_string={"q": meaning.query})
        times.append(time.process_time() - started)
        assert answer.status_code == 200
    return np.array(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--runs", default="5000,100000")
    wanted = parser.parse_args()
    settings = Settings(home=home(wanted.home))
    database = Database(settings.database)
    with database.read() as session:
        documents = list(build_documents(session))
    print(
        "| runs | new: p50 / p95 / p99 ms | a second | running: p50 / p95 / p99 ms | a second | again: ms | a second | indexed a second |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    for size in wanted.runs.split(","):
        measured(settings, database, documents, int(size))


if __name__ == "__main__":
    main()
