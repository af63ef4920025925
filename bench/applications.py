"""Pages and decisions over millions of application facts.

python bench/applications.py [facts]            SQLite; default 1000000 (a fact is a line in the ledger)
BENCH_PG=postgresql+psycopg://… python bench/applications.py [facts]    PostgreSQL instead, in a database of its own
BENCH_PG=… BENCH_KEEP=name python bench/applications.py [facts]    the database is kept, and only read where it is there already

Prints: one term's figures now and as of a date, all terms' figures, one applicant's page (all through the web application),
and decisions a second by four offices at once with the sums held against what was decided. Each beside the same
question asked of the database by hand, so that the ratio tells what the house costs; processor time of this process and
of the database's beside wall time, since the machine may have other work.
"""

import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parents[1])  # else "search" is the bench beside this file

from sqlalchemy import create_engine, insert, text
from sqlmodel import SQLModel, col, func, select

from registry.access.models import Membership, Person
from registry.access.policy import system
from registry.access.roles import Role
from registry.app import create_app, open_search
from registry.applications import operations
from registry.applications.models import Application
from registry.applications.states import Decision
from registry.core import audit, terms
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.offers.models import Offer, OfferProvider, Run
from registry.people import operations as people
from registry.people.views import SESSION_COOKIE
from registry.reference.models import Organisation
from registry.settings import Settings
from registry.setup import initialise

FACTS_EACH = 6  # submit, offer, ask, accept, enrol, start
APPLICANTS_A_RUN = 30
TERMS = [terms.shift("2026H", -back) for back in range(10)]
NEWEST = 400  # runs kept undecided, for the offices to decide on: forty each time
OFFICES = 4
ROUND = 40
START = datetime(2021, 1, 1, tzinfo=UTC)
LIVES = (
    ("standing", "submit", None, "open"),
    ("decision", "offer", "received", "offered"),
    ("answer", "ask", "none", "offered"),
    ("answer", "accept", "offered", "accepted"),
    ("attendance", "enrol", "none", "accepted"),
    ("attendance", "start", "accepted", "started"),
)
ASKED, ON = "2026V", "2025-12-10"  # a term, and a day on which some of its applicants have answered


def moments(term: str, number: int) -> list[datetime]:
    """When the facts of a run's ``number``-th applicant came: over ten weeks, decided on one day, answered over ten days."""
    first = datetime.combine(terms.first_day(term), datetime.min.time(), UTC)
    applied = first - timedelta(days=100 - 70 * number / APPLICANTS_A_RUN, minutes=7 * number)
    decided = first - timedelta(days=25)
    answered = decided + timedelta(days=number * 7 % 11, hours=number % 5)
    return [applied, decided, decided, answered, answered, first + timedelta(days=20)]


def put(connection: Any, model: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """COPY where the database has it, else one insert of many rows."""
    table = model.__table__  # type: ignore[attr-defined]  # SQLModel does not tell
    if connection.dialect.name != "postgresql" or model not in (Application, AuditEntry):
        connection.execute(insert(table), rows)
        return
    names = list(rows[0])
    with connection.connection.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])


def fill(database: Database, facts: int) -> int:
    """Runs in ten terms with thirty applicants each; the number of facts made."""
    applications = facts // FACTS_EACH
    runs = max(applications // APPLICANTS_A_RUN, NEWEST * 2)
    persons = max(applications // 4, 1)
    with database.engine.begin() as connection:
        providers = [
            pk for (pk,) in connection.execute(select(Organisation.id).where(col(Organisation.dbh_code).is_not(None)))
        ]
        subjects = [
            code for (code,) in connection.execute(text("SELECT code FROM subject WHERE depth = 2 ORDER BY code"))
        ]
        for base in range(0, runs, 5_000):
            numbers = range(base + 1, min(base + 5_000, runs) + 1)
            common = {"created_at": START, "updated_at": START}
            offer = {"state": "published", "sort_title": "x", "version": 1, **common}
            put(connection, Offer, [
                {"id": n, "key": f"o{n}", "native_code": f"O{n}", "title": f"Emne {n}", "subject_code": subjects[n % len(subjects)], **offer}
                for n in numbers
            ])  # fmt: skip
            put(connection, OfferProvider, [
                {"offer_id": n, "organisation_id": providers[n % len(providers)], "leads": True} for n in numbers
            ])  # fmt: skip
            put(connection, Run, [
                {
                    "id": n, "key": f"r{n}", "offer_id": n, "term": TERMS[n % len(TERMS)] if n > NEWEST else "2026H", "places": 25,
                    "state": "closed" if n <= NEWEST else "running", "term_assumed": False, "is_demo": False, "version": 1, **common,
                }
                for n in numbers
            ])  # fmt: skip
        made = 0
        for base in range(0, applications, 20_000):
            batch, lines = [], []
            for n in range(base + 1, min(base + 20_000, applications) + 1):
                run = (n - 1) % runs + 1
                fresh = run <= NEWEST
                when = moments("2026H" if fresh else TERMS[run % len(TERMS)], (n - 1) // runs)
                batch.append({
                    "id": n, "run_id": run, "applicant_key": f"k1:{n % persons:064x}-{n // persons}"[:80] if fresh else f"k1:{n % persons:064x}",
                    "priority": 1, "applied_at": when[0], "endorsement": "not_needed", "standing": "open", "is_demo": False, "version": 1,
                    "decision": "received" if fresh else "offered", "answer": "none" if fresh else "accepted",
                    "attendance": "none" if fresh else "started",
                })  # fmt: skip
                for step, (life, event, before, after) in enumerate(LIVES[:1] if fresh else LIVES):
                    moment = when[step]
                    lines.append({
                        "at": moment, "recorded_at": moment, "actor": "bench", "thing": "application", "thing_id": n, "life": life,
                        "event": event, "from_state": before, "to_state": after, "previous_hash": audit.GENESIS, "hash": audit.GENESIS,
                    })  # fmt: skip
            put(connection, Application, batch)
            put(connection, AuditEntry, lines)
            made += len(lines)
        if connection.dialect.name == "postgresql":
            for name in ("offer", "run", "application"):
                connection.execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
                )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return made


class Clock:
    """Wall time, and processor time of this process and of the database's, in seconds since it was made."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.begun = self._read()

    def _read(self) -> tuple[float, float, float]:
        return time.perf_counter(), time.process_time(), self._of_database()

    def _of_database(self) -> float:
        """Of PostgreSQL on this machine: the sessions of this database, and what they set to work beside them."""
        if self.database.is_sqlite:
            return 0.0
        with self.database.engine.connect() as connection:
            pids = connection.execute(
                text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            ).scalars()
            stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split() for pid in pids]
        parent = Path(f"/proc/{stats[0][1]}/stat").read_text().rpartition(") ")[2].split()
        ticks = sum(int(one[11]) + int(one[12]) for one in stats) + int(parent[13]) + int(parent[14])
        return ticks / os.sysconf("SC_CLK_TCK")

    def taken(self) -> tuple[float, float, float]:
        wall, own, theirs = (now - then for now, then in zip(self._read(), self.begun, strict=True))
        return wall, own, theirs


def timed(database: Database, work: Callable[[], Any], times: int) -> tuple[float, float]:
    """Median wall seconds and mean processor seconds of ``times`` goes after one that warms up."""
    work()
    taken = []
    whole = Clock(database)
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    _, own, theirs = whole.taken()
    return statistics.median(taken), (own + theirs) / times


def pages(database: Database, home: Path) -> None:
    settings = Settings(home=home, secret_key="bench" * 8, _env_file=None)
    app = create_app(settings, database, open_search(settings, database))
    with database.write() as session:
        person = Person(issuer="bench", subject=uuid.uuid4().hex, display_name="Bench", created_at=START)
        session.add(person)
        session.flush()
        session.add(Membership(person_id=person.pk, role=Role.DIRECTORATE, valid_from=START.date()))
        token = people.sign_in(session, person.pk)
        key = session.exec(select(Application.applicant_key).where(Application.run_id > NEWEST).limit(1)).one()
        session.execute(text("UPDATE sign_in SET applicant_key = :key"), {"key": key})
    app.config["PROPAGATE_EXCEPTIONS"] = True
    client = app.test_client()
    client.set_cookie(SESSION_COOKIE, token)

    def page(path: str) -> Callable[[], Any]:
        def get() -> None:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)

        return get

    def sql(statement: str, **values: Any) -> Callable[[], Any]:
        def ask() -> None:
            with database.engine.connect() as connection:
                connection.execute(text(statement), values).all()

        return ask

    by_hand = (
        "SELECT run_id, standing, decision, answer, attendance, count(*) FROM application "
        "JOIN run ON run.id = run_id WHERE run.term = :term GROUP BY 1, 2, 3, 4, 5"
    )
    own = "SELECT * FROM application JOIN run ON run.id = run_id WHERE applicant_key = :key"
    everything = by_hand.replace("WHERE run.term = :term ", "")
    print(f"{'':<38}{'median':>11}{'processor':>12}{'by hand':>12}{'processor':>12}")
    for label, path, question, times in (
        ("figures of a term, now", f"/nb/rapporter/applications?termin={ASKED}", sql(by_hand, term=ASKED), 5),
        (
            "figures of a term, as of a date",
            f"/nb/rapporter/applications?termin={ASKED}&dato={ON}",
            sql(by_hand, term=ASKED),
            5,
        ),
        ("the national report, all terms, now", "/nb/rapporter/national", sql(everything), 3),
        ("the national report, as of a date", f"/nb/rapporter/national?dato={ON}", sql(everything), 3),
        ("one applicant's page", "/nb/mine-soknader", sql(own, key=key), 50),
    ):
        house, hand = timed(database, page(path), times), timed(database, question, times)
        print(f"{label:<38}" + "".join(f"{one * 1000:>9.1f} ms" for one in (*house, *hand)), flush=True)


def decisions(database: Database) -> None:
    """Four offices decide on forty runs at once, twenty-five applicants each: all the places."""
    actor, told, done = system(f"bench-{uuid.uuid4().hex[:6]}"), [0] * OFFICES, threading.Barrier(OFFICES + 1)
    with database.read() as session:
        undecided = (
            select(Application.run_id)
            .where(Application.run_id <= NEWEST)
            .group_by(col(Application.run_id))
            .having(
                func.min(col(Application.decision)) == "received", func.max(col(Application.decision)) == "received"
            )
        )
        runs = list(session.exec(undecided.order_by(col(Application.run_id)).limit(ROUND)))

    def office(number: int) -> None:
        done.wait()
        for run in runs[number::OFFICES]:
            with database.read() as session:
                waiting = list(
                    session.exec(
                        select(Application.id).where(Application.run_id == run).order_by(col(Application.id)).limit(25)
                    )
                )
            with database.write() as session:  # as the office does it: prepared for many, then sent
                taught = session.get_one(Run, run)
                batch = operations.prepare(
                    session, actor, taught, operations.Wish(Decision.OFFERED), [pk or 0 for pk in waiting]
                )
                told[number] += len(operations.send(session, actor, batch))

    threads = [threading.Thread(target=office, args=(number,)) for number in range(OFFICES)]
    for thread in threads:
        thread.start()
    whole = Clock(database)
    done.wait()
    for thread in threads:
        thread.join()
    wall, own, theirs = whole.taken()
    with database.read() as session:
        of_these = col(Application.run_id).in_(runs)
        offered = select(Application.run_id, func.count()).where(of_these, Application.decision == "offered")
        rows = dict(session.exec(offered.group_by(col(Application.run_id))).all())
        lines = session.exec(
            select(func.count()).where(AuditEntry.event == "offer", AuditEntry.actor == actor.name)
        ).one()
    exact = sum(told) == sum(rows.values()) == lines
    print(f"decisions by {OFFICES} offices at once: {sum(told) / wall:.0f} a second ({sum(told)} in {wall:.1f} s; processor {own:.1f} s here, "
          f"{theirs:.1f} s in the database); told {sum(told)} = rows {sum(rows.values())} = ledger {lines}: "
          f"{'exact' if exact else 'NOT EXACT'}; most in a run {max(rows.values())} of 25")  # fmt: skip


@contextmanager
def somewhere() -> Iterator[tuple[str, Path]]:
    """The address of a database, and a home beside it; thrown away afterwards unless it is to be kept."""
    with tempfile.TemporaryDirectory() as folder:
        server, kept = os.environ.get("BENCH_PG", "").rstrip("/"), os.environ.get("BENCH_KEEP", "")
        if not server:
            yield f"sqlite:///{kept or folder}/bench.sqlite3", Path(folder)
            return
        name = kept or f"bench_{uuid.uuid4().hex[:8]}"
        admin = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            there = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
            if not there:
                connection.execute(text(f'CREATE DATABASE "{name}"'))
        try:
            yield f"{server}/{name}", Path(folder)
        finally:
            if not kept:
                with admin.connect() as connection:
                    connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
            admin.dispose()


def main() -> None:
    facts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with somewhere() as (url, home):
        database = Database(url)
        initialise(database)
        with database.read() as session:
            made = session.exec(select(func.max(AuditEntry.id))).one() or 0
        if made < FACTS_EACH:
            whole = Clock(database)
            made = fill(database, facts)
            print("{} facts made in {:.0f} s".format(made, *whole.taken()), flush=True)
        whole = Clock(database)
        runs = operations.fold_figures(database)
        print(
            "{} runs folded in {:.0f} s (processor {:.0f} s here, {:.0f} s in the database)".format(
                runs, *whole.taken()
            )
        )
        print(
            f"{database.engine.dialect.name}, {date.today()}, load {os.getloadavg()[0]:.1f}, {made} facts", flush=True
        )
        pages(database, home)
        decisions(database)
        database.dispose()


if __name__ == "__main__":
    main()
