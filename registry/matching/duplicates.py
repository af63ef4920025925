"""Duplicates: the same offer twice at one provider, from two sources or keyed twice in one.

    found = duplicates(profiles)        # a profile per source record
    sets = merge_sets(found, profiles)  # best pair first, at most one record per source in a set

Three verdicts. *Sure*: from two sources and alike in everything that is known: may be merged, with undo. *Suspected*: ask a
person; two codes in one source never get further than this. *Variant*: one offer in two forms (online and on campus, two towns,
full and part time), which are kept apart.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from registry.matching.candidates import Index, alike_rows
from registry.matching.columns import Interned, Rows, to_rows
from registry.matching.defaults import MatchingRules, with_defaults
from registry.matching.evidence import Evidence, describe, fingerprint
from registry.matching.profiles import Profile
from registry.matching.scorecard import SCORE_DECIMALS, common_subjects, contradicts
from registry.matching.store import content_text
from registry.matching.vectors import Floats, TextWeights, cosines


class Verdict(StrEnum):
    """What the registry does with a pair."""

    SURE = "sure"
    SUSPECTED = "suspected"
    VARIANT = "variant"


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two records of one provider. ``a`` sorts before ``b``."""

    a: str
    b: str
    score: float  #: 0..1
    verdict: Verdict
    same_source: bool
    terms: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    fingerprint: str


def duplicates(
    records: Iterable[Profile],
    rules: Mapping[str, float] | None = None,
    *,
    predecessors: Mapping[str, str] | None = None,
    weights: TextWeights | None = None,
) -> list[DuplicatePair]:
    """Every pair of records that may be one offer, best first.

    Two records are compared when they have the same provider (after ``predecessors``: old code -> new code, as
    "0264" -> "1177") and a term or a code in common; a term unknown on one side does not keep them apart.
    Records of the same source with the same code are one offer already and are not paired. Containers are left out.
    """
    numbers = with_defaults(rules)
    taken = [record for record in records if not record.is_container]
    homes = [(predecessors or {}).get(record.provider, record.provider) for record in taken]
    texts = [content_text(record) for record in taken]
    vectors = (weights or TextWeights.fit(texts, numbers["OVL_COMMON_SHARE"])).vectors(texts)
    rows = to_rows(taken, Interned())
    blocks: dict[str, list[int]] = {}
    for place, home in enumerate(homes):
        blocks.setdefault(home, []).append(place)
    found: list[DuplicatePair] = []
    for members in blocks.values():
        inside = np.asarray(members, dtype=np.intp)
        a, b = _candidates(inside, taken, vectors[inside], numbers)
        keep = [_may_be_one(taken[i], taken[j]) for i, j in zip(a, b, strict=True)]
        a, b = a[keep], b[keep]
        if len(a):
            found.extend(_weighed(taken, rows, a, b, cosines(vectors, a, b), numbers))
    return sorted(found, key=lambda pair: (-pair.score, pair.a, pair.b))


def _candidates(
    inside: Index, records: list[Profile], vectors: sp.csr_matrix, rules: MatchingRules
) -> tuple[Index, Index]:
    left, right = alike_rows(vectors, rules, rules["DUP_CANDIDATE_COSINE"])
    pairs = {(int(inside[i]), int(inside[j])) for i, j in zip(left, right, strict=True)}
    by_code: dict[str, list[int]] = {}
    for place in inside:
        if code := records[place].code:
            by_code.setdefault(code.casefold(), []).append(int(place))
    for same in by_code.values():
        pairs.update((i, j) for n, i in enumerate(same) for j in same[n + 1 :])
    ordered = sorted(pairs)
    return np.asarray([i for i, _ in ordered], dtype=np.intp), np.asarray([j for _, j in ordered], dtype=np.intp)


def _may_be_one(a: Profile, b: Profile) -> bool:
    same_code = a.code is not None and b.code is not None and a.code.casefold() == b.code.casefold()
    if same_code and a.source == b.source:
        return False
    return same_code or not a.terms or not b.terms or bool(a.terms & b.terms)


def _weighed(
    records: list[Profile], rows: Rows, a: Index, b: Index, title: Floats, rules: MatchingRules
) -> Iterator[DuplicatePair]:
    left, right = [records[i] for i in a], [records[i] for i in b]
    points = _points(left, right, rows[a], rows[b], title, rules)
    total = rules["DUP_W_BASE"] + np.sum(list(points.values()), axis=0)
    scores = np.round(1 / (1 + np.exp(-total)), SCORE_DECIMALS)
    for place in np.flatnonzero(scores >= rules["DUP_POSSIBLE"]):
        one, other = sorted((left[place], right[place]), key=lambda record: record.key)
        score = float(scores[place])
        yield DuplicatePair(
            a=one.key,
            b=other.key,
            score=score,
            verdict=_verdict(one, other, score, rules),
            same_source=one.source == other.source,
            terms=tuple(sorted(one.terms & other.terms)),
            evidence=_evidence(one, other, {what: float(values[place]) for what, values in points.items()}),
            fingerprint=fingerprint(one, other),
        )


def _points(
    left: list[Profile], right: list[Profile], a: Rows, b: Rows, title: Floats, rules: MatchingRules
) -> dict[str, Floats]:
    def rule(name: str) -> float:
        return float(rules[f"DUP_W_{name}"])

    words = cpdist([p.title.lower() for p in left], [p.title.lower() for p in right], scorer=fuzz.token_set_ratio) / 100
    same_code = np.asarray(
        [bool(x.code and y.code and x.code.casefold() == y.code.casefold()) for x, y in zip(left, right, strict=True)]
    )
    same_source = np.asarray([x.source == y.source for x, y in zip(left, right, strict=True)])
    against = np.sum(list(contradicts(a, b, rules).values()), axis=0) > 0
    known = (a["subjects"][:, 0] >= 0) & (b["subjects"][:, 0] >= 0)
    credits_known = ~np.isnan(a["credits"]) & ~np.isnan(b["credits"])
    return {
        "title": title * rule("TITLE"),
        "words": words * rule("WORDS"),
        "code": np.where(same_code, rule("CODE_SAME"), 0.0),
        "source": np.where(same_source, rule("SAME_SOURCE"), 0.0),
        "subject": np.where(known & (common_subjects(a, b) == 0), rule("SUBJECT_OTHER"), 0.0),
        "school_years": _same_or_unknown(_years(a), _years(b), rule("YEARS_SAME"), rule("YEARS_UNKNOWN")),
        "step": _same_or_unknown(a["step"], b["step"], rule("STEP_SAME"), rule("STEP_UNKNOWN")),
        "part": _same_or_unknown(a["part"], b["part"], 0.0, rule("PART_UNKNOWN")),
        "credits": np.select(
            [credits_known & (a["credits"] == b["credits"]), credits_known],
            [rule("CREDITS_SAME"), rule("CREDITS_OTHER")],
            0.0,
        ),
        "level": np.where((a["level"] > 0) & (b["level"] > 0) & (a["level"] != b["level"]), rule("LEVEL_OTHER"), 0.0),
        "contradiction": np.where(against, rule("CONTRADICTION"), 0.0),
    }


def _years(rows: Rows) -> npt.NDArray[np.int64]:
    """First and last school year in one number; zero is unknown."""
    years: npt.NDArray[np.int64] = rows["first"].astype(np.int64) * 100 + rows["last"]
    return years


def _same_or_unknown(
    left: npt.NDArray[np.integer], right: npt.NDArray[np.integer], same: float, unknown: float
) -> Floats:
    """Points for two numbers where zero is unknown: equal and known, or known on one side only."""
    chosen: Floats = np.select([(left > 0) & (left == right), (left > 0) != (right > 0)], [same, unknown], 0.0)
    return chosen


def _verdict(a: Profile, b: Profile, score: float, rules: MatchingRules) -> Verdict:
    if a.reading.variant != b.reading.variant and not (a.code and b.code and a.code.casefold() == b.code.casefold()):
        return Verdict.VARIANT
    if score >= rules["DUP_SURE"] and a.source != b.source:
        return Verdict.SURE
    return Verdict.SUSPECTED


def _evidence(a: Profile, b: Profile, points: dict[str, float]) -> tuple[Evidence, ...]:
    lines = [
        Evidence(what, value, round(weight, 2), sentence)
        for what, weight in points.items()
        if weight
        for value, sentence in [_told(what, a, b, weight)]
    ]
    if a.reading.variant != b.reading.variant:
        left, right = (", ".join(p.reading.variant) or "ingen" for p in (a, b))
        lines.append(
            Evidence("variant", f"{left} / {right}", 0.0, f"Ulike kjennetegn på form eller sted: {left} og {right}.")
        )
    return tuple(sorted(lines, key=lambda line: -abs(line.weight)))


def _told(what: str, a: Profile, b: Profile, weight: float) -> tuple[str, str]:
    match what:
        case "title":
            return (
                f"{a.title} / {b.title}",
                "Navnene er like bokstav for bokstav." if a.title == b.title else "Navnene likner.",
            )
        case "words":
            return "", "Navnene har ord felles."
        case "code":
            return a.code or "", f"Samme kode: {a.code}."
        case "source":
            return f"{a.code} / {b.code}", "Oppføringene kommer fra samme kilde, under to koder."
        case "contradiction":
            return "", "Trinn, steg, del, slags studium eller arbeidssted er i strid."
        case _:
            return describe(what, a, b, weight)


def merge_sets(
    pairs: Iterable[DuplicatePair],
    records: Iterable[Profile],
    *,
    same: Iterable[tuple[str, str]] = (),
    different: Iterable[tuple[str, str]] = (),
) -> list[frozenset[str]]:
    """Records that are one offer: best pair first, at most one record per source in a set, sets of two or more.

    ``same`` and ``different`` are people's decisions: they beat the score, and a decision "same" also beats the limit of
    one record per source. Raises ValueError where two decisions cannot both hold.
    """
    source = {record.key: (record.source, record.key if record.source is None else "") for record in records}
    sets: dict[str, set[str]] = {key: {key} for key in source}
    apart = {frozenset(pair) for pair in different}

    def join(a: str, b: str, decided: bool) -> None:
        one, other = sets[a], sets[b]
        if one is other:
            return
        forbidden = any(frozenset((x, y)) in apart for x in one for y in other)
        if forbidden and decided:
            raise ValueError(
                f"Decisions contradict each other: {a!r} and {b!r} are held to be both the same and different"
            )
        if forbidden or (not decided and {source[key] for key in one} & {source[key] for key in other}):
            return
        one |= other
        for key in other:
            sets[key] = one

    for a, b in same:
        join(a, b, decided=True)
    sure = (pair for pair in pairs if pair.verdict is Verdict.SURE)
    for pair in sorted(sure, key=lambda pair: (-pair.score, pair.a, pair.b)):
        join(pair.a, pair.b, decided=False)
    unique = {id(members): members for members in sets.values() if len(members) > 1}
    return sorted((frozenset(members) for members in unique.values()), key=min)
