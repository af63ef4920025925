"""Ways on where nothing was found: searches that ask for less, or for the same elsewhere or at another time, and what each finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from sqlmodel import Session

from registry.catalogue.documents import COUNTRYWIDE
from registry.catalogue.parameters import PAST, RADII, CatalogueQuery
from registry.catalogue.queries import totals
from search.protocol import SearchEngine, SearchUnavailable

#: A thing asked for: (facet, value); the value is empty where all of a facet is meant. Beside the facets: "text" and "near".
Asked = tuple[str, str]
ONLINE, EARLIER, EVERYTHING = "online", "earlier", "everything"
_PLACES = ("county", "municipality", "delivery")
_TIMES = ("time", "term", "start_month", "applying")
_MOST_PAIRS = 15


@dataclass(frozen=True, slots=True)
class Way:
    """A search that finds something. ``dropped`` is what it no longer asks for; a wider distance has its kilometres.

    ``instead``: ONLINE asks for the same online, EARLIER for the same of earlier years, EVERYTHING for the words alone.
    """

    dropped: tuple[Asked, ...]
    query: CatalogueQuery
    total: int
    instead: str = ""


def ways_on(engine: SearchEngine, session: Session, query: CatalogueQuery) -> list[Way]:
    """What each single thing asked for costs, most hits first; pairs of them where no single filter helps; then the same online and
    in earlier years; last, always, the words alone. Only what finds something, and each search once.
    """
    try:
        ways = _counted(engine, session, _singles(query))
        if all(way.dropped[0][0] == "text" for way in ways):  # to drop one's own words is little help
            ways += _counted(engine, session, _pairs(query, with_text=not ways))
        ways.sort(key=lambda way: -way.total)
        known = {way.query for way in ways}
        others = [way for way in _elsewhere(query) if way.query not in known]
        return ways + _counted(engine, session, others)
    except SearchUnavailable:
        return []


def _counted(engine: SearchEngine, session: Session, ways: list[Way]) -> list[Way]:
    found = totals(engine, session, [way.query for way in ways])
    return [Way(way.dropped, way.query, total, way.instead) for way, total in zip(ways, found, strict=True) if total]


def _singles(query: CatalogueQuery) -> list[Way]:
    ways = [
        Way(((facet, value),), query.without(facet, value if len(values) > 1 else None), 0)
        for facet, values in query.filters
        for value in values
    ]
    if query.near:
        ways += [Way((("near", str(km)),), query.within(km), 0) for km in RADII if km > query.km]
        ways.append(Way((("near", ""),), query.without_place(), 0))
    if query.text and (query.filters or query.near):
        ways.append(Way((("text", query.text),), query.saying(""), 0))
    return ways


def _pairs(query: CatalogueQuery, with_text: bool) -> list[Way]:
    """Whole facets, distance and words, two at a time."""
    asked: list[Asked] = [(facet, values[0] if len(values) == 1 else "") for facet, values in query.filters]
    asked += [("near", "")] if query.near else []
    if len(asked) + bool(query.text) < 3:  # two things less would be nothing at all
        return []
    asked += [("text", query.text)] if query.text and with_text else []
    pairs = list(combinations(asked, 2))[:_MOST_PAIRS]
    return [Way(pair, _without(_without(query, pair[0]), pair[1]), 0) for pair in pairs]


def _without(query: CatalogueQuery, asked: Asked) -> CatalogueQuery:
    facet, _ = asked
    if facet == "text":
        return query.saying("")
    return query.without_place() if facet == "near" else query.without(facet)


def _elsewhere(query: CatalogueQuery) -> Iterator[Way]:
    """The same wherever one lives, the same of earlier years, and the words alone."""
    facets = {facet for facet, _ in query.filters}
    if query.near or facets & set(_PLACES):
        online = query.without_place()
        for facet in _PLACES:
            online = online.without(facet)
        yield Way((), online.with_value("county", COUNTRYWIDE), 0, ONLINE)
    if facets & set(_TIMES):
        earlier = query
        for facet in _TIMES:
            earlier = earlier.without(facet)
        yield Way((), earlier.at(PAST), 0, EARLIER)
    if query.filters or query.near:
        yield Way((), CatalogueQuery(text=query.text), 0, EVERYTHING)
