"""The doors of the server: http on loopback, tasks, errors with the server's codes."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.search.loopback import shapes
from tests.search.loopback.indexes import Index
from tests.search.loopback.shapes import Refused, checked

Answer = dict[str, Any]


class Meilisearch:
    """All indexes and tasks. ``before`` is called with every request's path: for tests that make it fail or wait."""

    def __init__(self) -> None:
        self.indexes: dict[str, Index] = {}
        self.tasks: list[Answer] = []
        self.requests: list[tuple[str, str, Any]] = []
        self.before: Callable[[str], None] = lambda path: None
        self._lock = threading.RLock()

    def answer(self, method: str, path: str, body: Any) -> Answer:
        self.before(path)
        with self._lock:
            self.requests.append((method, path, body))
            match method, *path.strip("/").split("/"):
                case "GET", "health":
                    return {"status": "available"}
                case "GET", "version":
                    return {"pkgVersion": "loopback", "commitSha": "", "commitDate": ""}
                case "GET", "tasks", number:
                    return self.tasks[int(number)]
                case "POST", "multi-search":
                    return {
                        "results": [
                            self._search(one) for one in checked(body, shapes.MULTI_SEARCH, "multi-search")["queries"]
                        ]
                    }
                case "POST", "swap-indexes":
                    return self._task(lambda: self._swap(body))
                case "POST", "indexes":
                    given = checked(body, shapes.INDEX, "index")
                    return self._task(lambda: self._create(given["uid"], given["primaryKey"]))
                case "GET", "indexes", uid:
                    return {"uid": uid, "primaryKey": self._index(uid).primary_key}
                case "GET", "indexes", uid, "stats":
                    size = len(self._index(uid).documents)
                    return {"numberOfDocuments": size, "isIndexing": False, "fieldDistribution": {}}
                case "DELETE", "indexes", uid:
                    return self._task(lambda: self.indexes.pop(uid))
                case "PATCH", "indexes", uid, "settings":
                    settings = shapes.checked_settings(body)
                    return self._task(lambda: self._index(uid).configure(settings))
                case "POST", "indexes", uid, "documents":
                    return self._task(lambda: self._index(uid).add(body))
                case "POST", "indexes", uid, "documents", "delete":
                    given = checked(body, shapes.DELETE, "delete")
                    return self._task(lambda: self._index(uid).remove(given["filter"]))
                case "POST", "indexes", uid, "documents", "fetch":
                    return self._fetch(self._index(uid), checked(body, shapes.FETCH, "fetch"))
                case "POST", "indexes", uid, "facet-search":
                    return self._index(uid).facet_search(checked(body, shapes.FACET_SEARCH, "facet-search"))
        raise Refused("not_found", f"{method} {path}")

    def _search(self, body: Any) -> Answer:
        uid = body.get("indexUid", "") if isinstance(body, dict) else ""
        return {"indexUid": uid, **self._index(uid).search(body)}

    def _index(self, uid: str) -> Index:
        if uid not in self.indexes:
            raise Refused("index_not_found", f"Index `{uid}` not found.")
        return self.indexes[uid]

    def _create(self, uid: str, primary_key: str) -> None:
        if uid in self.indexes:
            raise Refused("index_already_exists", f"Index `{uid}` already exists.")
        self.indexes[uid] = Index(primary_key)

    def _swap(self, body: Any) -> None:
        for one in body:
            first, second = checked(one, shapes.SWAP, "swap")["indexes"]
            self._index(first), self._index(second)
            self.indexes[first], self.indexes[second] = self.indexes[second], self.indexes[first]

    @staticmethod
    def _fetch(index: Index, asked: Answer) -> Answer:
        found = index.filtered([asked["filter"]] if "filter" in asked else [])
        start, size = asked.get("offset", 0), asked.get("limit", 20)
        fields = asked.get("fields")
        shown = [{name: one[name] for name in fields or one if name in one} for one in found[start : start + size]]
        return {"results": shown, "offset": start, "limit": size, "total": len(found)}

    def _task(self, work: Callable[[], Any]) -> Answer:
        """Done at once; the task tells how it went, as with the server."""
        number = len(self.tasks)
        task: Answer = {"uid": number, "indexUid": None, "status": "succeeded", "type": "task", "error": None}
        task |= {"details": {}, "canceledBy": None, "duration": "PT0S", "batchUid": number}
        task |= dict.fromkeys(("enqueuedAt", "startedAt", "finishedAt"), "2026-11-22T06:00:00.000000Z")
        try:
            work()
        except Refused as error:
            task |= {"status": "failed", "error": _error(error)}
        self.tasks.append(task)
        return {
            "taskUid": number,
            "indexUid": None,
            "status": "enqueued",
            "type": "task",
            "enqueuedAt": task["enqueuedAt"],
        }


def _error(error: Refused) -> Answer:
    return {
        "message": str(error),
        "code": error.code,
        "type": "invalid_request",
        "link": "https://docs.meilisearch.com",
    }


@contextmanager
def serving(double: Meilisearch) -> Iterator[str]:
    """The address where ``double`` answers."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            status = 200
            try:
                if raw and self.command != "DELETE" and self.headers.get("Content-Type") != "application/json":
                    raise Refused("invalid_content_type", "The Content-Type must be application/json")
                answer = double.answer(self.command, self.path, json.loads(raw) if raw else None)
            except Refused as error:
                status = 404 if error.code in ("index_not_found", "not_found") else 400
                answer = _error(error)
            encoded = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - the names are http.server's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
