"""The pre-check: a planned offer held against what there is, and against what was cancelled.

Denmark and the Netherlands require such a look before a new study is approved.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.coordination import kept
from registry.coordination.queries.landscape import offer_id_of
from registry.coordination.queries.offers import Card, offer_cards
from registry.core import terms as term_order
from registry.matching.profiles import Profile, make_profile
from registry.offers.models import Run
from registry.offers.states import RunState
from registry.reference.models import County, Municipality
from registry.rules.register import RuleSet


@dataclass(frozen=True, slots=True)
class Planned:
    """What is known of an offer that does not exist yet. ``provider_id`` leaves the own offers out."""

    title: str
    provider_id: int | None = None
    terms: Sequence[str] = ()
    municipalities: Sequence[str] = ()
    online: bool | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An offer that the planned one would overlap with."""

    offer: Card
    score: float
    strength: str
    reach: str
    terms: Sequence[str]
    sentences: Sequence[str]
    cancelled: Sequence[tuple[str, str]]  #: (term, reason code) of its cancelled runs, newest first


def precheck(session: Session, planned: Planned, rules: RuleSet) -> list[Neighbour]:
    """What overlaps with a planned offer, the likest first. Empty terms compare with every term."""
    found = kept.neighbours(session, _profile(session, planned), rules)
    others = {offer_id_of(pair.a if pair.b == _KEY else pair.b): pair for pair in found}
    cards = offer_cards(session, others)
    lost = _cancelled(session, list(others))
    return [
        Neighbour(
            offer=cards[offer_id],
            score=pair.score,
            strength=pair.strength.value,
            reach=pair.reach.value,
            terms=pair.terms,
            sentences=[line.sentence for line in pair.evidence],
            cancelled=lost.get(offer_id, ()),
        )
        for offer_id, pair in others.items()
    ]


_KEY = "~planned"  # sorts after every offer


def _profile(session: Session, planned: Planned) -> Profile:
    places = session.exec(
        select(Municipality.county_code, County.region)
        .join(County, col(County.code) == col(Municipality.county_code))
        .where(col(Municipality.code).in_(list(planned.municipalities)))
    ).all()
    return make_profile(
        _KEY,
        str(planned.provider_id or ""),
        planned.title,
        level=planned.level,
        terms=planned.terms,
        counties=[county for county, _ in places],
        regions=[str(region) for _, region in places],
        online=planned.online,
    )


def _cancelled(session: Session, offers: list[int]) -> dict[int, list[tuple[str, str]]]:
    query = select(Run.offer_id, Run.term, Run.cancel_reason).where(
        Run.state == RunState.CANCELLED, col(Run.offer_id).in_(offers)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for offer_id, term, reason in session.exec(query):
        found.setdefault(offer_id, []).append((term, str(reason)))
    return {
        offer: sorted(runs, key=lambda run: term_order.sort_key(run[0]), reverse=True) for offer, runs in found.items()
    }
