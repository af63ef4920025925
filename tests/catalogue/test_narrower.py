"""School years among the words rank; one click leaves the others out."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from registry.core.db import Database
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.catalogue.making import make_offer

SCHOOL = {"a": "primary_1_7", "b": "lower_secondary_5_10", "c": "upper_secondary"}


@pytest.fixture
def client(
    database: Database,
    index: Callable[[], None],
    engine: EmbeddedEngine,
    browse: Callable[[SearchEngine], FlaskClient],
) -> FlaskClient:
    with database.write() as session:
        for key, setting in SCHOOL.items():
            make_offer(session, "Matematikk", key=key, targets=((setting, "teacher"),))
    index()
    return browse(engine)


def answer(client: FlaskClient, address: str) -> BeautifulSoup:
    return BeautifulSoup(client.get(address).text, "html.parser")


@pytest.mark.parametrize(
    ("asked", "left"),
    [("matte 5-10", "b"), ("matematikk barneskole", "a"), ("matematikk 8-13", "bc"), ("matematikk vg1", "c")],
)
def test_school_years_among_the_words_lead_to_their_school_alone(client: FlaskClient, asked: str, left: str) -> None:
    [link] = [a for a in answer(client, f"/nb/tilbud?q={asked}").select("#results a") if a.text.startswith("Vis bare ")]
    chosen = parse_qs(urlsplit(link["href"]).query)["malgruppe"]
    assert sorted(chosen) == sorted(SCHOOL[key] for key in left)
    narrowed = answer(client, link["href"])
    assert len(narrowed.select("article")) == len(left)
    assert "Vis bare " not in narrowed.select_one("#results").text


@pytest.mark.parametrize("asked", ["q=matematikk", "q=", "q=matte+5-10&malgruppe=upper_secondary", "q=finnesikke+5-10"])
def test_without_years_or_with_a_school_chosen_nothing_is_offered(client: FlaskClient, asked: str) -> None:
    assert "Vis bare " not in answer(client, f"/nb/tilbud?{asked}").select_one("#results").text
