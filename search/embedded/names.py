"""Strings with numbers. Those of a snapshot stay in its file, so that a million of them cost an opening nothing."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

PARTS = ("bytes", "ends", "sorted")
Packed = dict[str, NDArray[Any]]


def pack(names: Iterable[str]) -> Packed:
    """``names`` as arrays: all their bytes, where each ends, and their numbers in the order of their bytes."""
    encoded = [name.encode() for name in names]
    arrays = (
        np.frombuffer(b"".join(encoded), np.uint8),
        np.cumsum([0, *map(len, encoded)], dtype=np.int64),
        np.array(sorted(range(len(encoded)), key=encoded.__getitem__), np.int32),
    )
    return dict(zip(PARTS, arrays, strict=True))


class Names:
    """Numbered from 0 in the order they were added."""

    def __init__(self, packed: Packed | None = None) -> None:
        packed = pack(()) if packed is None else packed
        written, self._ends, self._sorted = (packed[part] for part in PARTS)
        self._bytes = memoryview(written.data)
        self._packed = len(self._sorted)
        self._added: list[str] = []
        self._number: dict[str, int] = {}

    def __len__(self) -> int:
        return self._packed + len(self._added)

    def __getitem__(self, number: int) -> str:
        if number >= self._packed:
            return self._added[number - self._packed]
        return self._at(number).decode()

    def find(self, name: str) -> int | None:
        """The number that ``name`` was last added under; None where it never was."""
        number = self._number.get(name)
        if number is None and self._packed:
            wanted = name.encode()
            place = bisect_left(self._sorted, wanted, key=self._at)
            if place < self._packed and self._at(self._sorted[place]) == wanted:
                return int(self._sorted[place])
        return number

    def append(self, name: str) -> int:
        """Its number: a new one, also for a name that was there before."""
        number = self._number[name] = len(self)
        self._added.append(name)
        return number

    def every(self) -> list[str]:
        """All of them by number."""
        whole = self._bytes.tobytes()
        ends = self._ends.tolist()
        return [whole[start:end].decode() for start, end in pairwise(ends)] + self._added

    def _at(self, number: int) -> bytes:
        return bytes(self._bytes[self._ends[number] : self._ends[number + 1]])
