"""The cases that hold some offers."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from registry.coordination.models import Case, CaseMember
from registry.coordination.states import CaseState


class Standing(NamedTuple):
    """A case as far as a detection compares it."""

    id: int
    region: str  #: empty for the whole country
    term: str
    closed: bool
    offers: frozenset[int]


def cases_around(
    session: Session, offers: Collection[int], terms: Collection[str] | None = None, *, also_closed: bool = False
) -> list[Standing]:
    """Every case that holds one of the offers, with all that it holds; ``terms``: only of these."""
    holding = select(CaseMember.case_id).where(col(CaseMember.offer_id).in_(offers))
    columns: tuple[Any, ...] = (Case.id, Case.region, Case.term, Case.state, CaseMember.offer_id)
    query = (
        sa.select(*columns).join(CaseMember, col(CaseMember.case_id) == col(Case.id)).where(col(Case.id).in_(holding))
    )
    if terms is not None:
        query = query.where(col(Case.term).in_(terms))
    if not also_closed:
        query = query.where(col(Case.state) != CaseState.CLOSED)
    members: defaultdict[tuple[int, str, str, bool], set[int]] = defaultdict(set)
    for case_id, region, term, state, offer in session.execute(query):
        members[case_id, region or "", term, state is CaseState.CLOSED].add(offer)
    return [Standing(*case, frozenset(held)) for case, held in members.items()]
