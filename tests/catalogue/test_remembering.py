"""The list that lives in its address, and what was looked for in vain."""

from collections.abc import Callable
from datetime import date

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlmodel import select

from registry.catalogue.models import UnmetDemand
from registry.catalogue.operations import note_unmet_demand
from registry.catalogue.parameters import parse
from registry.catalogue.unmet import wishes
from registry.core.db import Database
from registry.offers.states import OfferState
from registry.reports.filters import Filters
from registry.reports.library import REPORTS
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.catalogue.making import TODAY, make_offer

Browse = Callable[[SearchEngine], FlaskClient]


@pytest.fixture
def client(database: Database, engine: EmbeddedEngine, browse: Browse) -> FlaskClient:
    with database.write() as session:
        make_offer(session, "Norsk 1", key="norsk", runs=({"application_closes_on": date(2026, 4, 15)},))
        make_offer(session, "Dans", key="dans", runs=({"term": "2025V"},))
        make_offer(
            session,
            "Sløyd",
            key="sloyd",
            state=OfferState.DISCONTINUED,
            discontinued_on=TODAY,
            discontinue_reason="other",
        )
        make_offer(session, "Kladd", key="kladd", state=OfferState.DRAFT)
    return browse(engine)


def page(client: FlaskClient, address: str) -> BeautifulSoup:
    response = client.get(address)
    assert response.status_code == 200
    return BeautifulSoup(response.text, "html5lib")


def test_the_list_is_what_its_address_says_in_that_order(client: FlaskClient) -> None:
    found = page(client, "/nb/huskeliste?id=sloyd&id=norsk&id=kladd&id=ukjent&id=dans&id=norsk")
    assert [title.get_text(strip=True) for title in found.select("article h2")] == ["Sløyd", "Norsk 1", "Dans"]
    texts = [" ".join(article.get_text(" ").split()) for article in found.select("article")]
    assert "Tilbudet er lagt ned" in texts[0]
    assert "Høst 2026" in texts[1]
    assert "Ingen kommende oppstart er meldt" in texts[2]
    without = found.select("article")[1].select_one("a[data-forget]")
    assert without is not None
    assert without["href"] == "/nb/huskeliste?id=sloyd&id=kladd&id=ukjent&id=dans"
    compare = found.select_one('a[href^="/nb/sammenlign?"]')
    assert compare is not None
    assert compare["href"] == "/nb/sammenlign?id=norsk&id=dans", "what is discontinued is not compared"
    assert "Set-Cookie" not in client.get("/nb/huskeliste?id=norsk").headers


def test_an_empty_list_says_how_to_fill_it(client: FlaskClient) -> None:
    found = page(client, "/nb/huskeliste")
    assert "Huskelisten er tom" in found.get_text()
    assert found.select_one('meta[name=robots][content^="noindex"]')


def test_a_list_has_an_end(client: FlaskClient) -> None:
    keys = "&".join(f"id=ukjent{number}" for number in range(50))
    assert not page(client, f"/nb/huskeliste?{keys}&id=norsk").select("article")


def test_the_list_is_a_calendar_too(client: FlaskClient) -> None:
    found = Calendar.from_ical(client.get("/nb/huskeliste.ics?id=norsk&id=sloyd").data)
    assert isinstance(found, Calendar)
    assert [str(event["summary"]) for event in found.events] == ["Søknadsfrist: Norsk 1"]


def wished(database: Database) -> list[tuple[str, int]]:
    with database.read() as session:
        return [(row.query, row.times) for row in session.exec(select(UnmetDemand).order_by(UnmetDemand.query))]


def test_half_a_word_on_its_way_is_no_wish(client: FlaskClient, database: Database) -> None:
    """A search as it is typed: each letter is answered, and what stands for three seconds asks to be counted."""
    typing = {"HX-Request": "true", "HX-Source": "form#search"}
    for text in ("zqx", "zqxw", "zqxwv"):
        answer = client.get(f"/nb/tilbud?q={text}", headers=typing)
    assert wished(database) == []
    waiting = BeautifulSoup(answer.text, "html5lib").select_one("#unmet-demand")
    assert waiting is not None
    assert (waiting["hx-trigger"], waiting["hx-swap"]) == ("load delay:3s", "none")
    counted = client.get(waiting["hx-get"], headers={"HX-Request": "true", "HX-Source": "div#unmet-demand"})
    assert (counted.status_code, counted.data) == (204, b"")
    assert wished(database) == [("q=zqxwv", 1)]


def test_without_script_every_search_is_meant(client: FlaskClient, database: Database) -> None:
    """A form that was sent, a link that was followed: a page of its own, counted as it is asked for, and only then."""
    answer = client.get("/nb/tilbud?q=zqxwv")
    assert not BeautifulSoup(answer.text, "html5lib").select("#unmet-demand")
    assert wished(database) == [("q=zqxwv", 1)]


def test_what_has_been_found_meanwhile_is_no_wish(client: FlaskClient, database: Database) -> None:
    headers = {"HX-Request": "true", "HX-Source": "div#unmet-demand"}
    assert client.get("/nb/tilbud", headers=headers).status_code == 204
    assert wished(database) == []


def note(database: Database, address: str, day: date = TODAY, times: int = 1) -> None:
    for _ in range(times):
        with database.write() as session:
            note_unmet_demand(session, parse([tuple(pair.split("=")) for pair in address.split("&")]), day)


def test_the_same_wish_is_one_row_however_it_is_written(database: Database) -> None:
    for address in (
        "q=Sløyd&fylke=55&fylke=18",
        "fylke=18&q=sløyd&fylke=55&side=2",
        "q=SLØYD&sorter=frist&fylke=18&fylke=55",
    ):
        note(database, address)
    with database.read() as session:
        [row] = session.exec(select(UnmetDemand)).all()
        assert (row.query, row.times) == ("q=sl%C3%B8yd&fylke=18&fylke=55", 3)


@pytest.mark.parametrize("words", ["kari@skole.no", "130972 48022", "ring 98765432"])
def test_what_may_be_somebodys_number_or_address_is_not_kept(database: Database, words: str) -> None:
    note(database, f"q={words}")
    with database.read() as session:
        assert session.exec(select(UnmetDemand)).all() == []


def test_wishes_are_counted_over_a_year_and_rare_ones_are_left_out(database: Database) -> None:
    note(database, "q=sløyd", times=2)
    note(database, "q=sløyd", date(2026, 2, 1), times=2)
    note(database, "q=sløyd", date(2025, 3, 1), times=5)
    note(database, "q=keramikk&fylke=55", times=3)
    note(database, "q=hemmelig", times=2)
    with database.read() as session:
        found = wishes(session, TODAY, 3)
        assert [(wish.query.text, wish.times, wish.days, wish.last) for wish in found] == [
            ("sløyd", 4, 2, TODAY),
            ("keramikk", 3, 1, TODAY),
        ]
        report = REPORTS["unmet-demand"]
        content = report.build(session, Filters(as_of=TODAY))
        assert [list(row) for row in report.table(content).cells()][1][:3] == ["keramikk", "Troms", 3]
    assert not report.public
