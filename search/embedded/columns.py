"""What filters, counts and sorting need of every document, as arrays in memory: one row per document ever read.

Rows are only added; a replaced or dropped document's row is marked dead. Memory: about 100 bytes a row and
10 bytes a facet value (a row is some 350 bytes with its id and key as Python strings).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.embedded.documents import DocumentColumns
from search.protocol import IndexSettings

Rows = NDArray[np.int32]
Mask = NDArray[np.bool_]


class Growing:
    """An array that doubles its room when it is full."""

    def __init__(self, dtype: Any) -> None:
        self._room = np.empty(64, dtype)
        self._size = 0

    def extend(self, values: Sequence[Any]) -> None:
        needed = self._size + len(values)
        if needed > len(self._room):
            room = np.empty(max(needed, 2 * len(self._room)), self._room.dtype)
            room[: self._size] = self._room[: self._size]
            self._room = room
        self._room[self._size : needed] = values
        self._size = needed

    @property
    def values(self) -> NDArray[Any]:
        return self._room[: self._size]


class FacetColumn:
    """The values of one facet: row ``r`` carries ``codes[offsets[r]:offsets[r + 1]]``."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.code_of: dict[str, int] = {}
        self.codes = Growing(np.int32)
        self.offsets = Growing(np.int64)
        self.offsets.extend([0])
        self.varies = Growing(np.bool_)  #: per group: do its rows carry different values?
        self.single = True  #: every row carries exactly one value

    def append(self, rows: Sequence[tuple[str, ...]]) -> None:
        codes: list[int] = []
        offsets: list[int] = []
        end = len(self.codes.values)
        for values in rows:
            distinct = dict.fromkeys(values)
            self.single &= len(distinct) == 1
            codes.extend(self._code(value) for value in distinct)
            offsets.append(end + len(codes))
        self.codes.extend(codes)
        self.offsets.extend(offsets)

    def _code(self, value: str) -> int:
        code = self.code_of.get(value)
        if code is None:
            code = self.code_of[value] = len(self.names)
            self.names.append(value)
        return code

    def entries(self, rows: Rows) -> tuple[NDArray[np.int32], NDArray[np.int64] | None]:
        """The codes of ``rows`` one after the other and how many each row has (None: one each)."""
        codes = self.codes.values
        if self.single:
            return codes[rows], None
        offsets = self.offsets.values
        starts = offsets[rows]
        lengths = offsets[rows + 1] - starts
        before = np.cumsum(lengths) - lengths
        places = np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))
        return codes[places], lengths

    def carriers(self, values: Iterable[str]) -> Mask:
        """Which rows carry at least one of ``values``."""
        wanted = np.zeros(len(self.names) + 1, np.bool_)
        wanted[[self.code_of.get(value, -1) for value in values]] = True
        wanted[-1] = False
        hits: Mask = wanted[self.codes.values]
        if self.single:
            return hits
        # A running count of hits, read at each row's ends, also serves rows without values.
        running = np.concatenate(([0], np.cumsum(hits)))
        offsets = self.offsets.values
        return np.asarray(running[offsets[1:]] > running[offsets[:-1]])


class Columns:
    """All rows read so far."""

    def __init__(self, settings: IndexSettings) -> None:
        self._settings = settings
        self.facets = {name: FacetColumn() for name in (*settings.facets, "reach_everywhere")}
        self.numbers = {name: Growing(np.float64) for name in settings.numeric}
        self.sequence = Growing(np.int64)
        self.group = Growing(np.int32)
        self.latitude = Growing(np.float64)
        self.longitude = Growing(np.float64)
        self._alive = Growing(np.bool_)
        self.version: list[int] = []
        self.ids: list[str] = []
        self.row_of: dict[str, int] = {}
        self.groups: list[str] = []
        self._group_codes: dict[str, int] = {}
        self._first_row = Growing(np.int32)  #: per group
        self._masks: dict[tuple[str, tuple[str, ...]], Mask] = {}

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def alive(self) -> Mask:
        alive: Mask = self._alive.values
        return alive

    @property
    def dead(self) -> int:
        return len(self.ids) - len(self.row_of)

    def append(self, documents: Sequence[tuple[int, DocumentColumns]]) -> None:
        """Add documents with their sequence numbers, rising; one that is known by its id replaces the former."""
        start = len(self.ids)
        self._masks.clear()
        columns = [document for _, document in documents]
        self.sequence.extend([sequence for sequence, _ in documents])
        self._alive.extend([True] * len(documents))
        self.version.extend(document.version for document in columns)
        for name, facet in self.facets.items():
            facet.append([document.facets.get(name, ()) for document in columns])
        for name, numbers in self.numbers.items():
            numbers.extend([_number(document.numbers.get(name)) for document in columns])
        self.latitude.extend([document.position[0] if document.position else np.nan for document in columns])
        self.longitude.extend([document.position[1] if document.position else np.nan for document in columns])
        self.group.extend([self._group_code(document.group, start + at) for at, document in enumerate(columns)])
        for row, document in enumerate(columns, start):
            self.kill(document.id)
            self.ids.append(document.id)
            self.row_of[document.id] = row
        self._note_varying(np.arange(start, len(self.ids), dtype=np.int32))

    def kill(self, document_id: str) -> None:
        row = self.row_of.pop(document_id, None)
        if row is not None:
            self._alive.values[row] = False

    def mask(self, facet: str, values: tuple[str, ...]) -> Mask:
        """Which rows carry at least one of ``values``; remembered until the next change."""
        key = facet, values
        if key not in self._masks:
            if len(self._masks) >= 64:
                self._masks.pop(next(iter(self._masks)))
            self._masks[key] = self.facets[facet].carriers(values)
        return self._masks[key]

    def rows_of_sequences(self, sequences: NDArray[np.int64]) -> Rows:
        return np.searchsorted(self.sequence.values, sequences).astype(np.int32)

    def _group_code(self, group: str, row: int) -> int:
        code = self._group_codes.get(group)
        if code is None:
            code = self._group_codes[group] = len(self.groups)
            self.groups.append(group)
            self._first_row.extend([row])
            for facet in self.facets.values():
                facet.varies.extend([False])
        return code

    def _note_varying(self, rows: Rows) -> None:
        """Mark, facet by facet, the groups whose new rows differ from the group's first row."""
        groups = self.group.values[rows]
        first = self._first_row.values[groups]
        later = first != rows
        rows, groups, first = rows[later], groups[later], first[later]
        for facet in self.facets.values():
            mine, my_lengths = facet.entries(rows)
            theirs, their_lengths = facet.entries(first)
            if my_lengths is None or their_lengths is None:
                differs = mine != theirs
            else:
                differs = my_lengths != their_lengths
                same = np.flatnonzero(~differs)
                mine, lengths = facet.entries(rows[same])
                theirs, _ = facet.entries(first[same])
                owner = np.repeat(same, lengths) if lengths is not None else same
                differs[owner[mine != theirs]] = True
            facet.varies.values[groups[differs]] = True


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
