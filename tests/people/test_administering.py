"""The administrator's pages: finding people, closing and opening, a region, and a person forgotten."""

import pytest
from sqlmodel import select

from registry.access.models import Membership, Person
from registry.access.roles import Role
from registry.core.db import Database
from tests.site import Site, Visitor, make_person

PEOPLE = "/nb/personer"


@pytest.fixture
def ada(site: Site) -> Visitor:
    return site.signed_in(Role.ADMINISTRATOR)


@pytest.fixture
def kari(database: Database) -> int:
    with database.write() as session:
        person = make_person(session, Role.COORDINATOR, "Kari Koordinator")
        person.known_as = "kari@eksempel.no"
        return person.pk


def test_the_list_leads_to_a_person(ada: Visitor, kari: int) -> None:
    page = ada.page(f"{PEOPLE}?q=koord&rolle=coordinator")
    assert "1 person" in page.select_one("[data-status]").get_text()
    assert [link["href"] for link in page.select("th[scope=row] a")] == [f"{PEOPLE}/{kari}"]
    assert "UH-koordinator · Hele landet" in page.select_one("tbody").get_text(" ", strip=True)
    empty = ada.page(f"{PEOPLE}?q=finnes-ikke")
    assert "Ingen passer til dette" in empty.get_text()
    assert ada.page(f"{PEOPLE}?rolle=konge&hvem=ingen&page=9").select("th[scope=row] a")  # unknown choices are left out


def test_an_access_is_closed_undone_and_told_of(ada: Visitor, kari: int, database: Database) -> None:
    address = f"{PEOPLE}/{kari}"
    ada.press(ada.page(address), "Steng tilgangen")
    page = ada.page(address)
    assert "Stengt tilgang" in page.get_text()
    assert "Tilgangen ble stengt" in page.get_text()  # the log
    undo = page.select_one(".flash form")
    assert undo["action"] == f"{address}/apne"
    ada.post(f"{address}/steng")
    assert "allerede stengt" in ada.page(address).get_text()
    ada.press(ada.page(address), "Åpne tilgangen igjen")
    with database.read() as session:
        assert session.get_one(Person, kari).deactivated_at is None
    ada.post(f"{address}/apne")
    assert "allerede åpen" in ada.page(address).get_text()


def test_a_coordinator_is_given_a_region_and_loses_the_role(ada: Visitor, kari: int, database: Database) -> None:
    address = f"{PEOPLE}/{kari}"
    ada.press(ada.page(address), "Lagre regionen", region="west")
    assert "UH-koordinator · Region vest" in ada.page(address).get_text(" ", strip=True)
    with database.read() as session:
        held = session.exec(select(Membership).where(Membership.person_id == kari)).one()
        assert held.region == "west"
    ada.post(f"{address}/roller/{held.pk}/region", region="mars")
    assert "Velg en region" in ada.page(address).get_text()
    ada.press(ada.page(address), "Avslutt rollen")
    page = ada.page(address)
    assert not [button for button in page.select("button") if "Avslutt rollen" in button.get_text()]
    ada.post(f"{address}/roller/{held.pk}/avslutt")
    assert "allerede avsluttet" in ada.page(address).get_text()


def test_a_role_is_changed_at_its_own_person_only(ada: Visitor, kari: int, database: Database) -> None:
    with database.read() as session:
        held = session.exec(select(Membership).where(Membership.person_id == kari)).one().pk
    for deed in ("region", "avslutt"):
        assert ada.post(f"{PEOPLE}/{ada.person}/roller/{held}/{deed}").status_code == 404


def test_a_person_is_erased_when_it_is_meant(ada: Visitor, kari: int) -> None:
    address = f"{PEOPLE}/{kari}/slett"
    page = ada.page(address)
    assert "1 rolle" in page.get_text()
    refused = ada.press(page, "Slett personopplysningene", sure="")
    assert refused.status_code == 400
    assert ada.parsed(refused).select_one("[aria-invalid=true]")["name"] == "sure"
    ada.press(page, "Slett personopplysningene", sure="y")
    after = ada.page(f"{PEOPLE}/{kari}")
    assert after.select_one("h1").get_text(strip=True) == f"Person {kari}"
    assert "Kari Koordinator" not in after.get_text()
    assert ada.get(address).location == f"{PEOPLE}/{kari}"  # nothing is left to erase
    assert "Slettet" in ada.page(f"{PEOPLE}?hvem=alle").get_text()


def test_the_only_administrator_cannot_go(ada: Visitor) -> None:
    address = f"{PEOPLE}/{ada.person}"
    ada.press(ada.page(address), "Steng tilgangen")
    assert "eneste administratoren" in ada.page(address).get_text()
    ada.press(ada.page(f"{address}/slett"), "Slett personopplysningene", sure="y")
    assert "eneste administratoren" in ada.page(address).get_text()
    ada.press(ada.page(address), "Avslutt rollen")
    assert "eneste administratoren" in ada.page(address).get_text()


def test_nobody_else_comes_in(site: Site, kari: int) -> None:
    for role in set(Role) - {Role.ADMINISTRATOR, Role.ANYONE, Role.SYSTEM}:
        options = {
            Role.PROVIDER_STAFF: {"organisation": "1177"},
            Role.ADMISSIONS_OFFICER: {"organisation": "1177"},
            Role.OWNER: {"organisation": "kommune-4601"},
            Role.COUNTY_GOVERNOR: {"county": "46"},
        }.get(role, {})
        visitor = site.signed_in(role, **options)
        assert visitor.get(f"{PEOPLE}/{kari}").status_code == 403, role
        assert visitor.post(f"{PEOPLE}/{kari}/steng").status_code == 403, role


def test_whom_the_pages_do_not_know_is_not_found(ada: Visitor) -> None:
    assert ada.get(f"{PEOPLE}/4711").status_code == 404
    assert ada.post(f"{PEOPLE}/4711/steng").status_code == 404
