"""Cases as people look at them: the list by what is at stake, one with its pairs, and those that a pair is in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, or_, select

from registry.coordination.models import Case, CaseMember, Pair
from registry.coordination.queries.desk.board import about, of_organisations, provided_by, taught_in
from registry.coordination.queries.detecting.detections import judged_by, rule_of
from registry.coordination.queries.reports.offers import Card, offer_cards
from registry.coordination.states import WITHIN_REACH, CaseState, PairKind, Strength
from registry.reference.models import County

WAITING, EVERY = "venter", "alle"
_WAITING = (CaseState.OPEN, CaseState.REOPENED)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What the list is narrowed to; empty is everything. ``state`` is a ``CaseState``, or what waits, or every one.

    ``organisations`` None is no limit by who asks.
    """

    state: str = WAITING
    region: str = ""
    county: str = ""
    provider: str = ""
    subject: str = ""
    organisations: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case as the list shows it: the offer that the others pull at hardest, and the others."""

    case: Case
    core: Card
    others: Sequence[Card]
    rule: str = ""  #: that its strongest pair is flagged by, as "OVL_STRONG v1"; empty where none overlaps any longer


def case_list(session: Session, wanted: CaseFilter, offset: int, limit: int) -> tuple[list[CaseRow], int]:
    """A page of cases, those with most at stake first, and how many there are in all."""
    query = _narrowed(select(Case), wanted)
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    ordered = query.order_by(col(Case.consequence).desc(), col(Case.id))
    cases = session.exec(ordered.offset(offset).limit(limit)).all()
    members = members_of(session, [one.pk for one in cases])
    cards = offer_cards(
        session, {offer for several in members.values() for offer in several}.union(one.core_offer_id for one in cases)
    )
    rules = _rules_of(session, cases, members)
    return [
        CaseRow(
            one,
            cards[one.core_offer_id],
            [cards[offer] for offer in members[one.pk] if offer != one.core_offer_id],
            rules.get(one.pk, ""),
        )
        for one in cases
    ], total


def _rules_of(session: Session, cases: Sequence[Case], members: Mapping[int, Sequence[int]]) -> dict[int, str]:
    """Case id -> the rule of the strongest pair that it holds in its term."""
    offers = {offer for several in members.values() for offer in several}
    query = select(Pair).where(
        Pair.kind == PairKind.OVERLAP,
        col(Pair.gone_on).is_(None),
        col(Pair.a_offer_id).in_(offers),
        col(Pair.b_offer_id).in_(offers),
    )
    pairs = sorted(session.exec(query), key=lambda pair: (pair.strength != Strength.STRONG, pair.pk))
    judged = judged_by(session, pairs)
    found = {}
    for one in cases:
        inside = set(members[one.pk])
        held = (pair for pair in pairs if one.term in pair.terms and {pair.a_offer_id, pair.b_offer_id} <= inside)
        first = next(held, None)
        if first is not None:
            found[one.pk] = rule_of(first, judged[first.detection_id].rules)
    return found


def members_of(session: Session, case_ids: Sequence[int]) -> dict[int, list[int]]:
    """Case id -> its offers, in the order of their ids."""
    found: dict[int, list[int]] = {one: [] for one in case_ids}
    query = select(CaseMember.case_id, CaseMember.offer_id).where(col(CaseMember.case_id).in_(case_ids))
    for case_id, offer_id in session.exec(query.order_by(col(CaseMember.offer_id))):
        found[case_id].append(offer_id)
    return found


def pairs_inside(session: Session, case: Case, members: Sequence[int]) -> list[int]:
    """The overlaps that people can choose between in the term of the case, those with most at stake first."""
    query = select(Pair.id, Pair.terms).where(
        Pair.kind == PairKind.OVERLAP,
        col(Pair.gone_on).is_(None),
        col(Pair.reach).in_(WITHIN_REACH),
        col(Pair.a_offer_id).in_(members),
        col(Pair.b_offer_id).in_(members),
    )
    found = session.exec(query.order_by(col(Pair.weight).desc(), col(Pair.id)))
    return [pair_id or 0 for pair_id, terms in found if case.term in terms]


def cases_with(session: Session, pair: Pair) -> list[Case]:
    """The cases, closed ones aside, that both offers of a pair are in."""
    both = (
        select(CaseMember.case_id)
        .where(col(CaseMember.offer_id).in_((pair.a_offer_id, pair.b_offer_id)))
        .group_by(col(CaseMember.case_id))
        .having(func.count() == 2)
    )
    query = select(Case).where(col(Case.id).in_(both), Case.state != CaseState.CLOSED)
    return [one for one in session.exec(query.order_by(col(Case.id))) if one.term in pair.terms]


def _narrowed(query: Any, wanted: CaseFilter) -> Any:
    if wanted.state == WAITING:
        query = query.where(col(Case.state).in_(_WAITING))
    elif wanted.state != EVERY:
        query = query.where(Case.state == wanted.state)
    if wanted.region:
        query = query.where(or_(Case.region == wanted.region, col(Case.region).is_(None)))
    if wanted.county:
        query = _holding(query, taught_in(County.code == wanted.county))
    if wanted.provider:
        query = _holding(query, provided_by(wanted.provider))
    if wanted.subject:
        query = _holding(query, about(wanted.subject))
    if wanted.organisations is not None:
        query = _holding(query, of_organisations(wanted.organisations))
    return query


def _holding(query: Any, offers: Any) -> Any:
    return query.where(col(Case.id).in_(select(CaseMember.case_id).where(col(CaseMember.offer_id).in_(offers))))
