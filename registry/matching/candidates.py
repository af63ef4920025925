"""Which pairs are worth weighing: those that share a subject, and those whose names are alike.

Blocks by subject find "Engelsk 1" beside "English 1"; likeness of names finds what no subject word tells. The country is gone
through term by term, so that memory follows the largest term; a pair is told of in the first term that both have. Offers of one
kind (the same in everything but provider, terms and words) are judged once: a pair of kinds that could never be listed,
however alike the words, is never spelt out.
"""

from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sparse_dot_topn import sp_matmul_topn

from registry.matching.columns import TERM_BITS, Rows, grouped, may_meet, to_gates
from registry.matching.defaults import MatchingRules
from registry.matching.store import Store
from registry.matching.texts import Index
from registry.matching.vectors import DECIMALS, cosines

#: Of each pair of rows whether it could be listed, its words being as alike as can be.
Listable = Callable[[Rows, Rows], npt.NDArray[np.bool_]]
_PAIRS_AT_A_TIME = 500_000  # bounds the memory: what is weighed takes half a kilobyte a pair
_SLACK = 10.0**-DECIMALS  # the finder's sums may fall a hair below the exact cosine; the exact one decides


def candidate_pairs(
    store: Store, compared: Index, rules: MatchingRules, listable: Listable
) -> Iterator[tuple[Index, Index]]:
    """All pairs ``a < b`` of the slots ``compared`` that pass the gates, share a subject or a likeness of name and are listable.

    Each pair comes once, in arrays of a bounded length.
    """
    for pool, earlier in _pools(store.rows, compared, rules):
        found = _Pool(store, pool, rules, listable).pairs()
        keys = np.unique(np.concatenate([np.empty(0, np.int64), *(a * len(pool) + b for a, b in found)]))
        a, b = pool[keys // max(1, len(pool))], pool[keys % max(1, len(pool))]
        terms = store.rows["terms"]
        first = (terms[a] & terms[b] & earlier) == 0
        a, b = a[first], b[first]
        for start in range(0, len(a), _PAIRS_AT_A_TIME):
            part = slice(start, start + _PAIRS_AT_A_TIME)
            yield a[part], b[part]


def _pools(rows: Rows, compared: Index, rules: MatchingRules) -> Iterator[tuple[Index, np.uint64]]:
    """Slots that may share a term, with the bits of the terms that have been gone through."""
    terms = rows["terms"][compared]
    if rules["OVL_TERM_WINDOW"] or not terms.all():
        yield compared, np.uint64(0)
        return
    for bit in range(TERM_BITS):
        pool = compared[(terms >> np.uint64(bit)) & np.uint64(1) == 1]
        if len(pool) > 1:
            yield pool, np.uint64((1 << bit) - 1)


class _Pool:
    """Slots that are held against each other; pairs are told by places in it."""

    def __init__(self, store: Store, pool: Index, rules: MatchingRules, listable: Listable) -> None:
        self._rows = store.rows[pool]
        self._gates = to_gates(self._rows)
        self._names = store.rare.numbers(pool)
        self._says_nothing = store.rare.is_empty(self._names)
        self._vectors = store.rare.matrix()
        self._rules, self._listable = rules, listable
        self._firsts, self._kinds = _kinds(self._rows)

    def pairs(self) -> Iterator[tuple[Index, Index]]:
        """Pairs ``a < b`` that are worth weighing; some come more than once."""
        yield from self._meeting(self._of_listable_kinds())
        for a, b in self._meeting(self._alike_names()):
            listable = self._listable(self._rows[a], self._rows[b])
            yield a[listable], b[listable]

    def _meeting(self, blocks: Iterator[tuple[Index, Index]]) -> Iterator[tuple[Index, Index]]:
        for a, b in blocks:
            meet = may_meet(self._gates[a], self._gates[b], self._rules)
            yield np.minimum(a[meet], b[meet]), np.maximum(a[meet], b[meet])

    def _of_listable_kinds(self) -> Iterator[tuple[Index, Index]]:
        """Pairs that share a subject, and whose kinds may be listed together."""
        place, slot = np.nonzero(self._rows["subjects"] >= 0)
        subjects = self._rows["subjects"][place, slot].astype(np.intp)
        marks, groups = grouped(place, subjects * len(self._firsts) + self._kinds[place])
        firsts = self._firsts[marks % len(self._firsts)]
        _, by_subject = grouped(np.arange(len(marks)), marks // len(self._firsts))
        every, each = np.arange(len(by_subject)), np.arange(len(marks))
        for left, right in chain([(each, each)], _spread_out(by_subject, every, every)):
            fine = self._listable(self._rows[firsts[left]], self._rows[firsts[right]])
            yield from _spread_out(groups, left[fine], right[fine])

    def _alike_names(self) -> Iterator[tuple[Index, Index]]:
        """Pairs whose names are alike. Equal names are looked at once, however many offers carry them."""
        told = np.flatnonzero(~self._says_nothing)
        names, groups = grouped(told, self._names[told])
        least = self._rules["OVL_CANDIDATE_COSINE"]
        left, right = alike_rows(self._vectors[names], self._rules, least)
        exact = cosines(self._vectors, names[left], names[right]) >= least
        same = np.arange(len(names))
        yield from _spread_out(groups, np.concatenate([same, left[exact]]), np.concatenate([same, right[exact]]))


def _kinds(rows: Rows) -> tuple[Index, Index]:
    """The place of one row of each kind, and each row's kind."""
    alike = rows.copy()
    alike["provider"] = alike["terms"] = 0
    _, firsts, kinds = np.unique(
        alike.view(np.dtype((np.void, alike.dtype.itemsize))), return_index=True, return_inverse=True
    )
    return firsts, kinds


def _spread_out(groups: list[Index], left: Index, right: Index) -> Iterator[tuple[Index, Index]]:
    """Every member of group ``left[i]`` with every member of group ``right[i]``, a bounded number at a time.

    Two of one group come once, and nobody with themselves.
    """
    if not len(left):
        return
    members = np.concatenate(groups)
    sizes = np.asarray([len(group) for group in groups])
    starts = np.cumsum(sizes) - sizes
    pairs = sizes[left] * sizes[right]
    cuts = np.flatnonzero(np.diff(np.cumsum(pairs) // _PAIRS_AT_A_TIME)) + 1
    for part in np.split(np.arange(len(left)), cuts):
        many = pairs[part]
        which = np.repeat(part, many)
        place = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        width = sizes[right[which]]
        one, other = starts[left[which]] + place // width, starts[right[which]] + place % width
        keep = (left[which] != right[which]) | (one < other)
        yield members[one[keep]], members[other[keep]]


def alike_rows(vectors: sp.csr_matrix, rules: MatchingRules, least: float) -> tuple[Index, Index]:
    """All pairs ``a < b`` of rows with a cosine of ``least`` or more: k grows until no row is cut off."""
    count = vectors.shape[0]
    limit = min(count, int(rules["OVL_CANDIDATES"]))
    turned = sp.csr_matrix(vectors.T)
    while True:
        found = sp_matmul_topn(vectors, turned, top_n=limit, threshold=least - _SLACK)
        if limit >= count or np.diff(found.indptr).max(initial=0) < limit:
            break
        limit = min(count, limit * 2)
    pairs = sp.coo_matrix(found)
    keep = pairs.row < pairs.col
    return pairs.row[keep].astype(np.intp), pairs.col[keep].astype(np.intp)
