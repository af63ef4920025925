"""The state machine over applications goes on until every legal edge has been walked twenty times; illegal ones are refused.

python bench/walks.py [times]            SQLite; default 20
BENCH_PG=postgresql+psycopg://… python bench/walks.py [times]    PostgreSQL instead, in a database of its own
"""

import os
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])  # else "search" is the bench beside this file

from sqlalchemy import create_engine, text

from registry.applications.states import LIVES
from registry.core import audit
from registry.core.db import Database
from registry.core.errors import IllegalTransition
from registry.setup import initialise
from tests.applications.machines import walk
from tests.applications.walking import edges


def refusals() -> tuple[int, int]:
    """Cells of state and event that no table knows, and how many of them are refused."""
    asked = refused = 0
    for life in LIVES:
        for event, rows in life.by_event.items():
            for state in life.states:
                if not any(state in row.sources for row in rows):
                    asked += 1
                    try:
                        life.find(event, state)
                    except IllegalTransition:
                        refused += 1
    return asked, refused


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    server = os.environ.get("BENCH_PG", "").rstrip("/")
    name = f"bench_{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as folder:
        if server:
            admin = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
            with admin.connect() as connection:
                connection.execute(text(f'CREATE DATABASE "{name}"'))
        database = Database(f"{server}/{name}" if server else f"sqlite:///{folder}/bench.sqlite3")
        initialise(database)
        begun = time.perf_counter()
        world = walk(database, examples=10, steps=40)
        world.cover(times=times, most=1_000 * times)
        with database.read() as session:
            whole = audit.first_broken(session) is None
        database.dispose()
        if server:
            with admin.connect() as connection:
                connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    fewest = min(edges(), key=lambda edge: world.walked[edge])
    asked, refused = refusals()
    print(
        f"{'postgresql' if server else 'sqlite'}: {len(edges())} legal edges, the least walked {world.walked[fewest]} times "
        f"({' '.join(fewest)}); {world.steps} steps, {world.refused} refused, {time.perf_counter() - begun:.0f} s; "
        f"illegal cells refused {refused} of {asked}; chain {'whole' if whole else 'BROKEN'}"
    )


if __name__ == "__main__":
    main()
