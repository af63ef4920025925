"""Bring a database to the newest schema, or say where it stands."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from registry.core.db import Database


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """To the newest schema, atomically: on SQLite too, since BEGIN is our own.

    SQLite changes a table by making it anew and dropping the old one, which foreign keys would forbid:
    they rest meanwhile (the pragma works outside transactions only) and are checked before the commit.

    Raises:
        RuntimeError: a migration left a row that points nowhere; nothing of the upgrade is kept.
    """
    with database.engine.execution_options(writes=True).connect() as connection:
        if database.is_sqlite:
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                command.upgrade(configuration(connection), "head")
                if database.is_sqlite and (orphan := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise RuntimeError(f"migration left a row in {orphan[0]} that points nowhere in {orphan[2]}")
        finally:
            if database.is_sqlite:
                connection.connection.cursor().execute("PRAGMA foreign_keys=ON")


def at_head(database: Database) -> bool:
    """True where the database's schema is the newest."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
