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
    """To the newest schema, atomically: on SQLite too, since BEGIN is our own."""
    with database.engine.execution_options(writes=True).connect() as connection, connection.begin():
        command.upgrade(configuration(connection), "head")


def at_head(database: Database) -> bool:
    """True where the database's schema is the newest."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
