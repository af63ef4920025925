"""Many rows at once, past the mapper and past what SQLAlchemy does for each row of an insert.

A feed of a gigabyte is some million rows. Types are asked once per column instead of once per value, and ids are
drawn before anything is written, so that rows which point at each other are written in one pass.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, Dialect, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

Row = dict[str, Any]
_CHUNK = 5_000


def add_rows(session: Session, model: Any, rows: Sequence[Row]) -> None:
    """Insert ``rows``, which all name the same columns of ``model`` as the first: defaults of Python are not filled in.

    Raises IntegrityError and its like as any insert does. What the session holds unwritten is written first.
    """
    if not rows:
        return
    session.flush()
    connection = session.connection()
    names = tuple(rows[0])
    statement, kinds = _statement(model, names, connection.dialect)
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        columns = [_bound(kind, [row[name] for row in part]) for name, kind in zip(names, kinds, strict=True)]
        _send(connection, statement, list(zip(*columns, strict=True)))


def _send(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    """SQLite takes many rows with one statement; PostgreSQL takes them as a stream, three times as quick as that."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(statement, rows)
        return
    known: Any = connection.dialect.loaded_dbapi
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as stream:
            for row in rows:
                stream.write_row(row)
    except known.Error as error:
        raise DBAPIError.instance(
            statement, None, error, known.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def new_ids(session: Session, model: Any, count: int) -> Sequence[int]:
    """``count`` ids that no row of ``model`` has, in rising order.

    On SQLite they are those after the last one: whoever writes there writes alone, until the transaction is over.
    """
    if not count:
        return ()
    table = model.__table__
    if session.get_bind().dialect.name == "sqlite":
        session.flush()
        last = session.execute(select(func.max(table.c.id))).scalar_one() or 0
        return range(last + 1, last + 1 + count)
    drawn = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return sorted(session.execute(drawn, {"name": table.name, "count": count}).scalars())


@lru_cache(maxsize=256)
def _statement(model: Any, names: tuple[str, ...], dialect: Dialect) -> tuple[str, tuple[Any, ...]]:
    """The driver's own words for an insert, and what makes a value of each column fit for the driver."""
    prepare = dialect.identifier_preparer
    table = model.__table__
    columns = [table.c[name] for name in names]
    listed = f"{prepare.format_table(table)} ({', '.join(prepare.format_column(column) for column in columns)})"
    kinds = tuple(_binding(column.type, dialect) for column in columns)
    if dialect.name == "sqlite":
        return f"INSERT INTO {listed} VALUES ({', '.join(repeat('?', len(columns)))})", kinds
    return f"COPY {listed} FROM STDIN", kinds


def _binding(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    found: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _bound(bind: Callable[[Any], Any] | None, values: list[Any]) -> list[Any]:
    """Values as the driver wants them; one that comes again is not worked out again."""
    if bind is None:
        return values
    known: dict[Any, Any] = {}
    made: list[Any] = []
    for value in values:
        kind = value.__class__
        if value and (kind is dict or kind is list):
            made.append(bind(value))
            continue
        key = kind if kind is dict or kind is list else (kind, value)  # JSON tells True from 1
        if key not in known:
            known[key] = bind(value)
        made.append(known[key])
    return made
