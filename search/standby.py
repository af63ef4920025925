"""Two engines as one: the first answers, the other stands in for it.

Both are told everything, the standby first: it is at hand and never waits. So it is as fresh as the other when it is needed,
and what the first one misses while it is away is what the outbox has not ticked off.
"""

import pickle
import tempfile
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import IO, Protocol, runtime_checkable

from search.protocol import IndexSettings, SearchDocument, SearchEngine, SearchPage, SearchQuery, SearchUnavailable

_DIFFER = -1  #: the version of a document that the two engines do not agree on


@runtime_checkable
class Told(Protocol):
    """An engine that answers outside this process: somebody who may write must tell it of other synonyms."""

    def tell(self, settings: IndexSettings) -> None: ...


class StandbyEngine:
    """Implements :class:`search.protocol.SearchEngine`. Answers of the standby are marked ``standby``."""

    def __init__(self, first: SearchEngine, standby: SearchEngine) -> None:
        self._first = first
        self._standby = standby

    def search(self, query: SearchQuery) -> SearchPage:
        try:
            return self._first.search(query)
        except SearchUnavailable:
            return replace(self._standby.search(query), standby=True)

    def put(self, documents: Iterable[SearchDocument]) -> int:
        told = list(documents)
        self._standby.put(told)
        return self._first.put(told)

    def drop(self, ids: Iterable[str]) -> int:
        told = list(ids)
        return max(self._standby.drop(told), self._first.drop(told))

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Both anew from one reading of ``documents``, which are kept in a file meanwhile."""
        with tempfile.TemporaryFile() as file:
            for document in documents:
                pickle.dump(document, file)
            file.seek(0)
            self._standby.rebuild(_kept(file))
            file.seek(0)
            return self._first.rebuild(_kept(file))

    def wipe(self) -> None:
        self._standby.wipe()
        self._first.wipe()

    def count(self) -> int:
        return self._first.count()

    def digests(self) -> Mapping[str, int]:
        """Every document of either; what they do not agree on has a version that no document has, and is told anew."""
        first, standby = self._first.digests(), self._standby.digests()
        return {one: first[one] if first.get(one) == standby.get(one) else _DIFFER for one in {**first, **standby}}

    def configure(self, settings: IndexSettings) -> None:
        self._standby.configure(settings)
        self._first.configure(settings)

    def tell(self, settings: IndexSettings) -> None:
        """As ``configure``, and where the first is a server of its own, that one too."""
        self._standby.configure(settings)
        if isinstance(self._first, Told):
            self._first.tell(settings)

    def preview(self, query: SearchQuery, settings: IndexSettings) -> SearchPage:
        """By the standby: the server cannot try synonyms without taking them."""
        return self._standby.preview(query, settings)

    def standing(self) -> str:
        """Of the first; the standby's where that is not well either."""
        standby = self._standby.standing()
        return self._first.standing() if standby == "ok" else f"standby_{standby}"

    def moment(self) -> Hashable:
        """Of the first: an answer of the standby is never one to keep."""
        return self._first.moment()

    def close(self) -> None:
        self._first.close()
        self._standby.close()


def _kept(file: IO[bytes]) -> Iterator[SearchDocument]:
    while True:
        try:
            document: SearchDocument = pickle.load(file)  # noqa: S301 - our own file, written a moment ago
        except EOFError:
            return
        yield document
