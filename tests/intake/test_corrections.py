"""A person's correction beats every feed and can be undone."""

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from registry.core import audit
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotAllowed, NotFound
from registry.intake.operations import correct_value, undo_correction
from registry.offers.models import FieldOrigin, Offer, OfferTarget, Origin, Run
from registry.offers.states import CreditScheme, Delivery
from registry.reference.models import Organisation
from tests.intake.deliveries import KEEPER, Feed, dbh, rows, sheet, staff


def the_offer(database: Database) -> Offer:
    [offer] = rows(database, select(Offer))
    return offer


def correct(database: Database, field: str, value: Any, *, thing: str = "offer", actor: Any = KEEPER) -> None:
    model = Offer if thing == "offer" else Run
    with database.write() as session:
        found = session.exec(select(model)).first()
        assert found is not None
        correct_value(session, actor, thing, found.pk, field, value)


def undo(database: Database, field: str, *, thing: str = "offer") -> None:
    model = Offer if thing == "offer" else Run
    with database.write() as session:
        found = session.exec(select(model)).first()
        assert found is not None
        undo_correction(session, KEEPER, thing, found.pk, field)


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("title", "Engelsk for de yngste", "Engelsk for de yngste"),
        ("school_years", "1 – 4", "1-4"),
        ("step", 2, 2),
        ("subject_code", "norsk", "norsk"),
        ("department", "", None),
        ("schemes", ["kfk"], ["kfk"]),
    ],
)
def test_a_correction_survives_every_later_delivery(
    feed: Feed, database: Database, field: str, value: Any, shown: Any
) -> None:
    feed.dbh(dbh())
    correct(database, field, value)
    assert getattr(the_offer(database), field) == shown
    feed.dbh(dbh(title="Matematikk 3, 8.-10. trinn"))
    feed.dbh(dbh(title="Matematikk 3, 8.-10. trinn"), dbh(title="Tysk 1", year=2025))
    assert getattr(the_offer(database), field) == shown


def test_it_is_logged_with_who_and_what(feed: Feed, database: Database) -> None:
    feed.dbh(dbh())
    [institution] = rows(database, select(Organisation).where(Organisation.dbh_code == "1150"))
    correct(database, "step", 2, actor=staff(institution.pk))
    [entry] = rows(database, select(audit.AuditEntry).where(audit.AuditEntry.event == "corrected"))
    assert (entry.actor, entry.details) == ("person:7", {"field": "step", "from": 1, "to": 2})
    [origin] = rows(database, select(FieldOrigin).where(FieldOrigin.origin == Origin.PERSON))
    assert (origin.field, origin.value, origin.actor) == ("step", 2, "person:7")


def test_credits_and_their_scheme_stand_and_fall_together(feed: Feed, database: Database) -> None:
    feed.dbh(dbh())
    correct(database, "credits", "7,5")
    assert (the_offer(database).credits, the_offer(database).credit_scheme) == (Decimal("7.5"), CreditScheme.ECTS)
    undo(database, "credits")
    assert (the_offer(database).credits, the_offer(database).credit_scheme) == (None, None)
    correct(database, "credits", "30")
    correct(database, "credits", None)
    assert (the_offer(database).credits, the_offer(database).credit_scheme) == (None, None)
    with pytest.raises(InvalidInput):
        correct(database, "credit_scheme", "ECTS")


def test_target_groups_and_places_are_corrected_too(feed: Feed, database: Database) -> None:
    feed.sheet(sheet(Kommuner="5001", Målgrupper="kindergarten:teacher"))
    correct(database, "targets", [["sfo", "leader"], ["sfo", None]])
    correct(database, "municipalities", ["1804"], thing="run")
    correct(database, "delivery", "online", thing="run")
    feed.sheet(sheet(Kommuner="0301", Målgrupper="kindergarten:leader", Undervisningsform="campus"))
    assert [(t.setting, t.role) for t in rows(database, select(OfferTarget))] == [("sfo", "leader"), ("sfo", None)]
    assert rows(database, select(Run))[0].delivery is Delivery.ONLINE


def test_undone_the_feed_speaks_again(feed: Feed, database: Database) -> None:
    feed.dbh(dbh())
    correct(database, "title", "Feil")
    correct(database, "title", "Fortsatt feil")
    correct(database, "school_years", "5-10")
    feed.dbh(dbh(Avdelingsnavn="Ny"))
    undo(database, "title")
    undo(database, "school_years")
    offer = the_offer(database)
    assert (offer.title, offer.school_years) == ("Engelsk 1, 1.-7. trinn", "1-7")
    assert not rows(database, select(FieldOrigin).where(FieldOrigin.origin == Origin.PERSON))
    with pytest.raises(NotFound):
        undo(database, "title")


def test_undone_where_no_feed_speaks_it_is_what_it_was(feed: Feed, database: Database) -> None:
    from registry.intake.models import RecordChange, RecordRun, SourceRecord

    feed.dbh(dbh())
    with database.write() as session:  # as if people had made it
        for model in (RecordChange, RecordRun, FieldOrigin, SourceRecord):
            for row in session.exec(select(model)):
                session.delete(row)
            session.flush()
    correct(database, "title", "Første retting")
    correct(database, "title", "Andre retting")
    undo(database, "title")
    assert the_offer(database).title == "Engelsk 1, 1.-7. trinn"


@pytest.mark.parametrize(
    ("thing", "field", "value"),
    [
        ("offer", "title", "  "),
        ("offer", "title", "x" * 301),
        ("offer", "credits", "-3"),
        ("offer", "credits", "mange"),
        ("offer", "step", 12),
        ("offer", "school_years", "7-1"),
        ("offer", "subject_code", "finnes-ikke"),
        ("offer", "level_code", "ZZ"),
        ("offer", "url", "javascript:alert(1)"),
        ("offer", "targets", [["månen", None]]),
        ("offer", "targets", [[None, None]]),
        ("offer", "partners", [1]),
        ("offer", "state", "archived"),
        ("offer", "nus_code", "12a"),
        ("offer", "languages", "nb"),
        ("offer", "other_titles", {"xx": "y"}),
        ("run", "starts_on", "i morgen"),
        ("run", "places", -1),
        ("run", "state", "open"),
    ],
)
def test_what_the_field_cannot_hold_is_refused_in_words(
    feed: Feed, database: Database, thing: str, field: str, value: Any
) -> None:
    feed.dbh(dbh())
    with pytest.raises(InvalidInput) as refused:
        correct(database, field, value, thing=thing)
    assert refused.value.message.endswith(".")
    assert not rows(database, select(FieldOrigin).where(FieldOrigin.origin == Origin.PERSON))


def test_dates_stay_in_order(feed: Feed, database: Database) -> None:
    feed.sheet(sheet(Starter="10.01.2026", Slutter="10.06.2026"))
    with pytest.raises(InvalidInput):
        correct(database, "ends_on", "2026-01-01", thing="run")


def test_only_the_offers_own_providers_correct_it(feed: Feed, database: Database) -> None:
    feed.dbh(dbh())
    [other] = rows(database, select(Organisation).where(Organisation.dbh_code == "0238"))
    with pytest.raises(NotAllowed):
        correct(database, "title", "Kapret", actor=staff(other.pk))
    for thing in ("offer", "run", "annet"):
        with pytest.raises(NotFound), database.write() as session:
            correct_value(session, KEEPER, thing, 99_999, "title", "x")


@pytest.mark.parametrize("field", ["title", "description", "department", "other_titles", "schemes"])
def test_a_character_that_cannot_be_stored_is_no_correction(feed: Feed, database: Database, field: str) -> None:
    feed.dbh(dbh())
    text = "Engelsk\x0bprøve"
    value: Any = {"other_titles": {"en": text}, "schemes": [text]}.get(field, text)
    before = getattr(the_offer(database), field)
    with pytest.raises(InvalidInput):
        correct(database, field, value)
    assert getattr(the_offer(database), field) == before
