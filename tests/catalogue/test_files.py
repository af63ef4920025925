"""Files of a search hold what the search finds, run by run, with what the page says of it."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from registry.catalogue.documents import FEW, build_documents
from registry.core.db import Database
from registry.offers.states import Delivery, RunState
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.catalogue.making import TODAY, make_offer

Browse = Callable[[SearchEngine], FlaskClient]
MARKS = {"norsk": {"small_subject": ("1",)}, "norsk-nett": {"applying": (FEW,)}}
OPEN = {"application_opens_on": date(2026, 2, 1), "application_closes_on": date(2026, 4, 15), "state": RunState.OPEN}


def marks(_session: object, _ids: object) -> Any:
    """What coordination would tell."""
    return MARKS


@pytest.fixture
def offers(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as session:
        make_offer(
            session, "Norsk 1", key="norsk", provider="1120", subject_code="norsk", measure_code="further_education",
            languages=["nb", "en"],
            runs=({"key": "norsk-h", "places": ("1804",), **OPEN},
                  {"key": "norsk-nett", "term": "2027V", "delivery": Delivery.ONLINE, **OPEN},
                  {"key": "norsk-v", "term": "2027V"}),
        )  # fmt: skip
        make_offer(session, "Norsk 2", key="norsk2", provider="1120", runs=({"key": "norsk2-h", "term": "2026H"},))
        make_offer(session, "Norsk uten oppstart", key="uten", runs=())
    with database.read() as session:
        engine.put(build_documents(session, enrichers=[marks], today=TODAY))


def opened(browse: Browse, engine: SearchEngine) -> FlaskClient:
    client = browse(engine)
    parts = client.application.extensions["registry"]
    client.application.extensions["registry"] = replace(parts, marks=marks)
    return client


def runs(client: FlaskClient, asked: str) -> list[str | None]:
    body = json.loads(client.get(f"/nb/tilbud.json?{asked}").data)
    return [run["run"] for hit in body["hits"] for run in hit["runs"]]


FOUND = [
    ("termin=2027V", {"norsk-nett", "norsk-v"}),
    ("fylke=18&termin=2026H", {"norsk-h"}),
    ("form=online&status=open", {"norsk-nett"}),
    ("status=few", {"norsk-nett"}),
    ("q=norsk&fylke=00", {"norsk-nett"}),
    ("smafag=1", {"norsk-h", "norsk-nett", "norsk-v"}),
    ("status=unknown", {"norsk-v", "norsk2-h", None}),
]


@pytest.mark.usefixtures("offers")
@pytest.mark.parametrize(("asked", "found"), FOUND)
def test_a_file_lists_the_runs_that_the_search_finds_and_no_others(
    browse: Browse, engine: EmbeddedEngine, asked: str, found: set[str | None]
) -> None:
    listed = runs(opened(browse, engine), asked)
    assert len(listed) == len(set(listed))
    assert set(listed) == found


@pytest.mark.usefixtures("offers")
@pytest.mark.parametrize(("asked", "found"), [*FOUND, ("tid=past", set()), ("fylke=18&form=online", set())])
def test_while_the_engine_is_away_no_filter_of_a_file_is_passed_over(
    browse: Browse, away: SearchEngine, asked: str, found: set[str | None]
) -> None:
    """A program does not see the notice that a page has: everything instead of what is open would be taken for the answer."""
    client = opened(browse, away)
    assert set(runs(client, asked)) == found
    body = json.loads(client.get(f"/nb/tilbud.json?{asked}").data)
    assert body["degraded"]
    assert body["total"] == len(body["hits"])


@pytest.mark.usefixtures("offers")
def test_while_the_engine_is_away_distance_is_that_of_a_run(browse: Browse, away: SearchEngine) -> None:
    client = opened(browse, away)
    assert set(runs(client, "fra=Bod%C3%B8&avstand=50")) == {"norsk-h", "norsk-nett"}
    assert runs(client, "fra=Bod%C3%B8&avstand=50&termin=2027V") == ["norsk-nett"]


def test_of_an_offer_with_many_runs_all_that_are_found_are_listed(
    database: Database, engine: EmbeddedEngine, index: Callable[[], None], browse: Browse
) -> None:
    with database.write() as session:
        make_offer(session, "Norsk", runs=({"term": "2027V"},) * 25 + ({"term": "2026H"},))
    index()
    assert len(runs(browse(engine), "termin=2027V")) == 25


@pytest.mark.usefixtures("offers")
def test_a_file_says_what_a_page_says(browse: Browse, engine: EmbeddedEngine) -> None:
    text = opened(browse, engine).get("/nb/tilbud.csv?q=norsk").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    by_run = {(row["Nøkkel"], row["Semester"], row["Studieform"]): row for row in rows}
    first, online = by_run["norsk", "2026H", ""], by_run["norsk", "2027V", "Nettbasert"]
    assert (first["Tiltak"], first["Undervisningsspråk"], first["Lite fag"]) == (
        "Videreutdanning",
        "Bokmål, Engelsk",
        "ja",
    )
    assert (first["Fylke"], first["Sted"], first["Få søkere så langt"]) == ("Nordland", "Bodø", "nei")
    assert (online["Fylke"], online["Få søkere så langt"]) == ("Nettbasert, hele landet", "ja")
    assert by_run["norsk2", "2026H", ""]["Fylke"] == "Vestland", "where its provider is, as the search counts it"
    assert by_run["norsk2", "2026H", ""]["Lite fag"] == "nei"
    assert by_run["uten", "", ""]["Fylke"] == ""
    hit = next(
        hit
        for hit in json.loads(opened(browse, engine).get("/nb/tilbud.json?q=norsk").data)["hits"]
        if hit["key"] == "norsk"
    )
    assert (hit["measure"], hit["languages"], hit["small_subject"]) == ("further_education", ["nb", "en"], True)
    assert [(run["run"], run["counties"], run["few_applicants"]) for run in hit["runs"]] == [
        ("norsk-h", ["18"], False), ("norsk-nett", ["00"], True), ("norsk-v", ["46"], False),
    ]  # fmt: skip


def test_what_was_stored_before_it_was_refused_breaks_no_file(
    database: Database, engine: EmbeddedEngine, browse: Browse
) -> None:
    spoilt = "".join(map(chr, range(1, 32))) + "\x7f\uffff"
    with database.write() as session:
        make_offer(
            session, f"Engelsk{spoilt}prøve", key="engelsk", provider="1120", runs=({"key": "engelsk-h", **OPEN},)
        )
    with database.read() as session:
        engine.put(build_documents(session, enrichers=[marks], today=TODAY))
    client = opened(browse, engine)
    for ending in ("csv", "xlsx", "ods", "json", "atom", "ics"):
        answer = client.get(f"/nb/tilbud.{ending}?q=engelsk")
        assert (ending, answer.status_code) == (ending, 200)
        if ending in ("atom", "ics", "csv"):
            assert "\x0b" not in answer.text, ending
