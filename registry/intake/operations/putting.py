"""Setting one value of an offer or a run, wherever it is kept."""

from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col

from registry.core import clock
from registry.core.text import norwegian_sort_key
from registry.intake.reading.fields import column_value
from registry.offers.models import Offer, OfferSubject, OfferTarget, Run, RunPlace


def put(session: Session, thing: Offer | Run, field: str, told: Any) -> None:
    """Set ``field`` to a told value and count the version up."""
    if field == "targets":
        rows: list[dict[str, Any]] = [{"offer_id": thing.pk, "setting": s, "role": r} for s, r in told]
        _replace(session, OfferTarget, col(OfferTarget.offer_id) == thing.pk, rows)
    elif field == "subjects":
        rows = [{"offer_id": thing.pk, "subject_code": code} for code in told]
        _replace(session, OfferSubject, col(OfferSubject.offer_id) == thing.pk, rows)
    elif field == "municipalities":
        rows = [{"run_id": thing.pk, "municipality_code": code} for code in told]
        _replace(session, RunPlace, col(RunPlace.run_id) == thing.pk, rows)
    else:
        setattr(thing, field, column_value(field, told))
    if field == "title" and isinstance(thing, Offer):
        thing.sort_title = norwegian_sort_key(thing.title)
    thing.updated_at = clock.now()
    thing.version += 1


def _replace(session: Session, model: Any, mine: Any, rows: list[dict[str, Any]]) -> None:
    session.execute(delete(model).where(mine))
    if rows:
        session.execute(insert(model), rows)
