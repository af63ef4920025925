"""The way to the server: the official client, with an end to every wait and a breaker before every question.

The client's own timeout ends a silent connection, not one that drips; so a question is asked in a thread of its own that
nobody waits for longer than the whole is worth. Nothing is tried twice here: the breaker, the outbox and the standby
engine decide what happens after a failure.
"""

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import meilisearch
from meilisearch.errors import MeilisearchApiError, MeilisearchError
from meilisearch.models.task import TaskInfo

from search.breaker import Breaker
from search.protocol import SearchUnavailable

Answer = TypeVar("Answer")

ASK_SECONDS = 1.0  #: for a whole question, however many requests it takes
_WRITE_SECONDS = 20  #: for one request
_TASK_SECONDS = 600
_MOST_ASKING = 16  #: threads that may hang at a time
_DOWN = "The search server does not answer. It is tried again soon."
_SLOW = "The search server did not answer in time."
_BUSY = "Too many questions wait for the search server."
_FAILED = "The search server refused or failed: {error}"
_MISSING = "There is no search index on the server. Build it with `registry index rebuild`."


class Server:
    """One index on one server. May be shared by threads."""

    def __init__(
        self,
        url: str,
        key: str,
        write_key: str,
        uid: str,
        breaker: Breaker | None = None,
        patience: float = ASK_SECONDS,
    ) -> None:
        self.uid = uid
        self.breaker = breaker or Breaker()
        # Two clients: one keeps its headers in itself, and reading and writing send different ones.
        self._reading = meilisearch.Client(url.rstrip("/"), key or None, timeout=math.ceil(patience))
        self._writing = meilisearch.Client(url.rstrip("/"), write_key or key or None, timeout=_WRITE_SECONDS)
        self._asking = threading.BoundedSemaphore(_MOST_ASKING)

    def asked(self, work: Callable[[], Answer], seconds: float) -> Answer:
        """What ``work`` answers. Raises SearchUnavailable when it fails, takes too long, or the breaker is open."""
        if not self.breaker.admits():
            raise SearchUnavailable(_DOWN)
        try:
            answer = self._within(seconds, work)
        except SearchUnavailable:
            self.breaker.failed()
            raise
        except BaseException:
            self.breaker.succeeded()  # our own mistake: the server has answered
            raise
        self.breaker.succeeded()
        return answer

    def _within(self, seconds: float, work: Callable[[], Answer]) -> Answer:
        if not self._asking.acquire(blocking=False):
            raise SearchUnavailable(_BUSY)
        outcome: list[Answer] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                with translated():
                    outcome.append(work())
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                errors.append(error)
            finally:
                self._asking.release()

        thread = threading.Thread(target=run, daemon=True, name="search-question")
        thread.start()
        thread.join(seconds)
        if errors:
            raise errors[0]
        if not outcome:
            raise SearchUnavailable(_SLOW)
        return outcome[0]

    def multi_search(self, queries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The answers in the order of the questions, from the live index."""
        asked = [{"indexUid": self.uid, **query} for query in queries]
        return list(self._reading.multi_search(asked)["results"])

    def facet_values(self, facet: str, near: str) -> dict[str, int]:
        """Values of a facet that begin like ``near`` or are a typing error away, and in how many documents."""
        hits = self._reading.index(self.uid).facet_search(facet, near)["facetHits"]
        return {hit["value"]: hit["count"] for hit in hits}

    def version(self) -> str:
        with translated():
            return str(self._writing.get_version()["pkgVersion"])

    # Writing: every method returns when the server's task says so, and raises SearchUnavailable when it says otherwise.

    def create(self, uid: str, settings: Mapping[str, Any], primary_key: str) -> None:
        with translated():
            self._done(self._writing.create_index(uid, {"primaryKey": primary_key}))
            self._done(self._writing.index(uid).update_settings(dict(settings)))

    def change(self, settings: Mapping[str, Any]) -> None:
        """Other settings for the live index."""
        with translated():
            self._done(self._writing.index(self.uid).update_settings(dict(settings)))

    def exists(self, uid: str) -> bool:
        try:
            with translated():
                self._writing.get_raw_index(uid)
        except IndexMissing:
            return False
        return True

    def remove(self, uid: str) -> None:
        if self.exists(uid):
            with translated():
                self._done(self._writing.delete_index(uid))

    def add(self, uid: str, documents: Sequence[Mapping[str, Any]]) -> None:
        if documents:
            with translated():
                self._done(self._writing.index(uid).add_documents(documents))

    def delete(self, condition: str) -> None:
        with translated():
            self._done(self._writing.index(self.uid).delete_documents(filter=condition))

    def swap(self, uid: str) -> None:
        """The index ``uid`` becomes the live one, and the other way round, in one step."""
        with translated():
            self._done(self._writing.swap_indexes([{"indexes": [self.uid, uid]}]))

    def size(self, uid: str) -> int:
        with translated():
            return int(self._writing.index(uid).get_stats().number_of_documents)

    def documents(
        self, fields: Sequence[str], condition: str | None = None, limit: int = 5_000
    ) -> Iterator[dict[str, Any]]:
        """These fields of every document that fulfils ``condition``."""
        offset = 0
        while True:
            asked: dict[str, Any] = {"fields": list(fields), "limit": limit, "offset": offset}
            if condition:
                asked["filter"] = condition
            with translated():
                found = self._writing.index(self.uid).get_documents(asked)
            yield from (dict(document) for document in found.results)
            offset += limit
            if offset >= found.total:
                return

    def _done(self, info: TaskInfo) -> None:
        task = self._writing.wait_for_task(info.task_uid, timeout_in_ms=_TASK_SECONDS * 1000, interval_in_ms=20)
        if task.status != "succeeded":
            raise SearchUnavailable(_FAILED.format(error=(task.error or {}).get("message", task.status)))


class IndexMissing(SearchUnavailable):
    """The server is there, the index is not."""


@contextmanager
def translated() -> Iterator[None]:
    """Whatever the client raises, on a lost connection or an answer that is none, becomes SearchUnavailable."""
    try:
        yield
    except MeilisearchApiError as error:
        if error.code == "index_not_found":
            raise IndexMissing(_MISSING) from error
        raise SearchUnavailable(_FAILED.format(error=error.message)) from error
    except (MeilisearchError, OSError, KeyError, TypeError, AttributeError) as error:
        raise SearchUnavailable(_FAILED.format(error=error)) from error
    except ValueError as error:
        if type(error) is ValueError:  # ours: a query that cannot be
            raise
        raise SearchUnavailable(_FAILED.format(error=error)) from error  # an answer that is not JSON
