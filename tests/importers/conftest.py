from pathlib import Path

import pytest

from tests.importers.feeds import Desk


@pytest.fixture
def dbh(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "dbh-347")


@pytest.fixture
def sheet(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "offers-sheet")
