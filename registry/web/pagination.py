"""Pages of a list as links."""

from dataclasses import dataclass

from flask import request


@dataclass(frozen=True, slots=True)
class Pagination:
    """Page ``page`` (1-based) of ``total`` items, ``per_page`` each. A page past either end is moved to the nearest one."""

    page: int
    per_page: int
    total: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "page", max(1, min(self.page, self.pages)))

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.per_page

    @property
    def limit(self) -> int:
        return self.per_page

    @property
    def first(self) -> int:
        """Number of the first item shown, 1-based; 0 where there is none."""
        return self.offset + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.offset + self.per_page, self.total)

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None

    def window(self, around: int = 1) -> list[int | None]:
        """Page numbers to show: both ends and the neighbours of this one; None is a gap of two pages or more."""
        near = {1, self.pages, *range(self.page - around, self.page + around + 1)}
        shown: list[int | None] = []
        before = 0
        for number in sorted(n for n in near if 1 <= n <= self.pages):
            if number - before == 2:
                shown.append(number - 1)
            elif number - before > 2:
                shown.append(None)
            shown.append(number)
            before = number
        return shown


def page_number(name: str = "page") -> int:
    """Page asked for in the query; 1 for anything that is not a whole number above nought."""
    raw = request.args.get(name, "1")
    return int(raw) if raw.isascii() and raw.isdigit() and 0 < len(raw) < 10 and int(raw) > 0 else 1
