"""Rows written past the mapper are the rows that the mapper would have written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from registry.core.bulk import add_rows, new_ids
from registry.core.db import Database
from registry.offers.models import FieldOrigin, Offer, Origin
from registry.offers.states import CreditScheme, OfferState

MOMENT = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


def values(key: str) -> dict[str, object]:
    return {
        "key": key,
        "native_code": "N/1",
        "title": "Samisk – «čáhppes» 100 %",
        "sort_title": "samisk",
        "other_titles": {"se": "Sámegiella", "en": ""},
        "credits": Decimal("7.5"),
        "credit_scheme": CreditScheme.ECTS,
        "languages": ["nb", "se"],
        "schemes": [],
        "tags": [],
        "step": 2,
        "is_container": True,
        "is_demo": False,
        "state": OfferState.DRAFT,
        "discontinued_on": None,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "version": 1,
    }


def test_each_kind_of_column_is_kept_as_the_mapper_keeps_it(database: Database) -> None:
    with database.write() as session:
        session.add(Offer(**values("by-mapper")))
        add_rows(session, Offer, [values("by-bulk"), values("again")])
    with database.read() as session:
        mapped, bulk, again = session.exec(select(Offer).order_by(Offer.id)).all()
    columns = [column.key for column in inspect(Offer).column_attrs if column.key not in ("id", "key")]
    for name in columns:
        assert getattr(bulk, name) == getattr(mapped, name) == getattr(again, name), name
    assert (mapped.key, bulk.key) == ("by-mapper", "by-bulk")


def test_values_that_python_takes_for_equal_stay_what_they_were(database: Database) -> None:
    alike = [True, 1, "1", [], {}, [1], {"a": None}, "", 0, False, [], {}]
    same = {
        "thing": "offer",
        "field": "step",
        "origin": Origin.DERIVED,
        "confidence": 0.5,
        "evidence": "1",
        "at": MOMENT,
    }
    with database.write() as session:
        rows = [{**same, "thing_id": number, "value": value} for number, value in enumerate(alike)]
        add_rows(session, FieldOrigin, rows)
    with database.read() as session:
        kept = session.exec(select(FieldOrigin.value).order_by(FieldOrigin.thing_id)).all()
    assert [repr(value) for value in kept] == [repr(value) for value in alike]


def test_ids_are_drawn_before_the_rows_and_stay_free_of_others(database: Database) -> None:
    with database.write() as session:
        session.add(Offer(**values("first")))
        ids = new_ids(session, Offer, 3)
        add_rows(session, Offer, [{**values(f"drawn-{one}"), "id": one} for one in ids])
        session.add(Offer(**values("after")))
        session.flush()
        found = dict(session.exec(select(Offer.key, Offer.id)).all())
    assert list(ids) == sorted(set(ids)) == [found[f"drawn-{one}"] for one in ids]
    assert len(set(found.values())) == 5
    assert new_ids(session, Offer, 0) == ()


def test_what_the_database_refuses_is_refused_here_too(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        add_rows(session, Offer, [values("twice"), values("twice")])
    with database.read() as session:
        assert session.exec(select(Offer)).all() == []
