"""Where searches, their files and offers are found."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from registry.catalogue.parameters import PAGE, CatalogueQuery
from registry.core.text import slug
from registry.web.links import url_for

FOLLOWED = ("atom", "ics")  #: files that tell of changes
_PLAIN = "!$&'()*+,/:;=@"  #: what the router writes as it is


def address(query: CatalogueQuery, *, external: bool = False) -> str:
    """The canonical address of a search in the reader's language."""
    return _with(url_for("catalogue.search", _external=external), query.address())


def toggling(query: CatalogueQuery, facet: str, values: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each value with the address of the search that has it where this one has not, and the other way round."""
    base = url_for("catalogue.search")
    for value, said in query.toggling(facet, values):
        yield value, _with(base, said)


def paging(query: CatalogueQuery) -> Callable[[int], str]:
    """Answers the address of each page of a search, whose number stands last in it."""
    first = address(query.on_page(1))
    further = f"{first}{'&' if '?' in first else '?'}{PAGE}="
    return lambda number: first if number == 1 else f"{further}{number}"


def download_address(query: CatalogueQuery, ending: str, *, external: bool = False) -> str:
    """The same search as a file, a feed or a calendar: all of it, whichever page is shown."""
    return download_addresses(query, [ending], external=external)[ending]


def download_addresses(query: CatalogueQuery, endings: Iterable[str], *, external: bool = False) -> dict[str, str]:
    """The same search as each of these."""
    said = query.on_page(1).address()
    return {ending: _with(_file(ending, external), said) for ending in endings}


def _file(ending: str, external: bool) -> str:
    if ending in FOLLOWED:
        return url_for("catalogue.feed", syntax=ending, _external=external)
    return url_for("catalogue.download", ending=ending, _external=external)


def offer_address(key: str, title: str, **values: Any) -> str:
    """The canonical address of an offer in the reader's language."""
    if values:
        return url_for("catalogue.offer", key=key, words=slug(title) or "-", **values)
    return url_for("catalogue.offer", key="-").removesuffix("-") + _path(key, title)


@lru_cache(maxsize=8_192)
def _path(key: str, title: str) -> str:
    """What an offer's address ends in, in every language; the router would take ten times as long, twenty times a page."""
    return f"{quote(key, safe=_PLAIN)}/{slug(title) or '-'}"


def _with(base: str, said: str) -> str:
    return f"{base}?{said}" if said else base
