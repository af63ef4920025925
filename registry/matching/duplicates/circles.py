"""Records whose duplicates a change of one of them may touch: those that it is alike, those that these are alike, and so on.

A record takes part in the account of another only where the two are worth comparing (a likeness of name, or the same code, in a
term in common): as one of its nearest, and as a rival. Nobody outside the circle can be either.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import numpy as np

from registry.matching.defaults import MatchingRules
from registry.matching.duplicates.records import found_by, plain_code
from registry.matching.profiles import Profile
from registry.matching.texts import TextTable
from registry.matching.vectors import DECIMALS, TextWeights

_NO_TERM: Final = ("",)  # where those stand that tell of none
_SLACK: Final = 10.0**-DECIMALS  # likeness is summed in another order here: who is on the border is inside
_TIDY_AT: Final = 1_000  # slots of records that have left, and as many as there are records


class Circles:
    """The circles of one provider's records, made as they are asked for. A change costs the record's own likenesses.

    The names of all are read at once, when the first is asked for: one by one that takes ten times as long, and somebody waits.
    """

    def __init__(self, records: Mapping[str, Profile], weights: TextWeights, rules: MatchingRules) -> None:
        self._records = records  #: the provider's, as they are now
        self._weights = weights
        self._least = rules["DUP_CANDIDATE_COSINE"] - _SLACK
        self._slots: dict[str, int] = {}  #: of each record's name in the table
        self._table: TextTable | None = None
        self._slots_used = 0
        self._alike: dict[str, set[str]] = {}  #: of those who have been asked about
        self._by_term: defaultdict[str, set[str]] = defaultdict(set)
        self._by_code: defaultdict[str, set[str]] = defaultdict(set)
        for record in records.values():
            self._list(record)

    def of(self, key: str) -> set[str]:
        """The record's circle, itself included."""
        reached, new = {key}, [key]
        while new:
            further = self._alike_to(new.pop()) - reached
            reached |= further
            new += further
        return reached

    def prepare(self) -> None:
        """Read the names, before anybody waits for it."""
        self._names()

    def came(self, key: str) -> None:
        """A record is new: who has been asked about before is told."""
        self._list(self._records[key])
        if self._table is not None:
            self._table.append(found_by(self._records[key]))
            self._slots[key] = self._slots_used
            self._slots_used += 1
        for other in self._alike_to(key) if self._alike else ():
            if other in self._alike:
                self._alike[other].add(key)

    def left(self, key: str) -> None:
        """A record is gone, or about to be another."""
        for other in self._alike_to(key) if self._alike else ():
            self._alike.get(other, set()).discard(key)
        self._alike.pop(key, None)
        self._slots.pop(key, None)
        record = self._records[key]
        for term in record.terms or _NO_TERM:
            self._by_term[term].discard(key)
        self._by_code[plain_code(record.code)].discard(key)

    def _list(self, record: Profile) -> None:
        for term in record.terms or _NO_TERM:
            self._by_term[term].add(record.key)
        if code := plain_code(record.code):
            self._by_code[code].add(record.key)

    def _alike_to(self, key: str) -> set[str]:
        if key not in self._alike:
            self._alike[key] = self._found(self._records[key])
        return self._alike[key]

    def _found(self, one: Profile) -> set[str]:
        """Whom a record is worth comparing with."""
        mates = self._mates(one)
        found = self._by_code.get(plain_code(one.code), set()) & mates
        mates -= found
        names, keys = self._names(), sorted(mates)
        slots = np.fromiter((self._slots[key] for key in keys), np.intp, len(keys))
        alike = names.cosines_to(found_by(one), slots)
        return found.union(keys[place] for place in np.flatnonzero(alike >= self._least))

    def _mates(self, one: Profile) -> set[str]:
        """The other records of its terms; a record without terms meets everybody."""
        if not one.terms:
            return set(self._records.keys() - {one.key})
        mates: set[str] = set().union(*(self._by_term.get(term, ()) for term in (*one.terms, *_NO_TERM)))
        mates.discard(one.key)
        return mates

    def _names(self) -> TextTable:
        """The names of all records; made anew where most of it are names of records that have left."""
        if self._table is None or self._slots_used > 2 * len(self._records) + _TIDY_AT:
            self._table = TextTable(self._weights, [found_by(record) for record in self._records.values()])
            self._slots = {key: slot for slot, key in enumerate(self._records)}
            self._slots_used = len(self._slots)
        return self._table
