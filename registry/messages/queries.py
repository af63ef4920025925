"""What the operator sees of mail: how much, what became of it, never to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from registry.core.errors import NotFound
from registry.messages.models import Message
from registry.messages.states import MessageState


@dataclass(frozen=True, slots=True)
class KindFigures:
    """One kind and how many messages of it are in each state."""

    kind: str
    counts: Mapping[MessageState, int]


def figures(session: Session) -> list[KindFigures]:
    """Every kind that has been queued, by name."""
    query = select(Message.kind, Message.state, func.count()).group_by(col(Message.kind), col(Message.state))
    found: dict[str, dict[MessageState, int]] = {}
    for kind, state, count in session.exec(query):
        found.setdefault(kind, {})[MessageState(state)] = count
    return [KindFigures(kind, found[kind]) for kind in sorted(found)]


def newest(session: Session, most: int) -> Sequence[Message]:
    """The newest messages, with everything; the page leaves out what is personal."""
    return session.exec(select(Message).order_by(col(Message.id).desc()).limit(most)).all()


def find(session: Session, message_id: int) -> Message:
    """Raises NotFound."""
    found = session.exec(select(Message).where(Message.id == message_id)).first()
    if found is None:
        raise NotFound("Vi finner ikke meldingen.")
    return found
