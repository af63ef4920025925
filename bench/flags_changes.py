"""What one changed offer costs in a filled database: from the outbox row to pairs, cases and decisions brought in step.

    python bench/flags_changes.py [--runs 100000] [--changes 300] [--batches 0] [--keep FOLDER] [--seed 7] [--parts]

The runs are those of bench/flags.py, each with an offer of its own, in SQLite (BENCH_PG=postgresql+psycopg://… for an empty
PostgreSQL database). A change gives an offer the title of another: half of its neighbours go and others come.
"Look-up" is finding and scoring its overlaps in memory; "all" is the whole operation with reading the offer, its duplicates,
writing pairs, clustering anew, reviewing decisions and the commit. Times are wall time, and processor time of this process.
``--parts`` tells where the processor time goes; a part that a change has no need of is left out of that part's figures.
"""

import argparse
import gc
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

sys.path[0] = str(
    Path(__file__).resolve().parent.parent
)  # bench/search.py must not stand before the package of that name

from sqlalchemy import func, insert
from sqlmodel import Session, col, select

from bench.flags import RUNS_A_TERM, SEED, synthetic_runs
from registry.access.policy import system
from registry.coordination import country_cache
from registry.coordination.detection import cases, pairs, risks
from registry.coordination.detection.country import Country
from registry.coordination.models import Detection
from registry.coordination.operations import detect_changed, following
from registry.coordination.queries.desk.duplicate_card import newest_card
from registry.coordination.queries.detecting.decisions import Said
from registry.coordination.queries.detecting.landscape import load_landscape, profile_key
from registry.coordination.queries.detecting.runs import load_runs, sides
from registry.coordination.queries.detecting.word_weights import keep_weights, kept_weights
from registry.core import audit, clock, events
from registry.core.db import Database
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import OfferState
from registry.reference.models import Organisation
from registry.rules.register import rules_on
from registry.setup import initialise

ROBOT = system("detect")
MOMENT = datetime(2026, 1, 1, tzinfo=clock.OSLO)


def fill(session: Session, size: int) -> None:
    """Offers and runs, in bulk."""
    homes = sorted(session.exec(select(Organisation.id).where(col(Organisation.county_code).is_not(None))).all())[:60]
    offers: list[dict[str, Any]] = []
    providers, runs = [], []
    for number, profile in enumerate(synthetic_runs(size), 1):
        stamp = {"created_at": MOMENT, "updated_at": MOMENT}
        offers.append(
            {"id": number, "key": f"k-{number}", "native_code": f"K{number}", "title": profile.title, **stamp}
            | {"sort_title": profile.title.lower(), "state": OfferState.PUBLISHED, "level_code": "LN"}
        )
        home = homes[int(profile.provider.removeprefix("provider-")) % len(homes)]
        providers.append({"offer_id": number, "organisation_id": home, "leads": True})
        runs.append({"id": number, "key": f"r-{number}", "offer_id": number, "term": min(profile.terms), **stamp})
    for model, rows in ((Offer, offers), (OfferProvider, providers), (Run, runs)):
        for start in range(0, len(rows), 5_000):
            session.execute(insert(model), rows[start : start + 5_000])


def detect_pairs(database: Database, today: date) -> dict[str, float]:
    """What a full detection does about pairs and cases. Seconds and counts."""
    start = time.process_time()
    with database.read() as session:
        rules = rules_on(session, today)
        landscape = load_landscape(session)
        read = time.process_time()
        country = Country(landscape, rules, newest_card(session), kept_weights(session, rules))
        found = country.found()
        judged = time.process_time()
        runs = load_runs(session)
        wanted = cases.terms_in_question({run.term for run in runs}, today)
        about = sides(runs, {}, rules[risks.LOW_RUN])
        found = pairs.weigh(found, country.taught, about, frozenset(), wanted)
        numbers = pairs.matching_rules(rules)
        groups = cases.find_groups(found, country.taught, about, frozenset(), numbers, wanted, Said())
    clustered = time.process_time()
    with database.write() as session:
        detection = Detection(at=clock.now(), as_of=today)
        session.add(detection)
        session.flush()
        keep_weights(session, country.weights, detection.pk, today)
        changes = pairs.store_pairs(session, found, detection.pk, today)
        cases.store_cases(
            session,
            ROBOT,
            groups,
            str,
            wanted=wanted,
            looked_at=cases.all_cases(session),
            members=cases.all_members(session),
            detection_id=detection.pk,
            today=today,
        )
    return {
        "read": read - start,
        "judge": judged - read,
        "cluster": clustered - judged,
        "write": time.process_time() - clustered,
        "pairs": len(found),
        "cases": len(groups),
        "new": changes.new,
        "changed": changes.changed,
        "gone": changes.gone,
    }


#: Part -> the functions whose time it is. None of them calls another.
PARTS: dict[str, tuple[tuple[Any, str], ...]] = {
    "reading the changed offer": ((country_cache, "load_landscape"),),
    "putting it in its place": ((Country, "put"), (Country, "drop")),
    "its overlaps": ((Country, "overlaps_of"),),
    "duplicates in its circle": ((Country, "duplicates_round"),),
    "runs and applicants": ((following, "load_runs"), (following, "known_applicants")),
    "pairs as they stood": ((pairs, "standing_around"), (following, "duplicates_beside")),
    "writing pairs": ((pairs, "store_pairs"),),
    "reviewing decisions": ((following, "review_decisions"),),
    "who is pulled along": ((following, "pulled_together"),),
    "clustering": ((cases, "formed"),),
    "cases: reading": ((following, "cases_around"),),
    "cases: writing": ((cases, "store_cases"),),
    "cases: reviewing": ((following, "review_cases"),),
    "log and outbox": ((audit, "write_pending"), (events, "write_pending")),
}


def timed() -> dict[str, float]:
    """Processor milliseconds of each part since it was last emptied, from now on."""
    spent: dict[str, float] = {}
    depth: list[str] = []

    def measured(part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(work)
        def inner(*given: Any, **named: Any) -> Any:
            if part in depth:
                return work(*given, **named)
            depth.append(part)
            begin = time.process_time()
            try:
                return work(*given, **named)
            finally:
                spent[part] = spent.get(part, 0.0) + (time.process_time() - begin) * 1000
                depth.pop()

        return inner

    for part, functions in PARTS.items():
        for home, name in functions:
            setattr(home, name, measured(part, getattr(home, name)))
    return spent


def edit(database: Database, changed: list[int], titles: dict[int, str], chance: random.Random) -> list[str]:
    """Give each offer the title of another, as an editor does: logged. Returns their keys."""
    everybody = sorted(titles)
    with database.write() as session:
        for offer_id in changed:
            offer = session.get_one(Offer, offer_id)
            others = (titles[chance.choice(everybody)] for _ in everybody)
            offer.title = next(one for one in others if one != offer.title)
            audit.record(session, actor=ROBOT.name, thing="offer", thing_id=offer_id, event="edit")
    return [f"k-{offer_id}" for offer_id in changed]


def change(database: Database, count: int, parts: bool, seed: int) -> dict[str, list[float]]:
    """Milliseconds of each change."""
    chance = random.Random(seed)
    with database.read() as session:
        size = max(session.exec(select(Offer.id)).all()) or 0
        newest = list(range(1, size + 1))
        titles = dict(session.exec(select(Offer.id, Offer.title)).all())
    with database.write() as session:  # what an earlier run of this changed was followed: as after a full detection
        session.exec(select(Detection)).one().seen_entry = (
            session.exec(select(func.max(audit.AuditEntry.id))).one() or 0
        )
    country_cache.warm(database)
    gc.collect()
    gc.freeze()
    times: dict[str, list[float]] = {"lookup": [], "lookup cpu": [], "all": [], "all cpu": [], "written": []}
    spent = timed() if parts else {}
    for offer_id in chance.sample(newest, count):
        keys = edit(database, [offer_id], titles, chance)
        spent.clear()
        real, cpu = time.perf_counter(), time.process_time()
        done = detect_changed(database, ROBOT, keys)
        times["all"].append((time.perf_counter() - real) * 1000)
        times["all cpu"].append((time.process_time() - cpu) * 1000)
        times["written"].append(done.new + done.changed + done.gone if done else 0)
        for part in PARTS if parts else ():
            times.setdefault(part, []).extend([spent[part]] if part in spent else [])
        with database.read() as session, country_cache.country(session, rules_on(session, clock.today())) as country:
            real, cpu = time.perf_counter(), time.process_time()
            profile = country.profile(profile_key(offer_id))
            if profile is not None:
                country.neighbours(profile)
            times["lookup"].append((time.perf_counter() - real) * 1000)
            times["lookup cpu"].append((time.process_time() - cpu) * 1000)
    return times


def together(database: Database, count: int, chance: random.Random, times: dict[str, list[float]]) -> None:
    """Milliseconds of many changes that the outbox tells of at once, for each."""
    with database.read() as session:
        titles = dict(session.exec(select(Offer.id, Offer.title)).all())
    keys = edit(database, chance.sample(sorted(titles), count), titles, chance)
    real, cpu = time.perf_counter(), time.process_time()
    detect_changed(database, ROBOT, keys)
    times.setdefault(f"each of {count} at once", []).append((time.perf_counter() - real) * 1000 / count)
    times.setdefault(f"each of {count} at once, cpu", []).append((time.process_time() - cpu) * 1000 / count)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=300)
    parser.add_argument("--batches", type=int, default=0, help="as many times --together offers at once")
    parser.add_argument("--together", type=int, default=500)
    parser.add_argument("--seed", type=int, default=SEED, help="another one for a database that is used again")
    parser.add_argument("--parts", action="store_true", help="where the time goes")
    parser.add_argument("--keep", type=Path, help="a folder whose database is used again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = (arguments.keep or Path(folder)) / "changes.sqlite"
        filled = path.exists()
        database = Database(os.environ.get("BENCH_PG") or f"sqlite:///{path}")
        if not filled:
            initialise(database)
            with database.write() as session:
                fill(session, arguments.runs)
            full = detect_pairs(database, clock.today() - timedelta(days=1))  # what changes is kept as it was
            print(
                f"{arguments.runs:,} runs a term of {RUNS_A_TERM:,}: {full['pairs']:,} pairs, {full['cases']:,} cases; processor "
                f"seconds: reading {full['read']:.0f}, judging {full['judge']:.0f}, clustering {full['cluster']:.0f}, "
                f"writing {full['write']:.0f}\n",
                flush=True,
            )
        times = change(database, arguments.changes, arguments.parts, arguments.seed)
        for _ in range(arguments.batches):
            together(database, arguments.together, random.Random(arguments.seed + 1), times)
    print("| one changed offer | changes | p50 | p95 | at most |\n|---|--:|--:|--:|--:|")
    for name, found in times.items():
        ranked = sorted(found) or [0.0]
        middle, high = ranked[len(found) // 2], ranked[int(len(found) * 0.95)]
        print(f"| {name} | {len(found)} | {middle:.1f} | {high:.1f} | {ranked[-1]:.1f} |")


if __name__ == "__main__":
    main()
