"""What the search is measured with: the runs of a catalogue, repeated, and queries of the graded sets."""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bench.pages import repeated
from registry.catalogue.documents import build_documents, index_settings
from registry.core.db import Database
from registry.settings import Settings
from search.protocol import IndexSettings, Near, SearchDocument, SearchQuery
from tests.search.relevance.grading import HELD_OUT, HELD_OUT_LAST, HELD_OUT_LATER, QUERIES, meanings

FACETS = ("subject", "county", "role", "term", "credits_range", "delivery", "provider", "applying")
FILTERS = 6  #: sets of filters that people combine


@dataclass(frozen=True, slots=True)
class Corpus:
    """A catalogue as its search engine sees it, and what people may ask it."""

    settings: IndexSettings
    documents: list[SearchDocument]
    texts: list[str]
    term: str  #: one that many runs are in

    @classmethod
    def of(cls, home: Path, texts: int) -> Self:
        """``texts`` different ones, from every part of the four graded sets."""
        settings = Settings(home=home)
        with Database(settings.database).read() as session:
            documents = list(build_documents(session))
            described = index_settings(session)
        asked = [one.query for path in (QUERIES, HELD_OUT, HELD_OUT_LATER, HELD_OUT_LAST) for one in meanings(path)]
        different = list(dict.fromkeys(asked))
        some = [different[number * len(different) // texts] for number in range(min(texts, len(different)))]
        terms = [term for document in documents for term in document.facets.get("term", ())]
        return cls(described, documents, some, max(set(terms), key=terms.count))

    @classmethod
    def load(cls, path: Path) -> Self:
        found = pickle.loads(path.read_bytes())
        assert isinstance(found, cls)
        return found

    def save(self, path: Path) -> None:
        path.write_bytes(pickle.dumps(self))

    def runs(self, size: int) -> Iterator[SearchDocument]:
        return repeated(self.documents, size)

    def queries(self, texts: list[str], filters: int) -> list[SearchQuery]:
        """Every text under so many sets of filters, one after the other: in turn, beginning with another for every text."""
        return [
            self._filtered(text)[(number + more) % FILTERS]
            for number, text in enumerate(texts)
            for more in range(filters)
        ]

    def _filtered(self, text: str) -> list[SearchQuery]:
        """One text under the filters that people combine, always with all eight facets counted."""

        def query(**more: object) -> SearchQuery:
            return SearchQuery(text=text, facets=FACETS, **more)  # type: ignore[arg-type]  # a bench: names as below

        return [
            query(),
            query(filters={"county": ("46",)}),
            query(filters={"delivery": ("online", "gatherings"), "term": (self.term,)}),
            query(filters={"role": ("teacher",), "county": ("03", "46"), "credits_range": ("10-19",)}),
            query(ranges={"credits": (15.0, None)}, sort=("deadline", False), page=2),
            query(near=Near(63.43, 10.40, 100.0), filters={"delivery": ("campus",)}),
        ]
