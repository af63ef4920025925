"""The application, and a small year made by hand: every figure can be counted below."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine

from registry.core.db import Database
from tests.reports.year import make_year
from tests.site import Site, open_site

TODAY = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def clock_stands() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as travelled:
        yield travelled


@pytest.fixture
def year(database: Database, clock_stands: time_machine.Traveller) -> Database:
    """The year, seen from the first of June 2026."""
    make_year(database, clock_stands)
    clock_stands.move_to(datetime(2026, 6, 1, 12, tzinfo=UTC))
    return database


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened
