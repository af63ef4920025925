"""The search server has stopped in the middle of everything: connections are taken, and nothing is ever said."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.access.roles import Role
from registry.app import hand_in
from registry.catalogue.documents import index_settings
from registry.core.db import Database
from search.breaker import State
from search.meilisearch import MeilisearchEngine
from search.protocol import SearchUnavailable
from search.standby import StandbyEngine
from tests.catalogue.making import make_offer
from tests.site import Site, open_site

PATIENCE = 0.3
DRAWN = 6  #: seconds that drawing a page may take on a busy machine; waiting for the server would take twenty
PATHS = ("/nb/", "/nb/drift", "/nb/tilbud?q=norsk", "/nb/tilbud.json?q=norsk")


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a process that was stopped: the kernel still takes connections for it."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def site(database: Database, tmp_path: Path, hanging: str) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        with database.write() as session:
            make_offer(session, "Norsk 1", key="norsk")
        with database.read() as session:
            described = index_settings(session)
        server = MeilisearchEngine(hanging, described, key="search", patience=PATIENCE)
        engine = StandbyEngine(server, opened.search)
        hand_in(opened.app, opened.settings, database, engine)
        yield opened


def test_no_page_waits_longer_than_a_search_may_and_soon_none_waits(site: Site) -> None:
    """A page asks the server at most twice. Three waits open the breaker, and then every page comes at once."""
    operator = site.signed_in(Role.OPERATOR)
    operator.get("/nb/om")  # what is made once for the whole site is no part of the wait
    engine = site.app.extensions["registry"].search
    for path in ("/nb/", "/nb/drift"):
        started = time.perf_counter()
        assert operator.get(path).status_code == 200
        assert time.perf_counter() - started < DRAWN + 2 * PATIENCE
    assert engine.standing() == State.OPEN
    for path in PATHS:
        started = time.perf_counter()
        assert operator.get(path).status_code == 200, path
        assert time.perf_counter() - started < DRAWN, path
    started = time.perf_counter()
    with pytest.raises(SearchUnavailable):
        engine.count()
    assert time.perf_counter() - started < DRAWN


def test_what_nobody_can_count_is_not_said_to_be_nought(site: Site) -> None:
    page = site.signed_in(Role.OPERATOR).page("/nb/drift")
    facts = dict(zip((dt.get_text(strip=True) for dt in page.select("main dt")), page.select("main dd"), strict=True))
    assert facts["Kull i søkeindeksen"].get_text(strip=True) == "–"
