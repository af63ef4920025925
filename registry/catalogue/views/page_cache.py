"""Pages and files of the search that many ask for are drawn once, and shown to everybody as long as they are true.

Only what is the same for all is kept: files, and pages asked for by nobody who is signed in or whose session holds anything (a message, a
form's token). What is kept goes when the index is written to, when the day ends (deadlines pass), and after a minute at the latest: by then every process also knows
changed synonyms (``tuning``). Each worker keeps its own; an engine that cannot tell when it was written to keeps nobody's.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, g, request, session
from werkzeug.wrappers import Response as AnyResponse

from registry.core import clock
from registry.web.fragments import is_fragment_request
from registry.web.i18n import unmark
from registry.web.parts import actor, parts
from search.protocol import SearchUnavailable

MOST = 200  #: pages; some 150 kB each
MOST_BYTES = 64_000_000  #: of them all: a file of everything is some megabytes
_TURNS = 32  # locks; two files that share one wait for each other now and then
LONGEST = timedelta(seconds=60)
_NAME = "kept_pages"

View = Callable[..., AnyResponse]


@dataclass(frozen=True, slots=True)
class Page:
    """A drawn page, and the moment of the index, the day and the time that it was drawn at."""

    body: bytes
    tag: str
    headers: tuple[tuple[str, str], ...]
    moment: Hashable
    drawn: datetime

    def holds(self, moment: Hashable, now: datetime) -> bool:
        younger = timedelta(0) <= now - self.drawn < LONGEST
        return younger and self.moment == moment


@dataclass(slots=True)
class Pages:
    """Those of one application, the longest unasked-for going first. May be shared by threads."""

    _pages: OrderedDict[Hashable, Page] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turns: tuple[threading.Lock, ...] = field(default_factory=lambda: tuple(threading.Lock() for _ in range(_TURNS)))
    _bytes: int = 0

    def get(self, key: Hashable, moment: Hashable, now: datetime) -> Page | None:
        with self._lock:
            page = self._pages.get(key)
            if page is None or not page.holds(moment, now):
                return None
            self._pages.move_to_end(key)
            return page

    def put(self, key: Hashable, page: Page) -> None:
        with self._lock:
            if (former := self._pages.pop(key, None)) is not None:
                self._bytes -= len(former.body)
            self._pages[key] = page
            self._bytes += len(page.body)
            while len(self._pages) > MOST or self._bytes > MOST_BYTES:
                self._bytes -= len(self._pages.popitem(last=False)[1].body)

    def turn(self, key: Hashable) -> threading.Lock:
        """To be held while the page is drawn, by what is so dear that the others do better to wait for it."""
        return self._turns[hash(key) % _TURNS]


def lasting() -> None:
    """The page being drawn may be kept: it is whole, and asking for it again would change nothing."""
    g.lasting_page = True


def forget_pages(app: Flask) -> None:
    """Pages were drawn from other parts than those that the app has now."""
    app.extensions.pop(_NAME, None)


def kept(view: View) -> View:
    """A view whose page is kept where it says that it is ``lasting``, with an ETag, so that browsers ask for nothing twice."""

    @wraps(view)
    def keeping(**given: Any) -> AnyResponse:
        moment = _moment()
        if moment is None or actor().person is not None or session:
            return view(**given)
        return _shown(view, given, moment, for_one=lambda: bool(session))

    return keeping


def kept_for_all(view: View) -> View:
    """As ``kept``, for files: dear to draw, the same for those who are signed in, and drawn once by whoever asks first."""

    @wraps(view)
    def keeping(**given: Any) -> AnyResponse:
        moment = _moment()
        if moment is None:
            return view(**given)
        with _pages().turn(_key()):
            return _shown(view, given, moment, for_one=lambda: False)

    return keeping


def _shown(view: View, given: dict[str, Any], moment: Hashable, *, for_one: Callable[[], bool]) -> AnyResponse:
    """``for_one`` tells of what has been drawn whether it holds anything that only the person asking may see."""
    now = clock.now()
    page = _pages().get(_key(), moment, now)
    if page is not None:
        shown: AnyResponse = Response(page.body, headers=list(page.headers))
    else:
        shown = view(**given)
        if shown.status_code != 200 or not g.get("lasting_page") or for_one():
            return shown
        unmark(shown)
        page = _page(shown, moment, now)
        _pages().put(_key(), page)
    shown.set_etag(page.tag, weak=True)
    return shown.make_conditional(request)


def _pages() -> Pages:
    found: Pages = current_app.extensions.setdefault(_NAME, Pages())
    return found


def _key() -> Hashable:
    return (request.url_root, request.path, request.query_string, is_fragment_request())


def _page(drawn: AnyResponse, moment: Hashable, now: datetime) -> Page:
    body = drawn.get_data()
    tag = hashlib.sha256(body).hexdigest()[:24]
    return Page(body, tag, tuple(drawn.headers.to_wsgi_list()), moment, now)


def _moment() -> Hashable:
    """What the index and the day are now; None where that cannot be told. Asked before the page is drawn, never after."""
    try:
        moment = parts().search.moment()
    except SearchUnavailable:
        return None
    return None if moment is None else (moment, clock.today())
