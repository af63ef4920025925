"""What one changed run costs at 100,000 runs: from the outbox row to its risk, warning and mark, commit included.

    python bench/risk_changes.py [--runs 100000] [--changes 300] [--together 500] [--keep FOLDER] [--seed 7]

The runs are those of bench/flags.py, each with an offer of its own, in SQLite (BENCH_PG=postgresql+psycopg://… for an empty
PostgreSQL database). The runs of the two newest terms are open, with a deadline and from none to twenty applicants; those of the
four before are settled, and are what is learnt from. Each offer has three pairs, drawn by lot. "applied": somebody applies
to a run; "edited": its minimum or deadline is moved. Wall time, and processor time of this process.
"""

import argparse
import gc
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path[0] = str(
    Path(__file__).resolve().parent.parent
)  # bench/search.py must not stand before the package of that name

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from bench.flags import SEED
from bench.flags_changes import MOMENT, ROBOT, fill
from registry.applications.models import Application
from registry.coordination.detection import risks
from registry.coordination.forecast.keeping import to_json
from registry.coordination.models import Detection, LearntForecast, Pair
from registry.coordination.operations import judge_changed
from registry.coordination.queries.detecting.applicants import load_applicants
from registry.coordination.queries.detecting.learnt_forecast import learnt_model
from registry.coordination.queries.detecting.runs import load_runs
from registry.coordination.queries.detecting.study_years import leaf_subjects
from registry.coordination.states import PairKind, Reach, Strength
from registry.core import clock, terms
from registry.core.db import Database
from registry.offers.models import Offer, Run
from registry.offers.states import CancelReason, RunState
from registry.rules.register import rules_on
from registry.setup import initialise

_CHUNK = 5_000


def furnish(session: Session, chance: random.Random) -> None:
    """Subjects, deadlines, applicants, fates and pairs for what :func:`fill` has made."""
    leaves = sorted(leaf_subjects(session))
    runs = session.exec(select(Run.id, Run.offer_id, Run.term).order_by(col(Run.id))).all()
    known = sorted({term for *_, term in runs}, key=terms.sort_key)[-6:]
    going, settled = set(known[-2:]), set(known[:-2])
    today = clock.today()
    changes, applications = [], []
    for run_id, _, term in runs:
        if term not in going | settled:
            continue
        number = chance.choice((0, 2, 4, 7, 9, 12, 15, 20))
        closes = today + timedelta(days=chance.randrange(60)) if term in going else today - timedelta(days=200)
        lost = term in settled and number < 9
        changes.append(
            {"id": run_id, "minimum": 10, "places": 30, "application_closes_on": closes}
            | {"state": RunState.OPEN if term in going else RunState.CANCELLED if lost else RunState.COMPLETED}
            | {"cancel_reason": CancelReason.FEW_APPLICANTS if lost else None, "cancelled_at": MOMENT if lost else None}
        )
        applications += [
            {
                "run_id": run_id,
                "applicant_key": f"k1:{run_id}:{place}",
                "applied_at": clock.start_of_day(closes - timedelta(days=61 + chance.randrange(30))),
            }
            for place in range(number)
        ]
    session.execute(update(Offer), [{"id": offer, "subject_code": chance.choice(leaves)} for _, offer, _ in runs])
    session.execute(update(Run), changes)
    for start in range(0, len(applications), _CHUNK):
        session.execute(insert(Application), applications[start : start + _CHUNK])
    session.add(Detection(id=1, at=clock.now(), as_of=today))
    session.flush()
    by_term: dict[str, list[int]] = {}
    for _, offer, term in runs:
        by_term.setdefault(term, []).append(offer)
    pairs = {
        tuple(sorted(chance.sample(some, 2))): term for term, some in by_term.items() for _ in range(len(some) * 3 // 2)
    }
    rows = [
        {
            "kind": PairKind.OVERLAP, "a_offer_id": a, "b_offer_id": b, "score": 0.7, "strength": Strength.STRONG,
            "reach": Reach.SAME_REGION, "terms": [term], "evidence": [], "fingerprint": "", "digest": "",
            "detection_id": 1, "first_seen_on": today, "since": today,
        }
        for (a, b), term in pairs.items()
    ]  # fmt: skip
    for start in range(0, len(rows), _CHUNK):
        session.execute(insert(Pair), rows[start : start + _CHUNK])


def learn(database: Database) -> float:
    """What a detection does about risk, but for the advice. Processor seconds."""
    start, today = time.process_time(), clock.today()
    with database.write() as session:
        rules, runs, applicants = rules_on(session, today), load_runs(session), load_applicants(session)
        model = risks.learn_from(runs, applicants, rules, today)
        session.add(LearntForecast(learnt_on=today, detection_id=1, model=to_json(model)))
        found = risks.find_risks(runs, applicants, model, {}, frozenset(), rules, today)
        risks.store_risks(session, found, 1, today)
        print(f"{len(found):,} of {len(runs):,} runs are judged", flush=True)
    return time.process_time() - start


def applied(session: Session, runs: list[int], number: int) -> dict[str, Any]:
    """Somebody applies to each."""
    rows = [Application(run_id=one, applicant_key=f"k1:new:{number}:{one}", applied_at=clock.now()) for one in runs]
    session.add_all(rows)
    session.flush()
    return {"applications": [row.pk for row in rows]}


def edited(session: Session, runs: list[int], number: int) -> dict[str, Any]:
    """The minimum of each is another, or its deadline."""
    for one in runs:
        run = session.get_one(Run, one)
        if number % 2:
            run.minimum = (run.minimum or 0) + 1
        else:
            run.application_closes_on = clock.today() + timedelta(days=number % 50)
    return {"offers": [f"r-{one}" for one in runs]}


def change(
    database: Database, runs: list[int], number: int, how: Callable[[Session, list[int], int], dict[str, Any]]
) -> tuple[float, float, int]:
    """Wall and processor milliseconds of one change, and how many runs came to stand otherwise."""
    with database.write() as session:
        told = how(session, runs, number)
    real, cpu = time.perf_counter(), time.process_time()
    written = judge_changed(database, ROBOT, **told)
    return (time.perf_counter() - real) * 1000, (time.process_time() - cpu) * 1000, written or 0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=300)
    parser.add_argument("--together", type=int, default=500)
    parser.add_argument("--seed", type=int, default=SEED, help="another one for a database that is used again")
    parser.add_argument("--keep", type=Path, help="a folder whose database is used again")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        path = (arguments.keep or Path(folder)) / "risk.sqlite"
        filled = path.exists()
        database = Database(os.environ.get("BENCH_PG") or f"sqlite:///{path}")
        if not filled:
            initialise(database)
            with database.write() as session:
                fill(session, arguments.runs)
                furnish(session, chance)
            print(f"learnt and judged in {learn(database):.1f} processor seconds\n", flush=True)
        with database.read() as session:
            going = list(session.exec(select(Run.id).where(Run.state == RunState.OPEN)).all())
            start = time.process_time()
            learnt_model(session)
            print(f"the model is read once for the process: {(time.process_time() - start) * 1000:.0f} ms\n")
        gc.collect()
        gc.freeze()
        print("| changed run | changes | p50 ms | p95 ms | at most | cpu p50 / p95 | written, of all |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        for how in (applied, edited):
            some = chance.sample(going, arguments.changes)
            told = [change(database, [run or 0], number, how) for number, run in enumerate(some, 1)]
            wall, cpu = sorted(one[0] for one in told), sorted(one[1] for one in told)
            middle, high = len(told) // 2, int(len(told) * 0.95)
            print(
                f"| {how.__name__} | {len(told)} | {wall[middle]:.1f} | {wall[high]:.1f} | {wall[-1]:.1f} | "
                f"{cpu[middle]:.1f} / {cpu[high]:.1f} | {sum(one[2] for one in told)} |",
                flush=True,
            )
            many = [one or 0 for one in chance.sample(going, arguments.together)]
            real, spent, written = change(database, many, arguments.changes + 1, how)
            print(
                f"| {how.__name__}, {len(many)} at once, all of them | 1 | {real:.0f} | | | {spent:.0f} | {written} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
