"""Imports killed with SIGKILL, a hundred times on each database: what is left is compared with imports that nobody killed.

python bench/killing.py [kills]            SQLite; default 100
BENCH_PG=postgresql+psycopg://… python bench/killing.py    PostgreSQL too, in a database of its own that is dropped afterwards

Each import runs in a process of its own (a fork), which kills itself at a moment drawn by lot: at some write, or just
before or just after some commit. The next process goes on. Deliveries follow each other: 5 per cent of the rows are
poisoned, some change, some vanish. Both databases must hold the same in the end, and every row be accounted for.
"""

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from intake import postgresql, rows
from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlmodel import select

from registry.access.policy import system
from registry.core import audit
from registry.core.db import Database
from registry.intake.models import ImportRun, QuarantinedRow, RecordChange, RecordRun, SourceRecord
from registry.intake.operations import import_payloads, resume
from registry.intake.operations.resuming import unfinished
from registry.intake.reading import spool
from registry.intake.states import ImportOutcome
from registry.offers.models import Offer, Run
from registry.setup import initialise

ROWS, BATCH = 240, 20
START = date(2025, 10, 1)
ACTOR = system("bench")


def delivery(number: int, folder: Path) -> Path:
    """The ``number``th delivery: the same for every database."""
    draw = random.Random(number)
    listed = rows(ROWS + 4 * number)
    for row in draw.sample(listed, len(listed) // 20):
        row["Årstall"] = "i fjor"
    for row in draw.sample(listed, len(listed) // 10):
        row["Studieprogramnavn"] += f", utgave {number}"
    for row in draw.sample(listed, 3 if number else 0):
        listed.remove(row)
    path = folder / f"delivery-{number}.json"
    path.write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")
    return path


def one(url: str, number: int, folder: Path, home: Path) -> None:
    """Go on with what was broken off, else take in the delivery."""
    database = Database(url)
    left = unfinished(database, patience=timedelta(0))
    if left:
        for run_id in left:
            resume(database, ACTOR, run_id, home)
    else:
        day = START + timedelta(days=number)
        import_payloads(database, ACTOR, "dbh-347", [delivery(number, folder)], as_of=day, payload_folder=home)
    database.dispose()


def arm(draw: random.Random) -> None:
    """Die at a moment drawn by lot."""
    kind, number = draw.choice(("before_commit", "after_commit", "after_flush")), draw.randint(1, 24)
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Session, kind, count)


def attempt(url: str, number: int, folder: Path, home: Path, draw: random.Random | None) -> bool:
    """One process. True where it ended by itself."""
    seed = draw.random() if draw else 0.0
    child = os.fork()
    if child == 0:
        if draw:
            arm(random.Random(seed))
        one(url, number, folder, home)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.WEXITSTATUS(status):
        raise SystemExit("an import failed where it should have gone on")
    return True


def done(url: str, number: int) -> bool:
    database = Database(url)
    with database.read() as session:
        found = [run for run in session.exec(select(ImportRun)) if run.as_of == START + timedelta(days=number)]
    database.dispose()
    return any(run.outcome is not ImportOutcome.RUNNING for run in found)


def state(url: str) -> dict[str, Any]:
    """What a database holds, without ids and moments."""
    database = Database(url)
    with database.read() as session:
        runs = session.exec(select(ImportRun).order_by(ImportRun.id)).all()
        days = {run.id: run.as_of for run in runs}
        found = {
            "accounts": [
                (run.as_of, run.outcome, run.seen, run.new, run.changed, run.unchanged, run.quarantined, run.vanished)
                for run in runs
            ],
            "unaccounted": [
                run.id for run in runs if run.seen != run.new + run.changed + run.unchanged + run.quarantined
            ],
            "offers": sorted((one.key, one.title, str(one.state)) for one in session.exec(select(Offer))),
            "runs": sorted((one.key, str(one.state), one.left_feed_on) for one in session.exec(select(Run))),
            "records": sorted(
                (one.key, one.content_hash, one.absent_since) for one in session.exec(select(SourceRecord))
            ),
            "links": len(session.exec(select(RecordRun)).all()),
            "changes": sorted((days[one.import_run_id], str(one.event)) for one in session.exec(select(RecordChange))),
            "quarantine": sorted(
                (days[one.import_run_id], one.position) for one in session.exec(select(QuarantinedRow))
            ),
            "chain broken at": audit.first_broken(session),
        }
    database.dispose()
    return found


def run(label: str, url: str, control: str, kills: int) -> bool:
    draw, killed, number, start = random.Random(label), 0, 0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
        for address in (url, control):
            database = Database(address)
            initialise(database)
            database.dispose()
        while killed < kills:
            while not done(url, number):
                killed += not attempt(url, number, Path(folder), Path(home), draw if killed < kills else None)
            number += 1
        for each in range(number):
            attempt(control, each, Path(folder), Path(home), None)
        found, wanted = state(url), state(control)
    differs = [name for name in wanted if found[name] != wanted[name]]
    seen = sum(account[2] for account in found["accounts"])
    print(
        f"{label:<11}{killed:>6} kills{number:>5} deliveries{seen:>8} rows  "
        f"unaccounted {len(found['unaccounted'])}  differs from the unkilled: {', '.join(differs) or 'nothing'}  "
        f"audit chain {'whole' if found['chain broken at'] is None else 'BROKEN'}  {time.perf_counter() - start:.0f} s"
    )
    return not differs and not found["unaccounted"] and found["chain broken at"] is None


@contextmanager
def sqlite() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/killed.sqlite3", f"sqlite:///{folder}/control.sqlite3"


def main() -> None:
    spool.BATCH_ROWS = BATCH
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with sqlite() as (url, control):
        good = run("SQLite", url, control, kills)
    if server := os.environ.get("BENCH_PG"):
        with postgresql(server) as url, postgresql(server) as control:
            good = run("PostgreSQL", url, control, kills) and good
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
