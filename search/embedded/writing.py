"""One batch of changes to an index: all of it becomes visible and durable, or none of it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tantivy

from search.embedded.documents import encode, tombstone
from search.embedded.storage import translated
from search.protocol import IndexSettings, SearchDocument

SMALL, LARGE = 15_000_000, 128_000_000  #: bytes of memory for the writer


class Batch:
    """Changes in the making. ``next_sequence`` is the first number that no reader has seen."""

    def __init__(
        self, writer: tantivy.IndexWriter, next_sequence: int, settings: IndexSettings, place: Path | None
    ) -> None:
        self._writer = writer
        self._sequence = next_sequence
        self._settings = settings
        self._place = place
        self._versions: dict[str, int] = {}

    def put(self, documents: Iterable[SearchDocument], known: Callable[[str], int | None]) -> int:
        """Those with a lower version than is ``known`` or came earlier in the batch are left out. Returns how many were not."""
        for document in documents:
            former = self._versions.get(document.id)
            former = known(document.id) if former is None else former
            if former is not None and document.version < former:
                continue
            self._replace(document.id, encode(document, self._sequence, self._settings), former is not None)
            self._versions[document.id] = document.version
        return len(self._versions)

    def drop(self, ids: Iterable[str]) -> None:
        for one in ids:
            self._replace(one, tombstone(one, self._sequence), True)

    def _replace(self, document_id: str, document: tantivy.Document, may_exist: bool) -> None:
        with translated(self._place):
            if may_exist:
                self._writer.delete_documents_by_term("id", document_id)
            self._writer.add_document(document)
        self._sequence += 1


@contextmanager
def committing(
    index: tantivy.Index, memory: int, next_sequence: int, settings: IndexSettings, place: Path | None
) -> Iterator[Batch]:
    """Commits at the end of the block; an error in it undoes everything."""
    with translated(place):
        writer = index.writer(memory, 1)
    try:
        yield Batch(writer, next_sequence, settings, place)
    except BaseException:
        writer.rollback()
        raise
    with translated(place):
        writer.commit()
        writer.wait_merging_threads()
