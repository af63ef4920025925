"""Which records are worth comparing: alike names inside one provider and term, and equal course codes."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sparse_dot_topn import sp_matmul_topn

from registry.matching.columns import TERM_BITS
from registry.matching.defaults import MatchingRules
from registry.matching.duplicates.records import Index, Records

Keys = npt.NDArray[np.int64]


def candidate_pairs(
    records: Records, vectors: sp.csr_matrix, rules: MatchingRules, *, across: bool = False, among: Index | None = None
) -> tuple[Index, Index]:
    """Pairs ``a < b`` in order. ``across`` leaves out pairs of one source; ``among`` looks at those records only.

    Inside a block each name's DUP_CANDIDATES likest names of at least DUP_CANDIDATE_COSINE are taken.
    """
    size = len(records)
    found: list[Keys] = [np.empty(0, np.int64)]
    vectors = vectors[:, np.unique(vectors.indices)]  # a block turns its vectors: the fewer columns the better
    for members in _blocks(records, np.arange(size, dtype=np.intp) if among is None else among):
        a, b = _alike(members, vectors[members], records, rules, across=across)
        codes = _same_code(members, records.extra["code"][members])
        for left, right in ((a, b), codes):
            found.append(np.minimum(left, right).astype(np.int64) * size + np.maximum(left, right))
    keys = np.unique(np.concatenate(found))
    a, b = (keys // size).astype(np.intp), (keys % size).astype(np.intp)
    keep = _worth(records, a, b, across=across)
    return a[keep], b[keep]


def unlike_pairs(records: Records, count: int, seed: int = 0) -> tuple[Index, Index]:
    """Pairs drawn at random inside providers: what two different offers of one provider look like. Hardly any is one offer."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(records)).astype(np.intp)
    ordered = shuffled[np.argsort(records.extra["home"][shuffled], kind="stable")]
    a, b = ordered[:-1], ordered[1:]
    apart = (records.extra["home"][a] == records.extra["home"][b]) & (
        records.extra["code"][a] != records.extra["code"][b]
    )
    chosen = rng.permutation(np.flatnonzero(apart))[:count]
    return a[chosen], b[chosen]


def _worth(records: Records, a: Index, b: Index, *, across: bool) -> npt.NDArray[np.bool_]:
    """One code in one source is one offer already."""
    one, other = records.extra[a], records.extra[b]
    same_source = (one["source"] > 0) & (one["source"] == other["source"])
    same_code = (one["code"] > 0) & (one["code"] == other["code"])
    fine: npt.NDArray[np.bool_] = ~same_source if across else ~(same_source & same_code)
    return fine


def _blocks(records: Records, among: Index) -> Iterator[Index]:
    """Provider by provider, term by term; a record without a term meets every term of its provider."""
    homes = records.extra["home"][among]
    order = np.argsort(homes, kind="stable")
    for inside in np.split(among[order], np.flatnonzero(np.diff(homes[order])) + 1):
        if len(inside) < 2:
            continue
        terms = records.extra["terms"][inside]
        used = int(np.bitwise_or.reduce(terms))
        if not used:
            yield inside
        seen: set[bytes] = set()  # the same records in another term are the same block
        for bit in range(TERM_BITS):
            if used >> bit & 1:
                members = inside[(terms == 0) | ((terms >> np.uint64(bit)) & np.uint64(1) == 1)]
                if len(members) > 1 and (block := members.tobytes()) not in seen:
                    seen.add(block)
                    yield members


def _alike(
    members: Index, vectors: sp.csr_matrix, records: Records, rules: MatchingRules, *, across: bool
) -> tuple[Index, Index]:
    """The likest names. With ``across`` each source is held against the others, so that its own siblings take no place."""
    sources = records.extra["source"][members]
    groups = np.unique(sources) if across else np.zeros(1, sources.dtype)
    left, right = [], []
    for source in groups:
        mine, others = (sources == source, sources != source) if across else (np.ones(len(members), bool),) * 2
        if not others.any():
            continue
        found = sp.coo_matrix(
            sp_matmul_topn(
                vectors[mine],
                sp.csr_matrix(vectors[others].T),
                top_n=int(rules["DUP_CANDIDATES"]) + (not across),
                threshold=rules["DUP_CANDIDATE_COSINE"],
                sort=False,
            )
        )
        left.append(members[mine][found.row])
        right.append(members[others][found.col])
    if not left:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    a, b = np.concatenate(left), np.concatenate(right)
    return a[a != b], b[a != b]


def _same_code(members: Index, codes: npt.NDArray[np.int64]) -> tuple[Index, Index]:
    order = np.argsort(codes, kind="stable")
    sorted_codes, ordered = codes[order], members[order]
    left: list[Index] = []
    right: list[Index] = []
    step = 1
    while step < len(ordered):
        same = (sorted_codes[step:] == sorted_codes[:-step]) & (sorted_codes[step:] > 0)
        if not same.any():
            break
        left.append(ordered[:-step][same])
        right.append(ordered[step:][same])
        step += 1
    if not left:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    return np.concatenate(left), np.concatenate(right)
