"""The search server is away, slow, silent, dripping or talking nonsense: somebody answers all the same, and soon."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from search.breaker import Breaker, State
from search.embedded import EmbeddedEngine
from search.meilisearch import MeilisearchEngine
from search.protocol import SearchQuery, SearchUnavailable
from search.standby import StandbyEngine
from tests.search.documents import SETTINGS, run
from tests.search.loopback.server import Meilisearch, serving

NOWHERE = "http://127.0.0.1:9"  #: the discard port: nobody listens
SILENCE = 60  #: seconds that a server which does not answer goes on with it: far longer than anybody waits, however busy the machine
BRIEF, AMPLE = 0.3, 20  #: seconds to wait for a server that will not answer, and for one that will


@contextmanager
def talking(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that does ``behave`` to whoever calls."""
    done = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    open_ones: list[socket.socket] = []

    def serve() -> None:
        while not done.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            open_ones.append(connection)
            threading.Thread(target=guarded, args=(connection,), daemon=True).start()

    def guarded(connection: socket.socket) -> None:
        with suppress(OSError):
            behave(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        done.set()
        thread.join()
        listener.close()
        for one in open_ones:
            one.close()


def silent(connection: socket.socket) -> None:
    connection.recv(65_536)
    time.sleep(SILENCE)


def dripping(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(SILENCE * 10):
        connection.sendall(b" ")
        time.sleep(0.1)


def nonsense(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n<html></html")


def failing(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def cutting(connection: socket.socket) -> None:
    connection.recv(10)
    connection.close()


@pytest.fixture
def embedded() -> EmbeddedEngine:
    engine = EmbeddedEngine(None, SETTINGS)
    engine.put([run("a", "Engelsk", county="46"), run("b", "Norsk", county="50")])
    return engine


@pytest.mark.parametrize("behave", [silent, dripping, nonsense, failing, cutting])
def test_the_standby_answers_long_before_the_server_would(
    embedded: EmbeddedEngine, behave: Callable[[socket.socket], None]
) -> None:
    with talking(behave) as url:
        engine = StandbyEngine(MeilisearchEngine(url, SETTINGS, patience=BRIEF), embedded)
        times = []
        for _ in range(20):
            started = time.perf_counter()
            page = engine.search(SearchQuery("engelsk", facets=("county",)))
            times.append(time.perf_counter() - started)
            assert ([hit.id for hit in page.hits], page.standby) == (["a"], True)
            assert page.facets == {"county": {"46": 1}}
        assert sum(times) < SILENCE  # three wait briefly, then the breaker is open
        assert engine.standing() == State.OPEN


def test_a_server_that_comes_back_is_asked_again(embedded: EmbeddedEngine) -> None:
    double = Meilisearch()
    now = [0.0]
    with serving(double) as url:
        first = MeilisearchEngine(url, SETTINGS, patience=AMPLE, breaker=Breaker(rest_seconds=10, clock=lambda: now[0]))
        first.rebuild([run("a", "Engelsk")])
        engine = StandbyEngine(first, embedded)
        assert not engine.search(SearchQuery("engelsk")).standby

        def broken(path: str) -> None:
            raise OSError

        double.before = broken
        assert [engine.search(SearchQuery("engelsk")).standby for _ in range(4)] == [True] * 4
        assert engine.standing() == State.OPEN
        double.before = lambda path: None
        assert engine.search(SearchQuery("engelsk")).standby  # still resting
        now[0] = 10.0
        assert not engine.search(SearchQuery("engelsk")).standby
        assert engine.standing() == "ok"


def test_many_who_ask_at_once_are_all_answered_soon(embedded: EmbeddedEngine) -> None:
    with talking(silent) as url:
        engine = StandbyEngine(MeilisearchEngine(url, SETTINGS, patience=BRIEF), embedded)
        times: list[float] = []

        def ask() -> None:
            started = time.perf_counter()
            assert engine.search(SearchQuery("engelsk")).total == 1
            times.append(time.perf_counter() - started)

        threads = [threading.Thread(target=ask) for _ in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(times) == 30
        assert max(times) < SILENCE


@pytest.mark.parametrize("call", ["count", "digests"])
def test_what_is_not_a_search_says_that_the_server_is_away(call: str) -> None:
    with pytest.raises(SearchUnavailable):
        getattr(MeilisearchEngine(NOWHERE, SETTINGS), call)()


def test_a_query_that_cannot_be_does_not_count_as_a_failure() -> None:
    with serving(Meilisearch()) as url:
        engine = MeilisearchEngine(url, SETTINGS, patience=AMPLE)
        engine.rebuild([run("a", numbers={"credits": 1.0})])
        for _ in range(5):
            with pytest.raises(ValueError, match="not a number"):
                engine.search(SearchQuery(ranges={"credits": (float("nan"), None)}))
        assert engine.standing() == "ok"


def test_the_standby_is_told_even_when_the_server_is_away(tmp_path: Path) -> None:
    standby = EmbeddedEngine(tmp_path, SETTINGS)
    engine = StandbyEngine(MeilisearchEngine(NOWHERE, SETTINGS), standby)
    with pytest.raises(SearchUnavailable):
        engine.put([run("a", "Engelsk")])
    assert engine.search(SearchQuery("engelsk")).total == 1


def test_both_are_rebuilt_dropped_from_and_compared() -> None:
    with serving(Meilisearch()) as url:
        first, standby = MeilisearchEngine(url, SETTINGS, patience=AMPLE), EmbeddedEngine(None, SETTINGS)
        engine = StandbyEngine(first, standby)
        assert engine.rebuild(run(key, "Engelsk", version=2) for key in "abc") == 3
        assert dict(first.digests()) == dict(standby.digests()) == dict(engine.digests())
        assert engine.drop(["a"]) == 1
        first.put([run("b", "Engelsk", version=3)])
        first.drop(["c"])
        assert dict(engine.digests()) == {"b": -1, "c": -1}
        engine.wipe()
        assert engine.count() == standby.count() == 0


def test_new_synonyms_reach_both() -> None:
    with serving(Meilisearch()) as url:
        first, standby = MeilisearchEngine(url, SETTINGS, patience=AMPLE), EmbeddedEngine(None, SETTINGS)
        engine = StandbyEngine(first, standby)
        engine.rebuild([run("a", "Drama")])
        engine.tell(replace(SETTINGS, synonyms=(("drama", "teater"),)))
        assert first.search(SearchQuery("teater")).total == standby.search(SearchQuery("teater")).total == 1


def test_who_reads_queries_by_other_settings_asks_no_server() -> None:
    """The web does so while a page waits, and has no key for more."""
    double = Meilisearch()
    with serving(double) as url:
        engine = MeilisearchEngine(url, SETTINGS, patience=AMPLE)
        engine.configure(replace(SETTINGS, synonyms=(("drama", "teater"),)))
    assert double.requests == []


def test_what_a_server_has_not_taken_is_told_again() -> None:
    double = Meilisearch()
    wanted = replace(SETTINGS, synonyms=(("drama", "teater"),))
    with serving(double) as url:
        engine = MeilisearchEngine(url, SETTINGS, patience=AMPLE)
        engine.rebuild([run("a", "Drama")])

        def broken(path: str) -> None:
            raise OSError

        double.before = broken
        with pytest.raises(SearchUnavailable):
            engine.tell(wanted)
        double.before = lambda path: None
        assert engine.search(SearchQuery("teater")).total == 0
        engine.tell(wanted)
        assert engine.search(SearchQuery("teater")).total == 1


def test_telling_makes_no_index_where_there_is_none() -> None:
    double = Meilisearch()
    with serving(double) as url:
        MeilisearchEngine(url, SETTINGS, patience=AMPLE).tell(replace(SETTINGS, synonyms=(("drama", "teater"),)))
    assert double.indexes == {}
