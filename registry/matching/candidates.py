"""Which pairs are worth weighing: those that share a subject, and those whose names are alike.

Blocks by subject find "Engelsk 1" beside "English 1"; likeness of names finds what no subject word tells.
The gates that need no weighing (another provider, the same time) are applied here, so that what is weighed is what may be listed.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sparse_dot_topn import sp_matmul_topn

from registry.matching.columns import SLOTS, TERM_BITS, Rows, may_meet, to_gates
from registry.matching.defaults import MatchingRules
from registry.matching.scorecard import contradicts
from registry.matching.vectors import DECIMALS, cosines

Index = npt.NDArray[np.intp]
_PAIRS_AT_A_TIME = 4_000_000  # bounds the memory of one block
_SLACK = 10.0**-DECIMALS  # the finder's sums may fall a hair below the exact cosine; the exact one decides


def candidate_pairs(
    rows: Rows, vectors: sp.csr_matrix, texts: list[str], compared: Index, rules: MatchingRules, *, related: bool
) -> tuple[Index, Index]:
    """All pairs ``a < b`` among the rows ``compared`` that pass the gates and share a subject or a likeness of name.

    Without ``related`` pairs in contradiction are left out at once: they could never be listed.
    """
    keys: list[npt.NDArray[np.int64]] = []
    size = len(rows)
    gates = to_gates(rows)
    for a, b in _all_blocks(rows, vectors, texts, compared, rules):
        keep = may_meet(gates[a], gates[b], rules)
        a, b = a[keep], b[keep]
        if not related and len(a):
            fine = ~np.logical_or.reduce(list(contradicts(rows[a], rows[b], rules).values()))
            a, b = a[fine], b[fine]
        keys.append(np.minimum(a, b).astype(np.int64) * size + np.maximum(a, b))
    unique = np.unique(np.concatenate(keys)) if keys else np.empty(0, np.int64)
    return (unique // size).astype(np.intp), (unique % size).astype(np.intp)


def _all_blocks(
    rows: Rows, vectors: sp.csr_matrix, texts: list[str], compared: Index, rules: MatchingRules
) -> Iterator[tuple[Index, Index]]:
    for pool in _pools(rows, compared, rules):
        yield from _subject_blocks(rows, pool)
    yield from _alike_names(vectors, texts, compared, rules)


def _pools(rows: Rows, compared: Index, rules: MatchingRules) -> Iterator[Index]:
    """Rows that may share a term: one pool per term, or one pool in all where a term is unknown or terms may differ."""
    terms = rows["terms"][compared]
    if rules["OVL_TERM_WINDOW"] or not terms.all():
        yield compared
        return
    for bit in range(TERM_BITS):
        pool = compared[(terms >> np.uint64(bit)) & np.uint64(1) == 1]
        if len(pool):
            yield pool


def _subject_blocks(rows: Rows, compared: Index) -> Iterator[tuple[Index, Index]]:
    owner = np.repeat(compared, SLOTS)
    subject = rows["subjects"][compared].ravel()
    owner, subject = owner[subject >= 0], subject[subject >= 0]
    order = np.argsort(subject, kind="stable")
    owner, subject = owner[order], subject[order]
    for members in np.split(owner, np.flatnonzero(np.diff(subject)) + 1):
        yield from _triangle(members)


def _triangle(members: Index) -> Iterator[tuple[Index, Index]]:
    """Every pair of members once, a bounded number at a time."""
    count = len(members)
    if count < 2:
        return
    rows_at_a_time = max(1, _PAIRS_AT_A_TIME // count)
    for start in range(0, count, rows_at_a_time):
        left = np.arange(start, min(start + rows_at_a_time, count))
        a, b = np.meshgrid(left, np.arange(start, count), indexing="ij")
        keep = a < b
        yield members[a[keep]], members[b[keep]]


def _alike_names(
    vectors: sp.csr_matrix, texts: list[str], compared: Index, rules: MatchingRules
) -> Iterator[tuple[Index, Index]]:
    """Pairs of rows whose names are alike. Equal names are looked at once, however many offers carry them."""
    carriers: dict[str, list[int]] = {}
    for row in compared:
        if texts[row]:
            carriers.setdefault(texts[row], []).append(int(row))
    groups = [np.asarray(rows, dtype=np.intp) for rows in carriers.values()]
    for group in groups:
        yield from _triangle(group)
    if not groups:
        return
    firsts = np.asarray([group[0] for group in groups], dtype=np.intp)
    left, right = alike_rows(vectors[firsts], rules, rules["OVL_CANDIDATE_COSINE"])
    exact = cosines(vectors, firsts[left], firsts[right]) >= rules["OVL_CANDIDATE_COSINE"]
    yield from _spread_out(groups, left[exact], right[exact])


def _spread_out(groups: list[Index], left: Index, right: Index) -> Iterator[tuple[Index, Index]]:
    """Every member of group ``left[i]`` with every member of group ``right[i]``, a bounded number at a time."""
    members = np.concatenate(groups)
    sizes = np.asarray([len(group) for group in groups])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    pairs = sizes[left] * sizes[right]
    cuts = np.flatnonzero(np.diff(np.cumsum(pairs) // _PAIRS_AT_A_TIME)) + 1
    for part in np.split(np.arange(len(left)), cuts):
        if not len(part):
            continue
        many = pairs[part]
        which = np.repeat(part, many)
        place = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        width = sizes[right[which]]
        yield members[starts[left[which]] + place // width], members[starts[right[which]] + place % width]


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
