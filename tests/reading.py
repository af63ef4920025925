"""What a whole database holds, for tests that say "nothing changed"."""

import hashlib

from sqlalchemy import select

from registry.core.db import Database
from registry.tables import metadata


def digests(database: Database) -> dict[str, str]:
    """Table -> a digest over its rows, whatever their order."""
    found = {}
    with database.engine.connect() as connection:
        for name, table in sorted(metadata.tables.items()):
            rows = sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def everything(database: Database) -> list[str]:
    """Every row of every table, as text."""
    with database.engine.connect() as connection:
        tables = [table for _, table in sorted(metadata.tables.items())]
        return [repr(tuple(row)) for table in tables for row in connection.execute(select(table))]
