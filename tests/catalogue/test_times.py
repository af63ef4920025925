"""What is to come is what a search answers with, wherever it is asked: pages, files, feeds, letters."""

import re
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from registry.catalogue.feeds import answer
from registry.catalogue.following import picture
from registry.catalogue.parameters import parse
from registry.catalogue.queries import search
from registry.core.db import Database
from registry.offers.states import RunState
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.catalogue.making import TODAY, make_offer

TAUGHT = {"term": "2025V", "state": RunState.COMPLETED, "places": ("5501",)}


@pytest.fixture
def client(
    database: Database, engine: EmbeddedEngine, index: Callable[[], None], browse: Callable[[SearchEngine], FlaskClient]
) -> FlaskClient:
    """Three offers of music to come, two of earlier years, and one of dance that was taught."""
    with database.write() as session:
        for number, setting in enumerate(("primary_1_7", "primary_1_7", "kindergarten")):
            make_offer(session, "Musikk", key=f"coming{number}", subject_code="musikk", targets=((setting, "teacher"),),
                       runs=({"places": ("5501",)},))  # fmt: skip
        for number in range(2):
            make_offer(session, "Musikk", key=f"taught{number}", subject_code="musikk",
                       targets=(("kindergarten", "teacher"),), runs=(TAUGHT,))  # fmt: skip
        make_offer(session, "Dans", key="dance", subject_code="dans", runs=(TAUGHT,))
    index()
    return browse(engine)


def soup(client: FlaskClient, address: str) -> BeautifulSoup:
    answered = client.get(address)
    assert answered.status_code == 200
    return BeautifulSoup(answered.text, "html5lib")


def heading(client: FlaskClient, address: str) -> str:
    return " ".join(soup(client, address).h1.get_text().split())


def test_every_number_of_the_front_page_is_that_of_the_page_it_leads_to(client: FlaskClient) -> None:
    page = soup(client, "/nb/")
    rows = [(row.a["href"], row.select_one(".muted")) for row in page.select("main section .columns li")]
    told = {href: int(re.sub(r"\D", "", count.get_text())) for href, count in rows if count}
    tiles = {tile["href"]: re.search(r"\d+$", tile.get_text(" ", strip=True)) for tile in page.select(".tiles a")}
    told |= {href: int(found.group()) for href, found in tiles.items() if found}
    assert len([count for count in told.values() if count]) >= 3
    for href, count in told.items():
        shown = re.match(r"\d+", heading(client, href))
        assert (int(shown.group()) if shown else 0) == count, href
    assert re.match(r"3\b", page.select_one(".lead").get_text(strip=True))
    assert heading(client, "/nb/tilbud") == "3 tilbud"


#: Query string -> offers that it finds.
FOUND = {
    "q=musikk": {"coming0", "coming1", "coming2"},
    "q=musikk&tid=upcoming": {"coming0", "coming1", "coming2"},
    "q=musikk&tid=past": {"taught0", "taught1"},
    "q=musikk&tid=past&tid=upcoming": {"coming0", "coming1", "coming2", "taught0", "taught1"},
    "q=dans": {"dance"},  # nothing is to come: better what was than nothing
    "q=dans&tid=upcoming": {"dance"},
    "malgruppe=kindergarten": {"coming2"},
}


@pytest.mark.parametrize("asked", list(FOUND))
def test_one_address_finds_the_same_in_every_format(asked: str, client: FlaskClient) -> None:
    page = soup(client, f"/nb/tilbud?{asked}")
    assert {box["value"] for box in page.select("input[name=id]")} == FOUND[asked]
    told = client.get(f"/nb/tilbud.json?{asked}").get_json()
    assert {hit["key"] for hit in told["hits"]} == FOUND[asked]
    assert (told["total"], told["earlier"]) == (len(FOUND[asked]), asked.startswith("q=dans"))
    table = client.get(f"/nb/tilbud.csv?{asked}").text
    assert {key for key in set().union(*FOUND.values()) if key in table} == FOUND[asked]


@pytest.mark.parametrize("asked", list(FOUND))
def test_who_follows_a_search_is_told_of_as_many_as_the_page_and_of_nothing_that_is_over(
    asked: str, client: FlaskClient, database: Database, engine: EmbeddedEngine
) -> None:
    query = parse(pair.split("=") for pair in asked.split("&"))
    wanted = set() if asked.startswith("q=dans") else FOUND[asked]
    with database.read() as session:
        assert picture(session, engine, query, 100, TODAY).total == len(wanted)
        _, matches = answer(session, engine, query, lambda session, ids: {})
        assert matches.keys() == wanted
        assert {hit.key for hit in search(engine, session, query).hits} == wanted


def test_the_page_tells_of_what_its_time_leaves_out(client: FlaskClient) -> None:
    page = soup(client, "/nb/tilbud?q=musikk")
    former = page.select_one("#other-time a")
    assert (former.get_text(), former["href"]) == ("2 tidligere tilbud", "/nb/tilbud?q=musikk&tid=past")
    assert [box["value"] for box in page.select("input[name=tid][checked]")] == ["upcoming"]
    page = soup(client, former["href"])
    assert page.h1.get_text() == "2 tidligere tilbud for «musikk»"
    coming = page.select_one("#other-time a")
    assert (coming.get_text(), coming["href"]) == ("3 kommende tilbud", "/nb/tilbud?q=musikk")
    both = soup(client, "/nb/tilbud?q=musikk&tid=past&tid=upcoming")
    assert both.h1.get_text() == "5 kommende og tidligere tilbud for «musikk»"
    assert not both.select("#other-time a")


def test_what_is_to_come_is_no_choice_and_in_no_address(client: FlaskClient) -> None:
    page = soup(client, "/nb/tilbud?q=musikk&tid=upcoming")
    assert page.select_one("link[rel=canonical]")["href"].endswith("/nb/tilbud?q=musikk")
    assert parse([("tid", "upcoming")]) == parse([])
    assert not parse([("tid", "upcoming")]).is_narrowed


def test_where_nothing_is_to_come_the_page_says_so_and_counts_the_wish(client: FlaskClient) -> None:
    page = soup(client, "/nb/tilbud?q=dans")
    assert page.h1.get_text() == "Ingen kommende tilbud for «dans». 1 tidligere"
    assert page.select(".card")
    assert not page.select("#other-time a")
    fragment = BeautifulSoup(client.get("/nb/tilbud?q=dans", headers={"HX-Request": "true"}).text, "html5lib")
    assert fragment.select("#unmet-demand")
