"""Whose a case is: every institution whose offer is in it sees it; coordinators see all."""

from collections.abc import Collection, Iterable

from sqlmodel import Session, col, or_, select

from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.coordination.models import Case, CaseMember, Pair
from registry.core.errors import NotFound
from registry.offers.models import OfferProvider


def scope_of_offers(session: Session, offer_ids: Iterable[int]) -> Scope:
    """All the providers of some offers."""
    query = select(OfferProvider.organisation_id).where(col(OfferProvider.offer_id).in_(list(offer_ids)))
    return Scope(organisations=frozenset(session.exec(query).all()))


def scopes_of_pairs(session: Session, pair_ids: Collection[int]) -> dict[int, Scope]:
    """Pair id -> all the providers of its two offers; a pair that does not exist is not there."""
    wanted = col(Pair.id).in_(list(pair_ids))
    found: dict[int, set[int]] = {one or 0: set() for one in session.exec(select(Pair.id).where(wanted))}
    both = or_(OfferProvider.offer_id == Pair.a_offer_id, OfferProvider.offer_id == Pair.b_offer_id)
    for pair_id, organisation in session.exec(
        select(Pair.id, OfferProvider.organisation_id).join(OfferProvider, both).where(wanted)
    ):
        found[pair_id or 0].add(organisation)
    return {pair_id: Scope(organisations=frozenset(mine)) for pair_id, mine in found.items()}


def readable_pair(session: Session, actor: Actor, pair_id: int) -> Pair:
    """The pair, or NotFound where there is none or it is none of the actor's business."""
    pair = session.get(Pair, pair_id)
    if pair is None or not actor.may(
        Permission.CASE_READ, scope_of_offers(session, (pair.a_offer_id, pair.b_offer_id))
    ):
        raise NotFound("Vi finner ikke dette paret.")
    return pair


def readable_case(session: Session, actor: Actor, case_id: int) -> Case:
    """The case, or NotFound where there is none or none of its offers is the actor's business."""
    case = session.get(Case, case_id)
    members = select(CaseMember.offer_id).where(CaseMember.case_id == case_id)
    if case is None or not actor.may(Permission.CASE_READ, scope_of_offers(session, session.exec(members).all())):
        raise NotFound("Vi finner ikke denne saken.")
    return case


def readable_of(session: Session, actor: Actor, pair_ids: Collection[int]) -> list[int]:
    """Those of some pairs that are the actor's business, in the order given."""
    scopes = scopes_of_pairs(session, pair_ids)
    return [one for one in pair_ids if one in scopes and actor.may(Permission.CASE_READ, scopes[one])]
