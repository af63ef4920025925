"""Before the tests: a Chromium for the browser tests and a PostgreSQL, where this machine can have them.

Found: CHROMIUM or PATH. Else, on Debian as root, Debian's package is installed. Elsewhere one line says what is left out.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.databases import find_binaries

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_chromium() -> str | None:
    """The path of a Chromium, or None."""
    given = os.environ.get("CHROMIUM")
    if given and Path(given).exists():
        return given
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> None:
    """Install what is missing where that is possible; never fail for it."""
    if find_chromium() is None and _debian_root():
        print("installing Debian's Chromium for the browser tests …", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
            check=False,
            **quiet,
        )
    if find_chromium() is None:
        print("browser tests are left out: no Chromium here. Install one, or point CHROMIUM at it.", flush=True)
    if find_binaries() is None:
        print("tests run on SQLite only: no PostgreSQL here. Install postgresql to run them on both.", flush=True)


def _debian_root() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None


if __name__ == "__main__":
    main()
