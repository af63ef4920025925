"""Ways on where nothing was found, what a heading says of a search, and what else can be taken from where one lives."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from registry.core.db import Database
from registry.offers.states import Delivery, RunState
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.catalogue.making import make_offer

BERGEN, TROMSO = "4601", "5501"
Browse = Callable[[SearchEngine], FlaskClient]


@pytest.fixture
def offers(database: Database, index: Callable[[], None]) -> None:
    with database.write() as session:
        make_offer(session, "Musikk 1", provider="1130", targets=(("primary_1_7", "teacher"),), subject_code="musikk",
                   runs=({"places": (TROMSO,)},))  # fmt: skip
        make_offer(
            session, "Musikk på nett", provider="1130", subject_code="musikk", runs=({"delivery": Delivery.ONLINE},)
        )
        make_offer(session, "Musikk i Bergen", subject_code="musikk", runs=({"places": (BERGEN,)},))
        make_offer(session, "Musikk i fjor", subject_code="musikk",
                   runs=({"term": "2025V", "state": RunState.COMPLETED, "places": (TROMSO,)},))  # fmt: skip
    index()


#: Query string -> (label, query string, offers), in order.
WAYS = {
    "q=musikk&fylke=55&malgruppe=kindergarten": [
        ("Fjern filteret Barnehage", "q=musikk&fylke=55", 1),
        ("Nullstill filtrene, og søk bare etter «musikk»", "q=musikk", 3),
    ],
    "q=musikk&fylke=46&tilbyder=1130&malgruppe=kindergarten": [
        ("Dropp Barnehage og Vestland", "q=musikk&tilbyder=1130", 2),
        ("Dropp Barnehage og Universitetet i Tromsø – Norges arktiske universitet", "q=musikk&fylke=46", 1),
        ("Nullstill filtrene, og søk bare etter «musikk»", "q=musikk", 3),
    ],
    # Without the words something is found; what keeps them is told of all the same.
    "q=fjor&fylke=46&termin=2026H": [
        ("Søk uten «fjor»", "fylke=46&termin=2026H", 1),
    ],
    "q=musikk&fylke=18": [
        ("Fjern filteret Nordland", "q=musikk", 3),
        ("Se tilbud på nett, som kan tas fra hele landet", "q=musikk&fylke=00", 1),
    ],
    "fylke=55&status=later&tilbyder=1120": [
        ("Dropp Troms og Åpner senere", "tilbyder=1120", 1),
        ("Dropp Åpner senere og Universitetet i Bergen", "fylke=55", 1),
        ("Se tilbud fra tidligere år", "fylke=55&tid=past&tilbyder=1120", 1),
        ("Nullstill filtrene", "", 3),
    ],
}


@pytest.mark.usefixtures("offers")
@pytest.mark.parametrize("asked", list(WAYS))
def test_ways_on(asked: str, engine: EmbeddedEngine, browse: Browse) -> None:
    page = BeautifulSoup(browse(engine).get(f"/nb/tilbud?{asked}").text, "html5lib")
    shown = [
        (row.a.get_text(), row.a["href"].partition("?")[2], row.get_text(" ", strip=True).partition("(")[2])
        for row in page.select(".empty li")
        if row.a
    ]
    expected = [(label, query, f"{total} tilbud )".replace(" )", ")")) for label, query, total in WAYS[asked]]
    assert shown == expected


#: Query string -> heading.
HEADINGS = {
    "fag=musikk&fylke=55": "1 tilbud: Musikk, Troms",
    "q=musikk&fylke=55": "1 tilbud for «musikk»: Troms",
    "fra=Tromsø&avstand=50&fag=musikk": "2 tilbud innen 50 km fra Tromsø: Musikk",
    "fag=musikk&fylke=55&fylke=46&form=online&form=campus&rolle=teacher&tid=past": "Ingen tidligere tilbud med 6 filtre",
    "q=musikk&fylke=55&tid=past": "1 tidligere tilbud for «musikk»: Troms",
    "tid=past&tid=upcoming": "4 kommende og tidligere tilbud",
    "q=fjor": "Ingen kommende tilbud for «fjor». 1 tidligere",
    "": "3 tilbud",
}


@pytest.mark.usefixtures("offers")
def test_the_heading_names_the_filters_and_the_status_how_hits_are_sorted(
    engine: EmbeddedEngine, browse: Browse
) -> None:
    client = browse(engine)
    for asked, heading in HEADINGS.items():
        page = BeautifulSoup(client.get(f"/nb/tilbud?{asked}").text, "html5lib")
        assert page.h1.get_text(strip=True) == heading
        assert page.title.get_text().startswith(heading)
    for asked, order in (
        ("", "nærmest i tid"),
        ("q=musikk", "mest relevant"),
        ("sorter=frist", "søknadsfrist"),
        ("fra=Tromsø&sorter=avstand", "kortest avstand"),
        ("sorter=avstand", "nærmest i tid"),  # from where?
        ("q=musikk&fra=Langtvekkistan&sorter=avstand", "mest relevant"),
    ):
        page = BeautifulSoup(client.get(f"/nb/tilbud?{asked}").text, "html5lib")
        assert f"Sortering: {order}." in page.select_one("[data-status]").get_text(" ", strip=True)


@pytest.mark.usefixtures("offers")
def test_who_looks_in_a_county_is_told_of_what_is_taught_online(engine: EmbeddedEngine, browse: Browse) -> None:
    client = browse(engine)
    page = BeautifulSoup(client.get("/nb/tilbud?fag=musikk&fylke=55").text, "html5lib")
    link = page.find("a", string="1 tilbud på nett kan også tas herfra")
    assert link["href"] == "/nb/tilbud?fag=musikk&fylke=00&fylke=55"
    for without in ("fag=musikk&fylke=55&fylke=00", "fag=musikk", "fag=musikk&fylke=55&form=campus"):
        assert "kan også tas herfra" not in client.get(f"/nb/tilbud?{without}").text
