"""Every engine that the contract is tested with."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.search.documents import SETTINGS

#: Name -> maker. A further engine that can be reached joins by one line here.
ENGINES: dict[str, Callable[[Path], SearchEngine]] = {
    "memory": lambda _: EmbeddedEngine(None, SETTINGS),
    "disk": lambda folder: EmbeddedEngine(folder / "index", SETTINGS),
}


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchEngine]:
    """An empty engine."""
    made = ENGINES[request.param](tmp_path)
    made.wipe()
    yield made
    made.close()
