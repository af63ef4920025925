"""What the newest detection learnt of runs at risk, as it kept it: the model, and how true it would have been."""

from typing import Any, Final

from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from registry.coordination.forecast import Model
from registry.coordination.forecast.keeping import from_json
from registry.coordination.models import LearntForecast
from registry.coordination.queries.history import Backtest

_ACCURACY: Final = TypeAdapter(Backtest)


def learnt_model(session: Session) -> Model | None:
    """The model that today's probabilities come from; None before the first detection."""
    kept = session.exec(select(col(LearntForecast.model))).first()
    return None if kept is None else from_json(kept)


def learnt_accuracy(session: Session) -> Backtest | None:
    """The back-test of the day of the newest detection; None where too few runs were settled to tell."""
    kept = session.exec(select(col(LearntForecast.accuracy))).first()
    return None if kept is None else _ACCURACY.validate_python(kept)


def kept_accuracy(found: Backtest) -> dict[str, Any]:
    """A back-test as it is kept."""
    kept: dict[str, Any] = _ACCURACY.dump_python(found, mode="json")
    return kept
