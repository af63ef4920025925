"""The rows of a delivery, laid on disk as they are read: a feed of a gigabyte takes no more memory than a small one.

A delivery is read to its end before the first row is taken in, because a file that is cut off shows it only there. The
spool is this process's own and is gone with it; after a crash the payload, which is kept, is read anew.
"""

import pickle
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import IO, Any

from importers.protocol import OfferRecord, ProviderRef, RegisterRecord, RejectedRow, RunRecord

SpooledRow = tuple[str, OfferRecord | RegisterRecord | RejectedRow]  #: the payload's name, the row

#: A batch ends at so many rows or bytes, whichever comes first: rows with long texts must not fill the memory.
BATCH_ROWS = 1_000
BATCH_BYTES = 3_000_000
_IN_MEMORY = 3_000_000  # a small delivery never touches the disk


def _by_values(kind: type[Any]) -> Callable[[Any], tuple[type[Any], tuple[Any, ...]]]:
    """A record as the values of its fields in order: twice as quick as what dataclasses do themselves."""
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda record: (kind, values(record))


_DISPATCH = {kind: _by_values(kind) for kind in (OfferRecord, ProviderRef, RunRecord)}


class Spool:
    """Rows in order. ``len`` is their number."""

    def __init__(self) -> None:
        self._opened: IO[bytes] | None = None
        self._count = 0

    @property
    def _file(self) -> IO[bytes]:
        if self._opened is None:
            self._opened = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by ``close``
        return self._opened

    def __len__(self) -> int:
        return self._count

    @property
    def is_small(self) -> bool:
        """One batch holds it: it is taken in whole or not at all."""
        return self._count <= BATCH_ROWS and (self._opened is None or self._opened.tell() <= BATCH_BYTES)

    def add(self, payload: str, row: OfferRecord | RegisterRecord | RejectedRow) -> None:
        pickler = pickle.Pickler(self._file, protocol=pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = _DISPATCH  # type: ignore[assignment]  # typeshed wants functions that take anything
        pickler.dump((payload, row))
        self._count += 1

    def __iter__(self) -> Iterator[SpooledRow]:
        self._file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self._file)  # noqa: S301 - our own file, written a moment ago and without a name

    def batches(self, skip: int = 0) -> Iterator[list[SpooledRow]]:
        """The rows after the first ``skip``, in lists that a transaction can bear."""
        self._file.seek(0)
        batch: list[SpooledRow] = []
        start = 0
        for number in range(self._count):
            row = pickle.load(self._file)  # noqa: S301 - as above
            if number < skip:
                start = self._file.tell()
                continue
            batch.append(row)
            if len(batch) >= BATCH_ROWS or self._file.tell() - start >= BATCH_BYTES:
                yield batch
                batch, start = [], self._file.tell()
        if batch:
            yield batch

    def clear(self) -> None:
        """As if nothing had been added."""
        self.close()
        self._opened, self._count = None, 0

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
