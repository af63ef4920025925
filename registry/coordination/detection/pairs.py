"""Duplicates and overlaps into the table of pairs: equal rows are left alone, what is no longer found is dated.

What a row was at the end of an earlier day is kept before it is written over; the weight alone, which ranks today's queue, is not.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from registry.coordination.consequence import PAST_WEIGHT, Side, consequence, queue_weight
from registry.coordination.models import Pair, PairVersion
from registry.coordination.queries.detecting.landscape import Taught, offer_id_of, profile_key
from registry.coordination.states import PairKind, Reach, Strength
from registry.core.sentences import KeptLines, as_kept
from registry.core.table import columns_of
from registry.core.terms import sort_key
from registry.matching.defaults import DEFAULTS
from registry.matching.duplicates import DuplicatePair, Verdict
from registry.matching.evidence import Evidence
from registry.matching.overlap import OverlapPair, reach_of
from registry.matching.profiles import Profile

_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """What a detection found of one pair, as the table holds it."""

    kind: PairKind
    a_offer_id: int
    b_offer_id: int
    score: float
    strength: Strength
    reach: Reach
    terms: list[str]
    evidence: list[dict[str, Any]]
    fingerprint: str
    weight: float = 0
    levels: list[int] | None = None

    def row(self) -> dict[str, Any]:
        """The columns that detection writes, with a digest that changes with any of them but the weight."""
        values = {name: getattr(self, name) for name in _DIGESTED}
        content = json.dumps(list(values.values()), ensure_ascii=False, separators=(",", ":"))
        return {**values, "weight": self.weight, "digest": hashlib.sha256(content.encode()).hexdigest()[:16]}


_COLUMNS = tuple(Found.__dataclass_fields__)
_DIGESTED = tuple(name for name in _COLUMNS if name != "weight")


class Stands(NamedTuple):
    """A row of the table of pairs, as far as detection compares it."""

    id: int
    kind: PairKind
    a: int
    b: int
    digest: str
    gone_on: date | None
    terms: list[str]
    score: float
    weight: float


@dataclass(frozen=True, slots=True)
class Changes:
    """What a detection did to the table."""

    new: int
    changed: int
    gone: int
    unchanged: int

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))


def worth_showing(a: Profile, b: Profile, years_shared: float) -> bool:
    """False where the two offers' pages show different steps or school years, however surely these were read.

    The matching lets a doubtful reading contradict nothing; but a pair whose two columns say 1–7 and 5–10 would only be
    seen as wrong. A correction of the doubtful value brings the pair back.
    """
    if a.step is not None and b.step is not None and a.step != b.step:
        return False
    if a.school_years is None or b.school_years is None:
        return True
    one, other = (set(range(first, last + 1)) for first, last in (a.school_years, b.school_years))
    return len(one & other) / len(one | other) >= years_shared


def weigh(
    found: Iterable[Found],
    taught: Mapping[str, Taught],
    sides: Mapping[tuple[int, str], Side],
    small: frozenset[str],
    wanted: Iterable[str],
) -> list[Found]:
    """The same pairs with their place in the queue, by the term in question in which most is at stake."""
    terms = set(wanted)
    return [replace(pair, weight=_weight(pair, taught, sides, small, terms)) for pair in found]


def _weight(
    pair: Found,
    taught: Mapping[str, Taught],
    sides: Mapping[tuple[int, str], Side],
    small: frozenset[str],
    terms: set[str],
) -> float:
    met = terms.intersection(pair.terms)
    if not met:
        return queue_weight(PAST_WEIGHT * pair.score, pair.score)
    subjects = {subject for one in (pair.a_offer_id, pair.b_offer_id) for subject in taught[profile_key(one)].subjects}
    stakes = [
        consequence(
            [sides.get((one, term), Side()) for one in (pair.a_offer_id, pair.b_offer_id)],
            small_subject=bool(subjects & small),
            score=pair.score,
        )
        for term in sorted(met)
    ]
    return queue_weight(max(stakes), pair.score)


def matching_rules(rules: Mapping[str, float]) -> dict[str, float]:
    """The part of the register that the matching reads."""
    known = set(rules)
    return {rule.id: rules[rule.id] for rule in DEFAULTS if rule.id in known}


def _lines(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    return KeptLines(
        {"what": e.what, "value": as_kept(e.value), "weight": e.weight, "sentence": e.sentence.kept()} for e in evidence
    )


def found_overlap(pair: OverlapPair) -> Found:
    """An overlap as the table holds it."""
    return Found(
        kind=PairKind.OVERLAP,
        a_offer_id=offer_id_of(pair.a),
        b_offer_id=offer_id_of(pair.b),
        score=pair.score,
        strength=Strength(pair.strength.value),
        reach=Reach(pair.reach.value),
        terms=list(pair.terms),
        evidence=_lines(pair.evidence),
        fingerprint=pair.fingerprint,
    )


def found_duplicate(pair: DuplicatePair, profiles: Mapping[str, Profile]) -> Found:
    """A duplicate as the table holds it."""
    return Found(
        kind=PairKind.DUPLICATE,
        a_offer_id=offer_id_of(pair.a),
        b_offer_id=offer_id_of(pair.b),
        score=pair.score,
        strength=Strength.STRONG if pair.verdict is Verdict.SURE else Strength.POSSIBLE,
        reach=Reach(reach_of(profiles[pair.a], profiles[pair.b]).value),
        terms=sorted(pair.terms, key=sort_key),
        evidence=_lines(pair.evidence),
        fingerprint=pair.fingerprint,
        levels=list(pair.levels),
    )


def store_pairs(
    session: Session, found: Iterable[Found], detection_id: int, today: date, among: Iterable[Stands] | None = None
) -> Changes:
    """Write what was found. A pair keeps its id for ever; one that is seen again after being gone comes back.

    ``among``: the rows that were looked at again; all of them where nothing is said.
    """
    rows = standing(session) if among is None else among
    known = {(row.kind, row.a, row.b): row for row in rows}
    new, changed, ranked, seen = [], [], [], 0
    for pair in found:
        values = {**pair.row(), "detection_id": detection_id, "gone_on": None}
        stands = known.pop((pair.kind, pair.a_offer_id, pair.b_offer_id), None)
        if stands is None:
            new.append({**values, "first_seen_on": today, "since": today})
        elif stands.digest != values["digest"] or stands.gone_on is not None:
            changed.append({**values, "pair": stands.id, "today": today})
        elif stands.weight != pair.weight:
            ranked.append({"pair": stands.id, "weight": pair.weight})
        else:
            seen += 1
    gone = [{"pair": row.id, "gone_on": today} for row in known.values() if row.gone_on is None]
    _keep(session, [row["pair"] for row in changed], today)
    _bulk(session, _inserting(), new)
    _bulk(session, _changing(), changed)
    _bulk(session, _update("weight"), ranked)
    _bulk(session, _update("gone_on"), gone)
    return Changes(len(new), len(changed) + len(ranked), len(gone), seen)


def _keep(session: Session, pair_ids: list[int], today: date) -> None:
    """What some pairs were until today, or until they went: as at the end of a day, so nothing of what was only for hours."""
    for start in range(0, len(pair_ids), _CHUNK):
        session.connection().execute(_keeping(), {"pairs": pair_ids[start : start + _CHUNK], "today": today})


def standing(session: Session) -> list[Stands]:
    """Every row of the table of pairs, those of old too."""
    return [Stands(*row) for row in session.execute(sa.select(*_stands()))]


def standing_around(session: Session, offers: Collection[int], circle: Collection[int]) -> list[Stands]:
    """The overlaps of some offers and the duplicates of their circle, also those that are gone."""
    found: dict[int, Stands] = {}
    rest = sorted(circle)
    for start in range(0, len(rest) or 1, _CHUNK):
        around = {"offers": list(offers), "circle": rest[start : start + _CHUNK]}
        found.update((row.id, Stands(*row)) for row in session.execute(_around(), around))
    return list(found.values())


def _stands() -> tuple[Any, ...]:
    pair = columns_of(Pair)
    sides = (pair.a_offer_id, pair.b_offer_id)
    return pair.id, pair.kind, *sides, pair.digest, pair.gone_on, pair.terms, pair.score, pair.weight


@cache
def _around() -> Any:
    pair = columns_of(Pair)
    offers: sa.BindParameter[int] = sa.bindparam("offers", expanding=True)
    circle: sa.BindParameter[int] = sa.bindparam("circle", expanding=True)
    sides = (pair.a_offer_id, pair.b_offer_id)
    near = [(pair.kind == PairKind.OVERLAP) & side.in_(offers) for side in sides]
    alike = [(pair.kind == PairKind.DUPLICATE) & side.in_(circle) for side in sides]
    return sa.select(*_stands()).where(sa.or_(*near, *alike))


@cache
def _table() -> Any:
    return columns_of(Pair).id.table


@cache
def _inserting() -> Any:
    return sa.insert(_table())


@cache
def _update(*names: str) -> Any:
    """One row by its id, past the mapper, which would look at every value."""
    values: dict[str, Any] = {name: sa.bindparam(name) for name in names}
    return sa.update(_table()).where(_table().c.id == sa.bindparam("pair")).values(values)


@cache
def _changing() -> Any:
    """Never back in time: the days that are kept must not lie over each other."""
    since, today = _table().c.since, sa.bindparam("today", type_=sa.Date())
    written = _update("detection_id", "gone_on", "digest", *_COLUMNS)
    return written.values(since=sa.case((since > today, since), else_=today))


@cache
def _keeping() -> Any:
    pair, version = columns_of(Pair), columns_of(PairVersion)
    ids: sa.BindParameter[int] = sa.bindparam("pairs", expanding=True)
    until = sa.func.coalesce(pair.gone_on, sa.bindparam("today", type_=sa.Date()))
    taken = {column.name: pair[column.name] for column in version if column.name not in ("pair_id", "until")}
    old = sa.select(pair.id, until, *taken.values()).where(pair.id.in_(ids), pair.since < until)
    return sa.insert(version.pair_id.table).from_select(["pair_id", "until", *taken], old)


def _bulk(session: Session, statement: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _CHUNK):
        session.connection().execute(statement, rows[start : start + _CHUNK])


def count(found: Iterable[Found], term: str | None) -> dict[str, int]:
    """Pairs by kind and strength; with a term only those that both taught in it."""
    counted: Counter[str] = Counter()
    for pair in found:
        if term is None or term in pair.terms:
            counted[f"{pair.kind}_{pair.strength}"] += 1
    return dict(sorted(counted.items()))
