"""Decisions and cases looked at again: what stands as long as the data stand, and what must be asked anew."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from registry.access.policy import EVERYTHING, Actor
from registry.coordination.models import Case, CaseMember, Decision, Pair
from registry.coordination.queries.desk.deciding_fields import changes_between, deciding_fields
from registry.coordination.queries.desk.proposals import waiting_pairs
from registry.coordination.queries.detecting.flags_beside import is_decided_about
from registry.coordination.queries.detecting.landscape import profile_key
from registry.coordination.states import CASE, WITHIN_REACH, CaseState, PairKind
from registry.core import audit, clock, transitions
from registry.core.table import columns_of
from registry.matching.profiles import Profile
from registry.offers.models import Offer


def review_decisions(
    session: Session,
    actor: Actor,
    profile_of: Callable[[str], Profile | None],
    among: Collection[int] | None = None,
    without: Collection[int] = (),
) -> list[tuple[int, int]]:
    """Supersede decisions made on data that have changed since, with what changed. Returns the offers of each pair.

    ``among``: offers whose pairs are looked at; all where nothing is said. ``without``: offers whose pairs are not.
    """
    outdated = None if among is None else session.execute(_outdated(), {"offers": list(among)}).scalars().all()
    if outdated is not None and not outdated:
        return []
    query = (
        select(Decision, Pair)
        .join(Pair, col(Pair.id) == col(Decision.pair_id))
        .where(
            col(Decision.superseded_at).is_(None),
            col(Pair.gone_on).is_(None),
            col(Decision.fingerprint) != col(Pair.fingerprint),
        )
        .execution_options(populate_existing=True)
    )
    if outdated is not None:
        query = query.where(col(Decision.id).in_(outdated))
    found = [
        (decision, pair)
        for decision, pair in session.exec(query)
        if pair.a_offer_id not in without and pair.b_offer_id not in without
    ]
    for decision, pair in found:
        now = {
            str(offer_id): deciding_fields(profile)
            for offer_id in (pair.a_offer_id, pair.b_offer_id)
            if (profile := profile_of(profile_key(offer_id))) is not None
        }
        decision.superseded_at, decision.superseded_reason = clock.now(), "data_changed"
        decision.changes = changes_between(decision.deciding, now)
        audit.record(
            session,
            actor=actor.name,
            thing="pair",
            thing_id=pair.pk,
            event="reopen",
            reason_code="data_changed",
            details={"decision": decision.pk, "changes": decision.changes},
        )
    session.flush()
    return [(pair.a_offer_id, pair.b_offer_id) for _, pair in found]


@cache
def _outdated() -> Any:
    """Made once, since it is asked of every changed offer and hardly ever finds anything."""
    pair, decision = columns_of(Pair), columns_of(Decision)
    offers: sa.BindParameter[int] = sa.bindparam("offers", expanding=True)
    return sa.select(decision.id).where(
        decision.pair_id == pair.id,
        decision.superseded_at.is_(None),
        pair.gone_on.is_(None),
        decision.fingerprint != pair.fingerprint,
        pair.a_offer_id.in_(offers) | pair.b_offer_id.in_(offers),
    )


def review_cases(session: Session, actor: Actor, case_ids: Iterable[int] | None = None) -> set[int]:
    """A case is decided when every pair in it is; it opens again when one of them no longer is.

    A decision that an institution has not answered yet is a proposal: its pair is not decided. Returns the offers of the
    cases that have opened again: who was kept together because all was decided may now belong elsewhere.
    """
    given = {} if case_ids is None else {"cases": list(case_ids)}
    # Locked: the decisions below are read after others' have come in.
    cases = session.execute(_not_closed(case_ids is not None), given).scalars().all()
    if not cases:
        return set()
    members: defaultdict[int, set[int]] = defaultdict(set)
    for case_id, offer_id in session.execute(_members(case_ids is not None), given):
        members[case_id].add(offer_id)
    everywhere = _decided(session) if case_ids is None else None
    theirs = None if case_ids is None else {one for mine in members.values() for one in mine}
    decided_any = is_decided_about(session, theirs) if theirs is not None else bool(everywhere)
    if not decided_any and all(case.state is CaseState.OPEN for case in cases):
        return set()
    edges = _edges(session, theirs)
    inside = {case.pk: _inside(case, members[case.pk], edges) for case in cases}
    decided = _decided(session, set().union(*inside.values())) if everywhere is None else everywhere
    moved: list[tuple[Case, str, str | None]] = []
    for case in cases:
        done = bool(inside[case.pk]) and inside[case.pk] <= decided
        if done and case.state is not CaseState.DECIDED:
            moved.append((case, "decide", None))
        elif not done and case.state is CaseState.DECIDED:
            moved.append((case, "reopen", "undecided_pair"))
    cores = select(Offer.id, Offer.key).where(col(Offer.id).in_({case.core_offer_id for case, _, _ in moved}))
    keys = dict(session.exec(cores).all()) if moved else {}
    for case, event, reason in moved:
        transitions.apply(
            session, actor, case, CASE, event, scope=EVERYTHING, key=keys[case.core_offer_id], reason_code=reason
        )
        case.version += 1
    return {one for case, event, _ in moved if event == "reopen" for one in members[case.pk]}


@cache
def _not_closed(some: bool) -> Any:
    query = select(Case).where(Case.state != CaseState.CLOSED).order_by(col(Case.id)).with_for_update()
    return query.where(col(Case.id).in_(sa.bindparam("cases", expanding=True))) if some else query


@cache
def _members(some: bool) -> Any:
    member = columns_of(CaseMember)
    query = sa.select(member.case_id, member.offer_id)
    return query.where(member.case_id.in_(sa.bindparam("cases", expanding=True))) if some else query


def _decided(session: Session, among: Collection[int] | None = None) -> set[int]:
    """The pairs with a decision that both sides hold to; of some pairs, or all."""
    query = select(Decision.pair_id).where(col(Decision.superseded_at).is_(None))
    decided = set(session.exec(query if among is None else query.where(col(Decision.pair_id).in_(among))))
    return decided - waiting_pairs(session, among) if decided else decided


def _edges(session: Session, offers: Collection[int] | None) -> dict[int, list[tuple[int, int, frozenset[str]]]]:
    """Offer -> (pair, other offer, terms) of the overlaps that people can choose between; of some offers, or all."""
    columns: tuple[Any, ...] = (Pair.id, Pair.a_offer_id, Pair.b_offer_id, Pair.terms, Pair.reach, Pair.gone_on)
    query = sa.select(*columns).where(col(Pair.kind) == PairKind.OVERLAP)
    if offers is None:
        query = query.where(col(Pair.gone_on).is_(None), col(Pair.reach).in_(WITHIN_REACH))
    else:  # by the unique index on the two offers: some twenty pairs of tens of thousands
        query = query.where(col(Pair.a_offer_id).in_(offers), col(Pair.b_offer_id).in_(offers))
    found: defaultdict[int, list[tuple[int, int, frozenset[str]]]] = defaultdict(list)
    for pair_id, a, b, when, reach, gone_on in session.execute(query):
        if gone_on is None and reach in WITHIN_REACH:
            found[a].append((pair_id, b, frozenset(when)))
    return found


def _inside(case: Case, members: set[int], edges: dict[int, list[tuple[int, int, frozenset[str]]]]) -> set[int]:
    return {
        pair_id
        for offer_id in members
        for pair_id, other, when in edges.get(offer_id, ())
        if other in members and case.term in when
    }
