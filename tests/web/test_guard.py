from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from registry.web.guard import PUBLIC, guarded, permission_of, public


def test_an_endpoint_without_a_mark_is_refused_even_to_the_mighty(client_of: Callable[..., FlaskClient]) -> None:
    assert client_of("secret").get("/nb/demo/glemt").status_code == 403


def test_a_guarded_view_opens_for_the_permission_and_nothing_else(client_of: Callable[..., FlaskClient]) -> None:
    assert client_of("secret").get("/nb/demo/hemmelig").text == "secret"
    assert client_of("other").get("/nb/demo/hemmelig").status_code == 403


def test_a_stranger_is_sent_to_sign_in_and_back(client: FlaskClient) -> None:
    answer = client.get("/nn/demo/hemmelig?side=2")
    assert answer.status_code == 302
    assert answer.location == "/nn/demo/inn?next=/nn/demo/hemmelig?side%3D2"


def test_the_stylesheet_needs_nobody(client: FlaskClient) -> None:
    with client.get("/static/css/site.css") as answer:
        assert answer.status_code == 200


def test_navigation_shows_what_is_allowed_and_where_we_are(client_of: Callable[..., FlaskClient]) -> None:
    assert "Hemmelig" not in client_of().get("/nb/demo/").text
    page = " ".join(client_of("secret").get("/nb/demo/").text.split())
    assert "Hemmelig" in page
    assert '<a href="/nb/demo/" aria-current="page">Finn tilbud</a>' in page
    assert '<a href="/nb/demo/skjema" >Skjema</a>' in page


def test_panels_show_what_has_something_to_say_to_who_asks(client_of: Callable[..., FlaskClient]) -> None:
    assert client_of().get("/nb/demo/").text.count('class="panel"') == 1
    assert client_of("secret").get("/nb/demo/").text.count('class="panel"') == 2


@pytest.mark.parametrize(("mark", "expected"), [(public, PUBLIC), (guarded("x"), "x")])
def test_marks_can_be_read_by_whoever_walks_the_routes(mark: Callable[..., object], expected: str) -> None:
    assert permission_of(mark(lambda: None)) == expected
    assert permission_of(lambda: None) is None
