"""Nobody is found by an address they wrote themselves: a role goes to whom a sign-in service vouches for, or who was invited."""

from importlib import import_module

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from registry.access.models import Person
from registry.access.policy import Actor, Holding
from registry.access.roles import Role
from registry.catalogue.operations import set_address
from registry.core.db import Database
from registry.core.errors import Conflict, NotFound
from registry.people import operations, queries

ADMIN = Actor("person:1", (Holding(Role.ADMINISTRATOR),))
HEAD = "rektor@hvl.no"


def pose_as(session: Session, address: str) -> Person:
    """Eve signs in as anybody may, and writes somebody else's address as her own."""
    eve = operations.arrive(session, "https://id.example", "eve", "Eve")
    set_address(session, Actor(f"person:{eve.pk}", (Holding(Role.SEARCHER),), person=eve.pk), address)
    return eve


def test_an_impostor_is_not_found_and_hinders_no_invitation(database: Database) -> None:
    with database.write() as session:
        eve = pose_as(session, HEAD)
        assert eve.email == HEAD
        with pytest.raises(NotFound):
            queries.person_of(session, HEAD)
        invited = operations.invite(session, ADMIN, HEAD, "Rektor")
        assert queries.person_of(session, HEAD) is invited
        operations.arrive(session, "https://id.example", "eve", "Eve")
        assert queries.person_of(session, HEAD) is invited


def test_a_written_address_stays_where_mail_goes_and_what_is_vouched_for_is_what_one_is_known_as(
    database: Database,
) -> None:
    with database.write() as session:
        kari = operations.arrive(session, "https://id.example", "kari", "Kari", email="kari@hvl.no")
        assert (kari.known_as, kari.email) == ("kari@hvl.no", "kari@hvl.no")
        operations.arrive(session, "https://id.example", "kari", "Kari", email="kari.nordmann@hvl.no")
        assert (kari.known_as, kari.email) == ("kari.nordmann@hvl.no", "kari.nordmann@hvl.no")
        set_address(session, Actor(f"person:{kari.pk}", (Holding(Role.SEARCHER),), person=kari.pk), "kari@hjemme.no")
        operations.arrive(session, "https://id.example", "kari", "Kari", email="kari@uib.no")
        assert (kari.known_as, kari.email) == ("kari@uib.no", "kari@hjemme.no")


def test_who_came_without_an_invitation_is_found_by_the_name_that_the_service_vouches_for(database: Database) -> None:
    with database.write() as session:
        ola = operations.arrive(session, "https://feide.example", "ola", "Ola", invited_as="ola@hvl.no")
        assert ola.email is None
        assert queries.person_of(session, " OLA@hvl.no ") is ola
        with pytest.raises(Conflict):
            operations.invite(session, ADMIN, "ola@hvl.no", "Ola")


def test_what_fits_several_is_refused_with_their_numbers(database: Database) -> None:
    with database.write() as session:
        both = [
            operations.arrive(session, f"https://{service}.example", "ola", "Ola", email="ola@hvl.no").pk
            for service in ("feide", "other")
        ]
        with pytest.raises(Conflict, match=f"Bruk nummeret: {both[0]}, {both[1]}."):
            queries.person_of(session, "ola@hvl.no")
        assert queries.person_of(session, str(both[1])).pk == both[1]


def test_an_upgrade_forgets_whom_only_their_own_word_names(database: Database) -> None:
    migration = import_module("registry.migrations.versions.0022_known_as")
    with database.write() as session:
        operations.invite(session, ADMIN, "invited@hvl.no", "Invited")
        operations.arrive(session, "https://id.example", "kari", "Kari", email="kari@hvl.no")
        pose_as(session, HEAD)
    with database.write() as session:
        session.execute(text("UPDATE person SET known_as = NULL"))
        session.execute(text(migration.INVITED))
        session.execute(text(migration.TOLD_BY_A_SERVICE))
    with database.read() as session:
        found = session.exec(select(Person.email, Person.known_as).order_by(Person.id)).all()
    assert found == [("invited@hvl.no", "invited@hvl.no"), ("kari@hvl.no", "kari@hvl.no"), (HEAD, None)]
