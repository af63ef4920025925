"""Addresses of pages: of any page of the service, of this one in another language, and of this one with some query parameters changed
(chips, sorting, page numbers).
"""

from collections.abc import Hashable
from typing import Any
from urllib.parse import urlencode

import flask
from flask import Flask, current_app, g, has_request_context, request
from werkzeug.routing import BuildError

from registry.web.i18n import DEFAULT, current_language

MOST = 4_096  #: addresses; when there are more, all are forgotten


def url_for(endpoint: str, *, _external: bool | None = None, **values: Any) -> str:
    """As Flask's, built once in each language: a page names some thirty addresses, and most of them stand on every page.

    Routes never change while the service runs. What may depend on more than its name and plain values (an address from outside,
    a list, an endpoint named from the blueprint that asks) is built each time.
    """
    if _external or not (has_request_context() and _is_plain(endpoint, values)):
        return flask.url_for(endpoint, _external=_external, **values)
    known: dict[Hashable, str] = current_app.extensions["addresses"]
    asked = (endpoint, current_language(), request.script_root, *values.items())
    found = known.get(asked)
    if found is None:
        if len(known) >= MOST:
            known.clear()
        found = known[asked] = flask.url_for(endpoint, **values)
    return found


def _is_plain(endpoint: str, values: dict[str, Any]) -> bool:
    return not endpoint.startswith(".") and all(
        type(value) in (str, int) and not name.startswith("_") for name, value in values.items()
    )


def init_links(app: Flask) -> None:
    """Templates say ``url_for`` and mean this one."""
    app.extensions["addresses"] = {}
    app.jinja_env.globals.update(
        url_for=url_for, url_with=url_with, url_without=url_without, switch_language=switch_language
    )


def switch_language(language: str, external: bool = False) -> str:
    """Address of this very page in another language, query included; the front page where that cannot be."""
    rest = _address_behind_the_language()
    if rest is None:
        return f"{request.script_root}/{language}/"
    return f"{request.url_root if external else request.script_root + '/'}{language}{rest}"


def _address_behind_the_language() -> str | None:
    """What this page's address has in common in all languages. A page names it nine times: it is built once."""
    if "behind_the_language" not in g:
        g.behind_the_language = _built_behind_the_language()
    found: str | None = g.behind_the_language
    return found


def _built_behind_the_language() -> str | None:
    endpoint = request.endpoint
    if endpoint is None or "GET" not in getattr(request.url_rule, "methods", ()):
        return None
    if not current_app.url_map.is_endpoint_expecting(endpoint, "language"):
        return None
    try:
        page = url_for(endpoint, **{**(request.view_args or {}), "language": DEFAULT})
    except BuildError:
        return None
    rest = page.removeprefix(f"{request.script_root}/{DEFAULT}")
    # Never through url_for, which takes some names for orders to itself: "?_anchor=", "?endpoint=".
    query = urlencode([(name, value) for name, value in request.args.items(multi=True) if name != "language"])
    return f"{rest}?{query}" if query else rest


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
