"""The kit's own small app, asked by nobody in particular unless a test says who."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import hatch_build
from tests.web.demo import Person, create_app


@pytest.fixture(scope="session", autouse=True)
def _catalogues() -> None:
    """A translation edited a minute ago counts."""
    hatch_build.compile_catalogues(Path(hatch_build.__file__).parent)


@pytest.fixture
def client() -> FlaskClient:
    return create_app(Person("")).test_client()


@pytest.fixture
def client_of() -> Callable[..., FlaskClient]:
    """A client whose person holds the permissions given."""

    def make(*permissions: str, **config: object) -> FlaskClient:
        return create_app(Person("Kari Nordmann", *permissions), **config).test_client()

    return make
