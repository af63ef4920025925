"""This page's address with some query parameters changed: facets, chips, sorting and page numbers are such links."""

from typing import Any
from urllib.parse import urlencode

from flask import request, url_for


def url_with(**changes: Any) -> str:
    """Set parameters (a list gives several values); None or an empty value removes. ``page`` is dropped unless set."""
    query = _query()
    query.pop("page", None)
    for name, value in changes.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        query[name] = [str(item) for item in values if item not in (None, "")]
    return _address(query)


def url_without(name: str, value: Any) -> str:
    """Take one value of a parameter away."""
    query = _query()
    query.pop("page", None)
    query[name] = [item for item in query.get(name, []) if item != str(value)]
    return _address(query)


def _query() -> dict[str, list[str]]:
    return {name: list(values) for name, values in request.args.lists()}


def _address(query: dict[str, list[str]]) -> str:
    kept = [(name, value) for name, values in query.items() for value in values if value != ""]
    if request.endpoint is None:
        base = request.path
    else:
        base = url_for(request.endpoint, **(request.view_args or {}))
    return f"{base}?{urlencode(kept)}" if kept else base
