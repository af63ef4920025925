"""Asking for many rows by their keys without a query in a loop: a few hundred keys at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy.orm import Session

T = TypeVar("T")
BATCH = 1_000


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The items in lists of at most ``size``."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def rows_in(session: Session, query: Any, column: Any, keys: Iterable[Any]) -> Iterator[Any]:
    """Rows of ``query`` whose ``column`` is one of ``keys``, in as few statements as the databases bear."""
    for batch in batches(sorted(set(keys))):
        yield from session.execute(query.where(column.in_(batch)))


def objects_in(session: Session, query: Any, column: Any, keys: Iterable[Any]) -> Iterator[Any]:
    """As ``rows_in`` for a query of one thing: the things themselves."""
    for row in rows_in(session, query, column, keys):
        yield row[0]
