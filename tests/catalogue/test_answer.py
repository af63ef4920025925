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
