import json
import logging
import re

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nb/demo/feil/gone", 410, "Tilbudet ble lagt ned 1. mars – 100 % sikkert."),
        ("/nb/demo/feil/stale", 409, "Noen andre endret tilbudet først."),
        ("/nb/demo/feil/denied", 403, "Du kan bare endre egne tilbud."),
        ("/nn/ingenting", 404, "Fann ikkje sida"),
        ("/en/ingenting", 404, "Page not found"),
    ],
)
def test_errors_speak_to_people(client: FlaskClient, address: str, status: int, words: str) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert words in answer.text
    assert 'role="search"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_our_fault_has_a_reference_that_the_log_knows_and_no_trace(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/nb/demo/feil/other")
    assert answer.status_code == 500
    reference = re.search(r"<code>([0-9a-f]{8})</code>", answer.text)
    assert reference is not None
    assert reference[1] in caplog.text
    assert "inner secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_foreign_sentence_is_marked_in_other_languages(client: FlaskClient) -> None:
    assert '<span lang="nb">Noen andre endret tilbudet først.</span>' in client.get("/en/demo/feil/stale").text


def test_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    from tests.web.demo import create_app

    app = create_app()
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().post("/nb/demo/personvern")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_machines_get_problem_details(client: FlaskClient) -> None:
    answer = client.get("/nb/demo/feil/stale", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/problem+json"
    assert json.loads(answer.text)["status"] == 409


@pytest.mark.parametrize("ending", ["json", "csv", "xlsx", "atom", "ics"])
def test_in_place_of_a_file_comes_no_page(client: FlaskClient, ending: str) -> None:
    answer = client.get(f"/nb/ingenting.{ending}")
    assert answer.status_code == 404
    assert answer.mimetype == ("application/problem+json" if ending == "json" else "text/plain")
    assert "Fant ikke siden" in (json.loads(answer.text)["title"] if ending == "json" else answer.text)
    assert "<" not in answer.text


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("/nb/demo/personvern/?a=%C3%A5&b=", "/nb/demo/personvern?a=%C3%A5&b="),
        ("/demo/personvern", "/nb/demo/personvern"),
    ],
)
def test_a_slash_too_many_or_a_language_too_few_leads_on(client: FlaskClient, asked: str, meant: str) -> None:
    answer = client.get(asked, headers={"Accept-Language": "nb"})
    assert answer.status_code in (301, 302)
    assert answer.headers["Location"] == meant
    assert ("Vary" in answer.headers) == (answer.status_code == 302)


@pytest.mark.parametrize("asked", ["/nb/ingenting/", "/ingenting", "/nb/demo/personvern/x"])
def test_what_leads_nowhere_stays_where_it_is(client: FlaskClient, asked: str) -> None:
    assert client.get(asked).status_code == 404


def test_htmx_gets_an_alert_and_not_a_page(client: FlaskClient) -> None:
    answer = client.get("/nb/demo/feil/stale", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "ds-alert" in answer.text
    assert "<html" not in answer.text


def test_a_broken_error_page_still_answers(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_context: object) -> str:
        raise RuntimeError("no template")

    monkeypatch.setattr("registry.web.errors.render_template", broken)
    answer = client.get("/nb/demo/feil/other")
    assert answer.status_code == 500
    assert answer.mimetype == "text/plain"
