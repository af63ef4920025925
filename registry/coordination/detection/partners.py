"""Other institutions' offers that a run could be merged with: they overlap in the same term and the same subject, and can be reached.

No rule lets one subject stand in for another: whoever came for Spanish is not helped by a like course in French, and a small subject
would be lost by it. Where one of the two tells no subject, strong likeness must do.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, select

from registry.coordination.detection.pairs import Found
from registry.coordination.models import Pair
from registry.coordination.queries.detecting.landscape import Landscape, profile_key
from registry.coordination.queries.detecting.runs import load_runs, subjects_by_offer
from registry.coordination.states import WITHIN_REACH, PairKind, Strength
from registry.core.table import columns_of
from registry.offers.models import Offer, OfferProvider
from registry.offers.states import Delivery
from registry.reference.models import Organisation

Partners = Mapping[tuple[int, str], "list[Partner]"]  #: (offer, term) -> the others, likest first

_OFFERS: Final[sa.BindParameter[int]] = sa.bindparam("offers", expanding=True)


@dataclass(frozen=True, slots=True)
class Partner:
    """Another institution's offer that overlaps in the same term and subject, and can be reached."""

    title: str
    provider: str
    online: bool
    score: float


def partners_among(session: Session, found: Iterable[Found], landscape: Landscape) -> Partners:
    """Of everybody, from what a detection has found."""
    names = dict(session.exec(select(Organisation.id, Organisation.name_nb)).all())

    def is_about_the_same(pair: Found) -> bool:
        a, b = (landscape.taught[profile_key(one)].subjects for one in (pair.a_offer_id, pair.b_offer_id))
        return _is_about_the_same(a, b, pair.strength)

    def partner(offer_id: int, score: float) -> Partner:
        key = profile_key(offer_id)
        one = landscape.taught[key]
        return Partner(one.title, names.get(one.lead, ""), bool(landscape.by_key[key].online), score)

    return _grouped(
        (
            pair.a_offer_id,
            pair.b_offer_id,
            pair.terms,
            partner(pair.a_offer_id, pair.score),
            partner(pair.b_offer_id, pair.score),
        )
        for pair in found
        if pair.kind is PairKind.OVERLAP and pair.reach in WITHIN_REACH and is_about_the_same(pair)
    )


def partners_of(session: Session, offers: Collection[int]) -> Partners:
    """Of some offers, from the pairs as they stand: what :func:`partners_among` tells of them after a detection."""
    pairs = session.execute(_standing(), {"offers": list(offers)}).all()
    about = subjects_by_offer(session, offers={one for pair in pairs for one in (pair.a_offer_id, pair.b_offer_id)})
    pairs = [
        pair
        for pair in pairs
        if _is_about_the_same(about.get(pair.a_offer_id, ()), about.get(pair.b_offer_id, ()), pair.strength)
    ]
    others = {"offers": sorted({one for pair in pairs for one in (pair.a_offer_id, pair.b_offer_id)})}
    titles = dict(map(tuple, session.execute(_titles(), others)))
    leads: dict[int, str] = {}
    for offer, name in session.execute(_leads(), others):
        leads.setdefault(offer, name)
    runs = load_runs(session, offers=others["offers"])
    online = {run.offer_id for run in runs if run.counts_as_taught and run.delivery is Delivery.ONLINE}

    def partner(offer_id: int, score: float) -> Partner:
        return Partner(titles[offer_id], leads.get(offer_id, ""), offer_id in online, score)

    return _grouped(
        (
            pair.a_offer_id,
            pair.b_offer_id,
            pair.terms,
            partner(pair.a_offer_id, pair.score),
            partner(pair.b_offer_id, pair.score),
        )
        for pair in pairs
    )


def overlapping(session: Session, offers: Collection[int]) -> set[int]:
    """Whoever overlaps, or has overlapped, with one of the offers."""
    found = session.execute(_ever(), {"offers": list(offers)})
    return {one for two in found for one in two} - set(offers)


def _is_about_the_same(a: Collection[str], b: Collection[str], strength: Strength) -> bool:
    """By the subjects of each, the main one and those beside it."""
    return not set(a).isdisjoint(b) if a and b else strength is Strength.STRONG


def _grouped(found: Iterable[tuple[int, int, list[str], Partner, Partner]]) -> Partners:
    """From (a, b, terms, a as partner, b as partner)."""
    grouped: defaultdict[tuple[int, str], list[Partner]] = defaultdict(list)
    for a, b, terms, one, other in found:
        for term in terms:
            grouped[a, term].append(other)
            grouped[b, term].append(one)
    return {key: sorted(several, key=_order) for key, several in grouped.items()}


def _order(one: Partner) -> tuple[float, str, str]:
    return -one.score, one.title, one.provider


@cache
def _standing() -> Any:
    """Asked once for each side, so that each uses its index."""
    pair = columns_of(Pair)
    stands = (pair.kind == PairKind.OVERLAP) & pair.gone_on.is_(None)
    query = sa.select(pair.id, pair.a_offer_id, pair.b_offer_id, pair.terms, pair.score, pair.strength)
    return query.where(
        sa.or_(*(stands & column.in_(_OFFERS) for column in (pair.a_offer_id, pair.b_offer_id))),
        pair.reach.in_(WITHIN_REACH),
    )


@cache
def _ever() -> Any:
    pair = columns_of(Pair)
    overlaps = pair.kind == PairKind.OVERLAP
    return sa.select(pair.a_offer_id, pair.b_offer_id).where(
        sa.or_(*(overlaps & column.in_(_OFFERS) for column in (pair.a_offer_id, pair.b_offer_id)))
    )


@cache
def _titles() -> Any:
    offer = columns_of(Offer)
    return sa.select(offer.id, offer.title).where(offer.id.in_(_OFFERS))


@cache
def _leads() -> Any:
    """The leading institution of each first."""
    provider, organisation = columns_of(OfferProvider), columns_of(Organisation)
    return (
        sa.select(provider.offer_id, organisation.name_nb)
        .where(organisation.id == provider.organisation_id, provider.offer_id.in_(_OFFERS))
        .order_by(provider.offer_id, provider.leads.desc(), provider.organisation_id)
    )
