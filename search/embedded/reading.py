"""A reader's view of one index: the text index of a moment and the columns that belong to it.

The index is its own log. Every write gives the document the next *sequence* number, a dropped document leaves
a tombstone with one, so a reader catches up by reading what has a higher number than it has seen. A *snapshot* beside the
index holds what a reader of a former moment had made of it: whoever opens the index goes on from there. It lies in the folder of the one
index that it was made of and tells up to which number it goes, so it can be older than the index, never wrong.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import tantivy

from search.embedded.columns import Columns, Places
from search.embedded.documents import decode_columns, stored_bytes
from search.embedded.snapshot import Snapshot, SnapshotWriter
from search.embedded.storage import Stored, fingerprint
from search.embedded.terms import Terms
from search.protocol import IndexSettings

WORTH_A_SNAPSHOT = 1_000  #: documents: fewer are read as quickly as a snapshot is written
_SNAPSHOT_VERSION = (
    1  #: raise it when what is kept in a snapshot changes its form or meaning: older ones are then left alone
)
_TOO_FEW_TO_TIDY = 1_000
_KEPT_STORED = 5_000  #: of the documents shown last
_AT_A_TIME = 2_000  #: documents decoded before they become columns, to keep memory low


class Reader:
    """Columns and terms of one index, brought up to date by ``refresh``. Not safe to share between threads."""

    def __init__(self, stored: Stored, settings: IndexSettings, *, ready: bool = True) -> None:
        """``ready``: go on from the snapshot, where there is one made with the same settings."""
        self._index = stored.index
        self._settings = settings
        self._snapshot = stored.snapshot if ready else None
        self._stored: dict[int, Mapping[str, object]] = {}  # a sequence number never comes back for another document
        self._start_over()
        self.refresh()

    def refresh(self) -> None:
        """See everything committed until now."""
        self._index.reload()
        self._searcher = self._index.searcher()
        self._catch_up()
        if self.columns.dead > _TOO_FEW_TO_TIDY and self.columns.dead * 2 > len(self.columns):
            self._start_over()
            self._catch_up()
        self.terms.renew(self._index.schema, self._searcher, self.next_sequence)

    def versions(self) -> dict[str, int]:
        """Every document's id and version."""
        told = zip(
            self.columns.ids.every(), self.columns.version.values.tolist(), self.columns.alive.tolist(), strict=True
        )
        return {one: version for one, version, alive in told if alive}

    def version_of(self, document_id: str) -> int | None:
        row = self.columns.row_of(document_id)
        return None if row is None else int(self.columns.version.values[row])

    @property
    def much_is_new(self) -> bool:
        """Is a quarter of what a reader has to know not in the snapshot?"""
        new = self.next_sequence - self._ready_until
        return self._snapshot is not None and new >= WORTH_A_SNAPSHOT and new * 4 >= self.columns.living

    def save(self, to: SnapshotWriter) -> None:
        to.facts |= {"settings": _shape(self._settings), "until": self.next_sequence}
        self.columns.save(to)
        self.terms.save(to)

    def _start_over(self) -> None:
        ready = _opened(self._snapshot, self._settings)
        self.next_sequence = self._ready_until = ready.facts["until"] if ready else 0
        self.columns = Columns(self._settings, ready)
        self.terms = Terms(self.columns, self._settings, ready)

    def stored(self, rows: Places) -> list[Mapping[str, object]]:
        """What was stored with the documents in ``rows``, in that order. The same hits come again and again: not to be written to."""
        if not len(rows):
            return []
        sequences = self.columns.sequence.values[rows].tolist()
        found = {sequence: self._stored[sequence] for sequence in sequences if sequence in self._stored}
        if missing := [sequence for sequence in sequences if sequence not in found]:
            for address, sequence in self._addresses(missing):
                found[sequence] = json.loads(stored_bytes(self._searcher.doc(address)))
            if len(self._stored) > _KEPT_STORED:
                self._stored.clear()
            self._stored.update(found)
        return [found[sequence] for sequence in sequences]

    def _addresses(self, sequences: Iterable[int]) -> list[tuple[tantivy.DocAddress, int]]:
        wanted = list(sequences)
        query = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(self._index.schema, "sequence", sequence))
                for sequence in wanted
            ]
        )
        addresses = [address for _, address in self._searcher.search(query, len(wanted), count=False).hits]
        found = self._searcher.fast_field_values("sequence", addresses)
        return [(address, int(sequence or 0)) for address, sequence in zip(addresses, found, strict=True)]

    def _catch_up(self) -> None:
        newer = tantivy.Query.range_query(
            self._index.schema, "sequence", tantivy.FieldType.Unsigned, self.next_sequence, None
        )
        hits = self._searcher.search(
            newer,
            max(self._searcher.num_docs, 1),
            count=False,
            order_by_field="sequence",
            order=tantivy.Order.Asc,
        ).hits
        if not hits:
            return
        for start in range(0, len(hits), _AT_A_TIME):
            added = []
            for sequence, address in hits[start : start + _AT_A_TIME]:
                document = decode_columns(self._searcher.doc(address))
                if document.dropped:
                    self.columns.kill(document.id)
                else:
                    added.append((int(sequence), document))
            self.columns.append(added)
        self.next_sequence = int(hits[-1][0]) + 1


def write_snapshot(stored: Stored, settings: IndexSettings) -> None:
    """Make what a reader of the whole index needs, and keep it beside the index. Only while no one else writes."""
    stored.index.reload()
    if stored.snapshot is None or stored.index.searcher().num_docs < WORTH_A_SNAPSHOT:
        return
    whole = Reader(stored, settings, ready=False)
    with SnapshotWriter(stored.snapshot) as file:
        whole.save(file)


def _opened(path: Path | None, settings: IndexSettings) -> Snapshot | None:
    """The snapshot, where there is a whole one of these settings: it spares reading, and nothing is lost without it."""
    try:
        found = Snapshot(path) if path else None
    except (OSError, ValueError):
        return None
    return found if found and found.facts["settings"] == _shape(settings) else None


def _shape(settings: IndexSettings) -> list[object]:
    """Of what the contents of a snapshot depend on. Weights are in its postings."""
    return [_SNAPSHOT_VERSION, fingerprint(settings), list(settings.searchable.values())]
