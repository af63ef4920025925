"""What filters, counts and sorting need of every document, as arrays: one row per document ever read.

Rows are only added; a replaced or dropped document's row is marked dead. About 100 bytes a row and 10 bytes a facet value,
mapped from a snapshot as far as there is one; what came later is in memory (with some 350 bytes a row for its id and key).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.embedded.documents import DocumentColumns
from search.embedded.names import Names, pack
from search.embedded.snapshot import Snapshot, SnapshotWriter
from search.protocol import IndexSettings

Rows = NDArray[np.int32]  #: as they are kept
#: Rows to look up by: of numbers of another width numpy makes these first, each time, which takes as long as looking up.
Places = NDArray[np.intp]
Mask = NDArray[np.bool_]


def at(values: NDArray[Any], rows: Places) -> NDArray[Any]:
    """The values of some rows, rising; of all rows it is the very array, which is not to be written to."""
    return values if len(rows) == len(values) else values.take(rows)


def those(rows: NDArray[Any], chosen: Mask) -> NDArray[Any]:
    """``rows[chosen]``, in a fifth of its time where the chosen ones lie scattered."""
    return rows.take(np.flatnonzero(chosen))


class Growing:
    """An array that takes half as much room again when it is full. It may begin with one that is ready."""

    def __init__(self, dtype: Any, ready: NDArray[Any] | None = None) -> None:
        self._room = np.empty(64, dtype) if ready is None else ready
        self._size = 0 if ready is None else len(ready)

    def extend(self, values: Sequence[Any]) -> None:
        needed = self._size + len(values)
        if needed > len(self._room):
            room = np.empty(max(needed, len(self._room) + len(self._room) // 2 + 64), self._room.dtype)
            room[: self._size] = self._room[: self._size]
            self._room = room
        self._room[self._size : needed] = values
        self._size = needed

    @property
    def values(self) -> NDArray[Any]:
        return self._room[: self._size]


class FacetColumn:
    """The values of one facet. Many rows carry the same ones together: a row has the number of its *set* of values."""

    def __init__(self, name: str, ready: Snapshot | None) -> None:
        self._facet = f"facet {name}"
        facts = ready.facts[self._facet] if ready else {"names": [], "sets": []}
        self.names: list[str] = facts["names"]
        self._codes = {value: code for code, value in enumerate(self.names)}
        self._sets: list[tuple[int, ...]] = list(map(tuple, facts["sets"]))
        self._set_of = {codes: number for number, codes in enumerate(self._sets)}
        self.sets = Growing(np.int32, ready.array(f"{self._facet} sets") if ready else None)
        #: per group: do its rows carry different values?
        self.varies = Growing(np.bool_, ready.array(f"{self._facet} varies") if ready else None)
        self._lay_out()

    def save(self, to: SnapshotWriter) -> None:
        to.facts[self._facet] = {"names": self.names, "sets": self._sets}
        to.add(f"{self._facet} sets", self.sets.values)
        to.add(f"{self._facet} varies", self.varies.values)

    def append(self, rows: Sequence[tuple[str, ...]]) -> None:
        known = len(self._sets)
        numbers = {values: self._set_number(values) for values in dict.fromkeys(rows)}
        self.sets.extend([numbers[values] for values in rows])
        if len(self._sets) > known:
            self._lay_out()

    def _set_number(self, values: tuple[str, ...]) -> int:
        for value in values:
            if value not in self._codes:
                self._codes[value] = len(self.names)
                self.names.append(value)
        codes = tuple(sorted({self._codes[value] for value in values}))
        number = self._set_of.get(codes)
        if number is None:
            number = self._set_of[codes] = len(self._sets)
            self._sets.append(codes)
        return number

    def _lay_out(self) -> None:
        """The codes of all sets one after the other, how many each has, and whose each is."""
        self._flat = np.array([code for codes in self._sets for code in codes], np.int32)
        self._lengths = np.array([len(codes) for codes in self._sets], np.int64)
        self._starts = np.cumsum(self._lengths) - self._lengths
        self._owners = np.repeat(np.arange(len(self._sets)), self._lengths)
        self.single = not len(self._lengths) or int(self._lengths.max()) <= 1  #: no row carries two values

    @property
    def most_sets(self) -> int:
        return len(self._sets)

    def by_value(self, by_set: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers by set of values, added up for each value."""
        return np.bincount(self._flat, by_set[self._owners], minlength=len(self.names)).astype(np.int64)

    def by_set(self, rows: Places) -> NDArray[np.int64]:
        """How many of ``rows`` have each set of values."""
        return np.bincount(at(self.sets.values, rows), minlength=len(self._sets))

    def entries(self, rows: Places) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The codes of ``rows`` one after the other and how many each row has."""
        sets = self.sets.values[rows]
        lengths = self._lengths[sets]
        before = np.cumsum(lengths) - lengths
        places = np.repeat(self._starts[sets] - before, lengths) + np.arange(int(lengths.sum()))
        return self._flat[places], lengths

    def carriers(self, values: Iterable[str]) -> Mask:
        """Which rows carry at least one of ``values``."""
        codes = {self._codes.get(value, -1) for value in values}
        wanted = np.array([not codes.isdisjoint(some) for some in self._sets], np.bool_)
        return np.asarray(wanted[self.sets.values])


class Columns:
    """All rows read so far, those of ``ready`` first."""

    def __init__(self, settings: IndexSettings, ready: Snapshot | None = None) -> None:
        self.facets = {name: FacetColumn(name, ready) for name in dict.fromkeys((*settings.facets, "reach_everywhere"))}
        self._arrays: dict[str, Growing] = {}

        def growing(name: str, dtype: Any) -> Growing:
            column = self._arrays[name] = Growing(dtype, ready.array(name) if ready else None)
            return column

        self.numbers = {name: growing(f"number {name}", np.float64) for name in settings.numeric}
        self.sequence = growing("sequence", np.int64)
        self.version = growing("version", np.int64)
        self.group = growing("group", np.int32)
        self.latitude = growing("latitude", np.float64)
        self.longitude = growing("longitude", np.float64)
        self._first_row = growing("first row", np.int32)  #: per group
        self.ids, self.groups = (Names(ready.names(name) if ready else None) for name in ("ids", "groups"))
        self._alive = Growing(np.bool_, np.ones(len(self.ids), np.bool_))
        self.living = len(self.ids)
        self._masks: dict[tuple[str, tuple[str, ...]], Mask] = {}
        self.whole: dict[str, dict[str, int]] = {}  #: facet -> its counts over everything alive, until the next change

    def save(self, to: SnapshotWriter) -> None:
        """Only of columns without dead rows."""
        for facet in self.facets.values():
            facet.save(to)
        for name, column in self._arrays.items():
            to.add(name, column.values)
        for name, names in (("ids", self.ids), ("groups", self.groups)):
            to.add_names(name, pack(names.every()))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def alive(self) -> Mask:
        alive: Mask = self._alive.values
        return alive

    @property
    def dead(self) -> int:
        return len(self.ids) - self.living

    def row_of(self, document_id: str) -> int | None:
        """The living row of a document."""
        row = self.ids.find(document_id)
        return row if row is not None and self.alive[row] else None

    def append(self, documents: Sequence[tuple[int, DocumentColumns]]) -> None:
        """Add documents with their sequence numbers, rising; one that is known by its id replaces the former."""
        start = len(self.ids)
        self._masks.clear()
        self.whole.clear()
        columns = [document for _, document in documents]
        self.sequence.extend([sequence for sequence, _ in documents])
        self._alive.extend([True] * len(documents))
        self.version.extend([document.version for document in columns])
        for name, facet in self.facets.items():
            facet.append([document.facets.get(name, ()) for document in columns])
        for name, numbers in self.numbers.items():
            numbers.extend([_number(document.numbers.get(name)) for document in columns])
        self.latitude.extend([document.position[0] if document.position else np.nan for document in columns])
        self.longitude.extend([document.position[1] if document.position else np.nan for document in columns])
        self.group.extend([self._group_code(document.group, start + at) for at, document in enumerate(columns)])
        for document in columns:
            self.kill(document.id)
            self.ids.append(document.id)
        self.living += len(columns)
        self._note_varying(np.arange(start, len(self.ids), dtype=np.int32))

    def kill(self, document_id: str) -> None:
        row = self.row_of(document_id)
        if row is not None:
            self._alive.values[row] = False
            self.living -= 1
            self.whole.clear()

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
        code = self.groups.find(group)
        if code is None:
            code = self.groups.append(group)
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
            differs = facet.sets.values[rows] != facet.sets.values[first]
            facet.varies.values[groups[differs]] = True


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
