"""Every engine that the contract is tested with.

``memory`` and ``disk`` are the embedded engine, ``loopback`` is the Meilisearch engine against a server of our own that checks its requests.
``meilisearch`` is a real server: at ``MEILI_URL`` (with ``MEILI_MASTER_KEY``), or started here where a ``meilisearch`` binary is on PATH.
"""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.embedded import EmbeddedEngine
from search.meilisearch import MeilisearchEngine
from search.protocol import SearchEngine
from tests.search.documents import SETTINGS
from tests.search.loopback.server import Meilisearch, serving

MASTER_KEY = os.environ.get("MEILI_MASTER_KEY", "")
BINARY = shutil.which("meilisearch")
REACHABLE = bool(os.environ.get("MEILI_URL") or BINARY)
ENGINES = ["memory", "disk", "loopback", *(["meilisearch"] if REACHABLE else [])]


@pytest.fixture(scope="session")
def loopback_server() -> Iterator[str]:
    with serving(Meilisearch()) as url:
        yield url


@pytest.fixture(scope="session")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Meilisearch server."""
    if given := os.environ.get("MEILI_URL"):
        yield given
        return
    assert BINARY is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    folder = tmp_path_factory.mktemp("meilisearch")
    process = subprocess.Popen(
        [BINARY, "--no-analytics", "--http-addr", address, "--db-path", str(folder / "data"), "--log-level", "error"],
        cwd=folder,
    )
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://{address}/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchEngine]:
    """An empty engine."""
    made: SearchEngine
    if request.param == "memory":
        made = EmbeddedEngine(None, SETTINGS)
    elif request.param == "disk":
        made = EmbeddedEngine(tmp_path / "index", SETTINGS)
    else:
        loopback = request.param == "loopback"
        url = request.getfixturevalue("loopback_server" if loopback else "real_server")
        # The contract is about answers; how soon they come is for test_standby.py.
        made = MeilisearchEngine(url, SETTINGS, key=MASTER_KEY, uid=f"test-{uuid.uuid4().hex[:12]}", patience=20)
    made.wipe()
    yield made
    made.close()
