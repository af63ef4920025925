"""Other synonyms in the set-up that the operator's guide tells of: the web may only search, the worker holds the key to write."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from sqlmodel import col, select

from registry.access.policy import system
from registry.catalogue.documents import index_settings
from registry.catalogue.operations.synonyms import Wording, save_synonyms
from registry.catalogue.tuning import tuned
from registry.core import events
from registry.core.db import Database
from registry.core.events import OutboxRow
from registry.schedule import outbox
from registry.schedule.jobs import JOBS
from registry.schedule.runner import Workshop
from registry.settings import Settings
from search.embedded import EmbeddedEngine
from search.meilisearch import MeilisearchEngine
from search.protocol import SearchQuery
from search.standby import StandbyEngine
from tests.catalogue.making import make_offer
from tests.search.loopback.server import Meilisearch, serving


@dataclass
class Place:
    """One server, and the engine of either process."""

    server: Meilisearch
    web: StandbyEngine
    worker: StandbyEngine


@pytest.fixture
def place(database: Database) -> Iterator[Place]:
    double = Meilisearch()
    with serving(double) as url, database.read() as session:
        settings = index_settings(session)
        web = StandbyEngine(MeilisearchEngine(url, settings, key="search", patience=20), EmbeddedEngine(None, settings))
        served = MeilisearchEngine(url, settings, key="search", write_key="write", patience=20)
        worker = StandbyEngine(served, EmbeddedEngine(None, settings))
        yield Place(double, web, worker)
        web.close()
        worker.close()


def with_an_offer(database: Database, worker: StandbyEngine) -> None:
    with database.write() as session:
        make_offer(session, "Trearbeid", key="trearbeid")
    outbox.rebuild(database, worker)


def save(database: Database, *terms: str, valid_to: date | None = None) -> None:
    with database.write() as session:
        save_synonyms(session, system("test"), "", Wording({"nb": terms}, "De mener det samme.", valid_to, ""))


def found(database: Database, engine: StandbyEngine, text: str) -> int:
    with database.read() as session:
        tuned(engine, session, now=True)
    page = engine.search(SearchQuery(text))
    assert not page.standby
    return page.total


def test_the_worker_tells_the_server_and_the_web_only_asks(database: Database, place: Place) -> None:
    with_an_offer(database, place.worker)
    save(database, "trearbeid", "snekring")
    asked = len(place.server.requests)
    assert found(database, place.web, "snekring") == 0
    assert {path for _, path, _ in place.server.requests[asked:]} <= {"/multi-search", "/indexes/offers/facet-search"}
    assert outbox.drain(database, place.worker) == 1
    assert found(database, place.web, "snekring") == 1


def test_a_server_that_refuses_gets_the_words_later_and_the_offers_now(database: Database, place: Place) -> None:
    with_an_offer(database, place.worker)
    save(database, "trearbeid", "snekring")
    with database.write() as session:
        make_offer(session, "Norsk", key="norsk")
        events.publish(session, events.OFFER_CHANGED, "norsk")

    def refusing(path: str) -> None:
        if path.endswith("/settings"):
            raise OSError

    place.server.before = refusing
    assert outbox.drain(database, place.worker) == 1
    with database.read() as session:
        [left] = session.exec(select(OutboxRow).where(col(OutboxRow.done_at).is_(None))).all()
        assert (left.topic, left.attempts, bool(left.last_error)) == (events.SYNONYMS_CHANGED, 1, True)
    assert found(database, place.web, "norsk") == 1
    place.server.before = lambda path: None
    assert outbox.drain(database, place.worker) == 1
    assert found(database, place.web, "snekring") == 1


def test_a_rebuild_takes_the_words_of_today_with_it(database: Database, place: Place) -> None:
    """The worker may have run since before they were changed."""
    with_an_offer(database, place.worker)
    save(database, "trearbeid", "snekring")
    with database.write() as session:
        for row in session.exec(select(OutboxRow)):
            session.delete(row)
    outbox.rebuild(database, place.worker)
    assert found(database, place.web, "snekring") == 1


def test_words_whose_day_has_come_are_told_once_a_day(
    database: Database, place: Place, first_of_march: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with_an_offer(database, place.worker)
    save(database, "trearbeid", "snekring", valid_to=date(2026, 3, 1))
    outbox.drain(database, place.worker)
    assert found(database, place.web, "snekring") == 1
    first_of_march.shift(24 * 3600)  # type: ignore[attr-defined]  # a traveller through time
    [compare] = [job for job in JOBS if job.name == "compare-index"]
    compare.call(Workshop(database, Settings(home=tmp_path_factory.mktemp("home")), place.worker))
    assert found(database, place.web, "snekring") == 0
