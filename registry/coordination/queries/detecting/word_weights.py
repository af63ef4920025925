"""The weights of words by which offers are compared, as detection fitted them: whoever compares, compares alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from registry.coordination.models import WordWeights
from registry.coordination.states import PairKind
from registry.matching.defaults import with_defaults
from registry.matching.vectors import TextWeights


def kept_weights(session: Session, rules: Mapping[str, float]) -> dict[tuple[PairKind, bool], TextWeights]:
    """(kind of pair, invented offers) -> weights; empty before the first detection."""
    share = rules.get("OVL_COMMON_SHARE", with_defaults()["OVL_COMMON_SHARE"])
    return {
        (row.kind, row.is_demo): TextWeights.from_json(row.weights, share if row.kind is PairKind.OVERLAP else 1.0)
        for row in session.exec(select(WordWeights))
    }


@dataclass(frozen=True, slots=True)
class Fitted:
    """From how many different texts the weights of words were fitted, and when. No decision goes into them."""

    kind: PairKind
    is_demo: bool
    on: date
    texts: int


def fitted_on(session: Session) -> list[Fitted]:
    """One line per kind of pair and world; none before the first detection."""
    query = select(WordWeights).order_by(col(WordWeights.kind), col(WordWeights.is_demo))
    return [Fitted(row.kind, row.is_demo, row.fitted_on, int(row.weights["texts"])) for row in session.exec(query)]


def keep_weights(
    session: Session, weights: Mapping[tuple[PairKind, bool], TextWeights], detection_id: int, today: date
) -> None:
    """Write down those that this detection fitted anew."""
    standing = {(row.kind, row.is_demo): row for row in session.exec(select(WordWeights))}
    for (kind, is_demo), fitted in weights.items():
        values = fitted.to_json()
        row = standing.get((kind, is_demo)) or WordWeights(kind=kind, is_demo=is_demo, fitted_on=today, weights={})
        if row.weights != values:
            row.weights, row.fitted_on, row.detection_id = values, today, detection_id
            session.add(row)
