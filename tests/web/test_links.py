"""Addresses built once are those that Flask builds."""

from collections.abc import Iterator

import flask
import pytest
from flask import Flask

from registry.web import links
from registry.web.i18n import read_in
from registry.web.links import url_for
from tests.web.demo import create_app


@pytest.fixture
def app() -> Iterator[Flask]:
    app = create_app()
    with app.test_request_context("/nb/demo/"):
        yield app


def built(app: Flask) -> int:
    return len(app.extensions["addresses"])


@pytest.mark.parametrize(
    "values", [{}, {"q": "æ&=? #"}, {"page": 2}, {"language": "en"}, {"fag": ["a", "b"]}, {"q": None}, {"_anchor": "a"}]
)
def test_it_is_the_address_that_flask_builds(app: Flask, values: dict[str, object]) -> None:
    for _ in range(2):
        assert url_for("demo.front", **values) == flask.url_for("demo.front", **values)


def test_each_language_and_each_place_of_the_service_has_its_own(app: Flask) -> None:
    assert url_for("demo.front") == "/nb/demo/"
    with app.test_request_context("/nb/demo/", base_url="http://localhost/register"):
        assert url_for("demo.front") == "/register/nb/demo/"
    read_in("se")
    assert url_for("demo.front") == "/se/demo/"


def test_truth_is_no_number(app: Flask) -> None:
    assert (url_for("demo.front", page=1), url_for("demo.front", page=True)) == (
        "/nb/demo/?page=1",
        "/nb/demo/?page=True",
    )


def test_an_address_from_outside_names_the_host_that_was_asked(app: Flask) -> None:
    assert url_for("demo.front", _external=True) == "http://localhost/nb/demo/"
    with app.test_request_context("/nb/demo/", base_url="https://tilbud.example/"):
        assert url_for("demo.front", _external=True) == "https://tilbud.example/nb/demo/"


def test_a_plain_address_is_built_once_and_too_many_are_forgotten(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST", 3)
    for page in (1, 1, 2, 3):
        url_for("demo.front", page=page)
    assert built(app) == 3
    assert url_for("demo.front", page=4) == "/nb/demo/?page=4"
    assert built(app) == 1
