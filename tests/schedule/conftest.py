"""An empty index in memory, and the first of March 2026."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from registry.catalogue.documents import index_settings
from registry.core.db import Database
from search.embedded import EmbeddedEngine


@pytest.fixture(autouse=True)
def first_of_march() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as travelled:
        yield travelled


@pytest.fixture
def engine(database: Database) -> Iterator[EmbeddedEngine]:
    with database.read() as session:
        settings = index_settings(session)
    made = EmbeddedEngine(None, settings)
    yield made
    made.close()
