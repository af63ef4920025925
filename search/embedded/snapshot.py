"""Arrays and a few facts in one file, mapped into memory where they are read: opening it reads none of them.

The file is written beside and put in place whole, with the list of what is in it at its end: one that was cut off is told
from one that is whole. Changes to a mapped array stay with the process that makes them.
"""

import json
import mmap
import os
import struct
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from search.embedded.names import PARTS, Packed

_MAGIC = b"registry-1"
_END = struct.Struct(f"<Q{len(_MAGIC)}s")
_ALIGNED = 8  #: bytes


class SnapshotWriter:
    """Used in a ``with`` block: at its end the file is there, after an error in it the former one is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f"{path.name}.new")
        self._arrays: dict[str, tuple[str, int, int]] = {}
        self.facts: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._file = self._draft.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file as file:
            if kind is None:
                listed = json.dumps([self._arrays, self.facts]).encode()
                file.write(listed + _END.pack(len(listed), _MAGIC))
                file.flush()
                os.fsync(file.fileno())
        if kind is None:
            self._draft.replace(self._path)
        else:
            self._draft.unlink(missing_ok=True)

    def add(self, name: str, values: NDArray[Any]) -> None:
        self._arrays[name] = values.dtype.str, self.append(values), len(values)

    def add_names(self, name: str, packed: Packed) -> None:
        for part, values in packed.items():
            self.add(f"{name} {part}", values)

    def append(self, values: NDArray[Any]) -> int:
        """Write an array that has no name of its own; returns where it begins."""
        self._file.write(bytes(-self._file.tell() % _ALIGNED))
        begins = self._file.tell()
        self.follow(values)
        return begins

    def follow(self, values: NDArray[Any]) -> None:
        """Write an array right behind the last one."""
        self._file.write(values.tobytes())


class Snapshot:
    """Raises OSError or ValueError where there is no whole file."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        listed_until = len(self._map) - _END.size
        length, magic = _END.unpack_from(self._map, max(listed_until, 0)) if listed_until > 0 else (0, b"")
        if magic != _MAGIC or length > listed_until:
            raise ValueError(f"{path} is not whole")
        self._arrays, self.facts = json.loads(self._map[listed_until - length : listed_until])

    def array(self, name: str) -> NDArray[Any]:
        kind, begins, length = self._arrays[name]
        return self.at(begins, kind, length)

    def names(self, name: str) -> Packed:
        return {part: self.array(f"{name} {part}") for part in PARTS}

    def at(self, begins: int, kind: DTypeLike, length: int) -> NDArray[Any]:
        return np.frombuffer(self._map, kind, length, begins)
