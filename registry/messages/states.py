"""How far a message has come. Plain delivery, not a life: nobody decides anything here, so the ledger is not told."""

from enum import StrEnum


class MessageState(StrEnum):
    """``failed`` is tried again, ``given_up`` is not."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    GIVEN_UP = "given_up"


WAITING = (MessageState.QUEUED, MessageState.FAILED)
