"""The review room, key to next pair: answer a pair as the coordinator does and get the next one, as one browser would ask for it.

    python bench/review.py [--home FOLDER] [--pairs 60]

FOLDER is a registry home with the demonstration year (`registry demo`); it is copied first, so nothing is decided in it. Each step is the
form's POST and the page it leads to, through the whole application in one process; server time, not the network's or the browser's.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])  # else "search" is the bench beside this file

from flask.testing import FlaskClient

from registry.app import create_app, open_search
from registry.core.db import Database
from registry.settings import Settings
from registry.setup import initialise

_SIGN_IN, _ROOM = "/nb/logg-inn", "/nb/samordning/gjennomgang/overlapp"


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    if found is None:
        raise SystemExit(f"no field {name} on the page")
    return found[1]


def shares(label: str, times: list[float]) -> None:
    """Middle and the slowest of twenty, in milliseconds."""
    ordered = sorted(1000 * one for one in times)
    print(f"| {label} | {ordered[len(ordered) // 2]:.0f} | {ordered[int(len(ordered) * 0.95)]:.0f} |")


def walk(client: FlaskClient, address: str, pairs: int) -> None:
    """Answer that many pairs, one after another."""
    wall: list[float] = []
    work: list[float] = []
    page = client.get(address, follow_redirects=True)
    for place in range(pairs + 3):
        text = page.get_data(as_text=True)
        action = re.search(r'action="([^"]*/par/\d+/avgjor[^"]*)"', text)
        if action is None:
            break
        form = {"csrf_token": hidden(text, "csrf_token"), "verdict": "keep_both", "note": ""}
        began, worked = time.perf_counter(), time.process_time()
        page = client.post(action[1].replace("&amp;", "&"), data=form, follow_redirects=True)
        if place >= 3:  # the first ones fill what is kept in memory
            wall.append(time.perf_counter() - began)
            work.append(time.process_time() - worked)
        if page.status_code != 200:
            raise SystemExit(f"{page.status_code} after {place} answers")
    print(f"\n{len(wall)} answers, each with the next page.\n\n| | p50 ms | p95 ms |\n|---|--:|--:|")
    shares("key to next pair, wall", wall)
    shares("key to next pair, processor", work)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("REGISTRY_HOME", "var")))
    parser.add_argument("--pairs", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(shutil.copytree(arguments.home, Path(folder) / "home"))
        settings = Settings(home=home, demo=True, _env_file=None)
        database = Database(settings.database)
        initialise(database)
        client = create_app(settings, database, open_search(settings, database)).test_client()
        sign_in = client.get(_SIGN_IN).get_data(as_text=True)
        person = re.search(r'value="(\d+)">[^<]*Kari Koordinator', sign_in)
        if person is None:
            raise SystemExit("the home has no demonstration coordinator")
        client.post(_SIGN_IN, data={"csrf_token": hidden(sign_in, "csrf_token"), "next": "", "person": person[1]})
        walk(client, _ROOM, arguments.pairs)


if __name__ == "__main__":
    main()
