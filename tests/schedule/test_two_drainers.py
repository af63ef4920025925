"""One at a time writes to the index: what was read earlier never lies upon what was sent later."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from sqlmodel import select

from registry.core import clock, events
from registry.core.alone import alone
from registry.core.db import Database
from registry.core.events import OFFER_CHANGED
from registry.core.locks import Lock
from registry.offers.models import Offer
from registry.offers.states import OfferState
from registry.schedule import outbox
from search.embedded import EmbeddedEngine
from search.protocol import SearchDocument
from tests.catalogue.making import make_offer


class Slow(EmbeddedEngine):
    """Has read what it will write, and takes its time."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self.__dict__ = engine.__dict__
        self.reached, self.may = threading.Event(), threading.Event()

    def put(self, documents: Iterable[SearchDocument]) -> None:
        given = list(documents)
        self.reached.set()
        assert self.may.wait(30)
        super().put(given)


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """As another process has it."""
    opened = Database(database.url)
    yield opened
    opened.dispose()


def test_an_older_reader_does_not_put_back_what_a_newer_one_dropped(
    database: Database, other: Database, engine: EmbeddedEngine
) -> None:
    with database.write() as session:
        make_offer(session, key="a")
        events.publish(session, OFFER_CHANGED, "a")
    slow = Slow(engine)
    first = threading.Thread(target=outbox.drain, args=(database, slow))
    first.start()
    assert slow.reached.wait(30)
    with other.write() as session:
        offer = session.exec(select(Offer).where(Offer.key == "a")).one()
        offer.state, offer.discontinued_on, offer.discontinue_reason = OfferState.DISCONTINUED, clock.today(), "other"
        events.publish(session, OFFER_CHANGED, "a")
    assert outbox.drain(other, engine) == 0, "somebody else is at it"
    slow.may.set()
    first.join(30)
    assert engine.count() == 0
    assert outbox.waiting(database) == 0, "what came meanwhile was taken along"


def test_whoever_must_know_that_it_is_done_waits(database: Database, other: Database, engine: EmbeddedEngine) -> None:
    with database.write() as session:
        make_offer(session, key="a")
        events.publish(session, OFFER_CHANGED, "a")
    work = (
        lambda: outbox.drain(other, engine, wait=True),
        lambda: outbox.rebuild(other, engine),
        lambda: outbox.check(other, engine, repair=True),
    )
    for one in work:
        engine.wipe()
        waiting = threading.Thread(target=one)
        with alone(database, Lock.INDEX):
            waiting.start()
            waiting.join(0.2)
            assert waiting.is_alive()
            assert engine.count() == 0
        waiting.join(30)
        assert not waiting.is_alive()
    assert engine.count() == 1


def test_a_drainer_that_has_lost_the_lock_begins_no_further_batch(
    database: Database, engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("a", "b"):
        with database.write() as session:
            make_offer(session, key=key)
            events.publish(session, OFFER_CHANGED, key)
    answers = iter((True, False))

    class Losing:
        def stands(self) -> bool:
            return next(answers)

    @contextmanager
    def losing(*_: object, **__: object) -> Iterator[Losing]:
        yield Losing()

    monkeypatch.setattr(outbox, "alone", losing)
    assert outbox.drain(database, engine, batch=1) == 1
