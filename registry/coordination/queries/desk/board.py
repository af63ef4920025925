"""The lists that coordinators work from: what waits, the queue of pairs, one pair with all that is known of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, case, cast, func, literal
from sqlmodel import Session, col, or_, select

from registry.coordination.models import Case, CaseMember, Decision, Detection, Pair, Proposal
from registry.coordination.queries.desk.merges import merged_on, merged_pairs
from registry.coordination.queries.detecting.detections import judged_by, rule_of
from registry.coordination.queries.detecting.runs import known_terms
from registry.coordination.queries.reports.offers import Card, offer_cards
from registry.coordination.states import WITHIN_REACH, CaseState, PairKind, ProposalState
from registry.core import terms
from registry.offers.models import Offer, OfferProvider, OfferSubject, Run, RunPlace
from registry.reference.models import County, Municipality, Organisation, Subject

DECIDED, UNDECIDED, PROPOSED, REOPENED, MERGED = "avgjort", "venter", "foreslatt", "gjenapnet", "slatt-sammen"


@dataclass(frozen=True, slots=True)
class PairFilter:
    """What the queue is narrowed to; empty is everything. ``organisations`` None is no limit by who asks."""

    kind: PairKind = PairKind.OVERLAP
    strength: str = ""
    reach: str = ""
    region: str = ""
    county: str = ""
    provider: str = ""
    subject: str = ""
    decided: str = ""
    case: int | None = None  #: only the pairs that a case holds
    organisations: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One pair as the list shows it."""

    pair: Pair
    a: Card
    b: Card
    decision: Decision | None
    rule: str = ""  #: that it is flagged by, as "OVL_STRONG v1"
    merged: datetime | None = None  #: since when the two are one offer


def queue(session: Session, wanted: PairFilter, offset: int, limit: int) -> tuple[list[QueueRow], int]:
    """A page of pairs in the order of the queue (within reach first, then weight), and how many there are in all."""
    query = narrowed(select(Pair), wanted)
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    return _rows(session, session.exec(query.order_by(*in_order()).offset(offset).limit(limit)).all()), total


def rows_of(session: Session, pair_ids: Sequence[int]) -> list[QueueRow]:
    """Some pairs as the list shows them, in the order asked for."""
    found = {pair.pk: pair for pair in session.exec(select(Pair).where(col(Pair.id).in_(list(pair_ids))))}
    return _rows(session, [found[one] for one in pair_ids if one in found])


def _rows(session: Session, pairs: Sequence[Pair]) -> list[QueueRow]:
    cards = offer_cards(session, {offer for pair in pairs for offer in (pair.a_offer_id, pair.b_offer_id)})
    decided = standing(session, [pair.pk for pair in pairs])
    judged = judged_by(session, pairs)
    merged = merged_on(session, [pair.pk for pair in pairs if pair.kind is PairKind.DUPLICATE])
    return [
        QueueRow(
            pair,
            cards[pair.a_offer_id],
            cards[pair.b_offer_id],
            decided.get(pair.pk),
            rule_of(pair, judged[pair.detection_id].rules),
            merged.get(pair.pk),
        )
        for pair in pairs
    ]


def in_order() -> tuple[Any, ...]:
    """The order of the queue, rising: within reach first, then what is at stake, then likeness. Never two alike."""
    near = case((col(Pair.reach).in_(WITHIN_REACH), 0), else_=1)
    return near, -col(Pair.weight), -col(Pair.score), col(Pair.id)


def narrowed(query: Any, wanted: PairFilter) -> Any:
    """A query over pairs, limited to those that the filter lets through."""
    query = _answered(query.where(Pair.kind == wanted.kind), wanted)
    if wanted.strength:
        query = query.where(Pair.strength == wanted.strength)
    if wanted.reach == "within":
        query = query.where(col(Pair.reach).in_(WITHIN_REACH))
    elif wanted.reach:
        query = query.where(Pair.reach == wanted.reach)
    if wanted.case is not None:
        query = _held_by(query, wanted.case)
    if wanted.organisations is not None:
        query = _of_offers(query, of_organisations(wanted.organisations))
    if wanted.provider:
        query = _of_offers(query, provided_by(wanted.provider))
    if wanted.subject:
        query = _of_offers(query, about(wanted.subject))
    if wanted.region:
        query = _of_offers(query, taught_in(County.region == wanted.region))
    if wanted.county:
        query = _of_offers(query, taught_in(County.code == wanted.county))
    return query


def _answered(query: Any, wanted: PairFilter) -> Any:
    """Pairs on the list, by what became of them; merged ones have gone from it, since one offer is not alike itself."""
    if wanted.decided == MERGED:
        return query.where(col(Pair.id).in_(merged_pairs()))
    query = query.where(col(Pair.gone_on).is_(None))
    if wanted.decided == PROPOSED:
        return query.where(col(Pair.id).in_(select(Proposal.pair_id).where(Proposal.state == ProposalState.WAITING)))
    if wanted.decided == REOPENED:
        reopened = select(Decision.pair_id).where(col(Decision.superseded_reason).in_(("data_changed", "declined")))
        return query.where(col(Pair.id).in_(reopened), ~col(Pair.id).in_(_decided()))
    if wanted.decided == DECIDED:
        return query.where(col(Pair.id).in_(_decided()))
    if wanted.decided == UNDECIDED and wanted.kind is PairKind.DUPLICATE:  # merged since the last detection
        query = query.where(~col(Pair.id).in_(merged_pairs()))
    return query.where(~col(Pair.id).in_(_decided())) if wanted.decided == UNDECIDED else query


def _decided() -> Any:
    return select(Decision.pair_id).where(col(Decision.superseded_at).is_(None))


def _held_by(query: Any, case_id: int) -> Any:
    """Pairs within reach in the term of a case, between two of its offers."""
    members = select(CaseMember.offer_id).where(CaseMember.case_id == case_id)
    term = select(Case.term).where(Case.id == case_id).scalar_subquery()
    return query.where(
        col(Pair.reach).in_(WITHIN_REACH),
        col(Pair.a_offer_id).in_(members),
        col(Pair.b_offer_id).in_(members),
        cast(Pair.terms, Text).like(literal('%"').concat(term).concat('"%')),
    )


def _of_offers(query: Any, offers: Any) -> Any:
    return query.where(or_(col(Pair.a_offer_id).in_(offers), col(Pair.b_offer_id).in_(offers)))


def of_organisations(organisations: Collection[int]) -> Any:
    """Offers that one of the institutions has a part in."""
    return select(OfferProvider.offer_id).where(col(OfferProvider.organisation_id).in_(list(organisations)))


def provided_by(key: str) -> Any:
    """Offers that an institution has a part in, by its key."""
    mine = select(OfferProvider.offer_id).join(Organisation, col(Organisation.id) == OfferProvider.organisation_id)
    return mine.where(Organisation.key == key)


def about(subject: str) -> Any:
    """Offers with the subject, as their main one or beside it."""
    more = select(OfferSubject.offer_id).where(OfferSubject.subject_code == subject)
    return select(Offer.id).where(or_(Offer.subject_code == subject, col(Offer.id).in_(more)))


def taught_in(there: Any) -> Any:
    """Offers with a run in counties that answer to a condition, or, where no place is told, with an institution there."""
    places = (
        select(Run.offer_id)
        .join(RunPlace, col(RunPlace.run_id) == col(Run.id))
        .join(Municipality, col(Municipality.code) == col(RunPlace.municipality_code))
        .join(County, col(County.code) == col(Municipality.county_code))
    )
    placed = select(Run.offer_id).join(RunPlace, col(RunPlace.run_id) == col(Run.id))
    home = (
        select(OfferProvider.offer_id)
        .join(Organisation, col(Organisation.id) == OfferProvider.organisation_id)
        .join(County, col(County.code) == col(Organisation.county_code))
        .where(there, col(OfferProvider.offer_id).not_in(placed))
    )
    return places.where(there).union(home)


def standing(session: Session, pair_ids: Sequence[int]) -> dict[int, Decision]:
    """Pair id -> the decision that stands."""
    query = select(Decision).where(col(Decision.pair_id).in_(pair_ids), col(Decision.superseded_at).is_(None))
    return {decision.pair_id: decision for decision in session.exec(query)}


def detections(session: Session, limit: int = 10) -> list[Detection]:
    """The latest detections, newest first."""
    return list(session.exec(select(Detection).order_by(col(Detection.id).desc()).limit(limit)).all())


def open_cases(session: Session, region: str | None, limit: int) -> tuple[list[tuple[Case, list[int]]], int]:
    """Undecided cases of a region (and of the whole country), most at stake first, with their offers; and how many in all."""
    query = select(Case).where(col(Case.state).in_((CaseState.OPEN, CaseState.REOPENED)))
    if region is not None:
        query = query.where(or_(Case.region == region, col(Case.region).is_(None)))
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    cases = session.exec(query.order_by(col(Case.consequence).desc(), col(Case.id)).limit(limit)).all()
    members: dict[int, list[int]] = {found.pk: [found.core_offer_id] for found in cases}
    listed = select(CaseMember).where(col(CaseMember.case_id).in_(members)).order_by(col(CaseMember.offer_id))
    for member in session.exec(listed):
        if member.offer_id not in members[member.case_id]:
            members[member.case_id].append(member.offer_id)
    return [(found, members[found.pk]) for found in cases], total


def counts(session: Session, organisations: frozenset[int] | None) -> dict[str, int]:
    """Pairs within reach that wait for a decision, and duplicates that do."""
    found = {}
    for name, wanted in (
        ("overlaps", PairFilter(reach="within", decided=UNDECIDED, organisations=organisations)),
        ("duplicates", PairFilter(kind=PairKind.DUPLICATE, decided=UNDECIDED, organisations=organisations)),
    ):
        found[name] = session.exec(select(func.count()).select_from(narrowed(select(Pair.id), wanted).subquery())).one()
    return found


def overlaps_of(session: Session, offer_id: int) -> int:
    """How many offers of other institutions overlap with this one within reach."""
    query = (
        select(func.count())
        .select_from(Pair)
        .where(
            Pair.kind == PairKind.OVERLAP,
            col(Pair.gone_on).is_(None),
            col(Pair.reach).in_(WITHIN_REACH),
            or_(Pair.a_offer_id == offer_id, Pair.b_offer_id == offer_id),
        )
    )
    return session.exec(query).one()


def choices(session: Session) -> dict[str, list[tuple[str, str]]]:
    """Institutions, subjects and counties that the lists may be narrowed to."""
    providers = (
        select(Organisation.key, Organisation.name_nb)
        .where(col(Organisation.id).in_(select(OfferProvider.organisation_id)))
        .order_by(Organisation.name_nb)
    )
    subjects = select(Subject.code, Subject.name_nb).where(col(Subject.code).in_(select(Offer.subject_code)))
    return {
        "providers": [(key, name) for key, name in session.exec(providers)],
        "subjects": [(code, name) for code, name in session.exec(subjects.order_by(Subject.name_nb))],
        "counties": [
            (code, name) for code, name in session.exec(select(County.code, County.name_nb).order_by(County.name_nb))
        ],
    }


def newest_detection_day(session: Session) -> date | None:
    """The day that the flags speak of."""
    return session.exec(select(func.max(col(Detection.as_of)))).one()


def all_terms(session: Session) -> list[str]:
    """Terms that have runs, newest first."""
    return sorted(known_terms(session), key=terms.sort_key, reverse=True)
