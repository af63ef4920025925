"""Where a term occurs and how much it weighs there, and how a snapshot keeps that of every term."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from search.embedded.columns import Places, Rows
from search.embedded.names import Names, pack
from search.embedded.snapshot import Snapshot, SnapshotWriter

#: Where a term is: in a name, in another field that says what the offer is, or in the lightest field only.
MENTIONED, TOLD, NAMED = 0, 1, 2

#: Of the 64 bits in which a snapshot keeps what a term is worth in a row: two weights, which are never negative, and where it is told.
_WEIGHT_BITS, _TOLD_BITS = np.uint64(31), np.uint64(2)
_WEIGHT, _TOLD = np.uint64(2**31 - 1), np.uint64(3)


@dataclass(frozen=True, slots=True)
class Postings:
    """The rows (rising) that hold a term and the weight of it there, before the rarity of the term is counted in."""

    rows: Rows
    weights: NDArray[np.float32]
    told: NDArray[np.uint8]  #: NAMED, TOLD or MENTIONED
    until: int  #: sequence number up to which this is complete

    @property
    def places(self) -> Places:
        return self.rows.astype(np.intp)

    @classmethod
    def nowhere(cls, until: int = 0) -> Self:
        return cls(np.empty(0, np.int32), np.empty(0, np.float32), np.empty(0, np.uint8), until)


class ReadyTerms:
    """Every term of a snapshot. Of a term are kept its rows, the different worths that it has, and which of these it has in each row."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.until: int = snapshot.facts["until"]
        self._terms = {term: number for number, term in enumerate(Names(snapshot.names("terms")).every())}
        self._begins = snapshot.array("terms begin")
        self._rows, self._worths = snapshot.array("terms rows"), snapshot.array("terms worths")

    def postings(self, term: str, *, telling: bool) -> Postings:
        """Empty where the term is nowhere. ``telling``: without the lightest field."""
        found = self._terms.get(term)
        if found is None:
            return Postings.nowhere(self.until)
        size, different = int(self._rows[found]), int(self._worths[found])
        begins = int(self._begins[found])
        worths = self._snapshot.at(begins, np.uint64, different)
        rows = self._snapshot.at(begins + worths.nbytes, np.int32, size)
        codes = self._snapshot.at(begins + worths.nbytes + rows.nbytes, _code_type(different), size)
        told = (worths & _TOLD).astype(np.uint8)[codes]
        if telling:
            some = told > MENTIONED
            rows, codes, told = rows[some], codes[some], told[some]
            worths = worths >> _TOLD_BITS
        else:
            worths = worths >> (_WEIGHT_BITS + _TOLD_BITS)
        return Postings(rows, (worths & _WEIGHT).astype(np.uint32).view(np.float32)[codes], told, self.until)


class ReadyTermsWriter:
    """Writes terms to a snapshot one after the other."""

    def __init__(self, to: SnapshotWriter) -> None:
        self._to = to
        self._terms: list[str] = []
        self._kept: list[tuple[int, int, int]] = []

    def add(self, term: str, every: Postings, telling: Postings) -> None:
        """``every`` and ``telling`` as ``ReadyTerms.postings`` gives them back."""
        if not len(every.rows):
            return
        without = np.zeros(len(every.rows), np.float32)
        without[np.searchsorted(every.rows, telling.rows)] = telling.weights
        weights, light = (some.view(np.uint32).astype(np.uint64) for some in (every.weights, without))
        worths, codes = np.unique(
            (((weights << _WEIGHT_BITS) | light) << _TOLD_BITS) | every.told.astype(np.uint64), return_inverse=True
        )
        begins = self._to.append(worths)
        self._to.follow(every.rows)
        self._to.follow(codes.astype(_code_type(len(worths))))
        self._terms.append(term)
        self._kept.append((begins, len(every.rows), len(worths)))

    def finish(self) -> None:
        self._to.add_names("terms", pack(self._terms))
        kept = np.array(self._kept, np.int64).reshape(-1, 3)
        for place, name in enumerate(("terms begin", "terms rows", "terms worths")):
            self._to.add(name, kept[:, place])


def _code_type(different: int) -> type[np.unsignedinteger]:
    return np.uint8 if different <= 2**8 else np.uint16 if different <= 2**16 else np.uint32
