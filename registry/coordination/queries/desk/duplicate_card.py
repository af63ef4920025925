"""The scorecard of duplicates that holds now, and the answers that people have given since."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from registry.coordination.models import Decision, DuplicateCard, OfferMerge, Pair
from registry.coordination.queries.detecting.runs import moment
from registry.coordination.states import PairKind, Verdict
from registry.matching.duplicates import REAL, Judged, Scorecard, completed, shipped_card

_PERSON = "person"


def newest_card(session: Session) -> Scorecard:
    """The newest card that was learnt; the shipped one where none has been."""
    row = session.exec(select(DuplicateCard).order_by(col(DuplicateCard.version).desc()).limit(1)).first()
    return shipped_card() if row is None else Scorecard.from_json(row.card)


@dataclass(frozen=True, slots=True)
class Answered:
    """A pair that people have answered: merged is the same offer, "keep both" is not."""

    pair_id: int
    levels: list[int]
    is_same: bool
    at: datetime


def answers(session: Session) -> Judged:
    """What people have answered and not taken back. By pair, in order."""
    return as_judged(answered(session))


def as_judged(given: Iterable[Answered]) -> Judged:
    """Answers as a card learns from them: levels alone, no name of a person or of an offer."""
    return Judged.of((one.levels, one.is_same, REAL, _PERSON) for one in given)


def answered(session: Session) -> list[Answered]:
    """Every answer that stands, by pair, in order."""
    merges = select(OfferMerge.pair_id, OfferMerge.at).where(
        col(OfferMerge.undone_at).is_(None), col(OfferMerge.pair_id).is_not(None)
    )
    decisions = select(Decision.pair_id, Decision.at).where(
        col(Decision.superseded_at).is_(None), Decision.verdict == Verdict.KEEP_BOTH
    )
    merged, kept = ({pair_id or 0: at for pair_id, at in session.exec(query)} for query in (merges, decisions))
    pairs = select(Pair.id, Pair.levels).where(Pair.kind == PairKind.DUPLICATE).order_by(col(Pair.id))
    return [
        Answered(
            pair_id or 0, completed(levels), pair_id in merged, moment(merged.get(pair_id or 0) or kept[pair_id or 0])
        )
        for pair_id, levels in session.exec(pairs)
        if levels and (pair_id in merged or pair_id in kept)
    ]
