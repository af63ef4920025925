"""The main navigation: rooms say where they are, the person asking sees what is allowed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request

from registry.web.guard import allowed
from registry.web.links import url_for


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``label`` is a msgid; ``permission`` None is for everyone; ``group`` is "main" or "footer"; low ``order`` is first.
    ``when`` leaves out of the menu what the person has no use for, though they may go there.
    """

    label: str
    endpoint: str
    permission: Any = None
    order: int = 50
    group: str = "main"
    when: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as this page shows it. ``current`` is "page" here, "true" elsewhere in the same room, else None."""

    label: str
    href: str
    current: str | None


def navigation(group: str = "main") -> list[Link]:
    """Entries of a group that the person asking may follow, in order."""
    entries: list[Entry] = current_app.extensions["navigation"]
    room, standing = _here(entries)
    return [
        Link(e.label, url_for(e.endpoint), standing if e.endpoint == room else None)
        for e in entries
        if e.group == group and allowed(e.permission) and (e.when is None or e.when())
    ]


def init_navigation(app: Flask, entries: Iterable[Entry]) -> None:
    """Raises LookupError at the first request for an endpoint that does not exist: url_for says which."""
    app.extensions["navigation"] = sorted(entries, key=lambda entry: (entry.order, entry.label))
    app.jinja_env.globals["navigation"] = navigation


def _here(entries: list[Entry]) -> tuple[str | None, str | None]:
    """The entry that this page is or lies under, and what to say of it; an entry of its own beats the room that it lies in."""
    here = request.endpoint or ""
    if any(entry.endpoint == here for entry in entries):
        return here, "page"
    above = [entry.endpoint for entry in entries if request.path.startswith(f"{url_for(entry.endpoint).rstrip('/')}/")]
    return max(above, key=lambda name: len(url_for(name)), default=None), "true"
