"""A feed into a database of the test's own."""

from pathlib import Path

import pytest

from registry.core.db import Database
from tests.intake.deliveries import Feed


@pytest.fixture
def feed(database: Database, tmp_path: Path) -> Feed:
    folder = tmp_path / "deliveries"
    folder.mkdir()
    return Feed(database, folder)
