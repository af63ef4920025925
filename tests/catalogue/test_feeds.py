"""A search that tells by itself, as readers of feeds and calendars understand it; and what robots make of our pages."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from xml.etree.ElementTree import Element

import extruct
import pytest
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from icalendar import Calendar, Event
from sqlmodel import select

from registry.catalogue import feeds
from registry.catalogue.views import machines
from registry.catalogue.views.page_cache import forget_pages
from registry.core import clock
from registry.core.db import Database
from registry.offers.models import Offer, Run
from registry.offers.states import CancelReason, Delivery, RunState
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.catalogue.making import make_offer

Browse = Callable[[SearchEngine], FlaskClient]
ATOM = "{http://www.w3.org/2005/Atom}"
DEADLINE = date(2026, 4, 15)


@pytest.fixture
def client(database: Database, engine: EmbeddedEngine, index: Callable[[], None], browse: Browse) -> FlaskClient:
    with database.write() as session:
        make_offer(
            session, "Norsk 1 & lesing", key="norsk", provider="1120", subject_code="norsk",
            targets=(("primary_1_7", "teacher"),),
            runs=(
                {"key": "norsk-h", "places": ("4601",), "application_opens_on": date(2026, 2, 1),
                 "application_closes_on": DEADLINE, "starts_on": date(2026, 8, 20), "state": RunState.OPEN},
                {"key": "norsk-lost", "application_closes_on": DEADLINE, "state": RunState.CANCELLED,
                 "cancel_reason": CancelReason.FEW_APPLICANTS, "cancelled_at": clock.now()},
                {"key": "norsk-nett", "term": "2027V", "delivery": Delivery.ONLINE},
            ),
        )  # fmt: skip
        make_offer(session, "Norsk 2", key="norsk2", subject_code="norsk", runs=({"term": "2025H"},))
    index()
    return browse(engine)


def entries(client: FlaskClient, address: str = "/nb/tilbud.atom?q=norsk") -> list[Element]:
    response = client.get(address)
    assert response.mimetype == "application/atom+xml"
    return list(fromstring(response.data).iter(f"{ATOM}entry"))


def text(entry: Element, name: str) -> str:
    return entry.findtext(f"{ATOM}{name}") or ""


def test_a_feed_tells_what_is_to_come_and_where_it_stands(client: FlaskClient) -> None:
    [entry] = entries(client)  # not what was taught last year
    assert text(entry, "title") == "Norsk 1 & lesing"
    assert text(entry, "id") == "http://localhost/nb/tilbud/norsk"
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == "http://localhost/nb/tilbud/norsk/norsk-1-lesing"
    for said in ("30 studiepoeng", "Barnetrinnet", "Vestland · Bergen", "Åpent for søknad", "Søknadsfrist 15. april 2026",
                 "Avlyst"):  # fmt: skip
        assert said in text(entry, "summary"), said
    assert [text(one, "title") for one in entries(client, "/nn/tilbud.atom?q=norsk&tid=past")] == ["Norsk 2"]


def test_a_feed_has_the_parts_that_rfc_4287_asks_for(client: FlaskClient) -> None:
    feed = fromstring(client.get("/nb/tilbud.atom?q=norsk&x=1").data)
    for name in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{name}") is not None, name
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {
        "alternate": "http://localhost/nb/tilbud?q=norsk",
        "self": "http://localhost/nb/tilbud.atom?q=norsk",
    }
    assert feed.findtext(f"{ATOM}title") == "norsk"
    for entry in feed.iter(f"{ATOM}entry"):
        for name in ("id", "title", "updated", "author", "summary"):
            assert entry.find(f"{ATOM}{name}") is not None, name


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("fag=musikk&fylke=56", "Musikk, Finnmark"),
        ("q=norsk&fra=bergen&form=online", "norsk, Nettbasert, 100 km fra Bergen"),
        ("", "Alle tilbud"),
    ],
)
def test_feed_and_calendar_are_named_by_what_is_asked_for(client: FlaskClient, asked: str, name: str) -> None:
    """Among many in a reader, "6 tilbud" would say nothing."""
    assert fromstring(client.get(f"/nb/tilbud.atom?{asked}").data).findtext(f"{ATOM}title") == name
    assert str(calendar(client, f"/nb/tilbud.ics?{asked}")["x-wr-calname"]) == name


def test_an_empty_search_is_an_empty_feed(client: FlaskClient) -> None:
    assert entries(client, "/nb/tilbud.atom?q=finnesikke") == []
    assert calendar(client, "/nb/tilbud.ics?q=finnesikke").events == []


@pytest.mark.parametrize("syntax", ["atom", "ics"])
def test_who_has_it_already_is_told_so(
    client: FlaskClient, database: Database, index: Callable[[], None], syntax: str
) -> None:
    address = f"/nb/tilbud.{syntax}?q=norsk"
    first = client.get(address)
    tag = first.headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    with database.write() as session:
        run = session.exec(select(Run).where(Run.key == "norsk-h")).one()
        run.application_closes_on = date(2026, 5, 1)
        run.updated_at = clock.now() + timedelta(hours=1)
    index()  # as the outbox does with every change
    again = client.get(address, headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert again.data != first.data


def test_the_day_applications_open_is_a_change(client: FlaskClient, database: Database) -> None:
    """Nobody touched the offer, and still there is news."""
    with database.write() as session:
        for row in (*session.exec(select(Offer)), *session.exec(select(Run))):
            row.updated_at = datetime(2025, 12, 1, tzinfo=UTC)
    [entry] = entries(client)
    assert text(entry, "updated").startswith("2026-01-31T23:00")  # midnight in Norway


def test_a_title_that_xml_cannot_hold_is_cleaned(client: FlaskClient, database: Database) -> None:
    with database.write() as session:
        session.exec(select(Offer).where(Offer.key == "norsk")).one().title = "Norsk\x0b1"
    assert text(entries(client)[0], "title") == "Norsk 1"


def calendar(client: FlaskClient, address: str = "/nb/tilbud.ics?q=norsk") -> Calendar:
    response = client.get(address)
    assert response.mimetype == "text/calendar"
    found = Calendar.from_ical(response.data)
    assert isinstance(found, Calendar)
    return found


def events(client: FlaskClient) -> dict[str, Event]:
    return {str(event["uid"]).partition("@")[0]: event for event in calendar(client).events}


def test_a_calendar_has_the_days_that_matter(client: FlaskClient) -> None:
    found = events(client)
    assert set(found) == {"norsk-h-apner", "norsk-h-frist", "norsk-h-start", "norsk-lost-frist"}
    deadline = found["norsk-h-frist"]
    assert deadline["summary"] == "Søknadsfrist: Norsk 1 & lesing"
    assert (deadline["dtstart"].dt, deadline["dtend"].dt) == (DEADLINE, DEADLINE + timedelta(days=1))
    assert deadline["location"] == "Vestland · Bergen"
    [alarm] = [part for part in deadline.subcomponents if part.name == "VALARM"]
    assert alarm["trigger"].dt == timedelta(days=-14)
    assert found["norsk-h-start"]["dtstart"].dt == date(2026, 8, 20)


def test_days_long_past_are_left_out_of_a_calendar(client: FlaskClient, database: Database) -> None:
    with database.write() as session:
        run = session.exec(select(Run).where(Run.key == "norsk-h")).one()
        run.application_opens_on = date(2026, 1, 29)  # thirty-one days ago
    assert "norsk-h-apner" not in events(client)
    assert "norsk-h-frist" in events(client)


def test_what_was_cancelled_is_struck_out_in_the_calendar(client: FlaskClient) -> None:
    lost = events(client)["norsk-lost-frist"]
    assert lost["status"] == "CANCELLED"
    assert not lost.subcomponents


def test_the_search_page_leads_to_feed_and_calendar(client: FlaskClient) -> None:
    page = client.get("/nb/tilbud?q=norsk").text
    assert 'href="/nb/tilbud.atom?q=norsk"' in page
    assert 'href="/nb/tilbud.ics?q=norsk"' in page
    assert 'type="application/atom+xml"' in page


def test_the_engine_away_answers_from_the_database(client: FlaskClient, away: SearchEngine, browse: Browse) -> None:
    titles = [text(entry, "title") for entry in entries(browse(away), "/nb/tilbud.atom?q=norsk")]
    assert "Norsk 1 & lesing" in titles


def test_the_engine_away_changes_no_calendar(client: FlaskClient, away: SearchEngine, browse: Browse) -> None:
    """What is filtered by stays filtered: nobody's calendar fills with what they did not ask for."""
    asked = "/nb/tilbud.ics?q=norsk&status=open"
    before, without = client.get(asked), browse(away).get(asked)
    assert before.data == without.data
    assert len(calendar(client, asked).events) == 4


def test_a_feed_holds_the_newest_changes_of_all_that_is_found(
    client: FlaskClient, database: Database, index: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        for number in range(4):
            make_offer(session, "Norsk", key=f"norsk-{number}")  # more relevant, and nothing happens to them
        late = make_offer(session, "Leseopplæring og mye annet i norsk", key="sent", runs=({"key": "sent-h"},))
        late.updated_at = clock.now() + timedelta(minutes=1)
    index()
    monkeypatch.setattr(feeds, "MOST_FED", 2)
    with database.write() as session:
        session.exec(select(Run).where(Run.key == "norsk-h")).one().updated_at = clock.now() + timedelta(minutes=2)
    assert [text(entry, "title") for entry in entries(client)] == [
        "Norsk 1 & lesing",
        "Leseopplæring og mye annet i norsk",
    ]
    assert len(calendar(client).events) == 4, "a calendar holds more"


def test_a_calendar_that_cannot_hold_all_says_so(
    client: FlaskClient, database: Database, index: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        make_offer(session, "Norsk", key="enda-en")
    index()
    assert "description" not in calendar(client)
    monkeypatch.setattr(feeds, "MOST_IN_CALENDAR", 1)
    forget_pages(client.application)
    assert str(calendar(client)["description"]).startswith("Kalenderen er full: 1 tilbud til er ikke med.")
    assert str(calendar(client, "/nn/tilbud.ics?q=norsk")["description"]).startswith("Kalenderen er full: 1 tilbod til")


def test_an_offer_is_a_course_to_robots(client: FlaskClient) -> None:
    """Read by extruct, as search engines read a page: a Course whose values have the types that schema.org gives them."""
    address = "http://localhost/nb/tilbud/norsk/norsk-1-lesing"
    page = client.get("/nb/tilbud/norsk/norsk-1-lesing").text
    [course] = extruct.extract(page, base_url=address, syntaxes=["json-ld"], errors="strict")["json-ld"]
    assert (course["@context"], course["@type"], course["url"]) == ("https://schema.org", "Course", address)
    assert course["name"] == "Norsk 1 & lesing"
    assert {one["@type"] for one in course["provider"]} == {"CollegeOrUniversity"}
    assert course["numberOfCredits"]["@type"] == "StructuredValue"
    assert course["numberOfCredits"]["value"] == 30
    first = next(one for one in course["hasCourseInstance"] if one.get("startDate"))
    assert first["@type"] == "CourseInstance"
    assert first["@id"].startswith(f"{course['@id']}#run-")
    assert (date.fromisoformat(first["startDate"]), first["location"][0]) == (
        date(2026, 8, 20), {"@type": "Place", "name": "Bergen"},
    )  # fmt: skip
    assert first["offers"]["availabilityEnds"] == DEADLINE.isoformat()
    assert [one["eventStatus"] for one in course["hasCourseInstance"] if "eventStatus" in one] == [
        "https://schema.org/EventCancelled"
    ]
    assert not [value for value in _values(course) if value in (None, "", [], {})]


def test_a_search_is_a_list_to_robots(client: FlaskClient) -> None:
    page = client.get("/nb/tilbud?q=norsk&tid=past&tid=upcoming").text
    [found] = extruct.extract(page, base_url="http://localhost/nb/tilbud", syntaxes=["json-ld"], errors="strict")[
        "json-ld"
    ]
    assert (found["@context"], found["@type"], found["name"]) == (
        "https://schema.org",
        "ItemList",
        "norsk, Tidligere år, Kommende",
    )
    assert found["numberOfItems"] == 2
    listed = found["itemListElement"]
    assert [(one["@type"], one["position"]) for one in listed] == [("ListItem", 1), ("ListItem", 2)]
    assert {one["name"]: one["url"] for one in listed} == {
        "Norsk 2": "http://localhost/nb/tilbud/norsk2/norsk-2",
        "Norsk 1 & lesing": "http://localhost/nb/tilbud/norsk/norsk-1-lesing",
    }
    assert "ld+json" not in client.get("/nb/tilbud?q=finnesikke").text
    assert "ld+json" not in client.get("/nb/tilbud?q=norsk", headers={"HX-Request": "true"}).text


def test_the_site_map_says_when_a_page_changed_last_by_its_offer_or_a_run(
    client: FlaskClient, database: Database
) -> None:
    with database.write() as session:
        for row in (*session.exec(select(Offer)), *session.exec(select(Run))):
            row.updated_at = datetime(2025, 12, 1, 12, tzinfo=UTC)
        session.exec(select(Run).where(Run.key == "norsk-nett")).one().updated_at = datetime(2026, 2, 3, 12, tzinfo=UTC)
        make_offer(session, "Uten oppstart", key="uten", runs=())
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = {
        (url.findtext(f"{space}loc") or "").split("/")[5]: url.findtext(f"{space}lastmod")
        for url in fromstring(client.get("/sitemap.xml").data).iter(f"{space}url")
    }
    assert found == {"norsk": "2026-02-03", "norsk2": "2025-12-01", "uten": "2026-03-01"}


def _values(node: object) -> list[object]:
    """Every value in a tree of JSON."""
    if isinstance(node, dict):
        return [value for one in node.values() for value in (one, *_values(one))]
    if isinstance(node, list):
        return [value for one in node for value in (one, *_values(one))]
    return []


def test_a_large_site_map_is_an_index_of_files(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "_SITEMAP_LIMIT", 1)
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    index = [loc.text or "" for loc in fromstring(client.get("/sitemap.xml").data).iter(name)]
    assert index == ["http://localhost/sitemap-1.xml", "http://localhost/sitemap-2.xml"]
    told = [loc.text or "" for one in index for loc in fromstring(client.get(one).data).iter(name)]
    assert len(told) == len(set(told)) == 2 * 4
    for number in (0, 3):
        assert client.get(f"/sitemap-{number}.xml").status_code == 404


def test_a_browser_learns_to_search_and_to_follow(client: FlaskClient) -> None:
    described = fromstring(client.get("/en/opensearch.xml").data)
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    found = {url.get("type"): url.get("template") or "" for url in described.iter(f"{space}Url")}
    assert set(found) == {"text/html", "application/atom+xml", "application/json"}
    for template in found.values():
        path = template.replace("{searchTerms}", "norsk").removeprefix("http://localhost")
        assert client.get(path).status_code == 200, path
    assert len(described.findtext(f"{space}ShortName") or "") <= 16
    assert json.loads(client.get("/en/tilbud.json?q=norsk").data)["total"]
