"""Pairs and cases as they were at the end of a day: what stands, but for what was another then.

Half-open periods without overlap: of each pair at most one row answers for a day, its own or one of what it was before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from registry.coordination.models import Case, CaseMember, CaseVersion, Detection, Pair, PairVersion
from registry.coordination.states import CaseState, PairKind, Reach, Strength
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.table import columns_of

_CHUNK = 20_000  # ids in one question, below SQLite's 32,766


class PairThen(NamedTuple):
    """A pair, narrow: its evidence is wide, and is read for those that are shown."""

    id: int
    kind: PairKind
    a_offer_id: int
    b_offer_id: int
    score: float
    strength: Strength
    reach: Reach
    terms: list[str]
    detection_id: int
    was: bool  #: it has changed since, or came back


class CaseThen(NamedTuple):
    """A case with the offers that were in it, in the order of their ids."""

    id: int
    region: str | None
    term: str
    state: CaseState
    consequence: float
    offers: Sequence[int]


def kept_since(session: Session) -> date | None:
    """The first day that is answered for as it was; None before the first comparison that keeps what it changes."""
    day: date | None = session.execute(
        sa.select(sa.func.min(columns_of(Detection).as_of)).where(columns_of(Detection).keeps_past)
    ).scalar()
    return day


def pairs_on(session: Session, kind: PairKind, day: date, reaches: Collection[Reach] | None = None) -> list[PairThen]:
    """The pairs of a kind that stood, in no order; ``reaches``: only these. Those that are only related are no flags."""
    pair, version = columns_of(Pair), columns_of(PairVersion)
    now = (pair.since <= day) & sa.or_(pair.gone_on.is_(None), pair.gone_on > day)
    found: list[PairThen] = []
    for was, row, stood in ((False, pair, now), (True, version, (version.since <= day) & (version.until > day))):
        query = sa.select(
            pair.id,
            pair.kind,
            pair.a_offer_id,
            pair.b_offer_id,
            row.score,
            row.strength,
            row.reach,
            row.terms,
            row.detection_id,
        ).where(pair.kind == kind, stood, row.strength != Strength.RELATED)
        if was:
            query = query.where(version.pair_id == pair.id)
        if reaches is not None:
            query = query.where(row.reach.in_(reaches))
        found += [PairThen._make((*one, was)) for one in session.execute(query)]
    return found


def evidence_on(session: Session, pairs: Iterable[PairThen], day: date) -> dict[int, list[dict[str, Any]]]:
    """Pair id -> why, as it was told then."""
    pair, version = columns_of(Pair), columns_of(PairVersion)
    wanted: defaultdict[bool, list[int]] = defaultdict(list)
    for one in pairs:
        wanted[one.was].append(one.id)
    then = (version.since <= day) & (version.until > day)
    found: dict[int, list[dict[str, Any]]] = {}
    for was, key, column in ((False, pair.id, pair.evidence), (True, version.pair_id, version.evidence)):
        for start in range(0, len(wanted[was]), _CHUNK):
            query = sa.select(key, column).where(key.in_(wanted[was][start : start + _CHUNK]))
            found.update((one, lines) for one, lines in session.execute(query.where(then) if was else query))
    return found


def cases_on(session: Session, day: date, term: str | None = None) -> list[CaseThen]:
    """The cases that were not closed, those with most at stake first; ``term``: only its."""
    case, member = columns_of(Case), columns_of(CaseMember)
    query = sa.select(case.id, case.region, case.term, case.state, case.consequence).where(case.opened_on <= day)
    if term is not None:
        query = query.where(case.term == term)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for case_id, offer_id in session.execute(sa.select(member.case_id, member.offer_id).order_by(member.offer_id)):
        members[case_id].append(offer_id)
    is_over = day < clock.today()
    states, versions = (_states_on(session, day), _versions_on(session, day)) if is_over else ({}, {})
    found = []
    for case_id, region, about, state, consequence in session.execute(query):
        stakes, offers = versions.get(case_id, (consequence, members[case_id]))
        one = CaseThen(case_id, region, about, states.get(case_id, state), stakes, offers)
        if one.state is not CaseState.CLOSED:
            found.append(one)
    return sorted(found, key=lambda one: (-one.consequence, one.id))


def _versions_on(session: Session, day: date) -> dict[int, tuple[float, list[int]]]:
    version = columns_of(CaseVersion)
    query = sa.select(version.case_id, version.consequence, version.offers)
    return {
        case_id: (consequence, offers)
        for case_id, consequence, offers in session.execute(query.where(version.since <= day, version.until > day))
    }


def _states_on(session: Session, day: date) -> dict[int, CaseState]:
    """Case id -> its state at the end of the day, by the ledger."""
    entry = columns_of(AuditEntry)
    query = (
        sa.select(entry.thing_id, entry.to_state)
        .where(entry.thing == "case", entry.life == "state", entry.at <= clock.end_of_day(day))
        .order_by(entry.id)
    )
    return {case_id: CaseState(state or CaseState.OPEN) for case_id, state in session.execute(query)}
