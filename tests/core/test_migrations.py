"""An upgraded database is what the models say, on both engines."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from registry.core.db import Database
from registry.migrations.run import at_head
from registry.setup import initialise
from registry.tables import metadata
from tests.reading import digests


def test_the_upgraded_schema_is_the_models(database: Database) -> None:
    assert at_head(database)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_empty_database_is_not_at_head(tmp_path: object) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.sqlite3")
    assert not at_head(empty)
    empty.dispose()


def test_setting_up_twice_changes_nothing(database: Database) -> None:
    before = digests(database)
    initialise(database)
    assert digests(database) == before
