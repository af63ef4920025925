"""The cases that hold some offers."""

from collections import defaultdict
from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from registry.coordination.models import Case, CaseMember
from registry.coordination.states import CaseState
from registry.core.table import columns_of


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
    given = {"offers": list(offers)} | ({} if terms is None else {"terms": list(terms)})
    members: defaultdict[tuple[int, str, str, bool], set[int]] = defaultdict(set)
    for case_id, region, term, state, offer in session.execute(_around(terms is not None, also_closed), given):
        members[case_id, region or "", term, state is CaseState.CLOSED].add(offer)
    return [Standing(*case, frozenset(held)) for case, held in members.items()]


@cache
def _around(of_terms: bool, also_closed: bool) -> Any:
    case, member = columns_of(Case), columns_of(CaseMember)
    offers: sa.BindParameter[int] = sa.bindparam("offers", expanding=True)
    terms: sa.BindParameter[str] = sa.bindparam("terms", expanding=True)
    query = sa.select(case.id, case.region, case.term, case.state, member.offer_id).where(
        member.case_id == case.id, case.id.in_(sa.select(member.case_id).where(member.offer_id.in_(offers)))
    )
    if of_terms:
        query = query.where(case.term.in_(terms))
    return query if also_closed else query.where(case.state != CaseState.CLOSED)
