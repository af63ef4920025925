"""The contract of a search engine. Every engine passes ``tests/search/contract``.

A *document* is one run of an offer; hits are **distinct by group** (the offer): an offer counts
once in ``total`` and once in every facet value that at least one of its matching runs carries.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

FacetValue = str | int
Span = tuple[int, int]  #: where in a text: first and first after


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """One declarative description from which every engine is configured."""

    searchable: Mapping[str, float]  #: field -> weight, most important first
    facets: tuple[str, ...]  #: multi-valued string attributes to filter and count by
    varying: frozenset[str] | None = None  #: facets that may differ between documents of a group; None: any may
    numeric: tuple[str, ...] = ()  #: numeric attributes for range filters and sorting (None = unknown)
    synonyms: tuple[tuple[str, ...], ...] = ()  #: each tuple is a set of terms that find each other
    stop_words: frozenset[str] = frozenset()
    #: Say nothing of the subject: they rank, and restrict only where nothing else does.
    general_words: frozenset[str] = frozenset()
    compound_parts: frozenset[str] = frozenset()  #: words that compounds may be split into; ``lese-`` only stands first
    places: tuple[tuple[str, ...], ...] = ()  #: a name, and the names of what it lies in: they rank and leave none out
    #: Numeric attribute, 0 to 1: of documents that have the words and levels alike, those with more come first.
    preferred: str = ""
    enough: int = 0  #: documents that hold every word; where fewer do, those follow that are about one of the words


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """What is indexed of one run."""

    id: str  #: unique: the run's key
    group: str  #: the offer's key
    text: Mapping[str, str]  #: searchable field -> text
    facets: Mapping[str, tuple[str, ...]]  #: facet -> values
    numbers: Mapping[str, float | None] = field(default_factory=dict)
    position: tuple[float, float] | None = None  #: latitude, longitude in degrees
    stored: Mapping[str, object] = field(default_factory=dict)  #: JSON-able, given back with a hit
    names: tuple[str, ...] = ()  #: what it is called: who types one of them word for word gets it first
    version: int = 0  #: a lower version never overwrites a higher one


@dataclass(frozen=True, slots=True)
class Near:
    """Within ``km`` of a point; documents whose ``reach_everywhere`` facet is "1" are always within."""

    latitude: float
    longitude: float
    km: float


@dataclass(frozen=True, slots=True)
class SearchQuery:
    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: facet -> any of these values
    ranges: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)  #: inclusive
    near: Near | None = None
    facets: tuple[str, ...] = ()  #: facets to count, disjunctively: a facet ignores its own filter
    sort: tuple[str, bool] | None = None  #: numeric attribute, descending?; None = relevance
    #: The nearest to ``near`` first, those without a position last; as far away is in the order of ``sort``.
    nearest: bool = False
    #: By relevance: numeric attribute, 0 or 1; of those that have the words alike, those with 1 come first.
    first: str = ""
    every_word: bool = False  #: little is enough: nothing follows that is only about one of the words
    page: int = 1
    per_page: int = 20
    mark: tuple[str, ...] = ()  #: stored texts: in the first that has any, the words found are told
    most_matched: int = 20  #: of a group's matching documents, as many are named with its hit


@dataclass(frozen=True, slots=True)
class Hit:
    id: str  #: the best matching document of the group
    group: str
    score: float  #: comparable within one answer only
    stored: Mapping[str, object]
    matched: tuple[str, ...] = ()  #: ids of the group's matching documents, best first (at most ``most_matched``)
    marks: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)  #: stored text -> words found, rising and apart


@dataclass(frozen=True, slots=True)
class SearchPage:
    hits: Sequence[Hit]
    total: int  #: number of groups
    facets: Mapping[str, Mapping[str, int]]  #: facet -> value -> number of groups
    did_you_mean: str | None = None
    standby: bool = False  #: answered by the engine that stands in for the one that is away


class SearchUnavailable(Exception):
    """The engine cannot answer now. Callers show a notice and fall back; they never answer 5xx."""


class SearchEngine(Protocol):
    """put, drop and wipe are durable when they return. Readers never see a half-written batch."""

    def put(self, documents: Iterable[SearchDocument]) -> int: ...
    def drop(self, ids: Iterable[str]) -> int: ...
    def search(self, query: SearchQuery) -> SearchPage: ...
    def count(self) -> int: ...
    def digests(self) -> Mapping[str, int]: ...  #: document id -> version, to compare with the truth
    def rebuild(self, documents: Iterable[SearchDocument]) -> int: ...  #: replaces everything in one step
    def wipe(self) -> None: ...
    def configure(self, settings: IndexSettings) -> None: ...  #: other synonyms, stop words or weights from now on
    def preview(
        self, query: SearchQuery, settings: IndexSettings
    ) -> SearchPage: ...  #: as ``search`` after ``configure``
    def standing(self) -> str: ...  #: how the engine is: "ok", or a word for what is wrong
    def moment(self) -> Hashable: ...  #: another one after every change that any process made; None: cannot be told
    def close(self) -> None: ...
