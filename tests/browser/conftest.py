"""A real Chromium against the real application over a small demonstration year.

Where there is no Chromium, the browser tests are left out with one line (``tests/prepare.py`` tries to get one first).
"""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from waitress.server import create_server

from registry.access.policy import system
from registry.app import create_app, open_search
from registry.coordination.operations import detect
from registry.core.db import Database
from registry.demo import fill
from registry.schedule import outbox
from registry.settings import Settings
from registry.setup import initialise
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
            if find_chromium() is None:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": find_chromium(), "args": FLAGS}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def site(home: Path) -> Iterator[str]:
    """The address of the running service."""
    settings = Settings(home=home, demo=True)
    database = Database(settings.database)
    initialise(database)
    fill(database, runs_per_term=200, truth_path=home / "demo-truth.json")
    engine = open_search(settings, database)
    outbox.rebuild(database, engine)
    detect(database, system("detect"))
    outbox.drain(database, engine)
    server = create_server(create_app(settings, database, engine), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)
    engine.close()
    database.dispose()


def sign_in(page: Page, site: str, role: str) -> None:
    """Become the demonstration person of a role, by the page everybody uses."""
    page.goto(f"{site}/nb/logg-inn")
    page.locator("form", has=page.get_by_role("heading", name=role, exact=True)).first.get_by_role("button").click()
    page.wait_for_load_state()


@pytest.fixture
def watched(browser: Browser, site: str) -> Iterator[Page]:
    """A page that fails the test for console errors and for asking anybody but us."""
    context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 900}, locale="nb-NO")
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: faults.append(request.url) if not request.url.startswith((site, "data:")) else None)
    yield page
    context.close()
    assert faults == []
