"""Where searches, their files and offers are found."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from registry.catalogue.parameters import CatalogueQuery
from registry.core.text import slug
from registry.web.links import url_for

_PLAIN = "!$&'()*+,/:;=@"  #: what the router writes as it is


def address(query: CatalogueQuery, *, external: bool = False) -> str:
    """The canonical address of a search in the reader's language."""
    return _with_query(url_for("catalogue.search", _external=external), query)


def toggling(query: CatalogueQuery, facet: str, values: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each value with the address of the search that has it where this one has not, and the other way round."""
    base = url_for("catalogue.search")
    for value, said in query.toggling(facet, values):
        yield value, f"{base}?{said}" if said else base


def download_address(query: CatalogueQuery, ending: str, *, external: bool = False) -> str:
    """The same search as a file, a feed or a calendar."""
    if ending in ("atom", "ics"):
        base = url_for("catalogue.feed", syntax=ending, _external=external)
    else:
        base = url_for("catalogue.download", ending=ending, _external=external)
    return _with_query(base, query.on_page(1))


def offer_address(key: str, title: str, **values: Any) -> str:
    """The canonical address of an offer in the reader's language."""
    if values:
        return url_for("catalogue.offer", key=key, words=slug(title) or "-", **values)
    return url_for("catalogue.offer", key="-").removesuffix("-") + _path(key, title)


@lru_cache(maxsize=8_192)
def _path(key: str, title: str) -> str:
    """What an offer's address ends in, in every language; the router would take ten times as long, twenty times a page."""
    return f"{quote(key, safe=_PLAIN)}/{slug(title) or '-'}"


def _with_query(base: str, query: CatalogueQuery) -> str:
    said = query.address()
    return f"{base}?{said}" if said else base
