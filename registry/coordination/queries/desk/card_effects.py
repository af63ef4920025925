"""What a scorecard says of the pairs of today: which would change strength, and which answers it contradicts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlmodel import Session, col, select

from registry.coordination.models import Pair
from registry.coordination.queries.desk.card_lessons import least_shown
from registry.coordination.queries.desk.duplicate_card import answered
from registry.coordination.queries.reports.offers import offer_cards
from registry.coordination.states import PairKind, Strength
from registry.matching.duplicates import FEATURES, Scorecard, completed, is_of_one_source

SHOWN: Final = 12
UNLISTED: Final = "unlisted"
_EVEN = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """A pair in a list, with what was said of it and what is said now, 0..1."""

    pair_id: int
    a: Mapping[str, Any]
    b: Mapping[str, Any]
    before: float
    after: float
    was: str = ""
    becomes: str = ""
    is_same: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """``moves``: (strength today, strength then) -> how many pairs, those that stay too; ``lines`` the most changed that move."""

    pairs: int
    moves: Mapping[tuple[str, str], int]
    lines: list[Line]

    @property
    def moved(self) -> int:
        """How many change strength."""
        return sum(count for (was, becomes), count in self.moves.items() if was != becomes)


@dataclass(frozen=True, slots=True)
class Contradicted:
    """Answers to look at again, the most contradicted first; ``total`` counts those not shown, too."""

    answers: int
    total: int
    lines: list[Line]


def effect_of(session: Session, card: Scorecard) -> Effect:
    """What the card would make of the pairs that are listed today. Pairs that are not listed are first judged by a detection."""
    least, sure = least_shown(session)
    query = select(Pair).where(Pair.kind == PairKind.DUPLICATE, col(Pair.gone_on).is_(None)).order_by(col(Pair.id))
    pairs = [pair for pair in session.exec(query) if pair.levels]
    chances = card.probability(_levels([pair.levels or [] for pair in pairs])).tolist()
    found = [
        (pair, chance, pair.strength.value, _strength(pair, chance, least, sure))
        for pair, chance in zip(pairs, chances, strict=True)
    ]
    moving = [one for one in found if one[2] != one[3]]
    moving.sort(key=lambda one: (-abs(one[1] - one[0].score), one[0].pk))
    shown = moving[:SHOWN]
    cards = offer_cards(session, {offer for pair, *_ in shown for offer in (pair.a_offer_id, pair.b_offer_id)})
    lines = [
        Line(pair.pk, cards[pair.a_offer_id], cards[pair.b_offer_id], pair.score, chance, was, becomes)
        for pair, chance, was, becomes in shown
    ]
    return Effect(len(pairs), Counter((was, becomes) for _, _, was, becomes in found), lines)


def contradicted(session: Session, card: Scorecard) -> Contradicted:
    """Answers of which the card says the opposite, though it may have learnt from them: somebody may have answered wrongly."""
    given = answered(session)
    chances = card.probability(_levels([one.levels for one in given])).tolist()
    against = [
        (one, chance) for one, chance in zip(given, chances, strict=True) if (chance >= _EVEN) is not one.is_same
    ]
    against.sort(key=lambda found: (-abs(found[1] - _EVEN), found[0].pair_id))
    ids = [one.pair_id for one, _ in against[:SHOWN]]
    pairs = {pair.pk: pair for pair in session.exec(select(Pair).where(col(Pair.id).in_(ids)))}
    cards = offer_cards(session, {offer for one in pairs.values() for offer in (one.a_offer_id, one.b_offer_id)})
    lines = [
        Line(
            pair_id=one.pair_id,
            a=cards[pairs[one.pair_id].a_offer_id],
            b=cards[pairs[one.pair_id].b_offer_id],
            before=float(one.is_same),
            after=chance,
            is_same=one.is_same,
        )
        for one, chance in against[:SHOWN]
    ]
    return Contradicted(len(given), len(against), lines)


def _levels(kept: list[list[int]]) -> Any:
    return np.array([completed(one) for one in kept], dtype=np.int8).reshape(len(kept), len(FEATURES))


def _strength(pair: Pair, chance: float, least: float, sure: float) -> str:
    """As a detection would call it. What was not sure in spite of its chance is of one source, and never will be."""
    if chance < least:
        return UNLISTED
    never = pair.strength is Strength.POSSIBLE and (pair.score >= sure or is_of_one_source(pair.levels or []))
    return Strength.POSSIBLE.value if chance < sure or never else Strength.STRONG.value
