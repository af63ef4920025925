"""One page of a list: what is shown, and where it stands in the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import func
from sqlmodel import Session, select

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Items of page ``number`` (1-based) out of ``total`` items, ``size`` a page."""

    items: Sequence[T]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def paged(session: Session, query: Any, number: int = 1, size: int = 20) -> Page[Any]:
    """Run a select for one page. A number below 1 or past the end is moved to the nearest page."""
    total = session.exec(select(func.count()).select_from(query.order_by(None).subquery())).one()
    number = max(1, min(number, max(1, -(-total // size))))
    items = session.exec(query.offset((number - 1) * size).limit(size)).all()
    return Page(items, number, size, total)
