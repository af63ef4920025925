"""Ids of rows as they come in addresses and forms. What no row can have is not found; the database is not asked."""

from flask import Flask, request
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1  #: of an INTEGER on PostgreSQL; both databases raise on what they cannot hold


class _RowId(IntegerConverter):
    """``<int:…>`` in every rule of the service."""

    def __init__(self, map: Map) -> None:  # noqa: A002 - werkzeug's name
        super().__init__(map, max=LARGEST)


def form_id(name: str) -> int | None:
    """The id in a field of the form sent; None where there is none, or where it can be nobody's."""
    found = request.form.get(name, type=int)
    return found if found is not None and 0 < found <= LARGEST else None


def form_ids(name: str) -> list[int]:
    """The ids in all fields of that name, each once, in order; what can be nobody's is left out."""
    return sorted({found for found in request.form.getlist(name, type=int) if 0 < found <= LARGEST})


def init_identifiers(app: Flask) -> None:
    """Before any blueprint."""
    app.url_map.converters["int"] = _RowId
