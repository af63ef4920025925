"""An engine in memory, told what the test's database holds."""

from collections.abc import Callable, Iterator

import pytest

from registry.catalogue.documents import build_documents, index_settings
from registry.core.db import Database
from search.embedded import EmbeddedEngine
from tests.catalogue.making import TODAY


@pytest.fixture
def engine(database: Database) -> Iterator[EmbeddedEngine]:
    with database.read() as session:
        settings = index_settings(session)
    made = EmbeddedEngine(None, settings)
    yield made
    made.close()


@pytest.fixture
def index(database: Database, engine: EmbeddedEngine) -> Callable[[], None]:
    """Tells the engine everything, as of the first of March 2026."""

    def tell() -> None:
        with database.read() as session:
            engine.put(build_documents(session, today=TODAY))

    return tell
