"""Records a second through the whole import, beside two raw bulk inserts on the same database: of the rows as they came, one
table and no index, and of every row that the import wrote, into the same empty tables. Seconds are processor time on SQLite,
which is in this process, and wall time on PostgreSQL.

python bench/intake.py [rows …]            SQLite; default 6000 20000
BENCH_PG=postgresql+psycopg://… python bench/intake.py    PostgreSQL too, in a database of its own that is dropped afterwards
"""

import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, create_engine, insert, select, text

from registry.access.policy import system
from registry.core.db import Database
from registry.core.table import metadata
from registry.intake.operations import import_payloads
from registry.setup import initialise

FIRST = [metadata.tables[name] for name in ("source", "import_run")]
WRITTEN = [
    metadata.tables[name]
    for name in (
        "offer", "offer_provider", "offer_subject", "offer_target", "run", "run_place", "source_record", "record_run",
        "record_change", "field_origin", "audit_entry", "outbox",
    )
]  # fmt: skip
SUBJECTS = (
    "Engelsk",
    "Norsk",
    "Matematikk",
    "Naturfag",
    "Samfunnsfag",
    "Musikk",
    "Kunst og håndverk",
    "Spesialpedagogikk",
)
YEARS = ("1.-7. trinn", "5.-10. trinn", "8.-13. trinn")
INSTITUTIONS = ("0238", "0256", "1110", "1120", "1130", "1150", "1160", "1171", "1173", "1175", "1176", "1177")


def rows(count: int) -> list[dict[str, str]]:
    """Rows of table 347: each programme runs four years in a row."""
    made = []
    for number in range(count):
        programme, year = divmod(number, 4)
        title = f"{SUBJECTS[programme % 8]} {programme % 3 + 1}, {YEARS[programme % 7 % 3]}, del {programme}"
        made.append(
            {
                "Institusjonskode": INSTITUTIONS[programme % 12],
                "Institusjonsnavn": "Et universitet",
                "Avdelingsnavn": f"Institutt {programme % 40}",
                "Årstall": str(2021 + year),
                "Studieprogramkode": f"P{programme}",
                "Studieprogramnavn": title,
                "Nivåkode": "LN",
                "Nivånavn": "Lavere nivå (øvrige)",
            }
        )
    return made


def seconds(url: str, work: Callable[[], object]) -> float:
    clock = time.process_time if url.startswith("sqlite") else time.perf_counter
    start = clock()
    work()
    return clock() - start


def raw_insert(url: str, payload: Path) -> float:
    """Parse the same file and insert each row as it is, in one transaction."""
    engine = create_engine(url)
    table = Table(
        "raw_row", MetaData(), Column("id", Integer, primary_key=True), Column("key", String), Column("raw", JSON)
    )

    def work() -> None:
        found = json.loads(payload.read_text(encoding="utf-8"))
        with engine.begin() as connection:
            table.create(connection)
            connection.execute(
                insert(table), [{"key": f"{r['Studieprogramkode']}/{r['Årstall']}", "raw": r} for r in found]
            )

    taken = seconds(url, work)
    engine.dispose()
    return taken


def same_rows(url: str, bare: str) -> float:
    """Insert into a bare database everything that the import has written, in one transaction."""
    with create_engine(url).connect() as connection:
        written = {table: [dict(row) for row in connection.execute(select(table)).mappings()] for table in WRITTEN}
        before = {table: [dict(row) for row in connection.execute(select(table)).mappings()] for table in FIRST}
    initialise(Database(bare))
    engine = create_engine(bare)
    with engine.begin() as connection:
        for table, found in before.items():
            connection.execute(insert(table), found)

    def work() -> None:
        with engine.begin() as connection:
            for table, found in written.items():
                if found:
                    connection.execute(insert(table), found)

    taken = seconds(url, work)
    engine.dispose()
    return taken


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/bench.sqlite3"


@contextmanager
def postgresql(server: str) -> Iterator[str]:
    name = f"bench_{uuid.uuid4().hex[:8]}"
    admin = create_engine(f"{server.rstrip('/')}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield f"{server.rstrip('/')}/{name}"
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


def measure(label: str, url: str, bare: str, payload: Path, again: Path, count: int) -> None:
    database = Database(url)
    initialise(database)
    actor, day = system("bench"), date(2025, 10, 1)
    first = seconds(url, lambda: import_payloads(database, actor, "dbh-347", [payload], as_of=day))
    written = same_rows(url, bare)
    reread = seconds(url, lambda: import_payloads(database, actor, "dbh-347", [again], as_of=day))
    same = seconds(url, lambda: import_payloads(database, actor, "dbh-347", [again], as_of=day))
    database.dispose()
    raw = raw_insert(url, payload)
    print(
        f"{label:<11}{count:>8}{first:>9.2f} s{count / first:>9.0f}/s{raw:>9.3f} s{first / raw:>6.0f} x"
        f"{written:>9.2f} s{first / written:>6.1f} x"
        f"{reread:>9.2f} s{first / reread:>7.1f} x{same:>9.2f} s{first / same:>7.1f} x",
        flush=True,
    )


def main() -> None:
    counts = [int(argument) for argument in sys.argv[1:]] or [6_000, 20_000]
    print(
        "database       rows      import   records   raw, as came     raw, all written  other bytes, same rows  very same bytes"
    )
    server = os.environ.get("BENCH_PG")
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            payload, again = Path(folder) / "first.json", Path(folder) / "again.json"
            made = rows(count)
            payload.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
            again.write_text(json.dumps(made[::-1], ensure_ascii=False), encoding="utf-8")
            with sqlite() as url, sqlite() as bare:
                measure("SQLite", url, bare, payload, again, count)
            if server:
                with postgresql(server) as url, postgresql(server) as bare:
                    measure("PostgreSQL", url, bare, payload, again, count)


if __name__ == "__main__":
    main()
