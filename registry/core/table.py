"""The base of every table: naming of constraints, identity, enum columns.

SQLModel's table classes do not validate; the database does, through named check constraints.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ColumnElement, Enum, case
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = SQLModel.metadata


class Table(SQLModel):
    """Identity for every table. ``id`` is None until the row is flushed."""

    id: int | None = Field(default=None, primary_key=True)

    @property
    def pk(self) -> int:
        """The id of a row that has been flushed."""
        if self.id is None:
            raise RuntimeError(f"{type(self).__name__} has not been flushed")
        return self.id


def enum_type(enum: type[StrEnum], name: str) -> Any:
    """Stores the member's value as text, with a check constraint called ``name``."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


def json_type() -> Any:
    """JSON on both databases."""
    return JSON(none_as_null=True)


def check(rule: str, name: str) -> CheckConstraint:
    """A named check constraint."""
    return CheckConstraint(rule, name=name)


def iff(condition: str, *columns: str) -> str:
    """SQL for "condition holds exactly when all the columns are given"."""
    given = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    missing = " AND ".join(f"{column} IS NULL" for column in columns)
    return f"(({condition}) AND {given}) OR (NOT ({condition}) AND {missing})"


def columns_of(model: type[SQLModel]) -> Any:
    """The columns of a table itself, past the mapper: for statements that are made once and run again and again."""
    return metadata.tables[str(model.__tablename__)].c


def unindexed(condition: Any) -> ColumnElement[bool]:
    """The same condition, which no index is looked for: SQLite knows nothing of how many rows a value has, and picks by rote.

    For where another condition of the statement leaves far fewer rows.
    """
    return case((condition, 1), else_=0) == 1
