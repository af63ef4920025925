"""Synonyms that editors change reach the engines of every process: each looks once a minute whether they are others.

Nothing here waits for a server: that one is told by the outbox worker (``registry.schedule.outbox``), who has the key for it.
"""

import threading
from weakref import WeakKeyDictionary

from sqlmodel import Session

from registry.catalogue.documents import index_settings, synonym_groups
from registry.core import clock
from search.protocol import SearchEngine

SECONDS = 60


class _Tuned:
    """When each engine was last looked after, and by which synonyms it searches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: WeakKeyDictionary[SearchEngine, tuple[float, int]] = WeakKeyDictionary()

    def look(self, engine: SearchEngine, session: Session, *, now: bool) -> None:
        moment = clock.now().timestamp()
        with self._lock:
            seen, stamp = self._known.get(engine, (float("-inf"), 0))
            if not now and 0 <= moment - seen < SECONDS:
                return
            self._known[engine] = moment, stamp
        fresh = hash(tuple((name, *terms) for name, terms in synonym_groups(session, clock.today()).items()))
        if fresh == stamp:
            return
        engine.configure(index_settings(session))
        with self._lock:
            self._known[engine] = moment, fresh


_TUNED = _Tuned()


def tuned(engine: SearchEngine, session: Session, *, now: bool = False) -> None:
    """Let ``engine`` search by today's synonyms; looked up once a minute, or ``now``."""
    _TUNED.look(engine, session, now=now)
