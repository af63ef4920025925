"""The embedded engine: full-text search by tantivy, filters and counts by numpy, in the caller's process."""

import threading
from collections.abc import Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from search.checks import check
from search.embedded.columns import Places, those
from search.embedded.counting import Subset, apply_filters, page_of_groups
from search.embedded.matching import FIRST_STEP, PREFERRED_STEP, Matcher
from search.embedded.reading import Reader, write_snapshot
from search.embedded.storage import DirectoryStorage, MemoryStorage, Storage, Stored, translated
from search.embedded.writing import LARGE, SMALL, Batch, committing
from search.highlighting import Highlighter
from search.protocol import Hit, IndexSettings, SearchDocument, SearchPage, SearchQuery, SearchUnavailable
from search.telling import Telling

_ATTEMPTS = 3
_CLOSED = "The search engine is closed."


class EmbeddedEngine:
    """Implements :class:`search.protocol.SearchEngine` over ``directory``, or in memory when that is None.

    Any number of engines, in any number of processes, may stand on one directory: all of them read, one at a
    time writes, and what is written is seen by the next search. One engine may be shared by threads.
    Every method raises SearchUnavailable when the index is missing, damaged or built with other settings.
    """

    def __init__(self, directory: Path | None, settings: IndexSettings) -> None:
        self._settings = settings
        self._directory = directory
        self._storage: Storage = MemoryStorage(settings) if directory is None else DirectoryStorage(directory, settings)
        telling = Telling(settings)
        self._matcher, self._highlighter = Matcher(telling), Highlighter(telling)
        self._lock = threading.RLock()
        #: Taken before the other, which searches wait for, by all that write.
        self._writing = threading.Lock()
        self._reader: Reader | None = None
        self._seen: tuple[Hashable, Hashable] | None = None
        self._closed = False
        self._configured = 0

    def put(self, documents: Iterable[SearchDocument]) -> int:
        """Write documents in one step; those older than what is known are left out. Returns how many were written."""
        with self._writing, self._storage.writing() as stored:
            with self._lock:
                reader = self._current()
                with self._committing(stored.index, SMALL, reader.next_sequence) as batch:
                    written = batch.put(documents, reader.version_of)
            self._keep_ready(reader, stored)
        return written

    def drop(self, ids: Iterable[str]) -> int:
        """Remove documents in one step. Returns how many there were."""
        with self._writing, self._storage.writing() as stored, self._lock:
            reader = self._current()
            known = [one for one in dict.fromkeys(ids) if reader.columns.row_of(one) is not None]
            if known:
                with self._committing(stored.index, SMALL, reader.next_sequence) as batch:
                    batch.drop(known)
        return len(known)

    def rebuild(self, documents: Iterable[SearchDocument]) -> int:
        """Replace the whole index by ``documents`` in one step; readers see the former one until then.

        Other writers wait meanwhile. An error, in ``documents`` too, leaves the former index as it was.
        """
        with self._writing, self._lock, self._storage.replacing() as stored:
            with self._committing(stored.index, LARGE, 0) as batch:
                written = batch.put(documents, lambda _: None)
            with translated(self._directory):
                write_snapshot(stored, self._settings)
            return written

    def wipe(self) -> None:
        """Leave an empty index behind, whatever there was."""
        self.rebuild(())

    def search(self, query: SearchQuery) -> SearchPage:
        """Raises ValueError for facets, numbers or pages that cannot be."""
        check(query, self._settings)
        with self._lock:
            reader = self._current()
            with translated(self._directory):
                page = self._search(reader, query, self._matcher)
        return self._highlighter.marked(page, query)

    def preview(self, query: SearchQuery, settings: IndexSettings) -> SearchPage:
        """What ``search`` would answer with other synonyms, stop words or weights; nobody else sees them."""
        check(query, settings)
        telling = Telling(settings)
        with self._lock:
            reader = self._current()
            with translated(self._directory):
                page = self._search(reader, query, Matcher(telling))
        return Highlighter(telling).marked(page, query)

    def count(self) -> int:
        with self._lock:
            return self._current().columns.living

    def digests(self) -> Mapping[str, int]:
        with self._lock:
            return self._current().versions()

    def configure(self, settings: IndexSettings) -> None:
        """Other synonyms, stop words and weights from the next search on. What changes documents needs a rebuild."""
        with self._lock:
            if settings != self._settings:
                self._settings = settings
                self._configured += 1
                telling = Telling(settings)
                self._matcher, self._highlighter = Matcher(telling), Highlighter(telling)
                if self._directory is not None:
                    self._storage = DirectoryStorage(self._directory, settings)
                self._reader, self._seen = None, None

    def standing(self) -> str:
        """ "ok", or "missing" where there is no index that can be read."""
        try:
            self.count()
        except SearchUnavailable:
            return "missing"
        return "ok"

    def moment(self) -> Hashable:
        """When the index was last written to, by whichever process, and how often this engine was configured anew."""
        return self._storage.stamp(), self._configured

    def close(self) -> None:
        """Give the memory back. The engine cannot be used afterwards."""
        with self._lock:
            self._reader = None
            self._closed = True

    def _search(self, reader: Reader, query: SearchQuery, matcher: Matcher) -> SearchPage:
        columns = reader.columns
        matches = matcher.match(query.text, reader.terms, columns.alive, every_word=query.every_word)
        candidates = np.flatnonzero(columns.alive) if matches is None else matches.rows
        filtered = apply_filters(columns, candidates, query)
        rows = those(filtered.rows, filtered.passes)
        result = Subset(columns, rows)
        facets = {}
        for facet in query.facets:
            mask = filtered.all_but.get(facet)
            subset = result if mask is None else Subset(columns, those(filtered.rows, mask))
            facets[facet] = subset.count(facet)
        rank = None
        if matches is not None:
            rank = matches.rank if len(rows) == len(candidates) else matches.rank[np.searchsorted(candidates, rows)]
            if query.first:
                rank = rank + (columns.numbers[query.first].values[rows] > 0) * FIRST_STEP
            if preferred := self._settings.preferred:
                rank = rank + np.nan_to_num(columns.numbers[preferred].values[rows]) * PREFERRED_STEP
        groups = page_of_groups(columns, rows, rank, query)
        return SearchPage(
            hits=self._hits(reader, groups, rows, rank, query.most_matched),
            total=result.total,
            facets=facets,
            did_you_mean=matches.did_you_mean if matches else None,
        )

    def _hits(
        self, reader: Reader, groups: list[Places], rows: Places, rank: NDArray[np.float64] | None, most_matched: int
    ) -> list[Hit]:
        columns = reader.columns
        best = np.array([group[0] for group in groups], np.intp)
        scores = np.zeros(len(best)) if rank is None else rank[np.searchsorted(rows, best)]
        return [
            Hit(
                id=columns.ids[row],
                group=columns.groups[columns.group.values[row]],
                score=float(score),
                stored=stored,
                matched=tuple(columns.ids[one] for one in members[:most_matched]),
            )
            for row, score, stored, members in zip(best, scores, reader.stored(best), groups, strict=True)
        ]

    def _current(self) -> Reader:
        """A reader that has seen everything written before this call."""
        if self._closed:
            raise SearchUnavailable(_CLOSED)
        for attempt in range(_ATTEMPTS):
            try:
                return self._up_to_date()
            except SearchUnavailable:
                # Between our look at CURRENT and the opening, a rebuild may have removed what it named.
                self._reader, self._seen = None, None
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _up_to_date(self) -> Reader:
        stamp = self._storage.stamp()
        if self._reader is None or self._seen is None or stamp[0] != self._seen[0]:
            stored = self._storage.open()
            with translated(self._directory):
                self._reader = Reader(stored, self._settings)
        elif stamp != self._seen:
            with translated(self._directory):
                self._reader.refresh()
        self._seen = stamp
        return self._reader

    def _keep_ready(self, reader: Reader, stored: Stored) -> None:
        """A new snapshot when so much has been written since the last that opening the index would be felt. Searches do not wait for it."""
        if reader.much_is_new:
            with translated(self._directory):
                write_snapshot(stored, self._settings)
            with self._lock:
                self._reader = None

    def _committing(self, index: tantivy.Index, memory: int, next_sequence: int) -> AbstractContextManager[Batch]:
        return committing(index, memory, next_sequence, self._settings, self._directory)
