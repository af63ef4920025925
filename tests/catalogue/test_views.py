"""The public pages, as a browser and a screen reader get them."""

import csv
import io
import itertools
import json
from collections import Counter
from collections.abc import Callable
from datetime import date

import html5lib
import pytest
from bs4 import BeautifulSoup
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from sqlmodel import select

from registry.catalogue.models import UnmetDemand
from registry.core import clock
from registry.core.db import Database
from registry.offers.models import FieldOrigin, Origin
from registry.offers.states import CancelReason, Delivery, OfferState, RunState
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.catalogue.making import TODAY, make_offer

Browse = Callable[[SearchEngine], FlaskClient]


@pytest.fixture
def client(database: Database, engine: EmbeddedEngine, index: Callable[[], None], browse: Browse) -> FlaskClient:
    with database.write() as session:
        make_offer(
            session,
            "Norsk 1, 1.–7. trinn",
            key="norsk17",
            provider="1120",
            targets=(("primary_1_7", "teacher"),),
            subject_code="norsk",
            level_code="LN",
            school_years="1-7",
            description="Om lesing & skriving.\n\nOg </script><b>mer</b>.",
            runs=(
                {
                    "key": "norsk17-h",
                    "places": ("4601",),
                    "starts_on": date(2026, 8, 20),
                    "application_opens_on": date(2026, 2, 1),
                    "application_closes_on": date(2026, 4, 15),
                    "delivery": Delivery.GATHERINGS,
                    "apply_url": "https://www.uib.no/sok",
                    "state": RunState.OPEN,
                },
                {"term": "2025H", "state": RunState.COMPLETED},
                {
                    "term": "2024H",
                    "state": RunState.CANCELLED,
                    "cancel_reason": CancelReason.FEW_APPLICANTS,
                    "cancelled_at": clock.now(),
                },
            ),
        )
        make_offer(
            session, "Norsk 2, 5.–10. trinn", key="norsk510", provider="1130", subject_code="norsk", school_years="5-10",
            runs=({"places": ("5501",)},),
        )  # fmt: skip
        make_offer(
            session, "Lærarspråk", key="sprak", provider="0238", subject_code="norsk",
            runs=({"delivery": Delivery.ONLINE},),
        ).title_language = "nn"  # fmt: skip
        make_offer(
            session, "Gammel norsk", key="gammel", subject_code="norsk", state=OfferState.DISCONTINUED,
            discontinued_on=date(2025, 6, 1), discontinue_reason="merged",
        )  # fmt: skip
        make_offer(session, "Kladd", key="kladd", state=OfferState.DRAFT)
        make_offer(session, "Enkeltemner", key="boks", is_container=True)
        session.add(
            FieldOrigin(
                thing="offer",
                thing_id=make_offer(
                    session, "Matematikk 1-7", key="matte", subject_code="matematikk", school_years="1-7"
                ).pk,
                field="school_years",
                value="1-7",
                origin=Origin.DERIVED,
                confidence=0.9,
                evidence="1-7",
                at=clock.now(),
            )
        )
    index()
    return browse(engine)


def soup(client: FlaskClient, address: str, status: int = 200, **headers: str) -> BeautifulSoup:
    response = client.get(address, headers=headers)
    assert response.status_code == status, response.get_data(as_text=True)[:2000]
    return BeautifulSoup(response.get_data(as_text=True), "html5lib")


PAGES = [
    ("/nb/", 200),
    ("/nb/tilbud", 200),
    ("/nb/tilbud?q=norsk&fylke=46&malgruppe=primary_1_7&fag=norskfag&fag=norsk", 200),
    ("/nb/tilbud?q=norsk&fra=Bergen&avstand=50&sorter=frist", 200),
    ("/nb/tilbud?q=norsk&fylke=03", 200),
    ("/nb/tilbud?fra=Langtvekkistan&q=xyzzy", 200),
    ("/nb/tilbud/norsk17/norsk-1-1-7-trinn", 200),
    ("/nb/tilbud/matte/matematikk-1-7", 200),
    ("/nb/tilbud/gammel/gammel-norsk", 410),
    ("/nb/sammenlign", 200),
    ("/nb/sammenlign?id=norsk17", 200),
    ("/nb/sammenlign?id=norsk17&id=norsk510&id=sprak", 200),
    ("/nn/tilbud?q=norsk", 200),
    ("/en/tilbud?q=norsk", 200),
    ("/se/tilbud/sprak/laerarsprak", 200),
]


def test_what_is_open_is_told_at_once_and_stands_first(client: FlaskClient, database: Database) -> None:
    with database.write() as session:
        later = {"key": "later", "term": "2026H", "application_opens_on": date(2026, 6, 1)}
        now = {
            "key": "now",
            "term": "2027V",
            "application_opens_on": date(2026, 2, 1),
            "application_closes_on": date(2026, 4, 15),
        }
        make_offer(session, "Musikk", key="musikk", runs=(later, now))
        make_offer(session, "Dans", key="dans", runs=({**later, "key": "alone"},))
    page = BeautifulSoup(client.get("/nb/tilbud/musikk/musikk").text, "html5lib")
    link = page.select_one(".band a[href^='#run-']")
    assert link is not None
    assert (link["href"], link.text) == ("#run-now", "Se oppstarten vår 2027")
    assert "Søknadsfrist 15. april 2026" in link.parent.text
    assert [one["id"] for one in page.select("article[id^='run-']")] == ["run-now", "run-later"]
    assert not BeautifulSoup(client.get("/nb/tilbud/dans/dans").text, "html5lib").select(".band a[href^='#run-']")


def test_every_page_is_valid_and_can_be_read_aloud(client: FlaskClient) -> None:
    for address, status in PAGES:
        text = client.get(address).get_data(as_text=True)
        parser = html5lib.HTMLParser()
        parser.parse(text)
        assert not parser.errors, (address, parser.errors[:3])
        page = soup(client, address, status)
        assert page.html is not None
        assert page.html["lang"] == address.split("/")[1], address
        assert len(page.find_all("h1")) == 1, address
        ids = Counter(tag["id"] for tag in page.find_all(id=True))
        assert not [one for one, times in ids.items() if times > 1], address
        for field in page.select("input:not([type=hidden]), select, textarea"):
            assert page.select_one(f'label[for="{field["id"]}"]'), (address, field)
        for tied in page.select("[aria-labelledby], [aria-describedby]"):
            for one in (tied.get("aria-labelledby") or tied.get("aria-describedby") or "").split():
                assert one in ids, (address, one)
        for link in page.select("a"):
            assert link.get_text(strip=True) or link.get("aria-label"), (address, link)
        levels = [int(tag.name[1]) for tag in page.select("h1, h2, h3, h4")]
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), (address, levels)
        assert page.select_one("#status[role=status]"), address
        assert not page.select_one("#results [role=status]"), address
        assert "style=" not in text.replace("data-style=", ""), address


def heading(page: BeautifulSoup) -> str:
    assert page.h1 is not None
    return page.h1.get_text(strip=True)


def test_the_heading_is_the_answer(client: FlaskClient) -> None:
    assert heading(soup(client, "/nb/tilbud?q=norsk")) == "3 tilbud for «norsk»"
    assert heading(soup(client, "/nb/tilbud?q=norsk&fylke=46")) == "1 tilbud for «norsk»: Vestland"
    assert (
        heading(soup(client, "/nb/tilbud?q=norsk&fra=bergen&avstand=50"))
        == "2 tilbud for «norsk» innen 50 km fra Bergen"
    )
    assert heading(soup(client, "/nb/tilbud?q=norsk&fylke=03")) == "Ingen tilbud for «norsk»: Oslo"


def test_a_name_that_two_places_have_is_asked_about(client: FlaskClient) -> None:
    page = soup(client, "/nb/tilbud?q=norsk&fra=våler&avstand=50")
    links = {link.get_text(strip=True): link["href"] for link in page.select("#results .ds-alert a")}
    assert list(links) == ["Våler (Innlandet)", "Våler (Østfold)"]
    assert "fra=V%C3%A5ler+%28Innlandet%29&avstand=50" in links["Våler (Innlandet)"]
    assert "Fant ikke kommunen" not in soup(client, links["Våler (Østfold)"]).text
    assert not soup(client, "/nb/tilbud?fra=Ingensted").select("#results .ds-alert a")


def test_counts_beside_filters_are_disjunctive_and_nought_is_greyed(client: FlaskClient) -> None:
    page = soup(client, "/nb/tilbud?q=norsk&fylke=46")
    counties = {
        box["value"]: page.select_one(f'label[for="{box["id"]}"] .count') for box in page.select("input[name=fylke]")
    }
    assert {code: tag.contents[0] for code, tag in counties.items() if tag}["55"] == "1", (
        "Troms is counted though not chosen"
    )
    assert "none" in page.select_one("#f-county-03").parent["class"]
    assert page.select_one("#f-county-46").has_attr("checked")
    assert all(box["form"] == "search" for box in page.select("#facets .facet input")), (
        "they belong to the form without script"
    )


def test_chips_take_one_filter_away_each(client: FlaskClient) -> None:
    page = soup(client, "/nb/tilbud?fylke=46&fylke=55&q=norsk&malgruppe=primary_1_7")
    chips = {chip.get_text(strip=True): chip["href"] for chip in page.select("a.ds-chip")}
    assert chips["Vestland"] == "/nb/tilbud?q=norsk&malgruppe=primary_1_7&fylke=55"
    assert chips["Barnetrinnet (1.–7. trinn)"] == "/nb/tilbud?q=norsk&fylke=46&fylke=55"


def test_choosing_a_subject_within_an_area_narrows(client: FlaskClient) -> None:
    assert heading(soup(client, "/nb/tilbud?fag=norskfag")) == "3 tilbud: Norsk"
    assert (
        heading(soup(client, "/nb/tilbud?fag=norskfag&fag=nordisk"))
        == "Ingen tilbud: Nordisk språk og litteratur, Norsk"
    )


def test_a_card_says_the_same_things_in_the_same_order(client: FlaskClient) -> None:
    page = soup(client, "/nb/tilbud?q=norsk&fylke=46")
    card = page.select_one("article.card")
    assert card is not None
    assert card.h2.a["href"] == "/nb/tilbud/norsk17/norsk-1-1-7-trinn"
    assert [dt.get_text(strip=True) for dt in card.select("dt")] == ["Sted", "Omfang", "Form", "Oppstart", "For"]
    text = card.get_text(" ", strip=True)
    for said in ("Universitetet i Bergen", "Vestland · Bergen", "30 studiepoeng", "Samlingsbasert", "20. august 2026",
                 "Åpent for søknad", "Søknadsfrist 15. april 2026"):  # fmt: skip
        assert said in text, said


def test_htmx_gets_the_answer_alone_and_the_canonical_address(client: FlaskClient) -> None:
    response = client.get("/nb/tilbud?fylke=46&q=norsk&x=1", headers={"HX-Request": "true"})
    text = " ".join(response.get_data(as_text=True).split())
    assert "<html" not in text
    assert 'id="answer-title" hx-swap-oob="true">1 tilbud for «norsk»' in text
    assert response.headers["HX-Push-Url"] == "/nb/tilbud?q=norsk&fylke=46"
    assert "HX-Request" in response.headers["Vary"]
    page = BeautifulSoup(text, "html5lib")
    assert page.select_one("[data-status]"), "the status outside has words to say"


def test_a_page_past_the_end_moves_to_the_last(client: FlaskClient) -> None:
    response = client.get("/nb/tilbud?q=norsk&side=7")
    assert (response.status_code, response.location) == (302, "/nb/tilbud?q=norsk")


def test_spelling_is_suggested_and_never_silently_replaced(client: FlaskClient) -> None:
    page = soup(client, "/nb/tilbud?q=mattematikk")
    assert page.select_one('a[href="/nb/tilbud?q=matematikk"]')


def test_a_filter_we_do_not_know_is_told(client: FlaskClient) -> None:
    assert "sett bort fra et filter vi ikke kjenner: tull." in soup(client, "/nb/tilbud?q=norsk&fylke=tull").get_text()
    assert "sett bort fra" not in soup(client, "/nb/tilbud?q=norsk&fylke=18").get_text()


def test_no_hits_says_what_to_drop_and_is_counted_without_a_name(client: FlaskClient, database: Database) -> None:
    page = soup(client, "/nb/tilbud?q=norsk&fylke=03")
    ways = {a.get_text(strip=True): a["href"] for a in page.select(".empty a")}
    assert ways["Fjern filteret Oslo"] == "/nb/tilbud?q=norsk"
    client.get("/nb/tilbud?fylke=03&q=norsk")
    client.get("/nb/tilbud?fylke=03&q=01017012345")
    client.get("/nb/tilbud?fylke=03&q=kari@skole.no")
    with database.read() as session:
        found = [(row.query, row.day, row.times) for row in session.exec(select(UnmetDemand))]
    assert found == [("q=norsk&fylke=03", TODAY, 2)]


def test_while_the_engine_is_away_the_page_says_so_and_works(
    client: FlaskClient, browse: Browse, away: SearchEngine
) -> None:
    page = soup(browse(away), "/nb/tilbud?q=norsk&fylke=46")
    assert heading(page) == "1 tilbud for «norsk»: Vestland"
    assert "forenklet" in page.select_one(".ds-alert:not([hidden])").get_text()
    for address, status in PAGES:
        assert browse(away).get(address).status_code == status, address
    assert browse(away).get("/nb/tilbud.csv?q=norsk").status_code == 200


def test_the_map_is_a_filter_with_the_same_list_as_text(client: FlaskClient) -> None:
    page = soup(client, "/nb/tilbud?q=norsk&fylke=46")
    tiles = {a.get_text(" ", strip=True): a["href"] for a in page.select(".tiles a")}
    assert len(tiles) == 15
    assert tiles["Troms 1"] == "/nb/tilbud?q=norsk&fylke=46&fylke=55"
    assert tiles["Vestland 1"] == "/nb/tilbud?q=norsk", "what is chosen is taken away"
    assert {a["href"] for a in page.select(".county-map .columns a")} == set(tiles.values())


def test_downloads_hold_the_same_search_from_the_database(client: FlaskClient, database: Database) -> None:
    with database.write() as session:
        make_offer(session, "=cmd|'/c calc'!A1 norsk", key="farlig")
    text = client.get("/nb/tilbud.csv?q=norsk").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {row["Nøkkel"] for row in rows} == {"norsk17", "norsk510", "sprak"}
    (row,) = (row for row in rows if row["Nøkkel"] == "norsk17")
    assert (row["Tittel"], row["Fag"], row["Sted"]) == ("Norsk 1, 1.–7. trinn", "Norsk", "Bergen")
    for ending in ("xlsx", "ods"):
        response = client.get(f"/nb/tilbud.{ending}?q=norsk")
        assert response.status_code == 200
        assert f".{ending}" in response.headers["Content-Disposition"]
    assert client.get("/nb/tilbud.exe").status_code == 404


def test_a_title_cannot_become_a_formula(
    client: FlaskClient, database: Database, engine: EmbeddedEngine, index: Callable[[], None]
) -> None:
    with database.write() as session:
        make_offer(session, "=HYPERLINK(1) dans", key="farlig")
    index()
    assert ";'=HYPERLINK" in ";" + client.get("/nb/tilbud.csv?q=dans").get_data(as_text=True)[3:].split("\r\n")[1]


def test_json_is_the_shape_of_the_command_line(client: FlaskClient) -> None:
    body = json.loads(client.get("/nb/tilbud.json?q=norsk&fylke=46").get_data())
    assert body["total"] == 1
    (hit,) = body["hits"]
    assert {"key", "title", "provider", "score"} <= hit.keys()
    assert hit["runs"][0]["closes_on"] == "2026-04-15"
    assert body["facets"]["county"]["55"] == 1
    assert body["did_you_mean"] is None


def test_an_offers_page(client: FlaskClient) -> None:
    page = soup(client, "/nb/tilbud/norsk17/norsk-1-1-7-trinn")
    text = page.main.get_text(" ", strip=True)
    for said in ("Universitetet i Bergen", "Bachelornivå", "Høst 2026", "Åpent for søknad", "Søk hos tilbyderen", "Vestland · Bergen",
                 "Høst 2025 : Gjennomført.".replace(" :", ":"), "Høst 2024: Avlyst: for få søkere."):  # fmt: skip
        assert said in text, said
    (script,) = page.select('script[type="application/ld+json"]')
    course = json.loads(script.string or "")
    assert course["@type"] == "Course"
    assert course["hasCourseInstance"][0]["startDate"] == "2026-08-20"
    assert "</script><b>" in course["description"], "kept whole, and could not close its element"
    assert page.select_one('link[hreflang="se"]')


def test_what_was_read_from_the_name_says_so(client: FlaskClient) -> None:
    text = soup(client, "/nb/tilbud/matte/matematikk-1-7").get_text(" ", strip=True)
    assert "1.–7. trinn (utledet fra navnet : « 1-7 »)" in text.replace("navnet:", "navnet :")


def test_titles_are_in_their_own_language(client: FlaskClient) -> None:
    assert soup(client, "/nb/tilbud/sprak/laerarsprak").h1["lang"] == "nn"
    assert not soup(client, "/nn/tilbud/sprak/laerarsprak").h1.has_attr("lang")


def test_addresses_that_are_wrong_gone_or_unknown(client: FlaskClient) -> None:
    for wrong in ("/nb/tilbud/norsk17/feil-navn", "/nb/tilbud/norsk17"):
        response = client.get(wrong)
        assert (response.status_code, response.location) == (301, "/nb/tilbud/norsk17/norsk-1-1-7-trinn")
    assert client.get("/nb/tilbud/finnes-ikke/x").status_code == 404
    assert client.get("/nb/tilbud/kladd/kladd").status_code == 404
    page = soup(client, "/nb/tilbud/gammel/gammel-norsk", 410)
    text = page.main.get_text(" ", strip=True)
    assert "lagt ned 1. juni 2025" in text
    assert "slått sammen med et annet tilbud" in text
    assert page.select_one('a[href="/nb/tilbud/norsk17/norsk-1-1-7-trinn"]'), "what to take instead"


def test_comparing(client: FlaskClient) -> None:
    page = soup(client, "/nb/sammenlign?id=norsk17&id=norsk510")
    rows = {tr.th.get_text(): [td.get_text() for td in tr.select("td")] for tr in page.select("tbody tr")}
    assert rows["Trinn"] == ["1.–7. trinn", "5.–10. trinn"]
    assert rows["Omfang"] == ["30 studiepoeng", "30 studiepoeng"]
    only = soup(client, "/nb/sammenlign?id=norsk17&id=norsk510&forskjeller=1")
    labels = [th.get_text() for th in only.select("tbody th")]
    assert "Omfang" not in labels
    assert "Trinn" in labels
    four = soup(client, "/nb/sammenlign?id=norsk17&id=norsk510&id=sprak&id=matte&id=finnes-ikke")
    assert len(four.select("thead th")) == 4
    assert "inntil 4" in four.get_text()


def test_what_robots_read(client: FlaskClient) -> None:
    site_map = client.get("/sitemap.xml")
    assert site_map.mimetype == "application/xml"
    found = fromstring(site_map.get_data())
    addresses = [loc.text for loc in found.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert "http://localhost/nn/tilbud/norsk17/norsk-1-1-7-trinn" in addresses
    assert len(addresses) == 4 * 4
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").get_data(as_text=True)
    assert "{searchTerms}" in client.get("/nb/opensearch.xml").get_data(as_text=True)


def test_a_search_asks_the_database_a_few_things_only(client: FlaskClient, database: Database) -> None:
    from sqlalchemy import event

    client.get("/nb/tilbud?q=norsk")
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    client.get("/nb/tilbud?q=norsk")
    event.remove(database.engine, "before_cursor_execute", note)
    assert len(asked) <= 2, asked
