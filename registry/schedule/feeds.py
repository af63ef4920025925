"""Sources fetched at their times: many at once, each with its own deadline, so that a slow one delays no other.

What comes is taken in one delivery at a time: transactions that only wait for each other would be cut by the database's
own limits. UNIQUE(source, slot) is what makes a slot run once, whoever looks and however often.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from importers.sentences import Sentence
from registry.access.policy import system
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import RegistryError
from registry.core.logs import told
from registry.intake.models import Fetch, Source
from registry.intake.operations.fetching import Place, fetch_source
from registry.intake.queries.health import due_sources
from registry.intake.states import FetchOutcome
from registry.schedule.runner import Workshop

log = logging.getLogger(__name__)
ACTOR = system("scheduler")
#: So many sources may be fetched at once. A thread that waits for a slow service costs next to nothing.
THREADS = 40
_STOPPED = Sentence("Hentingen ble avbrutt fordi tjenesten vår stoppet. Den går videre der den slapp.")


class Feeds:
    """The sources in the hands of one process. ``look`` is called every few seconds."""

    def __init__(
        self, workshop: Workshop, *, fetch: Callable[..., object] = fetch_source, loopback: bool = False
    ) -> None:
        settings = workshop.settings
        self.database = workshop.database
        self.place = Place(settings.home, settings.max_payload_bytes, loopback=loopback)
        self._fetch = fetch
        self._busy: dict[int, threading.Thread] = {}
        self._lock = threading.Lock()
        self._taking_in = threading.Lock()

    def look(self) -> int:
        """Begin to fetch what is due. Returns how many were begun; those that are under way already are left alone."""
        with self.database.read() as session:
            due = due_sources(session, clock.now())
        begun = 0
        for source_id, slot in due:
            with self._lock:
                if source_id in self._busy or len(self._busy) >= THREADS:
                    continue
                thread = threading.Thread(
                    target=self._one, args=(source_id, slot), name=f"feed {source_id}", daemon=True
                )
                self._busy[source_id] = thread
            thread.start()
            begun += 1
        return begun

    def under_way(self) -> frozenset[int]:
        """Sources that this process is fetching."""
        with self._lock:
            return frozenset(self._busy)

    def close(self, seconds: float = 20.0) -> None:
        """Wait for what is under way, and no longer: whatever is left goes on from where it was at the next start."""
        deadline = time.monotonic() + seconds
        with self._lock:
            left = list(self._busy.values())
        for thread in left:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _one(self, source_id: int, slot: datetime) -> None:
        try:
            self._fetch(self.database, ACTOR, source_id, self.place, slot=slot, alone=self._taking_in)
        except RegistryError as problem:
            log.warning("source %s could not be fetched: %s", source_id, problem.message)
        except Exception as problem:  # noqa: BLE001 - one source's fault is never another's
            log.error("source %s: %s", source_id, told(problem, trace=True))  # noqa: TRY400 - its own words may hold a person's values
        finally:
            with self._lock:
                self._busy.pop(source_id, None)


def recover_fetches(database: Database, besides: Collection[int] = ()) -> int:
    """Fetches that a process left under way when it was killed: told to have failed, and asked for again, once in a row.

    Those of the sources ``besides`` are alive.
    """
    moment = clock.now()
    with database.write() as session:
        running = select(Fetch).where(Fetch.outcome == FetchOutcome.RUNNING, col(Fetch.source_id).not_in(besides))
        running = running.with_for_update()
        left = {fetch.pk: fetch for fetch in session.exec(running)}
        sources = select(Source).where(col(Source.id).in_({fetch.source_id for fetch in left.values()}))
        held = {source.pk: source for source in session.exec(sources.order_by(col(Source.id)).with_for_update())}
        stopped_again = _stopped_before(session, left)
        for fetch in left.values():
            fetch.outcome, fetch.message, fetch.finished_at = FetchOutcome.FAILED, _STOPPED, moment
            source = held[fetch.source_id]
            if source.pk not in stopped_again and source.paused_at is None:
                source.wanted_at = moment
        return len(left)


def _stopped_before(session: Session, fetches: Collection[int]) -> set[int]:
    """Sources whose fetch before one of these was stopped too: what kills the process must not do so for ever."""
    earlier = aliased(Fetch)
    before = (
        select(func.max(col(earlier.id)))
        .join(Fetch, (col(earlier.source_id) == col(Fetch.source_id)) & (col(earlier.id) < col(Fetch.id)))
        .where(col(Fetch.id).in_(fetches))
        .group_by(col(Fetch.id))
    )
    return set(session.exec(select(Fetch.source_id).where(col(Fetch.id).in_(before), Fetch.message == _STOPPED)))
