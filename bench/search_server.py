"""A Meilisearch server to measure: the one at MEILI_URL, or one started here where a ``meilisearch`` binary is on PATH."""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_STARTING_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    key: str = ""
    pid: int | None = None  #: None: not ours, and what it takes cannot be told
    place: Path | None = None  #: its data

    def seconds(self) -> float:
        """Processor time of all its threads until now, as the kernel's scheduler counts it; 0 where it cannot be told."""
        total = 0
        for path in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            with suppress(OSError):  # the thread has ended
                total += int(path.read_text().split()[0])
        return total / 1e9

    def memory(self) -> float:
        """Bytes of its own, without what it maps from its files."""
        if self.pid is None:
            return float("nan")
        found = psutil.Process(self.pid).memory_info()
        return float(found.rss - found.shared)


@contextmanager
def server(place: Path) -> Iterator[Server | None]:
    """None where there is neither."""
    if url := os.environ.get("MEILI_URL"):
        yield Server(url, os.environ.get("MEILI_MASTER_KEY", ""))
        return
    binary = shutil.which("meilisearch")
    if binary is None:
        yield None
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [binary, "--no-analytics", "--http-addr", address, "--db-path", str(place / "data")]
    command += ["--max-indexing-memory", "2GiB", "--log-level", "error"]
    process = subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://{address}/health")
        yield Server(f"http://{address}", pid=process.pid, place=place)
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    until = time.monotonic() + _STARTING_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
