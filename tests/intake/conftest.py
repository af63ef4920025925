"""A feed into a database of the test's own, and the room's pages over it."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from registry.access.policy import ANYONE, Actor
from registry.core.db import Database
from registry.core.errors import STATUS
from registry.intake import views
from registry.settings import Settings
from registry.web.assets import templates_folder
from registry.web.kit import Site, init_web
from registry.web.parts import Parts
from tests.intake.deliveries import Feed
from tests.intake.pages import As


@pytest.fixture
def feed(database: Database, tmp_path: Path) -> Feed:
    folder = tmp_path / "deliveries"
    folder.mkdir()
    return Feed(database, folder)


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    """The room on its own: nothing of the other rooms is needed."""
    made = Flask("registry", template_folder=str(templates_folder()))
    made.secret_key = "test"
    made.config.update(TESTING=False, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    made.extensions["registry"] = Parts(database, Settings(home=tmp_path / "home"), None)
    made.config["ACTOR"] = ANYONE
    init_web(
        made,
        decide=lambda actor, permission: (actor or ANYONE).may(permission),
        load_actor=lambda: made.config["ACTOR"],
        statuses=STATUS,
        navigation=views.NAVIGATION,
        panels=views.PANELS,
        site=Site(front="intake.listed"),
    )
    for blueprint in views.blueprints:
        made.register_blueprint(blueprint)
    return made


@pytest.fixture
def client_as(app: Flask) -> As:
    def choose(actor: Actor) -> FlaskClient:
        app.config["ACTOR"] = actor
        return app.test_client()

    return choose
