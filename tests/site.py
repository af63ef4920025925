"""The whole application for tests: a test's own database, an engine in memory, and visitors who do as browsers do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flask
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from registry.access.models import Membership, Person
from registry.access.roles import Role
from registry.app import create_app, hand_in
from registry.catalogue.documents import index_settings
from registry.core import clock
from registry.core.db import Database
from registry.people import operations as people
from registry.people.queries import DEMO_ISSUER
from registry.people.views import SESSION_COOKIE
from registry.reference.models import Organisation
from registry.settings import Settings
from registry.web.limits import limiter
from search.embedded import EmbeddedEngine

#: Applications that no test uses just now, by their settings: routes and templates are compiled once a process, not once a test.
_IDLE: dict[Settings, list[flask.Flask]] = {}


@dataclass
class Site:
    """The application and everything it stands on."""

    app: flask.Flask
    database: Database
    settings: Settings
    search: EmbeddedEngine

    def visitor(self) -> "Visitor":
        """Somebody we do not know, with a browser of their own."""
        return Visitor(self)

    def signed_in(self, role: Role, **where: Any) -> "Visitor":
        """A person who holds ``role``, signed in. ``where`` is ``organisation`` (its key) or ``county``."""
        with self.database.write() as session:
            person = make_person(session, role, **where)
            token = people.sign_in(session, person.pk)
        visitor = self.visitor()
        visitor.person = person.pk
        visitor.client.set_cookie(SESSION_COOKIE, token)
        return visitor


class Visitor:
    """A browser: keeps cookies, and sends the form token of the pages it was shown."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.client: FlaskClient = site.app.test_client()
        self.person: int | None = None
        self._base = "https://localhost/" if site.settings.secure_cookies else "http://localhost/"

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=self._base, **options)

    def post(self, path: str, **fields: Any) -> TestResponse:
        """As from a form on one of our pages."""
        data = {**fields, "csrf_token": self._token()}
        return self.client.post(path, data=data, base_url=self._base, headers={"Referer": self._base})

    def page(self, path: str, status: int = 200) -> BeautifulSoup:
        """The page, parsed as browsers parse it."""
        response = self.get(path)
        assert response.status_code == status, (path, response.status_code)
        page = self.parsed(response)
        self._forms_lead_somewhere(page, path)
        return page

    def parsed(self, response: TestResponse) -> BeautifulSoup:
        """An answer as a page, such as a form that was sent back."""
        return BeautifulSoup(response.text, "html5lib")

    def press(self, page: BeautifulSoup, button: str, **filled: Any) -> TestResponse:
        """Press the button that says so: its form is sent with what it holds, what was filled in, and its own token."""
        [found] = [one for one in page.select("form[method=post] button") if button in one.get_text()]
        form = found.find_parent("form")
        assert form is not None
        fields = {one["name"]: one.get("value", "") for one in form.select("input[name]")}
        fields |= {one["name"]: one.get_text() for one in form.select("textarea[name]")}
        for choice in form.select("select[name]"):
            chosen = choice.select_one("option[selected]") or choice.select_one("option")
            fields[choice["name"]] = chosen.get("value", "") if chosen else ""
        if found.get("name"):
            fields[found["name"]] = found.get("value", "")
        unknown = filled.keys() - fields.keys()
        assert not unknown, f"the form has no {unknown}"
        data = {**fields, **filled}
        return self.client.post(form["action"], data=data, base_url=self._base, headers={"Referer": self._base})

    def _forms_lead_somewhere(self, page: BeautifulSoup, path: str) -> None:
        """Every button that sends a form sends it to an address that takes it; without an action that is the page's own."""
        addresses = self.site.app.url_map.bind("localhost")
        for sent in page.select("form[method=post], button[formaction]"):
            form = sent if sent.name == "form" else sent.find_parent("form") or sent
            address = sent.get("action") or sent.get("formaction") or path
            method = str(sent.get("formmethod") or form.get("method") or "get").upper()
            assert addresses.test(urlsplit(str(address)).path, method=method), f"nothing takes the form to {address}"

    def _token(self) -> str:
        with self.site.app.test_request_context():
            token: str = generate_csrf()
            kept = flask.session["csrf_token"]
        with self.client.session_transaction(base_url=self._base) as session:
            session["csrf_token"] = kept
        return token


@contextmanager
def open_site(database: Database, home: Path, **settings: Any) -> Iterator[Site]:
    """The application over ``database``, with an index in memory. Demonstration unless told otherwise."""
    usual = {"demo": True, "secret_key": "of this test", "files_per_minute": 10_000}  # a test asks faster than people
    chosen = Settings(home=home, **{**usual, **settings})
    with database.read() as session:
        described = index_settings(session)
    search = EmbeddedEngine(None, described)
    idle = _IDLE.setdefault(chosen.model_copy(update={"home": Path()}), [])
    if idle:
        app = idle.pop()
        hand_in(app, chosen, database, search)
        limiter.reset()
    else:
        app = create_app(chosen, database, search)
    try:
        yield Site(app, database, chosen, search)
    finally:
        search.close()
        if not chosen.sign_in:  # what it has learnt of a service must not outlive the service
            idle.append(app)


def make_person(
    session: Session,
    role: Role,
    name: str = "Kari Nordmann",
    *,
    organisation: str | None = None,
    county: str | None = None,
    issuer: str = DEMO_ISSUER,
    subject: str | None = None,
    **membership: Any,
) -> Person:
    """A person with one role, flushed. A searcher needs no membership."""
    number = len(session.exec(select(Person.id)).all()) + 1
    person = Person(issuer=issuer, subject=subject or f"person-{number}", display_name=name, created_at=clock.now())
    session.add(person)
    session.flush()
    where = None
    if organisation is not None:
        where = session.exec(select(Organisation).where(Organisation.key == organisation)).one().pk
    options = {"valid_from": date(2020, 1, 1), **membership}
    session.add(Membership(person_id=person.pk, role=role, organisation_id=where, county_code=county, **options))
    session.flush()
    return person
