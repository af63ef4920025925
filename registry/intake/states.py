"""Outcomes of an import, of a fetch, and of a row that was refused."""

from enum import StrEnum


class ImportOutcome(StrEnum):
    RUNNING = "running"  #: rows are being taken in, a batch at a time; also after a crash, until it is resumed
    DONE = "done"
    HELD = "held"
    REFUSED = "refused"


class QuarantineState(StrEnum):
    WAITING = "waiting"
    REPAIRED = "repaired"
    DISCARDED = "discarded"


class RecordEvent(StrEnum):
    """What a delivery did to one source record, where it did anything."""

    NEW = "new"
    CHANGED = "changed"
    VANISHED = "vanished"
    HELD = "held"  #: absent, or closing runs by what it tells, together with so many others that a person must look
    RETURNED = "returned"
    LEFT = "left"  #: absent for so long that the run has left the feed


class FetchOutcome(StrEnum):
    """What came of asking a source for its data."""

    RUNNING = "running"
    TAKEN = "taken"
    UNCHANGED = "unchanged"  #: the source says that nothing is new, or sends the very bytes of last time
    HELD = "held"
    REFUSED = "refused"  #: something came, and it cannot be trusted
    FAILED = "failed"  #: nothing came


#: Fetches after which the data here are as fresh as the source's own.
GOOD_FETCHES = (FetchOutcome.TAKEN, FetchOutcome.UNCHANGED)


class SourceAuth(StrEnum):
    """How a source wants to be shown the secret."""

    NONE = "none"
    BEARER = "bearer"  #: Authorization: Bearer <secret>
    BASIC = "basic"  #: Authorization: Basic, the secret being "user:password"
    API_KEY = "api_key"  #: X-API-Key: <secret>


class Walk(StrEnum):
    """How a source hands out what it has: in one reply, or by pages."""

    SINGLE = "single"
    OOAPI = "ooapi"  #: pageNumber from 1, hasNextPage
    EMIL = "emil"  #: page from 0, page.totalPages
    HAL = "hal"  #: _links.next, page.totalElements
    NSR = "nsr"  #: sidenummer from 1, AntallSider
    SITEMAP = "sitemap"  #: a sitemap, then each of its pages
