"""Copies of everything: taken while the service runs, put back, and held against what was copied.

Beside each copy lies ``<copy>.digests.json``: rows and a digest per table, taken from the same moment. A copy that has
not been put back and compared is a hope (``cp`` of an SQLite file in use lost 78 acknowledged rows and said "ok").
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Table, select, text

from registry.core.db import Database, make_engine
from registry.core.errors import InvalidInput, Refused, Unavailable
from registry.core.sentences import as_kept
from registry.core.table import metadata

_BATCH = 5_000  # rows held in memory at a time


@dataclass(frozen=True, slots=True)
class Digest:
    """What one table holds: number of rows, and the sum of the SHA-256 of each, as 64 hexadecimal digits."""

    rows: int
    sha256: str


def digests(connection: Connection) -> dict[str, Digest]:
    """Table → digest, the same on both databases for the same rows. Reads every row once."""
    return {name: _digest(connection, table) for name, table in sorted(metadata.tables.items())}


def _digest(connection: Connection, table: Table) -> Digest:
    """A sum over the rows' own digests: databases order text differently, and a sum does not care."""
    total, count = 0, 0
    for row in connection.execute(select(table).execution_options(yield_per=_BATCH)):
        told = json.dumps(as_kept(list(row)), default=_told, sort_keys=True).encode()
        total += int.from_bytes(hashlib.sha256(told).digest())
        count += 1
    return Digest(count, f"{total % 2**256:064x}")


def _told(value: Any) -> str:
    """Equal values are told alike, whichever database they come from: 7.50 is 7.5."""
    return str(value.normalize()) if isinstance(value, Decimal) else str(value)


def back_up(database: Database, path: Path) -> int:
    """Copy the database to ``path`` and its digests beside it; the number of rows copied.

    Raises:
        Refused: something lies there already.
        Unavailable: pg_dump is missing or fails; no copy is left behind.
    """
    if path.exists():
        raise Refused("%(path)s finnes fra før. Velg et annet navn.", path=path)
    if database.is_sqlite:
        unfinished = path.with_name(path.name + ".unfinished")
        with closing(sqlite3.connect(_file(database))) as source, closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
        found = _digests_of_file(unfinished)
        unfinished.rename(path)  # what has the copy's name is whole
    else:
        found = _dump(database, path)
    _beside(path).write_text(_as_json(found), encoding="utf-8")
    return sum(one.rows for one in found.values())


def restore(database: Database, path: Path) -> int:
    """Put the copy at ``path`` in place of everything in the database; the number of rows after.

    What stood there is kept on SQLite as ``<database>.before-restore``. The search index is rebuilt by who asked.

    Raises:
        InvalidInput: no copy there, or not one that we can read.
        Refused: what came back is not what was copied.
        Unavailable: pg_restore is missing or fails (nothing is changed then).
    """
    if not path.is_file():
        raise InvalidInput("Det ligger ingen kopi i %(path)s.", path=path)
    if database.is_sqlite:
        _restore_file(database, path)
    else:
        _tool(
            "pg_restore", database.engine.url, "--clean", "--if-exists", "--single-transaction", "--no-owner", str(path)
        )
    with database.engine.connect() as connection:
        found = digests(connection)
    if _beside(path).exists():
        told = json.loads(_beside(path).read_text(encoding="utf-8"))
        unlike = sorted(name for name, one in found.items() if told.get(name, {}).get("sha256") != one.sha256)
        if unlike:
            raise Refused(
                "Kopien er lagt inn, men disse tabellene er ikke som da den ble tatt: %(tables)s.",
                tables=", ".join(unlike),
            )
    return sum(one.rows for one in found.values())


def _restore_file(database: Database, path: Path) -> None:
    place = Path(_file(database))
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
        try:
            sound = copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            copy.execute("SELECT version_num FROM alembic_version")
        except sqlite3.DatabaseError:
            sound = False
        if not sound:
            raise InvalidInput("%(path)s er ikke en hel kopi av registeret.", path=path)
        if place.exists():
            with (
                closing(sqlite3.connect(place)) as current,
                closing(sqlite3.connect(f"{place}.before-restore")) as kept,
            ):
                current.backup(kept)
        # SQLite's own copying takes the lock of a writer, so a service that still runs sees all of it or nothing.
        with closing(sqlite3.connect(place)) as target:
            copy.backup(target)
    database.engine.dispose()


def _file(database: Database) -> str:
    return database.engine.url.database or ""


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".digests.json")


def _as_json(found: dict[str, Digest]) -> str:
    return json.dumps({name: {"rows": one.rows, "sha256": one.sha256} for name, one in found.items()}, indent=1)


def _digests_of_file(path: Path) -> dict[str, Digest]:
    engine = make_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            return digests(connection)
    finally:
        engine.dispose()


def _dump(database: Database, path: Path) -> dict[str, Digest]:
    """pg_dump and digests of one snapshot: rows written meanwhile are in neither."""
    with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        try:
            _tool("pg_dump", database.engine.url, "-Fc", f"--snapshot={snapshot}", "-f", str(path))
        except Unavailable:
            path.unlink(missing_ok=True)
            raise
        return digests(connection)


def _tool(program: str, url: URL, *arguments: str) -> None:
    """One of PostgreSQL's own programs; the password goes by the environment, since everybody may read a command line."""
    if shutil.which(program) is None:
        raise Unavailable("Programmet %(program)s mangler. Installer PostgreSQLs klientverktøy.", program=program)
    address = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    environment: dict[str, Any] = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    command = [program, "-d", address.render_as_string(), *arguments]
    done = subprocess.run(command, check=False, env=environment, capture_output=True)  # noqa: S603 - our own arguments
    if done.returncode:
        raise Unavailable("%(program)s lyktes ikke. Ingenting er endret.", program=program)
