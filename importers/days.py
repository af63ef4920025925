"""Days and half-years as feeds write them."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1990, 2100
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def day(text: str | None, zone: ZoneInfo, *, first_year: int = FIRST_YEAR) -> date | None:
    """The day of an ISO 8601 date or moment; None where it is neither, or outside ``first_year`` to 2100.

    A moment with an offset is the day that it was in ``zone``, the source's own; one without is taken as it is written.
    """
    match = _MOMENT.fullmatch((text or "").strip())
    if not match:
        return None
    try:
        found = date.fromisoformat(match[1])
        if match[2]:
            found = datetime.fromisoformat(re.sub(r"\.[0-9]+", "", match[0])).astimezone(zone).date()
    except (ValueError, OverflowError):
        return None
    return found if first_year <= found.year <= LAST_YEAR else None


def term_of(start: date) -> str:
    """The half-year of a start: "2026V" from January to June, "2026H" from July to December."""
    return f"{start.year}{'V' if start.month <= 6 else 'H'}"
