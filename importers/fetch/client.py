"""The one client that fetches feeds: https only, no redirects unless asked for, a deadline for the whole, bounded in size and
patience."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import mktime_tz, parsedate_tz
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError, IncompleteRead, ProtocolError

from importers.fetch.bodies import refuse_cut, refuse_page, save, too_large
from importers.fetch.connections import Watch, pools
from importers.fetch.faults import (
    AddressRefused,
    FetchFailed,
    Interrupted,
    Moved,
    TooSlow,
    Unavailable,
)
from importers.sentences import Sentence, joined

AGENT = "Tilbudsregisteret/1.0"
_MOVED = frozenset({301, 302, 303, 307, 308})
_AGAIN = frozenset({429, 500, 502, 503, 504})
_FIRST_WAIT, _CONNECT, _SILENCE = 1.0, 10.0, 30.0  # seconds: before a second try; to connect; between two bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost. ``seconds`` bounds each reply from the first byte sent to the last received, tries and all."""

    seconds: float = 600.0
    bytes: int = 150_000_000  #: unpacked
    attempts: int = 3
    longest_wait: float = 60.0  #: a service that asks for more patience is asked again at the next slot
    pause: float = 0.2  #: between two requests to one host


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of the newest reply: the service is asked for what is newer."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply on disk, unpacked."""

    path: Path
    sha256: str
    size: int
    media_type: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(slots=True)
class Client:
    """Headers of the caller's go to the host of ``url`` alone. ``loopback`` is for tests: plain http, to this machine only.

    ``redirects`` is how many of them are followed, one after the other: the address of each is looked at as the first one's.
    """

    limits: Limits = field(default_factory=Limits)
    loopback: bool = False
    redirects: int = 0
    agent: str = AGENT
    sleep: Callable[[float], None] = time.sleep
    requests: int = 0  #: made so far
    bytes: int = 0  #: received so far, unpacked
    _last: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(
        self,
        url: str,
        into: Path,
        *,
        headers: Mapping[str, str] | None = None,
        known: Known | None = None,
        pages: bool = False,
        pause: float | None = None,
    ) -> Reply | None:
        """Fetch ``url`` into a file. None where the service says that nothing is new since ``known``.

        ``pages`` lets HTML through. Raises FetchFailed, whatever went wrong; the file may be there in part then.
        """
        self._refuse_address(url)
        deadline = time.monotonic() + self.limits.seconds
        plain = {**_conditions(known), "User-Agent": self.agent, "Accept-Encoding": "gzip"}
        sent = {**plain, **(headers or {})}
        for attempt in range(1, self.limits.attempts + 1):
            self._keep_pace(url, self.limits.pause if pause is None else pause)
            try:
                return self._followed(url, into, sent, plain, deadline, pages=pages, conditional=known is not None)
            except (Unavailable, Interrupted) as problem:
                wait = _wait_after(problem, attempt)
                if wait is None or attempt == self.limits.attempts:
                    raise
                if wait > self.limits.longest_wait:
                    raise Unavailable(
                        Sentence(
                            "Tjenesten ber oss vente i %(seconds)s sekunder. Den blir spurt igjen til neste faste tid.",
                            seconds=round(wait),
                        ),
                        getattr(problem, "status", None),
                        wait,
                    ) from problem
                if time.monotonic() + wait >= deadline:
                    raise
                self.sleep(wait)
        raise AssertionError("every attempt returns or raises")  # pragma: no cover

    def _followed(
        self,
        url: str,
        into: Path,
        sent: Mapping[str, str],
        plain: Mapping[str, str],
        deadline: float,
        *,
        pages: bool,
        conditional: bool,
    ) -> Reply | None:
        """Ask, and go where the service points, as far as that is allowed. Secrets stay with the host that they are for."""
        where, been = url, {url}
        while True:
            headers = sent if urlsplit(where)[:2] == urlsplit(url)[:2] else plain
            try:
                return self._once(where, into, headers, deadline, pages=pages, conditional=conditional)
            except Moved as moved:
                if not self.redirects or moved.to is None:
                    raise
                if len(been) > self.redirects:
                    raise Moved(
                        Sentence("Adressen er flyttet flere ganger enn kilden har lov til. Rett adressen.")
                    ) from None
                where = self._next(where, moved.to)
                if where in been:
                    raise Moved(Sentence("Adressen er flyttet i ring. Si fra til den som leverer dataene.")) from None
            been.add(where)
            self._keep_pace(where, self.limits.pause)

    def _next(self, where: str, to: str) -> str:
        """Where a service points, looked at as any address. Raises AddressRefused."""
        try:
            found = urljoin(where, to)
        except ValueError as error:
            raise AddressRefused(Sentence("Adressen som kilden viser videre til, kan ikke leses.")) from error
        self._refuse_address(found)
        return found

    def _refuse_address(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port, who = parts.hostname, parts.port, parts.username or parts.password
        except ValueError as error:
            raise AddressRefused(Sentence("Adressen kan ikke leses. Kontroller adressen til kilden.")) from error
        if parts.scheme != "https" and not (self.loopback and parts.scheme == "http"):
            raise AddressRefused(Sentence("Adressen må begynne med https://."))
        if not host or port == 0:
            raise AddressRefused(Sentence("Adressen mangler navnet på tjenesten."))
        if who:
            raise AddressRefused(Sentence("Navn og passord skal ikke stå i adressen. Oppgi nøkkelen for seg."))

    def _keep_pace(self, url: str, pause: float) -> None:
        """At most one request per ``pause`` to one host, whichever thread asks."""
        host = urlsplit(url).netloc
        with self._lock:
            moment = time.monotonic()
            turn = max(moment, self._last.get(host, 0.0) + pause)
            self._last[host] = turn
        if turn > moment:
            self.sleep(turn - moment)

    def _once(
        self, url: str, into: Path, headers: Mapping[str, str], deadline: float, *, pages: bool, conditional: bool
    ) -> Reply | None:
        left = deadline - time.monotonic()
        if left <= 0:  # the pause before a hop has used what was left
            raise _too_slow(self.limits.seconds)
        watch = Watch()
        manager = PoolManager(
            num_pools=1, retries=False, timeout=Timeout(connect=min(_CONNECT, left), read=min(_SILENCE, left))
        )
        manager.pool_classes_by_scheme = pools(watch, loopback=self.loopback)
        self.requests += 1
        try:
            with watch.for_(left):
                response = manager.request(
                    "GET", url, headers=headers, redirect=False, preload_content=False, decode_content=False
                )
                try:
                    reply = _received(response, into, self.limits.bytes, pages=pages, conditional=conditional)
                finally:
                    response.close()
        except FetchFailed:
            if watch.rang:
                raise _too_slow(self.limits.seconds) from None
            raise
        except (HTTPError, OSError, ValueError) as error:
            if watch.rang:
                raise _too_slow(self.limits.seconds) from error
            raise _broken(error) from error
        finally:
            manager.clear()
        if watch.rang:
            raise _too_slow(self.limits.seconds)
        self.bytes += reply.size if reply else 0
        return reply


def _conditions(known: Known | None) -> dict[str, str]:
    found = {}
    if known and known.etag:
        found["If-None-Match"] = known.etag
    if known and known.last_modified:
        found["If-Modified-Since"] = known.last_modified
    return found


def _received(response: BaseHTTPResponse, into: Path, most: int, *, pages: bool, conditional: bool) -> Reply | None:
    status = response.status
    if status == 304 and conditional:
        return None
    if status in _MOVED:
        raise Moved(
            joined(
                (
                    _whither(response),
                    Sentence("Rett adressen til kilden, eller la kilden få følge omdirigeringer."),
                )
            ),
            response.headers.get("Location"),
        )
    if status != 200:
        raise _said_no(response)
    declared = response.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > most:
        raise too_large(most)
    media_type = response.headers.get("Content-Type", "")
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    body = save(lambda size: response.read1(size, decode_content=False), into, encoding=encoding, most=most)
    if not body.size:
        raise Unavailable(Sentence("Tjenesten svarte uten innhold."), status)
    if not pages:
        refuse_page(body, media_type)
    if not declared and response.headers.get("Transfer-Encoding") is None:
        refuse_cut(body, media_type)
    return Reply(
        into,
        body.sha256,
        body.size,
        media_type,
        response.headers.get("ETag"),
        response.headers.get("Last-Modified"),
    )


def _whither(response: BaseHTTPResponse) -> Sentence:
    """Where to, without query: it may hold a secret."""
    try:
        parts = urlsplit(response.headers.get("Location", ""))
    except ValueError:
        parts = urlsplit("")
    if not parts.netloc:
        return Sentence("Adressen er flyttet.")
    return Sentence("Adressen er flyttet til %(to)s.", to=f"{parts.scheme}://{parts.netloc}{parts.path}"[:300])


def _said_no(response: BaseHTTPResponse) -> Unavailable:
    status = response.status
    told = {
        204: Sentence("Tjenesten svarte uten innhold."),
        401: Sentence("Tjenesten slipper oss ikke inn (401). Kontroller nøkkelen til kilden."),
        403: Sentence("Tjenesten slipper oss ikke inn (403). Kontroller nøkkelen til kilden."),
        404: Sentence("Adressen finnes ikke (404). Kontroller adressen til kilden."),
        410: Sentence("Adressen er tatt bort (410). Kontroller adressen til kilden."),
        429: Sentence("Tjenesten vil ikke ha flere spørsmål nå (429)."),
    }.get(status, Sentence("Tjenesten svarte med en feil (%(status)s).", status=status))
    return Unavailable(told, status, _patience(response.headers.get("Retry-After")))


def _patience(told: str | None) -> float | None:
    """Retry-After in seconds, as a number or as a moment."""
    if not told:
        return None
    if told.strip().isdigit():
        return float(told)
    moment = parsedate_tz(told)
    return None if moment is None else max(0.0, float(mktime_tz(moment) - time.time()))


def _wait_after(problem: FetchFailed, attempt: int) -> float | None:
    """Seconds before the next try; None where trying again is of no use."""
    if isinstance(problem, Unavailable):
        if problem.status is not None and problem.status not in _AGAIN:
            return None
        if problem.retry_after is not None:
            return problem.retry_after
    return _FIRST_WAIT * 2.0 ** (attempt - 1) * random.uniform(1.0, 1.5)


def _broken(error: Exception) -> FetchFailed:
    if isinstance(error, IncompleteRead | ProtocolError):
        return Interrupted(Sentence("Overføringen ble brutt før alt var kommet. Prøv igjen."))
    return Unavailable(Sentence("Tjenesten svarer ikke. Kontroller adressen, eller prøv igjen senere."))


def _too_slow(seconds: float) -> TooSlow:
    return TooSlow(Sentence("Tjenesten var ikke ferdig innen %(seconds)s sekunder.", seconds=round(seconds)))
