"""Pages and decisions over millions of application facts.

python bench/applications.py [facts]            SQLite; default 1000000 (a fact is a line in the ledger)
BENCH_PG=postgresql+psycopg://… python bench/applications.py [facts]    PostgreSQL instead, in a database of its own

Prints: one term's figures now and as of a date, all terms' figures, one applicant's page (all through the web application),
and decisions a second by four offices at once with the sums held against what was decided. Each beside the same
question asked of the database by hand, so that the ratio tells what the house costs.
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
NEWEST = 40  # runs kept undecided, for the offices to decide on
OFFICES = 4
START = datetime(2021, 1, 1, tzinfo=UTC)
LIVES = (
    ("standing", "submit", None, "open"),
    ("decision", "offer", "received", "offered"),
    ("answer", "ask", "none", "offered"),
    ("answer", "accept", "offered", "accepted"),
    ("attendance", "enrol", "none", "accepted"),
    ("attendance", "start", "accepted", "started"),
)


def put(connection: Any, model: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """COPY where the database has it, else one insert of many rows."""
    table = model.__table__  # type: ignore[attr-defined]  # SQLModel does not tell
    if connection.dialect.name != "postgresql" or model is not AuditEntry:
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
                applied = START + timedelta(minutes=n % 2_500_000)
                batch.append({
                    "id": n, "run_id": run, "applicant_key": f"k1:{n % persons:064x}-{n // persons}"[:80] if fresh else f"k1:{n % persons:064x}",
                    "priority": 1, "applied_at": applied, "endorsement": "not_needed", "standing": "open", "is_demo": False, "version": 1,
                    "decision": "received" if fresh else "offered", "answer": "none" if fresh else "accepted",
                    "attendance": "none" if fresh else "started",
                })  # fmt: skip
                for step, (life, event, before, after) in enumerate(LIVES[:1] if fresh else LIVES):
                    moment = applied + timedelta(days=step)
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


def timed(work: Callable[[], Any], times: int) -> float:
    """Median seconds of ``times`` goes after one that warms up."""
    work()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def pages(database: Database, home: Path) -> None:
    settings = Settings(home=home, secret_key="bench" * 8, _env_file=None)
    app = create_app(settings, database, open_search(settings, database))
    with database.write() as session:
        person = Person(issuer="bench", subject="1", display_name="Bench", created_at=START)
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
    print(f"{'page':<42}{'median':>11}{'by hand':>11}{'ratio':>8}")
    for label, path, question, times in (
        ("figures of a term, now", "/nb/rapporter/applications?termin=2026V", sql(by_hand, term="2026V"), 5),
        (
            "figures of a term, as of a date",
            "/nb/rapporter/applications?termin=2026V&dato=2024-06-01",
            sql(by_hand, term="2026V"),
            3,
        ),
        ("the year's report, all terms, now", "/nb/rapporter/national", sql(everything), 2),
        ("one applicant's page", "/nb/mine-soknader", sql(own, key=key), 30),
    ):
        house, hand = timed(page(path), times), timed(question, times)
        print(f"{label:<42}{house * 1000:>8.0f} ms{hand * 1000:>8.1f} ms{house / hand:>7.1f} x", flush=True)


def decisions(database: Database) -> None:
    """Four offices decide on forty runs at once: ten applicants a time, until the places are gone."""
    actor, told, done = system("bench"), [0] * OFFICES, threading.Barrier(OFFICES + 1)

    def office(number: int) -> None:
        done.wait()
        for run in range(1 + number, NEWEST + 1, OFFICES):
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
    done.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - begun
    with database.read() as session:
        offered = session.exec(
            select(func.count()).where(Application.run_id <= NEWEST, Application.decision == "offered")
        ).one()
        lines = session.exec(
            select(func.count()).where(AuditEntry.event == "offer", AuditEntry.actor == actor.name)
        ).one()
        most = session.execute(
            text(
                "SELECT max(n) FROM (SELECT count(*) AS n FROM application WHERE run_id <= :r AND decision = 'offered' GROUP BY run_id) x"
            ),
            {"r": NEWEST},
        ).scalar()
    exact = sum(told) == offered == lines
    print(f"decisions by {OFFICES} offices at once: {sum(told) / taken:.0f} a second ({sum(told)} in {taken:.1f} s); "
          f"told {sum(told)} = rows {offered} = ledger {lines}: {'exact' if exact else 'NOT EXACT'}; most in a run {most} of 25")  # fmt: skip


@contextmanager
def somewhere() -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        server = os.environ.get("BENCH_PG", "").rstrip("/")
        if not server:
            yield f"sqlite:///{folder}/bench.sqlite3", Path(folder)
            return
        name = f"bench_{uuid.uuid4().hex[:8]}"
        admin = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        try:
            yield f"{server}/{name}", Path(folder)
        finally:
            with admin.connect() as connection:
                connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
            admin.dispose()


def main() -> None:
    facts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with somewhere() as (url, home):
        database = Database(url)
        initialise(database)
        begun = time.perf_counter()
        made = fill(database, facts)
        print(
            f"{database.engine.dialect.name}, {date.today()}: {made} facts made in {time.perf_counter() - begun:.0f} s",
            flush=True,
        )
        pages(database, home)
        decisions(database)
        database.dispose()


if __name__ == "__main__":
    main()
