"""Nobody but ``registry.core.clock`` asks what time it is: what hangs on the hour can be tried at any hour."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Who asks all the same, and why. ``importers`` know nothing of the registry, and so not its clock.
ALLOWED = {
    "registry/core/clock.py": "the one place",
    "importers/fetch/client.py": "Retry-After may name a moment: what is left of it is counted from now",
    "importers/fetch/crawling.py": "whether a page that lies on disk is fresh: its file's own time is the machine's",
    "importers/fetch/walking.py": "whether a walk that was broken off is fresh: its file's own time is the machine's",
}
#: Module or class → what it tells the time by. Clocks that only measure how long something took are everybody's.
ASKING = {
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "asctime"},
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
}


def asks(source: str) -> Iterator[tuple[int, str]]:
    """(line, what) wherever the time is asked for."""
    tree = ast.parse(source)
    names = {"time": "time", "datetime": "datetime", "date": "date"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.asname: one.name for one in node.names if one.asname and one.name in ASKING}
        elif isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime"):
            names |= {one.asname: one.name for one in node.names if one.asname and one.name in ASKING}
            if node.module == "time":
                yield from ((node.lineno, one.name) for one in node.names if one.name in ASKING["time"])
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            whose = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", None)
            if node.attr in ASKING.get(names.get(whose or "", ""), ()):
                yield node.lineno, f"{whose}.{node.attr}"


def test_only_the_clock_asks_for_the_time() -> None:
    files = {
        path.relative_to(ROOT).as_posix(): path
        for package in ("registry", "importers", "search")
        for path in (ROOT / package).rglob("*.py")
    }
    found = {name: list(asks(path.read_text(encoding="utf-8"))) for name, path in files.items()}
    assert {name: told for name, told in found.items() if told and name not in ALLOWED} == {}
    assert [name for name in ALLOWED if not found[name]] == [], "excused for what they no longer do"


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.time()",
        "import time as t\nt.time_ns()",
        "from time import time\ntime()",
        "from datetime import datetime\ndatetime.now()",
        "from datetime import datetime as d\nd.now()",
        "import datetime\ndatetime.datetime.utcnow()",
        "import datetime as d\nd.date.today()",
        "from datetime import date\ndays = map(date.today, ())",
    ],
)
def test_every_way_of_asking_is_seen(source: str) -> None:
    assert list(asks(source))


def test_measuring_how_long_something_took_is_no_asking() -> None:
    assert not list(asks("import time\nfrom registry.core import clock\ntime.monotonic(), clock.now(), clock.today()"))
