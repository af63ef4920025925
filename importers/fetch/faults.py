"""What can go wrong on the way to a feed: each a sentence for the feed's keeper.

FetchFailed                     nothing usable came
├── AddressRefused              the address is none that may be asked
├── Moved                       the service sends us elsewhere
├── TooSlow                     the deadline passed
├── TooLarge                    more than may come
├── Interrupted                 the transfer broke off
├── NotData                     a web page, or an encoding that was not asked for
└── Unavailable                 the service said no, or could not be reached
"""

from importers.sentences import Sentence


class FetchFailed(Exception):
    """Base. ``message`` says what happened and what to do; it holds no secret and no query of an address."""

    def __init__(self, message: Sentence) -> None:
        super().__init__(message)
        self.message = message


class AddressRefused(FetchFailed): ...


class Moved(FetchFailed):
    """``to`` is where the service points, as it says it; None where it says nothing, or where going there is of no use."""

    def __init__(self, message: Sentence, to: str | None = None) -> None:
        super().__init__(message)
        self.to = to


class TooSlow(FetchFailed): ...


class TooLarge(FetchFailed): ...


class Interrupted(FetchFailed): ...


class NotData(FetchFailed): ...


class Unavailable(FetchFailed):
    """``status`` is the reply's, None where there was none; ``retry_after`` is in seconds where the service says so."""

    def __init__(self, message: Sentence, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
