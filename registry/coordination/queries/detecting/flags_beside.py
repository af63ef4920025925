"""What the tables of flags hold about offers that have changed, and about those beside them."""

from collections.abc import Collection
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from registry.coordination.models import Decision, Detection, Pair
from registry.coordination.states import PairKind
from registry.core.table import columns_of

_OFFERS: Final[sa.BindParameter[int]] = sa.bindparam("offers", expanding=True)


def newest_detection(session: Session) -> int:
    """The id of the last full detection; 0 before the first."""
    return session.execute(_newest()).scalar() or 0


def newest_seen(session: Session) -> int:
    """The newest entry of the log that the last full detection read; 0 before the first."""
    return session.execute(_seen()).scalar() or 0


def is_decided_about(session: Session, offers: Collection[int]) -> bool:
    """Has anybody ever decided about a pair with one of the offers?"""
    return session.execute(_decided(), {"offers": list(offers)}).first() is not None


def duplicates_beside(session: Session, offers: Collection[int]) -> set[int]:
    """The offers' duplicates as they stand, and themselves where they have any."""
    found = session.execute(_beside(), {"offers": list(offers)}) if offers else ()
    return {one for two in found for one in two}


@cache
def _newest() -> Any:
    return sa.select(sa.func.max(columns_of(Detection).id))


@cache
def _seen() -> Any:
    detection = columns_of(Detection)
    return sa.select(detection.seen_entry).order_by(detection.id.desc()).limit(1)


@cache
def _decided() -> Any:
    pair, decision = columns_of(Pair), columns_of(Decision)
    with_them = pair.a_offer_id.in_(_OFFERS) | pair.b_offer_id.in_(_OFFERS)
    return sa.select(decision.id).where(decision.pair_id.in_(sa.select(pair.id).where(with_them))).limit(1)


@cache
def _beside() -> Any:
    pair = columns_of(Pair)
    stands = (pair.kind == PairKind.DUPLICATE) & pair.gone_on.is_(None)
    return sa.select(pair.a_offer_id, pair.b_offer_id).where(
        sa.or_(*(stands & column.in_(_OFFERS) for column in (pair.a_offer_id, pair.b_offer_id)))
    )
