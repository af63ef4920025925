"""Saved searches, and what people looked for without finding it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from registry.core.table import Table, enum_type


class Rhythm(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"


class SavedSearch(Table, table=True):
    """A search a person wants to be told about. ``query`` is the normalised address of the search."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("person_id", "query"),)

    person_id: int = Field(foreign_key="person.id")
    name: str = Field(max_length=120)
    query: str = Field(max_length=1000)
    rhythm: Rhythm = Field(default=Rhythm.WEEKLY, sa_type=enum_type(Rhythm, "rhythm"))
    created_at: datetime
    expires_on: date


class UnmetDemand(Table, table=True):
    """A search without hits, counted by day, with no identifier of any kind."""

    __tablename__ = "unmet_demand"
    __table_args__ = (UniqueConstraint("query", "day"),)

    query: str = Field(max_length=200)
    day: date
    times: int = 1
