"""Proposals between institutions: which stand, which wait, and whom they are put to."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlmodel import Session, col, or_, select

from registry.coordination.models import Proposal
from registry.coordination.states import ProposalState
from registry.offers.models import OfferProvider
from registry.reference.models import Organisation


def leading(session: Session, offer_ids: Collection[int]) -> dict[int, int]:
    """Offer id -> its leading institution."""
    query = select(OfferProvider.offer_id, OfferProvider.organisation_id).where(
        col(OfferProvider.offer_id).in_(list(offer_ids)), col(OfferProvider.leads).is_(True)
    )
    return dict(session.exec(query.order_by(col(OfferProvider.organisation_id).desc())).all())


def accepted(session: Session, decision_ids: Collection[int]) -> bool:
    """Has an institution said yes to one of these decisions?"""
    query = select(Proposal.id).where(
        col(Proposal.decision_id).in_(list(decision_ids)), Proposal.state == ProposalState.ACCEPTED
    )
    return session.exec(query.limit(1)).first() is not None


def waiting_pairs(session: Session, among: Collection[int] | None = None) -> frozenset[int]:
    """Pairs whose decision still waits for an institution's answer: decided by one side only. ``among``: only of these."""
    query = select(Proposal.pair_id).where(
        Proposal.state == ProposalState.WAITING, col(Proposal.decision_id).is_not(None)
    )
    if among is not None:
        query = query.where(col(Proposal.pair_id).in_(among))
    return frozenset(session.exec(query))


def proposals_of(session: Session, *pair_ids: int) -> list[Proposal]:
    """Every proposal about some pairs, newest first."""
    query = select(Proposal).where(col(Proposal.pair_id).in_(pair_ids)).order_by(col(Proposal.id).desc())
    return list(session.exec(query).all())


def waiting_for(session: Session, organisations: frozenset[int] | None) -> list[Proposal]:
    """Proposals that wait for an answer: those put to or by some institutions, or all."""
    query = select(Proposal).where(Proposal.state == ProposalState.WAITING).order_by(col(Proposal.proposed_at))
    if organisations is not None:
        mine = or_(col(Proposal.receiver_id).in_(organisations), col(Proposal.sender_id).in_(organisations))
        query = query.where(mine)
    return list(session.exec(query).all())


def receivers(session: Session, proposals: Iterable[Proposal]) -> dict[int, str]:
    """Institution -> its name, of those that something was proposed to."""
    ids = {one.receiver_id for one in proposals}
    return {one.pk: one.name_nb for one in session.exec(select(Organisation).where(col(Organisation.id).in_(ids)))}


def by_decision(session: Session, decision_ids: Collection[int]) -> dict[int, list[Proposal]]:
    """Decision id -> its proposals."""
    found: defaultdict[int, list[Proposal]] = defaultdict(list)
    query = select(Proposal).where(col(Proposal.decision_id).in_(list(decision_ids))).order_by(col(Proposal.id))
    for one in session.exec(query):
        found[one.decision_id or 0].append(one)
    return dict(found)
