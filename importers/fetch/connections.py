"""Connections that look where they go: the resolved address is checked, and that very address is connected to.

Resolving and connecting are one step here, so a name cannot point elsewhere between the two (DNS rebinding). Proxies of
the environment are not used: they would resolve the name themselves.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from importers.fetch.addresses import is_public, parse
from importers.fetch.faults import AddressRefused
from importers.sentences import Sentence

_Found = tuple[Any, Any, int, str, tuple[Any, ...]]


class Watch:
    """Cuts the connection at the deadline, whatever it is doing: a drip of header bytes is bounded by nothing else."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self.rang = False

    def hold(self, opened: socket.socket) -> None:
        """Watch this connection: a double of the socket, since TLS takes the first one over."""
        self.let_go()
        self._socket = opened.dup()

    def let_go(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @contextmanager
    def for_(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(max(0.01, seconds), self._ring)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self.let_go()

    def _ring(self) -> None:
        self.rang = True
        held = self._socket
        if held is not None:
            with suppress(OSError):  # the other end was quicker
                held.shutdown(socket.SHUT_RDWR)


def resolve(host: str, port: int, seconds: float) -> list[_Found]:
    """Addresses of a name, within ``seconds``: the system's resolver knows no deadline of its own. Raises OSError."""
    found: list[_Found] = []
    problem: list[OSError] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM))
        except OSError as error:
            problem.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(max(0.01, seconds))
    if problem:
        raise problem[0]
    if not found:
        raise TimeoutError("no answer from the resolver")
    return found


def connect(host: str, port: int, seconds: float, *, loopback: bool, public: bool = True) -> socket.socket:
    """A socket to the first address that answers. ``loopback`` lets 127.0.0.1 and ::1 through, for tests alone, and
    without ``public`` nothing else.

    Every address of the name must be one that may be asked: a name with one address outside and one inside is no mistake.
    Raises AddressRefused, OSError.
    """
    found = resolve(host, port, seconds)
    for *_, where in found:
        address = parse(str(where[0]))
        if not (public and is_public(address)) and not (loopback and address.is_loopback):
            raise AddressRefused(
                Sentence("Adressen peker inn i et lukket nett og blir ikke brukt. Kontroller adressen til kilden.")
            )
    problem: OSError | None = None
    for family, kind, protocol, _, where in found:
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(max(0.01, seconds))
            opened.connect(where)
        except OSError as error:
            opened.close()
            problem = error
        else:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return opened
    raise problem or OSError("no address")


class _Careful(HTTPConnection):
    """Before urllib3's own connections: ``watch`` and ``loopback`` are set on the class that a client makes for itself."""

    watch: Watch
    loopback: bool
    public: bool

    def _new_conn(self) -> socket.socket:
        seconds = float(self.timeout) if isinstance(self.timeout, int | float) else 10.0
        try:
            opened = connect(self.host.strip("[]"), self.port, seconds, loopback=self.loopback, public=self.public)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no answer") from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error
        self.watch.hold(opened)
        return opened


def pools(watch: Watch, *, loopback: bool) -> dict[str, type[HTTPConnectionPool]]:
    """Pool classes whose connections look where they go; plain http is there for loopback only."""
    secure = type("CarefulHTTPS", (_Careful, HTTPSConnection), {"watch": watch, "loopback": loopback, "public": True})
    found: dict[str, type[HTTPConnectionPool]] = {
        "https": type("HTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure})
    }
    if loopback:
        plain = type("CarefulHTTP", (_Careful,), {"watch": watch, "loopback": True, "public": False})
        found["http"] = type("HTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain})
    return found
