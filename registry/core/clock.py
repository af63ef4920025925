"""The only module that asks for the time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the one place


def today() -> date:
    """The calendar day in Norway: deadlines are Norwegian days."""
    return now().astimezone(OSLO).date()


def end_of_day(day: date) -> datetime:
    """The last moment of a Norwegian calendar day, in UTC: "as of" a date includes that day."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, 999999, tzinfo=OSLO).astimezone(UTC)


def start_of_day(day: date) -> datetime:
    """The first moment of a Norwegian calendar day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=OSLO).astimezone(UTC)


def local_day(moment: datetime) -> date:
    """The day in Oslo on which something happened. A moment without a zone is UTC, as the database keeps it."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(OSLO).date()
