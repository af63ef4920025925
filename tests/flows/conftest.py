"""The whole service on the first of March 2026, empty."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from registry.core.db import Database
from registry.schedule import outbox
from tests.intake.deliveries import Feed
from tests.site import Site, open_site


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as travelled:
        yield travelled


class Service:
    """The site, and what runs beside it."""

    def __init__(self, site: Site, feed: Feed) -> None:
        self.site, self.feed, self.database = site, feed, site.database

    def catch_up(self) -> None:
        """What the worker does within a second."""
        outbox.drain(self.database, self.site.search)


@pytest.fixture
def service(database: Database, tmp_path: Path) -> Iterator[Service]:
    with open_site(database, tmp_path / "home") as site:
        yield Service(site, Feed(database, tmp_path))
