"""Signing in with a sign-in service: a real one on loopback, and one that lies in every way we know of."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from oidc_provider_mock import User, run_server_in_thread
from pydantic import ValidationError
from sqlmodel import Session, select

from registry.access.keyring import Keyring
from registry.access.models import Person, SignIn
from registry.access.policy import Actor, Holding
from registry.access.roles import Role
from registry.core.db import Database
from registry.people import operations
from registry.people.operations import arriving
from registry.people.views import SESSION_COOKIE
from registry.settings import Settings
from tests.people.providers import START, Liar, come_back, lying, service, sign_in
from tests.site import Site, open_site

NUMBER = "01810190090"  #: nobody's: 80 is added to the month, as in Skatteetaten's test persons


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    people = (
        User(sub="ola", claims={"name": "Ola Nordmann", "email": "Ola@Skole.example", "email_verified": True}),
        User(sub="eva", claims={"name": "Eva", "email": "eva@skole.example"}),
    )
    with run_server_in_thread(require_nonce=True, user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def site(database: Database, tmp_path: Path, issuer: str) -> Iterator[Site]:
    with open_site(database, tmp_path, demo=False, sign_in=(service(issuer),)) as opened:
        yield opened


@pytest.fixture
def liar() -> Iterator[Liar]:
    with lying() as started:
        yield started


@pytest.fixture
def lied_to(database: Database, tmp_path: Path, liar: Liar) -> Iterator[Site]:
    known = service(liar.issuer, acr=("high", "substantial"), national_id_claim="pid")
    liar.claims = {"acr": "high"}
    with open_site(database, tmp_path, demo=False, sign_in=(known,)) as opened:
        yield opened


def people_of(database: Database) -> list[tuple[str, str, str | None]]:
    with database.read() as session:
        return [(one.subject, one.display_name, one.email) for one in session.exec(select(Person))]


def nobody_came(site: Site) -> bool:
    with site.database.read() as session:
        return session.exec(select(SignIn)).all() == [] and session.exec(select(Person)).all() == []


def test_the_page_leads_to_the_service_and_back_to_where_one_was_going(site: Site, issuer: str) -> None:
    visitor = site.visitor()
    sent = visitor.get("/nb/mine-soknader")
    link = visitor.page(sent.location).select_one("main a[href*=innlogging]")
    assert link is not None
    assert link.get_text(strip=True) == "Logg inn med Feide"
    there = visitor.get(link["href"])
    assert there.location.startswith(f"{issuer}/oauth2/authorize?")
    for asked in ("code_challenge_method=S256", "nonce=", "state=", "ui_locales=nb", "scope=openid+profile+email"):
        assert asked in there.location
    chosen = requests.post(there.location, data={"sub": "ola"}, allow_redirects=False, timeout=10)
    back = come_back(visitor, chosen.headers["Location"])
    assert (back.status_code, back.location) == (303, "/nb/mine-soknader")
    assert "Ola Nordmann" in visitor.get("/nb/").text
    assert people_of(site.database) == [("ola", "Ola Nordmann", "ola@skole.example")]


def test_coming_again_is_the_same_person_with_a_new_session(site: Site) -> None:
    visitor = site.visitor()
    sign_in(visitor, "ola")
    first = visitor.client.get_cookie(SESSION_COOKIE)
    sign_in(visitor, "ola")
    second = visitor.client.get_cookie(SESSION_COOKIE)
    assert first is not None
    assert second is not None
    assert first.value != second.value
    assert len(people_of(site.database)) == 1
    with site.database.read() as session:
        assert [one.ended_at is None for one in session.exec(select(SignIn).order_by(SignIn.id))] == [False, True]


def test_who_was_invited_by_a_verified_address_takes_up_the_roles(site: Site) -> None:
    administrator = Actor("person:1", (Holding(Role.ADMINISTRATOR),), person=1)
    with site.database.write() as session:
        invited = operations.invite(session, administrator, "ola@skole.example", "Ola N.")
        operations.grant(session, administrator, invited.pk, Role.OPERATOR)
    visitor = site.visitor()
    sign_in(visitor, "ola")
    assert visitor.get("/nb/drift").status_code == 200
    assert people_of(site.database) == [("ola", "Ola Nordmann", "ola@skole.example")]


def test_of_two_first_sign_ins_at_once_the_second_finds_the_first(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.database.write() as session:
        first = operations.arrive(session, "https://login.example", "ola", "Ola").pk
    asked: list[str] = []
    known = arriving._known

    def late(session: Session, issuer: str, subject: str) -> Person | None:
        asked.append(subject)
        return known(session, issuer, subject) if len(asked) > 1 else None

    monkeypatch.setattr(arriving, "_known", late)
    with site.database.write() as session:
        assert operations.arrive(session, "https://login.example", "ola", "Ola").pk == first
    assert people_of(site.database) == [("ola", "Ola", None)]


def test_an_address_that_nobody_verified_takes_up_nothing(site: Site) -> None:
    administrator = Actor("person:1", (Holding(Role.ADMINISTRATOR),), person=1)
    with site.database.write() as session:
        operations.invite(session, administrator, "eva@skole.example", "Eva")
    visitor = site.visitor()
    sign_in(visitor, "eva")
    assert sorted(subject for subject, _, _ in people_of(site.database)) == ["eva", "eva@skole.example"]


def test_the_deactivated_do_not_come_in(site: Site) -> None:
    sign_in(site.visitor(), "ola")
    with site.database.write() as session:
        person = session.exec(select(Person)).one()
        person.deactivated_at = person.created_at
    visitor = site.visitor()
    assert sign_in(visitor, "ola").status_code == 403
    assert visitor.client.get_cookie(SESSION_COOKIE) is None


def test_signing_out_says_that_the_service_remembers(site: Site) -> None:
    visitor = site.visitor()
    sign_in(visitor, "ola")
    visitor.post("/nb/logg-ut")
    assert "for å logge ut av Feide også" in visitor.get("/nb/").text


def test_who_breaks_off_is_told_so_and_can_begin_again(site: Site) -> None:
    visitor = site.visitor()
    sent = visitor.get(f"{START}?language=nn&next=/nn/drift")
    denied = requests.post(sent.location, data={"action": "deny"}, allow_redirects=False, timeout=10)
    back = come_back(visitor, denied.headers["Location"])
    assert back.status_code == 303
    page = visitor.page(back.location)
    assert "vart avbroten" in page.get_text()
    assert page.select_one("a[href*='next=/nn/drift']") is not None


def test_an_answer_counts_once_and_in_one_browser(site: Site) -> None:
    visitor, thief = site.visitor(), site.visitor()
    sent = visitor.get(START)
    chosen = requests.post(sent.location, data={"sub": "ola"}, allow_redirects=False, timeout=10)
    for who, status in ((thief, 400), (visitor, 303), (visitor, 400)):
        assert come_back(who, chosen.headers["Location"]).status_code == status


def test_a_foreign_next_leads_home(site: Site) -> None:
    assert sign_in(site.visitor(), "ola", wanted="https://evil.example/").location == "/nb/"


def test_an_unknown_service_is_not_found(site: Site) -> None:
    assert site.visitor().get("/innlogging/other").status_code == 404
    assert site.visitor().get("/innlogging/other/svar?code=1&state=2").status_code == 404


def test_a_service_that_is_away_is_said_to_be_away(database: Database, tmp_path: Path) -> None:
    away = service("http://127.0.0.1:9", acr=())
    with open_site(database, tmp_path, demo=False, sign_in=(away,)) as site:
        answer = site.visitor().get(START)
    assert answer.status_code == 503
    assert "Feide svarer ikke nå" in answer.text


def test_a_person_is_tied_to_the_own_pseudonym_and_the_number_is_nowhere(
    lied_to: Site, liar: Liar, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    liar.claims["pid"] = NUMBER
    assert liar.come(lied_to.visitor()).status_code == 303
    with lied_to.database.read() as session:
        kept = session.exec(select(SignIn.applicant_key)).one()
    assert kept == Keyring.of(lied_to.settings).pseudonyms(NUMBER)[0]
    assert NUMBER not in caplog.text


LIES: dict[str, Any] = {
    "for another client": {"claims": {"aud": "somebody-else"}},
    "from another issuer": {"claims": {"iss": "https://evil.example"}},
    "for another sign-in": {"claims": {"nonce": "of yesterday"}},
    "without a nonce": {"claims": {"nonce": None}},
    "too old": {"claims": {"exp": 1_700_000_000}},
    "without an end": {"claims": {"exp": None}},
    "of the future": {"claims": {"iat": 4_000_000_000}},
    "about nobody": {"claims": {"sub": None}},
    "about somebody with an endless name": {"claims": {"sub": "x" * 300}},
    "about a number": {"claims": {"sub": 7}},
    "at too low a level": {"claims": {"acr": "low"}},
    "without a level": {"claims": {"acr": None}},
    "with a level that is a list": {"claims": {"acr": ["high"]}},
    "signed by nobody": {"sign": lambda liar: liar.unsigned},
    "signed with the public key": {"sign": lambda liar: liar.with_secret},
    "that is no token": {"sign": lambda liar: lambda claims: "a.b.c"},
    "that is missing": {"answer": {"access_token": "a", "token_type": "Bearer"}},
    "that is missing, with claims beside": {
        "answer": {"access_token": "a", "token_type": "Bearer", "userinfo": {"sub": "ola", "acr": "high"}}
    },
    "about somebody unprintable": {"claims": {"sub": "a\x00b"}},
    "that is a list": {"answer": ["id_token"]},
    "that is not JSON": {"answer": "<html>"},
    "that is an error": {"answer": {"error": "invalid_grant"}},
    "with user information about somebody else": {"userinfo": {"sub": "kari", "email_verified": True}},
    "with user information about nobody": {"userinfo": {"name": "Ola"}},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lie_signs_nobody_in(lied_to: Site, liar: Liar, lie: dict[str, Any]) -> None:
    visitor = lied_to.visitor()
    liar.claims |= lie.get("claims", {})
    liar.userinfo = lie.get("userinfo")
    if "sign" in lie:
        liar.sign = lie["sign"](liar)
    if "answer" in lie:
        liar.answer = lambda token: lie["answer"]
    answer = liar.come(visitor)
    assert answer.status_code == 400, answer.text
    assert visitor.client.get_cookie(SESSION_COOKIE) is None
    assert nobody_came(lied_to)


@pytest.mark.parametrize(
    "wrong",
    [{"issuer": "https://evil.example"}, {"id_token_signing_alg_values_supported": ["none", "HS256"]}],
    ids=["another issuer", "shared secrets only"],
)
def test_nobody_is_sent_to_a_service_that_is_not_what_the_settings_say(
    lied_to: Site, liar: Liar, wrong: dict[str, Any]
) -> None:
    liar.metadata = wrong
    visitor = lied_to.visitor()
    assert visitor.get(START).status_code == 503
    liar.metadata = {}
    assert liar.come(visitor).status_code == 303  # it was mended, and we have not remembered the wrong


def test_the_honest_word_of_the_same_service_is_believed(lied_to: Site, liar: Liar) -> None:
    """What makes the lies above mean something."""
    liar.userinfo = {"sub": "ola", "name": "Ola", "email": "ola@skole.example", "email_verified": True, "acr": "low"}
    visitor = lied_to.visitor()
    assert liar.come(visitor).location == "/nb/drift"
    assert people_of(lied_to.database) == [("ola", "Ola", "ola@skole.example")]


def test_an_invitation_is_taken_up_by_the_name_that_the_settings_say(
    database: Database, tmp_path: Path, liar: Liar
) -> None:
    administrator = Actor("person:1", (Holding(Role.ADMINISTRATOR),), person=1)
    with database.write() as session:
        invited = operations.invite(session, administrator, "ola@hvl.example", "Ola N.").pk
    liar.claims = {"principal": "Ola@hvl.example"}
    with open_site(database, tmp_path, sign_in=(service(liar.issuer, invitation_claim="principal"),)) as site:
        assert liar.come(site.visitor()).status_code == 303
        assert liar.come(site.visitor()).status_code == 303
    with database.read() as session:
        [person] = session.exec(select(Person)).all()
    assert (person.pk, person.subject, person.display_name) == (invited, "ola", "Ola N.")  # it told no name


def test_a_refusal_is_in_the_language_of_the_page_that_led_there(lied_to: Site, liar: Liar) -> None:
    liar.claims["acr"] = "low"
    liar.wanted = "nn"
    answer = liar.come(lied_to.visitor())
    assert answer.status_code == 400
    assert "for lågt tryggleiksnivå" in answer.text


def test_a_service_with_new_keys_is_asked_for_them(lied_to: Site, liar: Liar) -> None:
    assert liar.come(lied_to.visitor()).status_code == 303
    liar.change_key("two")
    assert liar.come(lied_to.visitor()).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://login.example"},
        {"issuer": "http://localhost:1@login.example"},
        {"name": "Feide!"},
        {"scope": "profile"},
        {"client_secret": ""},
        {"colour": "blue"},
    ],
)
def test_a_service_that_cannot_be_stops_the_start(wrong: dict[str, Any]) -> None:
    given = {"name": "feide", "title": "Feide", "issuer": "https://f", "client_id": "a", "client_secret": "b"}
    with pytest.raises(ValidationError):
        Settings(sign_in=({**given, **wrong},))  # type: ignore[arg-type]


def test_the_secret_of_a_service_is_in_no_repr() -> None:
    assert "secret of a test" not in repr(Settings(sign_in=(service("https://login.example"),)))
