"""One table for the page and for its downloads, so that the two never differ."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a column holds: decides alignment and writing on the page, and the type in a download."""

    TEXT = "text"
    REASONS = "reasons"  # sentences; on a page what is long is folded behind its beginning
    NUMBER = "number"
    PERCENT = "percent"  # a share, 0 to 1
    MONEY = "money"  # whole kroner
    DATE = "date"
    MOMENT = "moment"
    LABEL = "label"  # a msgid, translated when written
    TERM = "term"  # "2026H" or a list of them: høst 2026 on a page and in a sheet, the code in JSON


@dataclass(frozen=True, slots=True)
class Column:
    """``key`` names the attribute, mapping key or position; ``label`` is a msgid; ``value`` overrides the reading, ``href`` makes a link."""

    key: str
    label: str
    kind: Kind | str = Kind.TEXT
    value: Callable[[Any], Any] | None = None
    href: Callable[[Any], str | None] | None = None
    language: Callable[[Any], str | None] | None = None  #: of one row's cell, where it is not the page's

    def read(self, row: Any) -> Any:
        """The raw value of one row; None is unknown."""
        if self.value is not None:
            return self.value(row)
        if isinstance(row, Mapping):
            return row.get(self.key)
        return getattr(row, self.key)

    def speaks(self, row: Any) -> str | None:
        """The language of one row's cell; None is the page's."""
        return self.language(row) if self.language is not None else None

    @property
    def numeric(self) -> bool:
        return self.kind in (Kind.NUMBER, Kind.PERCENT, Kind.MONEY)


@dataclass(frozen=True, slots=True)
class Table:
    """``name`` is the file name of downloads, without ending; ``caption`` a translated sentence; ``total`` an optional last row."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Any]
    caption: str = ""
    total: Any = None

    def cells(self) -> Iterator[list[Any]]:
        """Raw values, row by row, the total last."""
        for row in (*self.rows, *(() if self.total is None else (self.total,))):
            yield [column.read(row) for column in self.columns]


def plain(value: Any) -> Any:
    """A value as a file can hold it: enums as their words, moments in ISO 8601, lists joined."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(plain(item)) for item in value)
    return str(value)
