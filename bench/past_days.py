"""What it costs to keep what pairs and cases were: rows and bytes of a day on which some offers changed, and a past day's report.

    python bench/past_days.py [--runs 100000] [--share 0.01] [--days 3] [--seed 7]

The runs are those of bench/flags_changes.py, in SQLite. Each day half of a share of the offers gets other credits, which
moves scores, and half the title of another offer, which ends pairs and begins others; then everything is compared anew. Times are processor time.
"""

import argparse
import random
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path[0] = str(
    Path(__file__).resolve().parent.parent
)  # bench/search.py must not stand before the package of that name

from sqlalchemy import text
from sqlmodel import select

from bench.flags import SEED
from bench.flags_changes import detect_pairs, fill
from registry.coordination.queries import overlap_report
from registry.core import clock
from registry.core.db import Database
from registry.offers.models import Offer
from registry.offers.states import CreditScheme
from registry.setup import initialise

_SIZE = "SELECT count(*), coalesce(sum(length(evidence) + length(terms) + 80), 0) FROM {}"


def edit(database: Database, share: float, chance: random.Random) -> int:
    """Half of the chosen offers get other credits, half are called as another. Returns how many."""
    with database.write() as session:
        titles = dict(session.exec(select(Offer.id, Offer.title)).all())
        everybody = sorted(titles)
        chosen = chance.sample(everybody, int(len(titles) * share))
        for place, offer_id in enumerate(chosen):
            offer = session.get_one(Offer, offer_id)
            if place % 2:
                offer.title = titles[chance.choice(everybody)]
            else:
                offer.credits = chance.choice([one for one in (5, 7.5, 10, 15, 30, 60) if one != offer.credits])
                offer.credit_scheme = CreditScheme.ECTS
        return len(chosen)


def sizes(database: Database) -> tuple[int, int, int]:
    """Rows of what pairs were, their bytes (about), and rows of what cases were."""
    with database.read() as session:
        rows, length = session.execute(text(_SIZE.format("pair_version"))).one()
        return rows, length, session.execute(text("SELECT count(*) FROM overlap_case_version")).scalar_one()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/days.sqlite")
        initialise(database)
        with database.write() as session:
            fill(session, arguments.runs)
        first = clock.today() - timedelta(days=arguments.days)
        full = detect_pairs(database, first)
        with database.read() as session:
            rows, length = session.execute(text(_SIZE.format("pair"))).one()
        print(
            f"{arguments.runs:,} runs: {rows:,} pairs, {length / 1e6:.0f} MB, {full['cases']:,} cases; kept: {sizes(database)}\n"
        )
        print("| day | offers changed | pairs new | changed | gone | kept of pairs | MB | of cases | writing, s |")
        print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
        for number in range(1, arguments.days + 1):
            before, edited = sizes(database), edit(database, arguments.share, chance)
            told = detect_pairs(database, first + timedelta(days=number))
            pairs, length, cases = (now - then for now, then in zip(sizes(database), before, strict=True))
            counts = " | ".join(f"{told[name]:,}" for name in ("new", "changed", "gone"))
            print(
                f"| {number} | {edited:,} | {counts} | {pairs:,} | {length / 1e6:.1f} | {cases:,} | {told['write']:.1f} |",
                flush=True,
            )
        for day, name in ((first, "the first day"), (clock.today(), "today")):
            with database.read() as session:
                start = time.process_time()
                found = overlap_report(session, as_of=day, term="all", shown=slice(0, 50))
                print(
                    f"\na page of the report of {name}: {time.process_time() - start:.1f} s of {found['in_all']:,} pairs"
                )


if __name__ == "__main__":
    main()
