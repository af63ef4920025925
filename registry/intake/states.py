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


class RecordOutcome(StrEnum):
    """What became of one row; ``seen`` is the sum of the four."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    QUARANTINED = "quarantined"
