"""The scorecard of duplicates that holds now, and the answers that people have given since."""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from registry.coordination.models import Decision, DuplicateCard, OfferMerge, Pair
from registry.coordination.states import PairKind, Verdict
from registry.matching.duplicates import REAL, Judged, Scorecard, completed, shipped_card

_PERSON = "person"


def newest_card(session: Session) -> Scorecard:
    """The newest card that was learnt; the shipped one where none has been."""
    row = session.exec(select(DuplicateCard).order_by(col(DuplicateCard.version).desc()).limit(1)).first()
    return shipped_card() if row is None else Scorecard.from_json(row.card)


def answers(session: Session) -> Judged:
    """What people have answered and not taken back: merged is the same offer, "keep both" is not. By pair, in order."""
    return Judged.of((levels, same, REAL, _PERSON) for levels, same in _answered(session))


def _answered(session: Session) -> Iterator[tuple[list[int], bool]]:
    merged = set(
        session.exec(
            select(OfferMerge.pair_id).where(col(OfferMerge.undone_at).is_(None), col(OfferMerge.pair_id).is_not(None))
        )
    )
    kept = set(
        session.exec(
            select(Decision.pair_id).where(col(Decision.superseded_at).is_(None), Decision.verdict == Verdict.KEEP_BOTH)
        )
    )
    query = select(Pair.id, Pair.levels).where(Pair.kind == PairKind.DUPLICATE).order_by(col(Pair.id))
    for pair_id, levels in session.exec(query):
        if levels and (pair_id in merged or pair_id in kept):
            yield completed(levels), pair_id in merged
