"""The page of answers: lists of filters that can be looked in, and an answer by the engine that stands by."""

from collections.abc import Callable

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from registry.core.db import Database
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from search.standby import StandbyEngine
from tests.catalogue.making import make_offer


def test_a_long_list_of_filters_can_be_looked_in_without_script(
    database: Database,
    engine: EmbeddedEngine,
    index: Callable[[], None],
    browse: Callable[[SearchEngine], FlaskClient],
) -> None:
    with database.write() as session:
        make_offer(session, "Norsk 1")
    index()
    page = BeautifulSoup(browse(engine).get("/nb/tilbud?finn-subject=MUSIKK&fag=norskfag").text, "html5lib")
    listed = [label.get_text(" ", strip=True) for label in page.select("#facets [id^=f-subject] + label")]
    assert len(listed) == 2
    assert any("Musikk" in label for label in listed)
    assert any("Norsk" in label for label in listed)  # chosen, so it stays
    assert page.select_one("#finn-subject")["value"] == "MUSIKK"
    assert page.select_one("link[rel=canonical]")["href"].endswith("/nb/tilbud?fag=norskfag")
    settings = [label.get_text(" ", strip=True) for label in page.select("#facets [id^=f-setting] + label")]
    assert settings[0].startswith("Barnehage")
    assert settings[1].startswith("Barnetrinnet")


def test_a_standby_says_that_it_stands_by(
    database: Database,
    engine: EmbeddedEngine,
    index: Callable[[], None],
    away: SearchEngine,
    browse: Callable[[SearchEngine], FlaskClient],
) -> None:
    with database.write() as session:
        make_offer(session, "Norsk 1")
    index()
    answer = browse(StandbyEngine(away, engine)).get("/nb/tilbud?q=norsk")
    assert answer.status_code == 200
    page = BeautifulSoup(answer.text, "html5lib")
    assert "Reservesøket svarer akkurat nå" in page.get_text()
    assert page.h1.get_text(strip=True) == "1 tilbud for «norsk»"
    assert page.select("#facets .count")


def test_short_lists_keep_what_a_search_has_none_of(
    database: Database,
    engine: EmbeddedEngine,
    index: Callable[[], None],
    browse: Callable[[SearchEngine], FlaskClient],
) -> None:
    """Semesters that have passed are not among them: they would be ever more."""
    with database.write() as session:
        make_offer(session, "Norsk 1", level_code="LN", languages=["nn"], school_years="1-7", measure_code="leadership")
        make_offer(session, "Norsk 2", level_code="HN", runs=({"term": "2027V"},))
        make_offer(session, "Matte", level_code="HN", runs=({"term": "2024H"},))
    index()
    client = browse(engine)
    page = BeautifulSoup(client.get("/nb/tilbud?q=norsk&niva=7").text, "html5lib")
    keys = ("trinn", "niva", "tiltak", "sprak", "tid", "termin")
    boxes = {key: page.select(f"#facets [name={key}]") for key in keys}
    listed = {key: {box["value"]: "none" in box.parent["class"] for box in boxes[key]} for key in keys}
    assert listed == {  # value -> greyed
        "trinn": {"1-7": True},
        "niva": {"7": False, "6": False},
        "tiltak": {"leadership": True},
        "sprak": {"nn": True},
        "tid": {"upcoming": False, "past": True},
        "termin": {"2027V": False, "2026H": True},
    }
