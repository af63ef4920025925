"""The memory of an import, by the size of the feed: ``python bench/streaming.py [MB …]``; default 20 200.

A feed in XCRI-CAP with long descriptions is written, imported in a process of its own (``registry import``'s operation on
SQLite) and its greatest resident memory told, beside that of the same process before it has read anything.
"""

import os
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from registry.access.policy import system
from registry.core.db import Database
from registry.intake.operations import import_payloads
from registry.setup import initialise

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<catalog generated="2026-01-01T00:00:00Z" xmlns="http://xcri.org/profiles/1.2/catalog" xmlns:mlo="http://purl.org/net/mlo"
  xmlns:dc="http://purl.org/dc/elements/1.1/"><provider><dc:identifier>1150</dc:identifier><dc:title>{provider}</dc:title>
"""
_COURSE = """<course><dc:identifier>https://x.example.no/c/{n}</dc:identifier><dc:title>Naturfag for lærere {n}</dc:title>
<dc:description>{text}</dc:description><presentation><dc:identifier>https://x.example.no/c/{n}/p</dc:identifier>
<mlo:start dtf="2026-08-17">17 August 2026</mlo:start></presentation></course>
"""
_SENTENCE = "Studiet gir lærere kunnskap om hvordan elever lærer naturfag, og om hvordan de kan undervise. "


def write(path: Path, megabytes: int, provider: str) -> int:
    """A feed of about that size. Returns how many courses it has."""
    text, count = _SENTENCE * 85, 0
    with path.open("w", encoding="utf-8") as stream:
        stream.write(_HEAD.format(provider=provider))
        while stream.tell() < megabytes * 1_000_000 if count % 100 == 0 else True:
            stream.write(_COURSE.format(n=count, text=text))
            count += 1
        stream.write("</provider></catalog>\n")
    return count


def resident() -> float:
    """The greatest so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(megabytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bench.sqlite3")
        initialise(database)
        database.dispose()
        path = Path(folder) / "feed.xml"
        count = write(path, megabytes, "Norges teknisk-naturvitenskapelige universitet")
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            return
        before, start = resident(), time.perf_counter()
        database = Database(f"sqlite:///{folder}/bench.sqlite3")
        result = import_payloads(
            database, system("bench"), "xcri-cap", [path], as_of=date(2026, 3, 1), max_bytes=2_000_000_000,
            payload_folder=Path(folder) / "kept",
        )  # fmt: skip
        taken = time.perf_counter() - start
        print(
            f"{path.stat().st_size / 1e6:>8.0f} MB{count:>9} courses{result.new:>9} new  {before:>5.0f} MB before, "
            f"{resident():>5.0f} MB at most{taken:>9.0f} s{result.seen / taken:>8.0f}/s",
            flush=True,
        )
        os._exit(0)


def main() -> None:
    for size in [int(argument) for argument in sys.argv[1:]] or [20, 200]:
        measure(size)


if __name__ == "__main__":
    main()
