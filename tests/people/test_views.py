"""Signing in by choosing a person: in a demonstration, with a form of ours, and to this site only."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import select
from werkzeug.test import TestResponse

from registry.access.models import Person, SignIn
from registry.access.roles import Role
from registry.core import clock
from registry.core.db import Database
from registry.demo.persons import PEOPLE, add_people
from registry.people import operations
from registry.people.views import ROLES, SESSION_COOKIE
from tests.site import Site, Visitor, make_person, open_site

SIGN_IN = "/nb/logg-inn"


@pytest.fixture
def person(database: Database) -> int:
    with database.write() as session:
        return make_person(session, Role.OPERATOR, "Dina Drift").pk


def choose(visitor: Visitor, person: object, **fields: Any) -> TestResponse:
    return visitor.post(SIGN_IN, person=person, **fields)


def cookie_of(response: TestResponse, name: str) -> str:
    """The one order to the browser about this cookie."""
    [cookie] = [cookie for cookie in response.headers.getlist("Set-Cookie") if cookie.startswith(f"{name}=")]
    return cookie


def known(visitor: Visitor) -> bool:
    return visitor.page("/nb/rapporter").select_one(".person form") is not None


def test_every_person_of_the_demonstration_can_be_chosen_and_says_who(site: Site, database: Database) -> None:
    with database.write() as session:
        add_people(session, clock.now())
    page = site.visitor().page(SIGN_IN)
    buttons = page.select("button[name=person]")
    assert [button.get_text(strip=True) for button in buttons] == [f"Logg inn som {name}" for _, name, *_ in PEOPLE]
    headings = [heading.get_text(strip=True) for heading in page.select("ul.choices h2")]
    assert headings == [ROLES[role] for _, _, role, *_ in PEOPLE]
    assert set(headings) == set(ROLES.values())  # every role that a person may hold
    assert "Høgskulen på Vestlandet" in page.get_text()


def test_choosing_signs_in_and_goes_to_the_front_page(site: Site, person: int) -> None:
    visitor = site.visitor()
    assert not known(visitor)
    response = choose(visitor, person)
    assert (response.status_code, response.location) == (303, "/nb/")
    assert known(visitor)
    assert "Dina Drift" in visitor.get("/nb/rapporter").text


def test_the_cookie_is_for_this_site_alone_and_ends(site: Site, person: int) -> None:
    cookie = cookie_of(choose(site.visitor(), person), SESSION_COOKIE)
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=28800"):
        assert part in cookie
    assert "Domain" not in cookie


def test_over_https_the_cookie_is_tied_to_the_host_and_taken_away_at_the_end(
    database: Database, tmp_path: Path, person: int
) -> None:
    name = f"__Host-{SESSION_COOKIE}"
    with open_site(database, tmp_path, secure_cookies=True) as site:
        visitor = site.visitor()
        given = cookie_of(choose(visitor, person), name)
        assert known(visitor)
        gone = cookie_of(visitor.post("/nb/logg-ut"), name)
        assert not known(visitor)
    for cookie in (given, gone):
        assert "; Secure" in cookie
        assert "; Path=/" in cookie
    assert "Max-Age=0" in gone


def test_outside_a_demonstration_nobody_can_be_chosen(database: Database, tmp_path: Path, person: int) -> None:
    with open_site(database, tmp_path, demo=False) as site:
        visitor = site.visitor()
        assert visitor.page(SIGN_IN).select("button[name=person]") == []
        assert choose(visitor, person).status_code == 404
    with database.read() as session:
        assert session.exec(select(SignIn)).all() == []


def test_a_person_of_a_real_sign_in_service_cannot_be_chosen(site: Site, database: Database) -> None:
    with database.write() as session:
        real = make_person(session, Role.OPERATOR, issuer="https://login.example").pk
    assert choose(site.visitor(), real).status_code == 404


@pytest.mark.parametrize("chosen", ["", "404", "one", "1 OR 1=1"])
def test_what_is_no_person_is_not_found(site: Site, person: int, chosen: str) -> None:
    assert choose(site.visitor(), chosen).status_code == 404


def test_the_deactivated_are_not_shown_and_cannot_be_chosen(site: Site, database: Database, person: int) -> None:
    visitor = site.visitor()
    choose(visitor, person)
    with database.write() as session:
        session.get_one(Person, person).deactivated_at = clock.now()
    assert not known(visitor)
    assert visitor.page(SIGN_IN).select("button[name=person]") == []
    assert choose(visitor, person).status_code == 404


def test_a_form_from_elsewhere_is_refused(site: Site, database: Database, person: int) -> None:
    client = site.visitor().client
    assert client.post(SIGN_IN, data={"person": person}).status_code == 400
    assert client.post(SIGN_IN, data={"person": person, "csrf_token": "guessed"}).status_code == 400
    with database.read() as session:
        assert session.exec(select(SignIn)).all() == []


def test_signing_out_needs_our_form_too(site: Site) -> None:
    visitor = site.signed_in(Role.OPERATOR)
    assert visitor.client.post("/nb/logg-ut").status_code == 400
    assert known(visitor)


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil", "/\tevil", ""],
)
def test_a_foreign_next_leads_home(site: Site, person: int, target: str) -> None:
    assert choose(site.visitor(), person, next=target).location == "/nb/"


def test_who_was_sent_to_sign_in_comes_back(site: Site, person: int) -> None:
    visitor = site.visitor()
    sent = visitor.get("/nb/drift")
    assert sent.status_code == 302
    page = visitor.page(sent.location)
    field = page.select_one("input[name=next]")
    assert field is not None
    response = choose(visitor, person, next=field["value"])
    assert response.location == "/nb/drift"
    assert visitor.get(response.location).status_code == 200


def test_signing_in_again_ends_the_session_before_and_gives_a_new_token(site: Site, person: int) -> None:
    visitor = site.visitor()
    choose(visitor, person)
    first = visitor.client.get_cookie(SESSION_COOKIE)
    choose(visitor, person)
    second = visitor.client.get_cookie(SESSION_COOKIE)
    assert first is not None
    assert second is not None
    assert first.value != second.value
    thief = site.visitor()
    thief.client.set_cookie(SESSION_COOKIE, first.value)
    assert not known(thief)
    assert known(visitor)


def test_signing_out_ends_every_copy_of_the_cookie(site: Site, person: int) -> None:
    visitor, copy = site.visitor(), site.visitor()
    choose(visitor, person)
    cookie = visitor.client.get_cookie(SESSION_COOKIE)
    assert cookie is not None
    copy.client.set_cookie(SESSION_COOKIE, cookie.value)
    assert known(copy)
    response = visitor.post("/nb/logg-ut")
    assert (response.status_code, response.location) == (303, "/nb/")
    assert visitor.client.get_cookie(SESSION_COOKIE) is None
    assert not known(visitor)
    assert not known(copy)


def test_signing_out_as_nobody_is_no_fault(site: Site) -> None:
    assert site.visitor().post("/nb/logg-ut").status_code == 303


def test_use_keeps_a_session_alive_and_rest_ends_it(site: Site, noon: time_machine.Traveller) -> None:
    visitor = site.signed_in(Role.OPERATOR)
    for _ in range(4):
        noon.shift(timedelta(minutes=25))
        assert known(visitor)
    noon.shift(timedelta(minutes=31))
    assert not known(visitor)


def test_a_busy_database_signs_nobody_out(
    site: Site, noon: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = site.signed_in(Role.OPERATOR)
    noon.shift(timedelta(minutes=5))

    def busy(*_: object) -> None:
        raise TimeoutError("database is locked")

    monkeypatch.setattr(operations, "touch", busy)
    assert known(visitor)


def test_the_token_is_never_shown(site: Site, person: int) -> None:
    visitor = site.visitor()
    choose(visitor, person)
    cookie = visitor.client.get_cookie(SESSION_COOKIE)
    assert cookie is not None
    for path in ("/nb/rapporter", SIGN_IN, "/nb/drift"):
        assert cookie.value not in visitor.get(path).text


def test_an_address_that_is_mistyped_signs_nobody_out(site: Site) -> None:
    visitor = site.signed_in(Role.OPERATOR)
    assert visitor.page("/nb/finnes/ikke", 404).select_one(".person form") is not None
