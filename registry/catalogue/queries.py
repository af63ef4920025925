"""Searching the catalogue: the one function behind the page, the downloads, the command line and saved searches."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.catalogue import plain
from registry.catalogue.documents import FACETS, MARKED, Enricher
from registry.catalogue.parameters import NEAREST, PAST, SORTS, UPCOMING, CatalogueQuery, parse
from registry.catalogue.tuning import tuned
from registry.catalogue.vocabulary import Entry, Vocabulary, vocabulary
from registry.core import clock, terms
from registry.offers.models import Offer
from registry.offers.states import OfferState
from search.protocol import Hit, Near, SearchEngine, SearchQuery, SearchUnavailable, Span

__all__ = [
    "CatalogueQuery",
    "Found",
    "Match",
    "Result",
    "containers",
    "every_match",
    "parse",
    "search",
    "totals",
]

#: Counted for every answer; the rest are filtered by, never shown as a list.
COUNTED = tuple(facet for facet in FACETS if facet != "reach_everywhere")
#: Short lists that keep their values where a search has none of them.
KNOWN = ("school_years", "level", "measure", "language", "time", "term")
MOST_EXPORTED = 10_000
_EXPORT_PAGE = 1_000
_EVERY_RUN = 10_000  #: more than one offer has


@dataclass(frozen=True, slots=True)
class Found:
    """One offer in an answer, by its best run. ``stored`` is what ``documents`` put there, in codes."""

    key: str
    run: str
    score: float
    runs: int  #: how many of its runs match, at most 20 on a page
    stored: Mapping[str, Any]
    matched: tuple[str, ...] = ()  #: keys of those runs; none where the database answered
    marks: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)  #: stored text -> words found in it


@dataclass(frozen=True, slots=True)
class Match:
    """That an offer is found: how well, and by which of its runs. An offer without any run is found by its own key."""

    score: float
    runs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Result:
    """An answer. ``degraded`` says that the search engine was away: then nothing is counted and order is by title."""

    query: CatalogueQuery
    hits: Sequence[Found]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    did_you_mean: str | None = None
    place: Entry | None = None  #: the municipality that distances are from
    degraded: bool = False
    standby: bool = False  #: another engine than the usual one answered: all of it, perhaps some minutes old
    #: Facet -> values that stay in their lists when the search has none of them: of all offers, where such lists are short.
    known: Mapping[str, frozenset[str]] = field(default_factory=dict, repr=False)
    words: Vocabulary | None = field(default=None, repr=False)
    #: Nothing that is to come was found, so that the hits and their number are of earlier years; what is counted by facet is not.
    earlier: bool = False

    @property
    def missing(self) -> bool:
        """Is there nothing to be had of what was asked for, as far as the engine can tell? Then it is counted as a wish."""
        return (self.earlier or not self.total) and not self.degraded

    def to_json(self) -> dict[str, Any]:
        """The shape of ``registry search --json``."""
        return {
            "total": self.total,
            "hits": [
                {
                    "key": hit.key,
                    "title": hit.stored["title"],
                    "provider": ", ".join(self._provider(key) for key in hit.stored["providers"]),
                    "score": round(hit.score, 4),
                }
                for hit in self.hits
            ],
            "facets": {facet: dict(counts) for facet, counts in self.facets.items()},
            "did_you_mean": self.did_you_mean,
            "degraded": self.degraded,
            "earlier": self.earlier,
        }

    def _provider(self, key: str) -> str:
        known = self.words.providers.get(key) if self.words else None
        return known.nb if known else key


def search(
    engine: SearchEngine,
    session: Session,
    query: CatalogueQuery,
    *,
    coming_first: bool = False,
    every_word: bool = False,
    or_earlier: bool = False,
) -> Result:
    """The answer to ``query``. Without a search engine the database answers as well as it can; never raises for that.

    ``coming_first`` puts what can still be attended before earlier years among what has the words alike, and tells which
    words were found: on the page, for people. Elsewhere relevance alone decides. ``every_word`` leaves out what follows where
    little has every word, and names every run found: who is told of changes must not hear of what comes and goes with others.
    ``or_earlier`` answers with earlier years where no time is chosen and nothing is to come: better than nothing, for who looks once.
    """
    result = _answer(engine, session, query, coming_first, every_word, COUNTED)
    if not or_earlier or result.total or query.times != (UPCOMING,) or not result.facets.get("time", {}).get(PAST):
        return result
    former = _answer(engine, session, query.at(PAST).on_page(query.page), coming_first, every_word, ())
    return replace(former, query=query, facets=result.facets, earlier=not former.degraded)


def _answer(
    engine: SearchEngine,
    session: Session,
    query: CatalogueQuery,
    coming_first: bool,
    every_word: bool,
    counted: tuple[str, ...],
) -> Result:
    words = vocabulary(session)
    tuned(engine, session)
    place = words.municipality_named(query.near) if query.near else None
    try:
        mark = MARKED if coming_first else ()
        first = "coming" if coming_first else ""
        asked = _asked(query, words, place, counted)
        named = _EVERY_RUN if every_word else asked.most_matched
        page = engine.search(replace(asked, mark=mark, first=first, every_word=every_word, most_matched=named))
    except SearchUnavailable:
        rows, total = plain.search(session, query, words, place)
        found = [Found(key, key, 0.0, 1, stored) for key, stored in rows]
        return Result(query, found, total, {}, place=place, degraded=True, words=words)
    return Result(
        query,
        [_found(hit) for hit in page.hits],
        page.total,
        page.facets,
        page.did_you_mean,
        place,
        standby=page.standby,
        known=_known_to(engine, words) if coming_first else {},
        words=words,
    )


def _known_to(engine: SearchEngine, words: Vocabulary) -> Mapping[str, frozenset[str]]:
    """Counted anew when the index was written to, where that can be told; a search that was answered needs no more than it has."""
    try:
        return words.once(_known, cast(Hashable, engine), engine.moment(), clock.today())
    except SearchUnavailable:
        return {}


def _known(_words: Vocabulary, engine: SearchEngine, _moment: object, today: date) -> Mapping[str, frozenset[str]]:
    """Semesters that have passed are many, and nobody misses them in a list."""
    counts = engine.search(SearchQuery(facets=KNOWN, per_page=1)).facets
    found = {facet: frozenset(counts.get(facet, {})) for facet in KNOWN}
    now = terms.sort_key(terms.of(today))
    return {**found, "term": frozenset(term for term in found["term"] if terms.sort_key(term) >= now)}


def totals(engine: SearchEngine, session: Session, queries: Sequence[CatalogueQuery]) -> list[int]:
    """How many offers each finds, and nothing else of them. Raises SearchUnavailable."""
    words = vocabulary(session)
    places = [words.municipality_named(query.near) if query.near else None for query in queries]
    return [
        engine.search(_asked(query, words, place, (), per_page=1)).total
        for query, place in zip(queries, places, strict=True)
    ]


def every_match(
    engine: SearchEngine, session: Session, query: CatalogueQuery, marks: Enricher, *, or_earlier: bool = False
) -> dict[str, Match]:
    """Keys of all offers that ``query`` finds, in its order, at most ``MOST_EXPORTED``, each with the runs that it finds.

    The rest of what a file or a feed says is read from the database. While the engine is away the database finds them too, by
    every filter: ``marks`` is what rooms above know of offers. ``or_earlier`` as in ``search``.
    """
    found = _every_match(engine, session, query, marks)
    if found or not or_earlier or query.times != (UPCOMING,):
        return found
    return _every_match(engine, session, query.at(PAST), marks)


def _every_match(engine: SearchEngine, session: Session, query: CatalogueQuery, marks: Enricher) -> dict[str, Match]:
    words = vocabulary(session)
    place = words.municipality_named(query.near) if query.near else None
    found: dict[str, Match] = {}
    try:
        for number in range(1, MOST_EXPORTED // _EXPORT_PAGE + 1):
            asked = _asked(query.on_page(number), words, place, (), per_page=_EXPORT_PAGE)
            page = engine.search(replace(asked, most_matched=_EVERY_RUN))
            found |= {hit.group: Match(hit.score, frozenset(hit.matched)) for hit in page.hits}
            if len(found) >= page.total or not page.hits:
                break
    except SearchUnavailable:
        matching = plain.matching(session, query, words, place, marks, MOST_EXPORTED)
        return {key: Match(0.0, runs) for key, runs in matching.items()}
    return found


def containers(session: Session) -> int:
    """Published programme codes that only hold several courses: counted, never shown as offers."""
    return session.exec(
        select(func.count())
        .select_from(Offer)
        .where(Offer.state == OfferState.PUBLISHED, col(Offer.is_container).is_(True))
    ).one()


def _asked(
    query: CatalogueQuery, words: Vocabulary, place: Entry | None, facets: tuple[str, ...], per_page: int | None = None
) -> SearchQuery:
    """Without words there is no relevance: what is still to come goes first then."""
    near = Near(*place.position, query.km) if query.near and place and place.position else None
    nearest = query.sort == NEAREST and near is not None
    return SearchQuery(
        text=query.text,
        filters={
            facet: _narrowest(values, words) if facet == "subject" else values for facet, values in query.in_force
        },
        near=near,
        nearest=nearest,
        facets=facets,
        sort=SORTS.get(query.sort) or (None if query.text and not nearest else SORTS["oppstart"]),
        page=query.page,
        per_page=per_page or query.per_page,
    )


def _narrowest(subjects: tuple[str, ...], words: Vocabulary) -> tuple[str, ...]:
    """Who chooses an area and then a subject in it wants the subject."""
    above = {code for subject in subjects for code in words.ancestors(subject)[1:]}
    return tuple(code for code in subjects if code not in above)


def _found(hit: Hit) -> Found:
    return Found(hit.group, hit.id, hit.score, max(1, len(hit.matched)), hit.stored, hit.matched, hit.marks)
