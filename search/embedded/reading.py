"""A reader's view of one index: the text index of a moment and the columns that belong to it.

The index is its own log. Every write gives the document the next *sequence* number, a dropped document leaves
a tombstone with one, so a reader catches up by reading what has a higher number than it has seen.
"""

import json
from collections.abc import Iterable, Mapping

import tantivy

from search.embedded.columns import Columns, Rows
from search.embedded.documents import decode_columns, stored_bytes
from search.embedded.terms import Terms
from search.protocol import IndexSettings

_TOO_FEW_TO_TIDY = 1_000
_KEPT_STORED = 5_000  #: of the documents shown last
_AT_A_TIME = 2_000  #: documents decoded before they become columns, to keep memory low


class Reader:
    """Columns and terms of one index, brought up to date by ``refresh``. Not safe to share between threads."""

    def __init__(self, index: tantivy.Index, settings: IndexSettings) -> None:
        self._index = index
        self._settings = settings
        self._stored: dict[int, Mapping[str, object]] = {}  # a sequence number never comes back for another document
        self._start_over()
        self.refresh()
        self.terms.warm()

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
        return {one: self.columns.version[row] for one, row in self.columns.row_of.items()}

    def _start_over(self) -> None:
        self.next_sequence = 0
        self.columns = Columns(self._settings)
        self.terms = Terms(self.columns, self._settings)

    def stored(self, rows: Rows) -> list[Mapping[str, object]]:
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
