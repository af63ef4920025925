"""A drawn page is shown again as long as it is true, to whoever may see the same."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlmodel import select

from registry.catalogue.documents import build_documents
from registry.catalogue.models import UnmetDemand
from registry.catalogue.views import page_cache
from registry.core.db import Database
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine, SearchPage, SearchQuery
from tests.catalogue.making import TODAY, make_offer

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Counting(EmbeddedEngine):
    asked = 0

    def search(self, query: SearchQuery) -> SearchPage:
        self.asked += 1
        return super().search(query)


@pytest.fixture
def engine(engine: EmbeddedEngine) -> Iterator[Counting]:
    made = Counting(None, engine._settings)
    yield made
    made.close()


@pytest.fixture
def client(
    database: Database, engine: Counting, index: Callable[[], None], browse: Callable[[SearchEngine], FlaskClient]
) -> FlaskClient:
    with database.write() as session:
        make_offer(session, "Norsk", key="1120:a")
    index()
    return browse(engine)


def drawn(client: FlaskClient, engine: Counting, path: str = "/nb/tilbud?q=norsk", **how: object) -> bool:
    """Was the page drawn anew?"""
    before = engine.asked
    assert client.get(path, **how).status_code == 200
    return engine.asked > before


@pytest.mark.parametrize("path", ["/nb/", "/nb/tilbud", "/nb/tilbud?q=norsk"])
def test_a_page_is_drawn_once_and_shown_again(client: FlaskClient, engine: Counting, path: str) -> None:
    first, asked = client.get(path), engine.asked
    again = client.get(path)
    assert engine.asked == asked
    assert (again.data, again.headers["Content-Type"]) == (first.data, first.headers["Content-Type"])
    assert again.headers.get("HX-Push-Url") == first.headers.get("HX-Push-Url")
    assert again.headers.getlist("Vary") == first.headers.getlist("Vary")


@pytest.mark.parametrize("ending", ["csv", "xlsx", "ods", "json", "atom", "ics"])
def test_a_file_is_drawn_once_for_all(client: FlaskClient, engine: Counting, ending: str) -> None:
    path = f"/nb/tilbud.{ending}?q=norsk"
    first, asked = client.get(path), engine.asked
    with client.session_transaction() as session:
        session["_flashes"] = [("message", "Bare til deg")]
    again = client.get(path)
    assert engine.asked == asked
    assert (first.status_code, again.data) == (200, first.data)
    for name in ("Content-Type", "Content-Disposition", "ETag", "Cache-Control"):
        assert again.headers.get(name) == first.headers.get(name), name
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    with time_machine.travel(NOON + page_cache.LONGEST, tick=False):
        assert drawn(client, engine, path)


def test_who_asks_for_a_file_that_is_being_drawn_waits_for_it(client: FlaskClient, engine: Counting) -> None:
    path, search = "/nb/tilbud.csv?q=norsk", engine.search

    def slow(query: SearchQuery) -> SearchPage:
        time.sleep(0.05)
        return search(query)

    engine.search = slow  # type: ignore[method-assign]  # of this engine alone
    with ThreadPoolExecutor(4) as pool:
        bodies = {one.data for one in pool.map(lambda _: client.application.test_client().get(path), range(4))}
    assert (len(bodies), engine.asked) == (1, 1)


def test_what_is_written_to_the_index_is_seen_at_once(
    client: FlaskClient, engine: Counting, database: Database
) -> None:
    assert "1 tilbud" in client.get("/nb/tilbud?q=norsk").text
    with database.write() as session:
        make_offer(session, "Norsk igjen", key="1120:b")
    with database.read() as session:
        engine.put(build_documents(session, ["1120:b"], today=TODAY))
    assert "2 tilbud" in client.get("/nb/tilbud?q=norsk").text


def test_an_engine_configured_anew_draws_anew(client: FlaskClient, engine: Counting) -> None:
    assert drawn(client, engine)
    moment = engine.moment()
    engine.configure(replace(engine._settings, synonyms=(("norsk", "norwegian"),)))
    assert engine.moment() != moment
    assert drawn(client, engine)


@pytest.mark.parametrize(("later", "anew"), [(timedelta(seconds=59), False), (page_cache.LONGEST, True)])
def test_a_page_lasts_a_minute(client: FlaskClient, engine: Counting, later: timedelta, anew: bool) -> None:
    assert drawn(client, engine)
    with time_machine.travel(NOON + later, tick=False):
        assert drawn(client, engine) is anew


def test_deadlines_pass_at_midnight(client: FlaskClient, engine: Counting) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 22, 59, 50, tzinfo=UTC), tick=False):
        assert drawn(client, engine)
    with time_machine.travel(datetime(2026, 3, 1, 23, 0, 5, tzinfo=UTC), tick=False):  # midnight in Oslo
        assert drawn(client, engine)


def test_who_has_something_in_the_session_is_shown_a_page_of_their_own(client: FlaskClient, engine: Counting) -> None:
    assert drawn(client, engine)
    assert not drawn(client, engine)
    with client.session_transaction() as session:
        session["_flashes"] = [("message", "Bare til deg")]
    assert drawn(client, engine)  # theirs
    with client.session_transaction() as session:
        session.clear()
    assert not drawn(client, engine)  # and everybody's still stands


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/nn/tilbud?q=norsk", {}), ("/nb/tilbud?q=Norsk", {}), ("/nb/tilbud?q=norsk", {"HX-Request": "true"})],
)
def test_another_language_address_or_part_is_another_page(
    client: FlaskClient, engine: Counting, path: str, headers: dict[str, str]
) -> None:
    whole = client.get("/nb/tilbud?q=norsk").text
    assert client.get(path, headers=headers).text != whole


def test_every_search_without_hits_is_counted(client: FlaskClient, database: Database) -> None:
    for _ in range(2):
        client.get("/nb/tilbud?q=qqqqqq")
    with database.read() as session:
        assert [row.times for row in session.exec(select(UnmetDemand))] == [2]


def test_a_browser_that_has_the_page_is_told_so(client: FlaskClient) -> None:
    tag = client.get("/nb/tilbud?q=norsk").headers["ETag"]
    again = client.get("/nb/tilbud?q=norsk", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_an_answer_of_the_database_is_not_kept(
    browse: Callable[[SearchEngine], FlaskClient], away: SearchEngine, database: Database
) -> None:
    client = browse(away)
    with database.write() as session:
        make_offer(session, "Norsk")
    assert "1 tilbud" in client.get("/nb/tilbud?q=norsk").text
    with database.write() as session:
        make_offer(session, "Norsk igjen")
    assert "2 tilbud" in client.get("/nb/tilbud?q=norsk").text


def test_no_more_bytes_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "MOST_BYTES", 10)
    pages = page_cache.Pages()
    for key in ("a", "b", "b", "b"):
        pages.put(key, page_cache.Page(b"12345", "", (), "now", NOON))
    assert pages.get("a", "now", NOON) is not None
    pages.put("c", page_cache.Page(b"123456", "", (), "now", NOON))
    assert [pages.get(key, "now", NOON) is not None for key in ("a", "b", "c")] == [False, False, True]


def test_no_more_pages_are_kept_than_there_is_room_for() -> None:
    pages = page_cache.Pages()
    for number in range(page_cache.MOST + 1):
        pages.put(number, page_cache.Page(b"", "", (), "now", NOON))
    assert pages.get(0, "now", NOON) is None
    assert pages.get(1, "now", NOON) is not None
    assert pages.get(1, "later", NOON) is None
