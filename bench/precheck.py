"""What the review of a planned offer costs in a filled database, beside what it costs to find its neighbours.

    python bench/precheck.py [--runs 100000] [--reviews 200] [--keep FOLDER] [--seed 7]

The runs are those of bench/flags.py in the database of bench/flags_changes.py (``--keep`` takes a folder with one), each offer with the
subject that its name tells. A planned offer has the name of one of them and is planned in the west for the next spring. "Review" is
everything that the page tells; drawing the page is left out. Times are wall time, and processor time of this process.
"""

import argparse
import gc
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # else "search" is the bench beside this file

from sqlalchemy import bindparam, update
from sqlmodel import Session, select

from bench.flags import SEED
from bench.flags_changes import fill
from registry.coordination import country_cache
from registry.coordination.precheck import Planned, find, review
from registry.core import clock, terms
from registry.core.db import Database
from registry.core.table import columns_of
from registry.matching.reading import read_name
from registry.offers.models import Offer
from registry.rules.register import rules_on
from registry.setup import initialise


def tell_subjects(session: Session) -> None:
    """Each offer's main subject, as an import would have told it."""
    rows = [
        {"offer": pk, "subject": read.value}
        for pk, title in session.exec(select(Offer.id, Offer.title).where(Offer.subject_code == None))  # noqa: E711 - SQL
        if (read := read_name(title).subject)
    ]
    offer = columns_of(Offer)
    statement = update(Offer.__table__).where(offer.id == bindparam("offer")).values(subject_code=bindparam("subject"))
    if rows:
        session.connection().execute(statement, rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--reviews", type=int, default=200)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--keep", type=Path, help="a folder whose database is used again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = (arguments.keep or Path(folder)) / "changes.sqlite"
        filled = path.exists()
        database = Database(f"sqlite:///{path}")
        initialise(database)
        with database.write() as session:
            if not filled:
                fill(session, arguments.runs)
            tell_subjects(session)
        today = clock.today()
        times: dict[str, list[float]] = {
            "neighbours, cpu": [],
            "review": [],
            "review, cpu": [],
            "overlaps": [],
            "related": [],
        }
        with database.read() as session:
            titles = session.exec(select(Offer.title)).all()
            rules = rules_on(session, today)
            with country_cache.country(session, rules):
                pass
        gc.collect()
        gc.freeze()
        for title in random.Random(arguments.seed).sample(list(titles), arguments.reviews + 5):
            planned = Planned(title, region="west", terms=[terms.shift(terms.of(today), 1)])
            with database.read() as session:
                cpu = time.process_time()
                find(session, planned, rules, today)
                times["neighbours, cpu"].append((time.process_time() - cpu) * 1000)
                real, cpu = time.perf_counter(), time.process_time()
                found = review(session, planned, rules, today, may_see=lambda _: True, exact=True)
                times["review, cpu"].append((time.process_time() - cpu) * 1000)
                times["review"].append((time.perf_counter() - real) * 1000)
                times["overlaps"].append(len(found.overlaps))
                times["related"].append(len(found.related))
    print(f"{len(titles):,} offers\n\n| one planned offer | reviews | p50 | p95 | at most |\n|---|--:|--:|--:|--:|")
    for name, all_of_them in times.items():
        ranked = sorted(all_of_them[5:])  # the first ones make statements
        print(
            f"| {name} | {len(ranked)} | {ranked[len(ranked) // 2]:.1f} | {ranked[int(len(ranked) * 0.95)]:.1f} | {ranked[-1]:.1f} |"
        )


if __name__ == "__main__":
    main()
