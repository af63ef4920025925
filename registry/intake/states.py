"""Outcomes of an import and of a row that was refused."""

from enum import StrEnum


class ImportOutcome(StrEnum):
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
    HELD = "held"  #: absent together with so many others that a person must look
    RETURNED = "returned"
    LEFT = "left"  #: absent for so long that the run has left the feed


class RecordOutcome(StrEnum):
    """What became of one row; ``seen`` is the sum of the four."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    QUARANTINED = "quarantined"
