"""The whole registry as one open file: for moving from SQLite to PostgreSQL, and for leaving us.

A ZIP with one ``<table>.ndjson`` per table (one JSON object a row, columns by name, times in ISO 8601 UTC) and
``manifest.json`` (schema revision, rows and digest per table). Secrets are not in it: they live outside the database.
"""

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Integer,
    Table,
    TypeDecorator,
    func,
    insert,
    select,
    text,
)

from registry.core.db import Database
from registry.core.errors import InvalidInput, Refused
from registry.core.sentences import SentencesType, SentenceType, as_kept, as_said
from registry.core.table import metadata
from registry.schedule.copies import digests

MANIFEST = "manifest.json"
_BATCH = 2_000  # rows held in memory and sent to the database at a time


def export_all(database: Database, path: Path) -> dict[str, int]:
    """Write every table to ``path``; table → rows. Raises Refused where something lies there already."""
    if path.exists():
        raise Refused("%(path)s finnes fra før. Velg et annet navn.", path=path)
    unfinished = path.with_name(path.name + ".unfinished")
    with database.engine.connect() as connection, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        if not database.is_sqlite:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))  # all tables of one moment
        for table in metadata.sorted_tables:
            with archive.open(f"{table.name}.ndjson", "w", force_zip64=True) as raw, TextIOWrapper(raw, "utf-8") as out:
                rows = connection.execute(
                    select(table).order_by(*table.primary_key).execution_options(yield_per=_BATCH)
                )
                for row in rows.mappings():
                    out.write(json.dumps(as_kept(dict(row)), default=_told, ensure_ascii=False) + "\n")
        found = digests(connection)
        tables = {name: {"rows": one.rows, "sha256": one.sha256} for name, one in found.items()}
        archive.writestr(MANIFEST, json.dumps({"revision": _revision(connection), "tables": tables}, indent=1))
    unfinished.rename(path)
    return {name: one.rows for name, one in found.items()}


def load_all(database: Database, path: Path) -> dict[str, int]:
    """Fill an empty database of the same schema from ``path``, in one transaction; table → rows.

    Raises:
        InvalidInput: not such a file, or of another schema.
        Refused: the database is not empty, or what was loaded is not what was exported; nothing is kept then.
    """
    try:
        archive = zipfile.ZipFile(path)
        manifest = json.loads(archive.read(MANIFEST))
        told = {name: table["sha256"] for name, table in manifest["tables"].items()}
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise InvalidInput("%(path)s er ikke en eksport fra registeret.", path=path) from error
    with archive, database.engine.execution_options(writes=True).connect() as connection, connection.begin():
        if manifest.get("revision") != _revision(connection):
            raise InvalidInput("Eksporten er fra en annen utgave av registeret. Bruk samme utgave i begge ender.")
        if any(connection.scalar(select(func.count()).select_from(table)) for table in metadata.sorted_tables):
            raise Refused("Databasen er ikke tom. Last inn i en ny database.")
        for table in metadata.sorted_tables:
            for batch in _parents_first(table, _rows(archive, table)):
                connection.execute(insert(table), batch)
            _continue_numbering(connection, table)
        found = digests(connection)
        unlike = sorted(name for name, one in found.items() if one.sha256 != told.get(name))
        if unlike:
            raise Refused(
                "Disse tabellene ble ikke som i eksporten: %(tables)s. Ingenting er lastet inn.",
                tables=", ".join(unlike),
            )
    return {name: one.rows for name, one in found.items()}


def _rows(archive: zipfile.ZipFile, table: Table) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    with archive.open(f"{table.name}.ndjson") as raw:
        for line in TextIOWrapper(raw, "utf-8"):
            values = json.loads(line)
            batch.append({column.name: _read(column, values.get(column.name)) for column in table.columns})
            if len(batch) == _BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _told(value: Any) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value).__name__)


def _read(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, SentenceType | SentencesType):
        return as_said(value)
    if value is None or isinstance(column.type, JSON):
        return value
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return _READERS.get(kind.python_type, _as_it_is)(value)


def _as_it_is(value: Any) -> Any:
    return value


_READERS: dict[type, Callable[[Any], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    Decimal: Decimal,
    bytes: bytes.fromhex,
}


def _parents_first(table: Table, batches: Iterator[list[dict[str, Any]]]) -> Iterator[list[dict[str, Any]]]:
    """Where rows of a table point at each other (subjects in a tree), what is pointed at goes in first."""
    own = [(key.parent.name, key.column.name) for key in table.foreign_keys if key.column.table is table]
    if not own:
        yield from batches
        return
    waiting = [row for batch in batches for row in batch]
    there: set[tuple[str, Any]] = set()
    while waiting:
        ready: list[dict[str, Any]] = []
        held: list[dict[str, Any]] = []
        for row in waiting:
            known = all(row[column] is None or (target, row[column]) in there for column, target in own)
            (ready if known else held).append(row)
        if not ready:
            raise InvalidInput("Rader i %(table)s peker på rader som ikke finnes.", table=table.name)
        yield ready
        there.update((target, row[target]) for row in ready for _, target in own)
        waiting = held


def _continue_numbering(connection: Connection, table: Table) -> None:
    """PostgreSQL hands out numbers apart from the rows: the next one must follow the last that was loaded."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key:
        if isinstance(column.type, Integer) and column.autoincrement is not False:
            sequence = connection.scalar(
                text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": table.name, "c": column.name}
            )
            last = connection.scalar(select(func.max(column)))
            if sequence and last:
                connection.execute(text("SELECT setval(:s, :last)"), {"s": sequence, "last": last})


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
