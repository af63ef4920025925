"""Records whose duplicates a change of one of them may touch: those that it is alike, those that these are alike, and so on.

A record takes part in the account of another only where the two are worth comparing (a likeness of name, or the same code, in a
term in common): as one of its nearest, and as a rival. Nobody outside the circle can be either.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from registry.matching.defaults import MatchingRules
from registry.matching.duplicates.records import found_by, plain_code
from registry.matching.profiles import Profile
from registry.matching.vectors import DECIMALS, TextWeights, Vector

_SLACK = 10.0**-DECIMALS  # likeness is summed in another order here: who is on the border is inside


class Circles:
    """The circles of one provider's records, made as they are asked for. A change costs the record's own likenesses."""

    def __init__(self, records: Mapping[str, Profile], weights: TextWeights, rules: MatchingRules) -> None:
        self._records = records  #: the provider's, as they are now
        self._weights = weights
        self._least = rules["DUP_CANDIDATE_COSINE"] - _SLACK
        self._vectors: dict[str, Vector] = {}
        self._alike: dict[str, set[str]] = {}  #: of those who have been asked about

    def of(self, key: str) -> set[str]:
        """The record's circle, itself included."""
        reached, new = {key}, [key]
        while new:
            further = self._alike_to(new.pop()) - reached
            reached |= further
            new += further
        return reached

    def came(self, key: str) -> None:
        """A record is new: who has been asked about before is told."""
        if self._alike:
            for other in self._alike_to(key):
                if other in self._alike:
                    self._alike[other].add(key)

    def left(self, key: str) -> None:
        """A record is gone, or about to be another."""
        for other in self._alike_to(key) if self._alike else ():
            self._alike.get(other, set()).discard(key)
        self._alike.pop(key, None)
        self._vectors.pop(key, None)

    def _alike_to(self, key: str) -> set[str]:
        if key not in self._alike:
            self._alike[key] = set(self._found(self._records[key]))
        return self._alike[key]

    def _found(self, one: Profile) -> Iterable[str]:
        """Whom a record is worth comparing with; a record without terms meets everybody."""
        mates = [
            other
            for other in self._records.values()
            if other is not one and not (one.terms and other.terms and one.terms.isdisjoint(other.terms))
        ]
        code = plain_code(one.code)
        if code:
            yield from (other.key for other in mates if plain_code(other.code) == code)
        self._read([one, *mates])
        places, values = self._vectors[one.key]
        if not mates or not len(places):
            return
        dense = np.zeros(int(places[-1]) + 1)
        dense[places] = values
        theirs = [self._vectors[other.key] for other in mates]
        owner = np.repeat(np.arange(len(mates)), [len(where) for where, _ in theirs])
        where, what = (np.concatenate(parts) for parts in zip(*theirs, strict=True))
        within = where < len(dense)
        sums = np.bincount(owner[within], what[within] * dense[where[within]], minlength=len(mates))
        yield from (mates[place].key for place in np.flatnonzero(sums >= self._least))

    def _read(self, profiles: list[Profile]) -> None:
        """The names of those who have not been looked at yet, all at once."""
        fresh = [profile for profile in profiles if profile.key not in self._vectors]
        if not fresh:
            return
        matrix = self._weights.vectors([found_by(profile) for profile in fresh])
        for place, profile in enumerate(fresh):
            part = slice(matrix.indptr[place], matrix.indptr[place + 1])
            self._vectors[profile.key] = matrix.indices[part], matrix.data[part]
