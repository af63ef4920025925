import re
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from registry.web.security import init_security, safe_next


@pytest.mark.parametrize("address", ["/nb/demo/", "/nb/nope", "/nb/demo/feil/x", "/static/css/site.css", "/"])
def test_every_answer_carries_the_headers(client: FlaskClient, address: str) -> None:
    with client.get(address) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_the_nonce_is_new_each_time(client: FlaskClient) -> None:
    nonces = {
        re.search(r"'nonce-([^']+)'", client.get("/nb/demo/").headers["Content-Security-Policy"])[1] for _ in range(3)
    }
    assert len(nonces) == 3


def test_pages_hold_no_inline_script_or_style(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/nb/demo/").text, "html5lib")
    assert not page.select("[style], style")
    assert all(script.get("src") for script in page.select("script"))
    assert not [name for tag in page.find_all(True) for name in tag.attrs if name.startswith(("on", "hx-on"))]


def test_a_form_from_elsewhere_gets_a_friendly_page(client: FlaskClient) -> None:
    answer = client.post("/nn/demo/skjema", data={"title": "x"})
    assert answer.status_code == 400
    assert "Skjemaet er for gammalt eller vart sendt frå ein annan stad." in answer.text


def test_a_form_with_its_token_passes_the_gate(client: FlaskClient) -> None:
    token = BeautifulSoup(client.get("/nb/demo/skjema").text, "html5lib").select_one("input[name=csrf_token]")
    assert token is not None
    answer = client.post("/nb/demo/skjema", data={"csrf_token": token["value"]})
    assert answer.status_code == 400
    assert "Rett opp dette før du går videre:" in answer.text


def test_cookies_under_https() -> None:
    app = Flask("x")
    init_security(app, https=True)
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-session"
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SESSION_COOKIE_SAMESITE"] == "Lax"


@pytest.mark.parametrize(
    "target",
    ["https://evil.no", "//evil.no", "/\\evil.no", "/a\\b", "evil", "", None, "javascript:x", "/\t/evil.no", "/a\nb"],
)
def test_no_open_redirects(target: str | None) -> None:
    assert safe_next(target, "/nb/") == "/nb/"


def test_own_paths_are_followed() -> None:
    assert safe_next("/nb/tilbud?q=a&side=2", "/nb/") == "/nb/tilbud?q=a&side=2"


@given(st.text(max_size=30))
def test_whatever_comes_stays_on_this_host(target: str) -> None:
    result = safe_next(target, "/nb/")
    assert result.startswith("/")
    assert not result.startswith(("//", "/\\"))
    assert "\\" not in result


def test_pages_are_kept_by_nobody_between(client_of: Callable[..., FlaskClient]) -> None:
    assert client_of().get("/nb/demo/").headers["Cache-Control"] == "private, no-cache"
