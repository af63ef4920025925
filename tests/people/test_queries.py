"""Who holds which roles on a day, and who may be chosen in a demonstration."""

from datetime import date

import pytest
from sqlmodel import select

from registry.access.models import Membership
from registry.access.policy import Holding
from registry.access.roles import Role
from registry.core import clock
from registry.core.db import Database
from registry.people.queries import Choice, demo_people, holdings, is_demo_person
from registry.reference.models import Organisation
from tests.site import make_person


@pytest.mark.parametrize(
    ("day", "held"), [(date(2025, 12, 31), 0), (date(2026, 1, 1), 1), (date(2026, 6, 30), 1), (date(2026, 7, 1), 0)]
)
def test_a_role_holds_from_its_first_to_its_last_day(database: Database, day: date, held: int) -> None:
    with database.write() as session:
        make_person(session, Role.COORDINATOR, "Noise")
        person = make_person(session, Role.OPERATOR, valid_from=date(2026, 1, 1), valid_to=date(2026, 6, 30))
    with database.read() as session:
        assert len(holdings(session, person.pk, day)) == held


def test_holdings_say_for_whom(database: Database) -> None:
    with database.write() as session:
        person = make_person(session, Role.PROVIDER_STAFF, organisation="1120")
        session.add(
            Membership(person_id=person.pk, role=Role.COUNTY_GOVERNOR, county_code="46", valid_from=date(2026, 1, 1))
        )
        bergen = session.exec(select(Organisation.id).where(Organisation.key == "1120")).one()
    with database.read() as session:
        assert holdings(session, person.pk, date(2026, 3, 1)) == (
            Holding(Role.PROVIDER_STAFF, bergen),
            Holding(Role.COUNTY_GOVERNOR, None, frozenset({"46"})),
        )


def test_choices_are_the_invented_people_who_are_active_and_where_they_are(database: Database) -> None:
    with database.write() as session:
        staff = make_person(session, Role.PROVIDER_STAFF, "Tor", organisation="1120")
        governor = make_person(session, Role.COUNTY_GOVERNOR, "Siv", county="46")
        operator = make_person(session, Role.OPERATOR, "Dina")
        make_person(session, Role.OPERATOR, "Real", issuer="https://login.example")
        make_person(session, Role.OPERATOR, "Gone").deactivated_at = clock.now()
    with database.read() as session:
        assert demo_people(session) == [
            Choice(staff.pk, "Tor", Role.PROVIDER_STAFF, "Universitetet i Bergen"),
            Choice(governor.pk, "Siv", Role.COUNTY_GOVERNOR, "Vestland"),
            Choice(operator.pk, "Dina", Role.OPERATOR, ""),
        ]


def test_only_invented_people_may_be_chosen(database: Database) -> None:
    with database.write() as session:
        invented = make_person(session, Role.OPERATOR)
        real = make_person(session, Role.OPERATOR, issuer="https://login.example")
    with database.read() as session:
        assert is_demo_person(session, invented.pk)
        assert not is_demo_person(session, real.pk)
        assert not is_demo_person(session, 404)
