"""Saved searches, and what people looked for without finding it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from registry.core.table import Table, enum_type, json_type


class Rhythm(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"


class SavedSearch(Table, table=True):
    """A search a person wants to be told about. ``query`` is the normalised address of the search.

    It is looked at on ``next_look_on`` and told of what differs from ``seen`` (``registry.catalogue.news``). A search that was
    stopped, removed or has run out is not looked at.
    """

    __tablename__ = "saved_search"
    __table_args__ = (
        UniqueConstraint("person_id", "query"),
        Index("ix_saved_search_token", "token", unique=True),
        Index("ix_saved_search_next_look_on", "next_look_on"),
    )

    person_id: int = Field(foreign_key="person.id")
    name: str = Field(max_length=120)
    query: str = Field(max_length=1000)
    rhythm: Rhythm = Field(default=Rhythm.WEEKLY, sa_type=enum_type(Rhythm, "rhythm"))
    language: str = Field(default="nb", max_length=2, sa_column_kwargs={"server_default": "nb"})
    created_at: datetime
    expires_on: date
    token: str | None = Field(default=None, max_length=64)  #: whoever holds it may stop or prolong the mail, no more
    next_look_on: date | None = None
    seen: dict[str, Any] | None = Field(default=None, sa_type=json_type())
    end_told_on: date | None = None  #: the end that the person has been told of
    stopped_at: datetime | None = None
    removed_at: datetime | None = None  #: may be taken back for a day


class UnmetDemand(Table, table=True):
    """A search without hits, counted by day, with no identifier of any kind."""

    __tablename__ = "unmet_demand"
    __table_args__ = (UniqueConstraint("query", "day"),)

    query: str = Field(max_length=200)
    day: date
    times: int = 1
