"""Reports of earlier days from a filled registry: processor seconds, best of three, with more and more in the log since.

    python bench/earlier_days.py HOME [--changes 0 20000] [--days 0 1 90 365] [--seed 7]

HOME is a copy of a registry's home (it is written in): so many changes of runs' and offers' values are put in the log of today.
"""

import argparse
import random
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from registry.coordination.queries import at_risk_report, coverage_report, small_subject_report
from registry.core import audit, clock
from registry.core.db import Database
from registry.offers.models import Offer, Run
from registry.reference.models import Municipality, Subject

REPORTS: tuple[Callable[..., Any], ...] = (at_risk_report, coverage_report, small_subject_report)


def change(session: Session, number: int, chance: random.Random) -> None:
    """As a delivery tells: half of them places and municipalities of a run, half the subject of an offer."""
    runs, offers = session.exec(select(Run.id)).all(), session.exec(select(Offer.id)).all()
    towns = session.exec(select(Municipality.code)).all()
    subjects = session.exec(select(Subject.code).where(Subject.depth == 2)).all()
    for place in range(number):
        if place % 2:
            thing, one = "run", chance.choice(runs)
            fields: dict[str, Any] = {"places": [20, 30], "municipalities": [[chance.choice(towns)], []]}
        else:
            thing, one = "offer", chance.choice(offers)
            fields = {"subject_code": [chance.choice(subjects), chance.choice(subjects)]}
        audit.record(
            session, actor="bench", thing=thing, thing_id=one or 0, event="changed", details={"fields": fields}
        )


def seconds(database: Database, report: Callable[..., Any], days: int) -> float:
    taken = []
    for _ in range(3):
        with database.read() as session:
            began = time.process_time()
            report(session, as_of=clock.today() - timedelta(days=days))
            taken.append(time.process_time() - began)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--changes", type=int, nargs="+", default=[0, 20_000])
    parser.add_argument("--days", type=int, nargs="+", default=[0, 1, 90, 365])
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    database, chance = Database(f"sqlite:///{asked.home}/registry.sqlite3"), random.Random(asked.seed)
    print("changes  days back  " + "  ".join(report.__name__ for report in REPORTS))
    for number in asked.changes:
        with database.write() as session:
            change(session, number, chance)
        for days in asked.days:
            told = "  ".join(f"{seconds(database, report, days):>{len(report.__name__)}.2f}" for report in REPORTS)
            print(f"{number:>7}  {days:>9}  {told}")
    database.dispose()


if __name__ == "__main__":
    main()
