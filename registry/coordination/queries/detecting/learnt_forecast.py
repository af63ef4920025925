"""What the newest detection learnt of runs at risk, as it kept it: the model, and how true it would have been."""

from datetime import datetime
from functools import cache
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from registry.coordination.forecast import Model
from registry.coordination.forecast.keeping import from_json
from registry.coordination.models import Detection, LearntForecast
from registry.coordination.queries.detecting.runs import moment
from registry.coordination.queries.detecting.settled_runs import Backtest
from registry.core.table import columns_of

_ACCURACY: Final = TypeAdapter(Backtest)
_LOCK: Final = Lock()
#: Database of the process -> which detection learnt the model that was read last, when, and the model.
_READ: Final[WeakKeyDictionary[Any, tuple[int, datetime, Model]]] = WeakKeyDictionary()


def learnt_model(session: Session) -> Model | None:
    """The model that probabilities come from until the next detection; None before the first. Read once for the process."""
    learnt = session.execute(_learnt()).first()
    home = session.get_bind().engine.pool
    with _LOCK:
        known = _READ.get(home)
    if learnt is not None and known is not None and known[:2] == tuple(learnt):
        return known[2]
    kept = session.exec(select(col(LearntForecast.model))).first()
    if kept is None:
        return None
    model = from_json(kept)
    if learnt is not None:
        with _LOCK:
            _READ[home] = (*learnt, model)
    return model


def learnt_at(session: Session) -> datetime | None:
    """When the model was learnt; None before the first detection."""
    learnt = session.execute(_learnt()).first()
    return None if learnt is None else moment(learnt.at)


def learnt_accuracy(session: Session) -> Backtest | None:
    """The back-test of the day of the newest detection; None where too few runs were settled to tell."""
    kept = session.exec(select(col(LearntForecast.accuracy))).first()
    return None if kept is None else _ACCURACY.validate_python(kept)


def kept_accuracy(found: Backtest) -> dict[str, Any]:
    """A back-test as it is kept."""
    kept: dict[str, Any] = _ACCURACY.dump_python(found, mode="json")
    return kept


@cache
def _learnt() -> Any:
    """Made once: it is asked with every changed run."""
    detection, kept = columns_of(Detection), columns_of(LearntForecast)
    return sa.select(detection.id, detection.at).where(detection.id == kept.detection_id)
