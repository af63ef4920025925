"""Overlaps and duplicates as reports: best first, each pair once, as of any date."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from rapidfuzz.fuzz import token_set_ratio
from sqlmodel import Session, col, or_, select

from registry.coordination.models import Case, CaseMember, Decision, Detection, Pair
from registry.coordination.queries.compared import compared_on, content_before, judged_by, rule_of, rules_since
from registry.coordination.queries.landscape import newest_term
from registry.coordination.queries.offers import Card, offer_cards, offers_of, organisation_of, regions_by_offer
from registry.coordination.states import WITHIN_REACH, CaseState, PairKind, Strength
from registry.core import clock, terms
from registry.core.audit import AuditEntry
from registry.offers.models import Offer
from registry.rules.register import rules_on

ALL = "all"
_CHUNK = 20_000  # ids in one question, below SQLite's 32,766


def overlap_report(
    session: Session,
    *,
    as_of: date,
    term: str | None = None,
    region: str | None = None,
    provider: str | None = None,
    within_reach: bool = False,
    shown: slice | None = None,
) -> dict[str, Any]:
    """Overlaps with their evidence, those within reach first, and the cases they make.

    ``shown`` is the pairs of one page: the others are only counted ("in_all"), and the cases are theirs.

    ``term`` None is the newest that has runs, "all" every term. Raises NotFound for an unknown ``provider``.
    """
    wanted = term or newest_term(session, as_of) or ALL
    content = _report(session, PairKind.OVERLAP, as_of, wanted, region, provider, within_reach, shown)
    among = None if shown is None else [pair["id"] for pair in content["pairs"]]
    content["cases"] = _cases(session, as_of, wanted, region, provider, among)
    return content


def duplicate_report(
    session: Session,
    *,
    as_of: date,
    term: str | None = None,
    region: str | None = None,
    provider: str | None = None,
    shown: slice | None = None,
) -> dict[str, Any]:
    """The same offer twice at one institution. ``term`` None or "all" is every term: a duplicate is one in any term.

    ``shown`` as in :func:`overlap_report`.
    """
    return _report(session, PairKind.DUPLICATE, as_of, term or ALL, region, provider, within_reach=False, shown=shown)


def held_on(as_of: date) -> Any:
    """Pairs that had been seen by then and were not yet gone."""
    return (col(Pair.first_seen_on) <= as_of) & or_(col(Pair.gone_on).is_(None), col(Pair.gone_on) > as_of)


def _report(
    session: Session,
    kind: PairKind,
    as_of: date,
    term: str,
    region: str | None,
    provider: str | None,
    within_reach: bool,
    shown: slice | None,
) -> dict[str, Any]:
    # Ordering asks for little of each pair; the rows themselves are wide, and are read for those that are shown.
    narrow: tuple[Any, ...] = (
        Pair.id,
        Pair.a_offer_id,
        Pair.b_offer_id,
        Pair.score,
        Pair.reach,
        Pair.terms,
        Pair.detection_id,
    )
    query: Any = sa.select(*narrow).where(
        col(Pair.kind) == kind, held_on(as_of), col(Pair.strength) != Strength.RELATED
    )
    if within_reach:
        query = query.where(col(Pair.reach).in_(WITHIN_REACH))
    keep = _filter(session, region, provider)
    found: list[Any] = [
        pair
        for pair in session.execute(query)
        if keep(pair.a_offer_id, pair.b_offer_id) and (term == ALL or term in pair.terms)
    ]
    names = dict(session.exec(select(Offer.id, Offer.title)).all())
    schemes = {one: set(schemes) for one, schemes in session.exec(select(Offer.id, Offer.schemes))}

    def place(pair: Any) -> tuple[float, ...]:
        """Of equally scored pairs: first those of one scheme, then those whose names are most alike and meet most often."""
        a, b = pair.a_offer_id, pair.b_offer_id
        return (
            pair.reach not in WITHIN_REACH,
            -round(pair.score, 2),
            not schemes[a] & schemes[b],
            -token_set_ratio(names[a].lower(), names[b].lower()),
            -len(pair.terms),
            -pair.score,
            a,
            b,
        )

    found.sort(key=place)
    told = _whole(session, [pair.id for pair in (found if shown is None else found[shown])])
    cards = offer_cards(session, {offer for pair in told for offer in (pair.a_offer_id, pair.b_offer_id)})
    decided = decisions_on(session, as_of)
    prefix = "OVL_" if kind is PairKind.OVERLAP else "DUP_"
    rules = rules_on(session, as_of)
    detections = judged_by(session, found)
    compared = compared_on(session, as_of)
    return {
        "as_of": as_of.isoformat(),
        "term": term,
        "compared": compared,
        "note": content_before(compared) or rules_since(detections.values(), as_of, rules, prefix),
        "rules": [{"id": code, "version": n} for code, n in sorted(rules.versions.items()) if code.startswith(prefix)],
        "pairs": [_pair(pair, cards, term, decided.get(pair.pk), detections[pair.detection_id]) for pair in told],
        **({} if shown is None else {"in_all": len(found)}),
    }


def _whole(session: Session, pair_ids: Sequence[int]) -> list[Pair]:
    """The pairs with these ids, in their order."""
    found: dict[int, Pair] = {}
    for start in range(0, len(pair_ids), _CHUNK):
        some = select(Pair).where(col(Pair.id).in_(pair_ids[start : start + _CHUNK]))
        found.update({pair.pk: pair for pair in session.exec(some)})
    return [found[one] for one in pair_ids]


def _pair(
    pair: Pair, cards: dict[int, Card], term: str, decision: dict[str, Any] | None, judged: Detection
) -> dict[str, Any]:
    shown = newest(pair.terms) if term == ALL else term
    return {
        "id": pair.pk,
        "a": {**cards[pair.a_offer_id], "term": shown},
        "b": {**cards[pair.b_offer_id], "term": shown},
        "score": pair.score,
        "strength": str(pair.strength),
        "reach": str(pair.reach),
        "terms": sorted(pair.terms, key=terms.sort_key),
        "evidence": pair.evidence,
        "rule": rule_of(pair, judged.rules),
        "judged_on": judged.as_of.isoformat(),
        "decision": decision,
    }


def newest(found: Iterable[str]) -> str | None:
    """The newest of some terms."""
    return max(found, key=terms.sort_key, default=None)


def decisions_on(session: Session, as_of: date) -> dict[int, dict[str, Any]]:
    """Pair id -> the decision that stood at the end of the day."""
    end = clock.end_of_day(as_of)
    query = select(Decision).where(
        Decision.at <= end, or_(col(Decision.superseded_at).is_(None), col(Decision.superseded_at) > end)
    )
    return {
        decision.pair_id: {
            "id": decision.pk,
            "verdict": str(decision.verdict),
            "note": decision.note,
            "at": decision.at.isoformat(),
        }
        for decision in session.exec(query.order_by(col(Decision.id)))
    }


def _filter(session: Session, region: str | None, provider: str | None) -> Callable[[int, int], bool]:
    """Pairs with at least one offer of the institution, and one in the region."""
    own = None if provider is None else offers_of(session, [organisation_of(session, provider)])
    where = None if region is None else regions_by_offer(session)

    def keep(a: int, b: int) -> bool:
        if own is not None and a not in own and b not in own:
            return False
        return where is None or region in where.get(a, ()) or region in where.get(b, ())

    return keep


def _cases(
    session: Session, as_of: date, term: str, region: str | None, provider: str | None, among: Sequence[int] | None
) -> list[dict[str, Any]]:
    """The cases of the day; ``among``: only those that both offers of one of these pairs are in."""
    query = select(Case).where(Case.opened_on <= as_of, or_(col(Case.closed_on).is_(None), col(Case.closed_on) > as_of))
    if term != ALL:
        query = query.where(Case.term == term)
    if region is not None:
        query = query.where(or_(Case.region == region, col(Case.region).is_(None)))
    cases = session.exec(query.order_by(col(Case.consequence).desc(), col(Case.id))).all()
    members: defaultdict[int, list[int]] = defaultdict(list)
    for case_id, offer_id in session.exec(
        select(CaseMember.case_id, CaseMember.offer_id).order_by(col(CaseMember.offer_id))
    ):
        members[case_id].append(offer_id)
    own = None if provider is None else offers_of(session, [organisation_of(session, provider)])
    cases = [case for case in cases if own is None or own.intersection(members[case.pk])]
    if among is not None:
        both = [{pair.a_offer_id, pair.b_offer_id} for pair in _whole(session, among)]
        cases = [case for case in cases if any(two.issubset(members[case.pk]) for two in both)]
    cards = offer_cards(session, {offer for case in cases for offer in members[case.pk]})
    states = _states_on(session, as_of) if as_of < clock.today() else {}
    return [
        {
            "id": case.pk,
            "offers": [{**cards[offer], "term": case.term} for offer in members[case.pk]],
            "region": case.region,
            "term": case.term,
            "state": str(states.get(case.pk, case.state)),
        }
        for case in cases
    ]


def _states_on(session: Session, as_of: date) -> dict[int, str]:
    """Case id -> its state at the end of the day, by the ledger."""
    query = (
        select(AuditEntry.thing_id, AuditEntry.to_state)
        .where(AuditEntry.thing == "case", AuditEntry.life == "state", AuditEntry.at <= clock.end_of_day(as_of))
        .order_by(col(AuditEntry.id))
    )
    return {case_id: state or CaseState.OPEN for case_id, state in session.exec(query)}
