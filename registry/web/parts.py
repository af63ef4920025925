"""The parts that a view may use: put together once by ``registry.app``."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from flask import current_app, g
from sqlmodel import Session

from registry.access.policy import ANYONE, Actor
from registry.core.db import Database
from registry.settings import Settings
from search.protocol import SearchEngine

Marks = Callable[[Session, Sequence[int]], Mapping[str, Mapping[str, tuple[str, ...]]]]


@dataclass(frozen=True, slots=True)
class Parts:
    """Database, settings and search engine of this process; ``ready`` says whether the schema is the newest.

    ``recognise`` moves what is kept under a person's earlier pseudonyms (old → new) to the one in use. ``marks`` tells what
    rooms above the catalogue know of offers, by id: key of an offer or a run → facets.
    """

    database: Database
    settings: Settings
    search: SearchEngine
    ready: Callable[[], bool] = lambda: True
    recognise: Callable[[Session, Actor, Mapping[str, str]], int] = lambda _session, _actor, _formerly: 0
    marks: Marks = lambda _session, _ids: {}


def parts() -> Parts:
    """The parts of the running application."""
    found: Parts = current_app.extensions["registry"]
    return found


def actor() -> Actor:
    """Who asks in this request."""
    found: Actor = g.get("actor", ANYONE)
    return found


@contextmanager
def reading() -> Iterator[Session]:
    """A read session for this request's queries."""
    with parts().database.read() as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """The one transaction of this request."""
    with parts().database.write() as session:
        yield session
