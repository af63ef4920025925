"""People are invited, and roles are granted and revoked, by the administrator alone and at once."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from registry.access.models import Membership
from registry.access.policy import ANYONE, Actor, Holding
from registry.access.roles import Role
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from registry.people import operations, queries
from registry.reference.models import Organisation

ADMIN = Actor("person:1", (Holding(Role.ADMINISTRATOR),))


def number(session: Session, key: str) -> int:
    return session.exec(select(Organisation).where(Organisation.key == key)).one().pk


def test_an_invited_person_holds_nothing_until_a_role_is_granted(database: Database) -> None:
    with database.write() as session:
        person = operations.invite(session, ADMIN, " Kari@Eksempel.no ", "Kari Nordmann", language="nn")
        assert (person.email, person.display_name, person.language) == ("kari@eksempel.no", "Kari Nordmann", "nn")
        assert queries.holdings(session, person.pk, clock.today()) == ()
        operations.grant(session, ADMIN, person.pk, Role.PROVIDER_STAFF, organisation_id=number(session, "1177"))
        [held] = queries.holdings(session, person.pk, clock.today())
        assert (held.role, held.organisation) == (Role.PROVIDER_STAFF, number(session, "1177"))
        assert queries.person_of(session, "KARI@eksempel.no").pk == person.pk
        assert queries.person_of(session, str(person.pk)).pk == person.pk
        with pytest.raises(NotFound):
            queries.person_of(session, "ola@eksempel.no")


def test_the_invitation_becomes_theirs_who_signs_in_with_the_address(database: Database) -> None:
    with database.write() as session:
        person = operations.invite(session, ADMIN, "kari@eksempel.no", "Kari")
        assert operations.take_up(session, "ola@eksempel.no", "feide", "s1") is None
        taken = operations.take_up(session, "Kari@eksempel.no", "feide", "s1")
        assert taken is person
        assert (person.issuer, person.subject) == ("feide", "s1")
        assert operations.take_up(session, "kari@eksempel.no", "feide", "s2") is None  # once


@pytest.mark.parametrize("email", ["", "kari", "@x.no", "kari@", "kari@no", "ka ri@x.no", f"{'a' * 260}@x.no"])
def test_addresses_that_cannot_be(database: Database, email: str) -> None:
    with pytest.raises(InvalidInput), database.write() as session:
        operations.invite(session, ADMIN, email, "Kari")


@pytest.mark.parametrize(("name", "language"), [(" ", "nb"), ("x" * 201, "nb"), ("Kari", "de")])
def test_names_and_languages_that_cannot_be(database: Database, name: str, language: str) -> None:
    with pytest.raises(InvalidInput), database.write() as session:
        operations.invite(session, ADMIN, "kari@eksempel.no", name, language=language)


def test_an_address_is_one_persons(database: Database) -> None:
    with database.write() as session:
        operations.invite(session, ADMIN, "kari@eksempel.no", "Kari")
        with pytest.raises(Conflict):
            operations.invite(session, ADMIN, "KARI@eksempel.no", "Kari igjen")


@pytest.mark.parametrize(
    ("role", "given"),
    [
        (Role.ANYONE, {}),
        (Role.SYSTEM, {}),
        (Role.PROVIDER_STAFF, {}),
        (Role.PROVIDER_STAFF, {"organisation": "kommune-4601"}),
        (Role.OWNER, {}),
        (Role.OWNER, {"organisation": "1177"}),
        (Role.COORDINATOR, {"organisation": "1177"}),
        (Role.COUNTY_GOVERNOR, {}),
        (Role.COUNTY_GOVERNOR, {"county": "99"}),
        (Role.DIRECTORATE, {"county": "46"}),
        (Role.DIRECTORATE, {"until": date(2020, 1, 1)}),
    ],
)
def test_roles_that_cannot_be_held_so(database: Database, role: Role, given: dict[str, object]) -> None:
    with database.write() as session:
        person = operations.invite(session, ADMIN, "kari@eksempel.no", "Kari")
        organisation = given.get("organisation")
        with pytest.raises(InvalidInput):
            operations.grant(
                session,
                ADMIN,
                person.pk,
                role,
                organisation_id=number(session, str(organisation)) if organisation else None,
                county_code=given.get("county"),
                until=given.get("until"),
            )


def test_a_role_is_held_once_and_again_after_it_ended(database: Database) -> None:
    with database.write() as session:
        person = operations.invite(session, ADMIN, "kari@eksempel.no", "Kari")
        held = operations.grant(session, ADMIN, person.pk, Role.COUNTY_GOVERNOR, county_code="46")
        with pytest.raises(Conflict):
            operations.grant(session, ADMIN, person.pk, Role.COUNTY_GOVERNOR, county_code="46")
        operations.grant(session, ADMIN, person.pk, Role.COUNTY_GOVERNOR, county_code="11")
        operations.revoke(session, ADMIN, held.pk)
        operations.grant(session, ADMIN, person.pk, Role.COUNTY_GOVERNOR, county_code="46")
        [known] = queries.people(session)
        assert {(one.membership.role, one.where) for one in known.roles} == {
            (Role.COUNTY_GOVERNOR, "Vestland"),
            (Role.COUNTY_GOVERNOR, "Rogaland"),
        }


def test_a_revoked_role_is_gone_at_once_and_remembered_where_it_held(
    database: Database, noon: time_machine.Traveller
) -> None:
    with database.write() as session:
        person = operations.invite(session, ADMIN, "kari@eksempel.no", "Kari").pk
        membership = operations.grant(session, ADMIN, person, Role.DIRECTORATE).pk
        operations.grant(session, ADMIN, person, Role.OPERATOR, until=clock.today())
    noon.shift(timedelta(days=2))
    with database.write() as session:
        assert [held.role for held in queries.holdings(session, person, clock.today())] == [Role.DIRECTORATE]
        operations.revoke(session, ADMIN, membership)
        assert queries.holdings(session, person, clock.today()) == ()
        assert session.get_one(Membership, membership).valid_to == clock.today() - timedelta(days=1)
        for gone in (membership, 10**9):
            with pytest.raises((Conflict, NotFound)):
                operations.revoke(session, ADMIN, gone)
    with database.read() as session:
        events = session.exec(select(AuditEntry.event).where(AuditEntry.thing == "person")).all()
        assert sorted(events) == ["granted", "granted", "invited", "revoked"]


def test_nobody_is_granted_a_role_who_is_not_there(database: Database) -> None:
    with database.write() as session:
        person = operations.invite(session, ADMIN, "kari@eksempel.no", "Kari")
        person.deactivated_at = clock.now()
        for number_ in (person.pk, 10**9):
            with pytest.raises(NotFound):
                operations.grant(session, ADMIN, number_, Role.DIRECTORATE)


def test_only_the_administrator_may(database: Database) -> None:
    with database.write() as session:
        person = operations.invite(session, ADMIN, "kari@eksempel.no", "Kari").pk
        membership = operations.grant(session, ADMIN, person, Role.DIRECTORATE).pk
        for actor in (ANYONE, Actor("person:2", (Holding(Role.OPERATOR), Holding(Role.DIRECTORATE)))):
            with pytest.raises(NotAllowed):
                operations.invite(session, actor, "ola@eksempel.no", "Ola")
            with pytest.raises(NotAllowed):
                operations.grant(session, actor, person, Role.OPERATOR)
            with pytest.raises(NotAllowed):
                operations.revoke(session, actor, membership)
