"""Overlaps and duplicates as reports: best first, each pair once, as of any date."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from rapidfuzz.fuzz import token_set_ratio
from sqlmodel import Session, col, or_, select

from registry.coordination.models import Decision, Detection
from registry.coordination.queries.detecting.detections import (
    before_kept,
    compared_on,
    content_before,
    judged_by,
    rule_of,
)
from registry.coordination.queries.detecting.landscape import newest_term
from registry.coordination.queries.reports.days import PairThen, cases_on, evidence_on, pairs_on
from registry.coordination.queries.reports.offers import Card, offer_cards, offers_of, organisation_of, regions_by_offer
from registry.coordination.states import WITHIN_REACH, PairKind
from registry.core import clock, terms
from registry.offers.models import Offer
from registry.rules.register import rules_on

ALL = "all"


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

    All of it as it was found, judged and answered at the end of the day ``as_of``; titles and institutions are those of now.
    ``shown`` is the pairs of one page: the others are only counted ("in_all"), and the cases are theirs.

    ``term`` None is the newest that has runs, "all" every term. Raises NotFound for an unknown ``provider``.
    """
    wanted = term or newest_term(session, as_of) or ALL
    content, told = _report(session, PairKind.OVERLAP, as_of, wanted, region, provider, within_reach, shown)
    among = None if shown is None else [{pair.a_offer_id, pair.b_offer_id} for pair in told]
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
    content, _ = _report(
        session, PairKind.DUPLICATE, as_of, term or ALL, region, provider, within_reach=False, shown=shown
    )
    return content


def _report(
    session: Session,
    kind: PairKind,
    as_of: date,
    term: str,
    region: str | None,
    provider: str | None,
    within_reach: bool,
    shown: slice | None,
) -> tuple[dict[str, Any], list[PairThen]]:
    """The report, and the pairs in it."""
    keep = _filter(session, region, provider)
    found = [
        pair
        for pair in pairs_on(session, kind, as_of, WITHIN_REACH if within_reach else None)
        if keep(pair.a_offer_id, pair.b_offer_id) and (term == ALL or term in pair.terms)
    ]
    names = dict(session.exec(select(Offer.id, Offer.title)).all())
    schemes = {one: set(schemes) for one, schemes in session.exec(select(Offer.id, Offer.schemes))}

    def place(pair: PairThen) -> tuple[float, ...]:
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
    told = found if shown is None else found[shown]
    why = evidence_on(session, told, as_of)
    cards = offer_cards(session, {offer for pair in told for offer in (pair.a_offer_id, pair.b_offer_id)})
    decided = decisions_on(session, as_of)
    prefix = "OVL_" if kind is PairKind.OVERLAP else "DUP_"
    rules = rules_on(session, as_of)
    detections = judged_by(session, told)
    compared = compared_on(session, as_of)
    content = {
        "as_of": as_of.isoformat(),
        "term": term,
        "compared": compared,
        "note": content_before(compared) or before_kept(session, as_of),
        "rules": [{"id": code, "version": n} for code, n in sorted(rules.versions.items()) if code.startswith(prefix)],
        "pairs": [
            _pair(pair, why[pair.id], cards, term, decided.get(pair.id), detections[pair.detection_id]) for pair in told
        ],
        **({} if shown is None else {"in_all": len(found)}),
    }
    return content, told


def _pair(
    pair: PairThen,
    evidence: list[dict[str, Any]],
    cards: dict[int, Card],
    term: str,
    decision: dict[str, Any] | None,
    judged: Detection,
) -> dict[str, Any]:
    shown = newest(pair.terms) if term == ALL else term
    return {
        "id": pair.id,
        "a": {**cards[pair.a_offer_id], "term": shown},
        "b": {**cards[pair.b_offer_id], "term": shown},
        "score": pair.score,
        "strength": str(pair.strength),
        "reach": str(pair.reach),
        "terms": sorted(pair.terms, key=terms.sort_key),
        "evidence": evidence,
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
    session: Session,
    as_of: date,
    term: str,
    region: str | None,
    provider: str | None,
    among: Sequence[set[int]] | None,
) -> list[dict[str, Any]]:
    """The cases of the day; ``among``: only those that both of one of these pairs of offers are in."""
    own = None if provider is None else offers_of(session, [organisation_of(session, provider)])
    cases = [
        case
        for case in cases_on(session, as_of, None if term == ALL else term)
        if (region is None or case.region in (region, None))
        and (own is None or not own.isdisjoint(case.offers))
        and (among is None or any(two.issubset(case.offers) for two in among))
    ]
    cards = offer_cards(session, {offer for case in cases for offer in case.offers})
    return [
        {
            "id": case.id,
            "offers": [{**cards[offer], "term": case.term} for offer in case.offers],
            "region": case.region,
            "term": case.term,
            "state": str(case.state),
        }
        for case in cases
    ]
