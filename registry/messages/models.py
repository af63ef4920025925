"""Messages to people. A row is written in the transaction of the change it tells of; the job sends it afterwards."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from registry.core.table import Table, check, enum_type, iff, json_type
from registry.messages.states import MessageState


class Message(Table, table=True):
    """One mail to one person. ``recipient``, ``context`` and ``stop_path`` are personal and are emptied in time."""

    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        Index("ix_message_waiting", "state", "due_at"),
        Index("ix_message_created_at", "created_at"),
        check("state NOT IN ('queued', 'failed') OR recipient IS NOT NULL", "recipient_while_waiting"),
        check(iff("state = 'sent'", "sent_at"), "sent_at_when_sent"),
    )

    kind: str = Field(max_length=40)  #: folder under templates/email
    recipient: str | None = Field(default=None, max_length=254)
    language: str = Field(max_length=2)
    context: dict[str, Any] | None = Field(default=None, sa_type=json_type())  #: what the template is told
    dedupe_key: str = Field(max_length=200)  #: what is told once, however often it is asked for
    stop_path: str | None = Field(default=None, max_length=200)  #: of a subscription: where a POST ends it (RFC 8058)
    state: MessageState = Field(default=MessageState.QUEUED, sa_type=enum_type(MessageState, "state"))
    attempts: int = 0
    due_at: datetime  #: not tried before; moved ahead while somebody is trying
    created_at: datetime
    sent_at: datetime | None = None
    error: str | None = Field(default=None, max_length=200)  #: the last answer of the mail server, without addresses
