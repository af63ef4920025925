"""How services hand out what they have by pages: where to begin, and what one page says of the next. Pure.

OOAPI v5/v6 (openonderwijsapi.nl), EMIL 3 (Skolverket's Susa-navet), HAL (Brønnøysund's registers), NSR and NBR (Udir).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

EMIL_LISTS = ("educationProviders", "educationInfos", "educationEvents")


@dataclass(frozen=True, slots=True)
class Step:
    """What one page says: how many things it holds, how many there are in all, and where the next page is."""

    items: int
    total: int | None
    next_url: str | None


@dataclass(frozen=True, slots=True)
class Walking:
    """One way of paging. ``read`` raises ValueError where the page is none of its kind."""

    starts: Callable[[str], list[str]]  #: from the source's address to the first page of each of its lists
    read: Callable[[Any, str], Step]


def with_query(url: str, **values: int) -> str:
    """``url`` with these values in its query; those that it has already are left as they are."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit(parts._replace(query=urlencode({**{k: str(v) for k, v in values.items()}, **query})))


def _at(url: str, name: str, number: int) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit(parts._replace(query=urlencode({**query, name: str(number)})))


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdigit() else None


def _listed(page: Any, *names: str) -> list[Any]:
    """The list that a page holds under one of ``names``. Raises ValueError."""
    if isinstance(page, Mapping):
        for name in names:
            if isinstance(page.get(name), list):
                found: list[Any] = page[name]
                return found
    raise ValueError("no list in the page")


def _said(page: Any) -> Mapping[str, Any]:
    """What an envelope says of itself."""
    told = page.get("page")
    return told if isinstance(told, Mapping) else {}


def _ooapi(page: Any, url: str) -> Step:
    items = _listed(page, "items")
    number = _number(page.get("pageNumber")) or _number(dict(parse_qsl(urlsplit(url).query)).get("pageNumber")) or 1
    pages = _number(page.get("totalPages"))
    more = page.get("hasNextPage")
    if more is None:
        more = number < pages if pages is not None else bool(items)
    return Step(len(items), None, _at(url, "pageNumber", number + 1) if more else None)


def _emil_starts(url: str) -> list[str]:
    if urlsplit(url).path.rstrip("/").endswith(EMIL_LISTS):
        return [with_query(url, page=0, size=500)]
    base = url if urlsplit(url).path.endswith("/") else url + "/"
    return [with_query(urljoin(base, name), page=0, size=500) for name in EMIL_LISTS]


def _emil(page: Any, url: str) -> Step:
    items = _listed(page, *EMIL_LISTS)
    said = _said(page)
    here = _number(dict(parse_qsl(urlsplit(url).query)).get("page")) or 0
    pages = _number(said.get("totalPages"))
    more = here + 1 < pages if pages is not None else bool(items)
    return Step(len(items), _number(said.get("totalElements")), _at(url, "page", here + 1) if more else None)


def _hal(page: Any, url: str) -> Step:
    if not isinstance(page, Mapping) or not ({"_embedded", "_links", "page"} & page.keys()):
        raise ValueError("no HAL")
    embedded = page.get("_embedded")  # not there at all where there are no hits
    items = sum(len(each) for each in embedded.values() if isinstance(each, list)) if embedded else 0
    said = _said(page)
    following = (page.get("_links") or {}).get("next")
    href = following.get("href") if isinstance(following, Mapping) else None
    return Step(items, _number(said.get("totalElements")), urljoin(url, href) if isinstance(href, str) else None)


def _nsr(page: Any, url: str) -> Step:
    items = _listed(page, "EnhetListe", "Enheter")
    here = _number(page.get("Sidenummer")) or _number(dict(parse_qsl(urlsplit(url).query)).get("sidenummer")) or 1
    pages = _number(page.get("AntallSider"))
    more = here < pages if pages is not None else bool(items)
    total = _number(page.get("TotaltAntallEnheter"))
    return Step(len(items), total, _at(url, "sidenummer", here + 1) if more else None)


WALKS: Mapping[str, Walking] = {
    "ooapi": Walking(lambda url: [with_query(url, pageSize=250, pageNumber=1)], _ooapi),
    "emil": Walking(_emil_starts, _emil),
    "hal": Walking(lambda url: [with_query(url, page=0, size=100)], _hal),
    "nsr": Walking(lambda url: [with_query(url, sidenummer=1, antallPerSide=1000)], _nsr),
}
