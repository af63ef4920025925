"""An engine in memory, told what the test's database holds."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from registry.access.policy import ANYONE
from registry.catalogue.documents import build_documents, index_settings
from registry.catalogue.views import NAVIGATION, blueprints
from registry.core.db import Database
from registry.core.errors import STATUS
from registry.settings import Settings
from registry.web.assets import STATIC, templates_folder
from registry.web.kit import Site, init_web
from registry.web.parts import Parts
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine, SearchPage, SearchQuery, SearchUnavailable
from tests.catalogue.making import TODAY


@pytest.fixture
def engine(database: Database) -> Iterator[EmbeddedEngine]:
    with database.read() as session:
        settings = index_settings(session)
    made = EmbeddedEngine(None, settings)
    yield made
    made.close()


@pytest.fixture
def index(database: Database, engine: EmbeddedEngine) -> Callable[[], None]:
    """Tells the engine everything, as of the first of March 2026."""

    def tell() -> None:
        with database.read() as session:
            engine.put(build_documents(session, today=TODAY))

    return tell


@pytest.fixture
def away(engine: EmbeddedEngine) -> SearchEngine:
    """An engine that cannot answer."""

    class Away(EmbeddedEngine):
        def search(self, query: SearchQuery) -> SearchPage:
            raise SearchUnavailable("away")

    return Away(None, engine._settings)


@pytest.fixture
def first_of_march() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def browse(database: Database, first_of_march: None) -> Callable[[SearchEngine], FlaskClient]:
    """The room's pages alone, over this test's database and an engine."""

    def open_pages(engine: SearchEngine) -> FlaskClient:
        app = Flask("registry", static_folder=str(STATIC), template_folder=str(templates_folder()))
        app.config.update(SECRET_KEY="test", TESTING=True)
        app.extensions["registry"] = Parts(database, Settings(), engine)
        init_web(
            app,
            decide=lambda actor, permission: False,
            load_actor=lambda: ANYONE,
            statuses=STATUS,
            site=Site(front="catalogue.front", search="catalogue.search"),
            navigation=NAVIGATION,
        )
        for blueprint in blueprints:
            app.register_blueprint(blueprint)
        return app.test_client()

    return open_pages
