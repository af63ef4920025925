"""A circuit breaker: what has just failed three times is left alone for a while, then tried by one caller alone.

The three states of Nygard's *Release It!*: closed (calls go through), open (calls are refused at once), half-open (one call
goes through and decides).
"""

import threading
import time
from collections.abc import Callable
from enum import StrEnum


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Counts failures in a row. May be shared by threads."""

    def __init__(
        self, failures: int = 3, rest_seconds: float = 10.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = failures
        self._rest = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._opened: float | None = None
        self._probing = False

    @property
    def state(self) -> State:
        with self._lock:
            if self._opened is None:
                return State.CLOSED
            return State.HALF_OPEN if self._probing or self._rested() else State.OPEN

    def admits(self) -> bool:
        """May a call be made now? Whoever is told yes must tell how it went: ``succeeded`` or ``failed``."""
        with self._lock:
            if self._opened is None:
                return True
            if self._probing or not self._rested():
                return False
            self._probing = True
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failed, self._opened, self._probing = 0, None, False

    def failed(self) -> None:
        with self._lock:
            self._failed += 1
            self._probing = False
            if self._opened is not None or self._failed >= self._most:
                self._opened = self._clock()

    def _rested(self) -> bool:
        return self._opened is not None and self._clock() - self._opened >= self._rest
