"""What a report may be narrowed to."""

from dataclasses import dataclass
from datetime import date

from registry.core import clock
from registry.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Filters:
    """``as_of`` is the end of that Norwegian day; ``exact`` False rounds figures to the nearest 5 (rule SMALL_CELL), but for
    those of the institutions in ``own``: their people see their own exactly.

    Raises InvalidInput for a day to come: nobody knows its figures, and the rules of that day do not hold yet.
    """

    as_of: date
    term: str | None = None
    region: str | None = None
    provider: str | None = None
    owner: str | None = None
    target: str | None = None  #: code of a setting or role
    within_reach: bool = False
    exact: bool = False
    own: frozenset[int] = frozenset()
    shown: slice | None = None  #: the rows of one page, for reports that have many: they tell "in_all" and these alone

    def __post_init__(self) -> None:
        if self.as_of > clock.today():
            raise InvalidInput(
                "Rapporten kan ikke lages for en dag som ikke har vært. Velg dagen i dag eller tidligere."
            )
