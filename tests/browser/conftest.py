"""A real Chromium against the real application over a small demonstration year.

Where there is no Chromium, the browser tests are left out with one line (``tests/prepare.py`` tries to get one first).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlmodel import col, select
from waitress.server import create_server

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.app import create_app, open_search
from registry.coordination.models import Pair
from registry.coordination.operations import decide, detect, freeze_meeting, learn_duplicates
from registry.coordination.states import PairKind, Strength
from registry.core import clock
from registry.core.db import Database
from registry.demo import fill
from registry.intake.operations import add_source, import_payloads
from registry.intake.source_checks import SourceDraft
from registry.schedule import outbox
from registry.settings import Settings
from registry.setup import initialise
from tests.browser import admission
from tests.browser.examples import examples
from tests.prepare import find_chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skip(reason="no Chromium on this machine: install one, or point CHROMIUM at it")
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if find_chromium() is None and "browser" in getattr(item, "fixturenames", ()):
                item.add_marker(missing)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": find_chromium(), "args": FLAGS}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def application(home: Path) -> Iterator[Flask]:
    """The application over its own demonstration year, with one delivery in which rows were wrong."""
    settings = Settings(home=home, demo=True)
    database = Database(settings.database)
    initialise(database)
    fill(database, runs_per_term=200, truth_path=home / "demo-truth.json")
    import_payloads(database, system("import"), "offers-sheet", [Path(__file__).parent / "faulty.csv"], provider="1110")
    source = SourceDraft("Kurskatalogen", "ooapi", "https://kurs.example.no/v5/courses", every_minutes=60)
    with database.write() as session:
        add_source(session, Actor("system:test", (Holding(Role.OPERATOR),)), source)
    engine = open_search(settings, database)
    outbox.rebuild(database, engine)
    detect(database, system("detect"))
    with database.write() as session:
        freeze_meeting(session, system("demo"), "Møte i nettverket", clock.today())
        admission.begin(session)
    _answer_and_learn(database)
    outbox.drain(database, engine)
    yield create_app(settings, database, engine)
    engine.close()
    database.dispose()


@pytest.fixture(scope="session")
def site(application: Flask) -> Iterator[str]:
    """The address of the running service."""
    server = create_server(application, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)


def _answer_and_learn(database: Database) -> None:
    """Two possible duplicates are answered, the first before a scorecard is learnt, the second after."""
    query = select(Pair.id).where(Pair.kind == PairKind.DUPLICATE, Pair.strength == Strength.POSSIBLE)
    with database.read() as session:
        answered = session.exec(query.order_by(col(Pair.id).desc()).limit(2)).all()
    for pair in answered:
        with database.write() as session:
            decide(session, system("demo"), pair or 0, "keep_both")
        if pair == answered[0]:
            with database.write() as session:
                learn_duplicates(session, system("demo"))


@pytest.fixture(scope="session")
def places(application: Flask) -> dict[str, str]:
    """What the addresses of pages about one thing are filled with."""
    with application.extensions["registry"].database.read() as session:
        return examples(session)


class People:
    """Signed-in browsers, one per role, kept for the whole run."""

    def __init__(self, browser: Browser, site: str) -> None:
        self._browser, self._site = browser, site
        self._states: dict[str | None, Any] = {None: {"cookies": [], "origins": []}}

    def state(self, role: str | None) -> Any:
        """The cookies of a role."""
        if role not in self._states:
            context = self._browser.new_context()
            sign_in(context.new_page(), self._site, str(role))
            self._states[role] = context.storage_state()
            context.close()
        return self._states[role]

    @contextmanager
    def page(self, role: str | None = None, **options: Any) -> Iterator[Page]:
        """A page of somebody with a role; fails for faults in the console and for asking anybody but us."""
        settings = {"viewport": {"width": 1280, "height": 900}, "locale": "nb-NO", **options}
        context = self._browser.new_context(storage_state=self.state(role), **settings)
        page = context.new_page()
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request", lambda asked: None if asked.url.startswith((self._site, "data:")) else faults.append(asked.url)
        )
        yield page
        context.close()
        # Chromium writes an error page's own status to the console; that one is meant.
        assert [fault for fault in faults if "status of 4" not in fault] == []


@pytest.fixture(scope="session")
def people(browser: Browser, site: str) -> People:
    return People(browser, site)


def sign_in(page: Page, site: str, role: str) -> None:
    """Become the demonstration person of a role, by the page everybody uses."""
    page.goto(f"{site}/nb/logg-inn")
    page.locator("form", has=page.get_by_role("heading", name=role, exact=True)).first.get_by_role("button").click()
    page.wait_for_load_state()
