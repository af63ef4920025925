"""Services on loopback that answer as well-kept, careless and hostile ones do."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, dict[str, str], bytes]


class Service:
    """Answers by path. Each request is remembered with its headers."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[Request], Answer]] = {}
        self.asked: list[Request] = []
        self.url = ""

    def says(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        """Let ``path`` answer this. Returns its address."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = lambda _: (status, {"Content-Type": "application/json", **told}, body)
        return self.url + path

    def does(self, path: str, answer: Callable[["Request"], Answer]) -> str:
        self.answers[path] = answer
        return self.url + path


class Request:
    """What was asked."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        parts = urlsplit(path)
        self.path, self.query, self.headers = parts.path, dict(parse_qsl(parts.query)), headers


@contextmanager
def service() -> Iterator[Service]:
    """A service that runs while the block does."""
    made = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            request = Request(self.path, {name.lower(): value for name, value in self.headers.items()})
            made.asked.append(request)
            answer = made.answers.get(request.path)
            status, headers, body = answer(request) if answer else (404, {}, b"")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers and headers.get("Connection") != "close":
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 304:
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def raw(*pieces: bytes, rest: float = 0.0, after: bytes = b"", times: int = 1) -> Iterator[str]:
    """A socket that answers ``pieces`` with ``rest`` seconds between them, then ``after`` again and again, ``times`` in all."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    stop = threading.Event()

    def talk() -> None:
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection:
                try:
                    connection.settimeout(5)
                    connection.recv(65_536)
                    for piece in pieces:
                        connection.sendall(piece)
                        stop.wait(rest)
                    for _ in range(times if after else 0):
                        if stop.is_set():
                            return
                        connection.sendall(after)
                        stop.wait(rest)
                except OSError:
                    continue

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        stop.set()
        thread.join(2)
        server.close()


def packed(body: bytes) -> bytes:
    return gzip.compress(body)
