"""The kinds of message: one folder each under ``templates/email``.

A folder holds ``subject.txt``, ``body.txt``, ``body.html`` and ``example.json``. The example names everything the templates are
told: ``send`` refuses any other context, so a caller's first test finds a wrong one, not the reader.
"""

import json
from functools import lru_cache
from typing import Any

from registry.web.assets import templates_folder

#: Sent where an applicant asked to be told, whatever becomes of an account with the same address.
TO_APPLICANTS = frozenset({"answer-reminder", "application-news"})

FILES = ("subject.txt", "body.txt", "body.html", "example.json")


@lru_cache(maxsize=1)
def kinds() -> frozenset[str]:
    """Names of every kind there is."""
    return frozenset(path.parent.name for path in (templates_folder() / "email").glob("*/subject.txt"))


@lru_cache(maxsize=64)
def _example(kind: str) -> str:
    return (templates_folder() / "email" / kind / "example.json").read_text(encoding="utf-8")


def example(kind: str) -> dict[str, Any]:
    """An example of what the kind is told. Raises ValueError for an unknown kind."""
    if kind not in kinds():
        raise ValueError(f"there is no message called {kind!r} under templates/email")
    told: dict[str, Any] = json.loads(_example(kind))
    return told
