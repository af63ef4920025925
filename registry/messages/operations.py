"""Queue a message, take some out to send, say what became of each, forget whom they went to."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from registry.core import clock
from registry.core.sentences import as_kept
from registry.core.text import holds_national_id
from registry.messages.kinds import TO_APPLICANTS, example
from registry.messages.models import Message
from registry.messages.states import WAITING, MessageState

#: So long may somebody who took a message out be silent before it is taken out again.
LEASE = timedelta(minutes=10)
#: Waits between attempts: a mail server is often back in minutes, and never gone for more than a few days.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (2, 10, 60, 240, 720, 1440, 1440))
#: How long a message may wait while the whole server is away; no attempt is counted for that.
AWAY = timedelta(minutes=2)
_CHUNK = 500
_ADDRESS = re.compile(r"[^@\s<>,;:\"()\\]{1,64}@[^@\s<>,;:\"()\\]+\.[^@\s<>,;:\"()\\]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message before it is queued; the fields are those of ``send``."""

    kind: str
    to: str | None
    language: str
    context: Mapping[str, Any]
    dedupe: str
    stop_path: str | None = None


def send(
    session: Session,
    *,
    kind: str,
    to: str | None,
    language: str,
    context: Mapping[str, Any],
    dedupe: str,
    stop_path: str | None = None,
) -> bool:
    """Queue one message in the transaction of the change it tells of; nothing leaves before the commit.

    ``kind`` is a folder of ``templates/email``, and ``context`` has exactly the names of its ``example.json`` (days and moments
    may be Python's). ``dedupe`` names what is told, for ever: the same key is queued once. ``stop_path`` marks a subscription:
    the path under ``/<language>`` where a POST without sign-in ends it (RFC 8058). Somebody without an address that can be used is
    told nothing: a change must not fail because one person cannot be reached.

    Returns whether a message was queued.

    Raises:
        ValueError: no such kind, another context than the example's, a national id in it, or a key of more than 200 letters.
    """
    return bool(send_all(session, [Letter(kind, to, language, context, dedupe, stop_path)]))


def send_all(session: Session, letters: Iterable[Letter]) -> int:
    """Queue many as ``send`` does one; returns how many were queued. Raises as ``send``, and then queues nothing."""
    moment = clock.now()
    rows = [_row(letter, moment) for letter in letters if usable_address(letter.to)]
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    queued = 0
    for start in range(0, len(rows), _CHUNK):
        insert = dialect.insert(Message).values(rows[start : start + _CHUNK])
        unless_told = insert.on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(col(Message.id))
        queued += len(session.execute(unless_told).all())
    return queued


def usable_address(address: str | None) -> bool:
    """May mail be sent there? For forms and for ``send``: one address, no name, nothing that could be a header."""
    return address is not None and len(address) <= 254 and _ADDRESS.fullmatch(address) is not None


def _row(letter: Letter, moment: datetime) -> dict[str, Any]:
    if len(letter.dedupe) > 200:
        raise ValueError(f"{letter.kind}: the dedupe key is too long")
    if letter.context.keys() != example(letter.kind).keys():
        raise ValueError(f"{letter.kind} is told {sorted(letter.context)}, not what its example.json names")
    context = json.dumps(as_kept(dict(letter.context)), default=_iso, ensure_ascii=False)
    if holds_national_id(context):
        raise ValueError(f"{letter.kind}: a national id has no place in a message")
    return {
        "kind": letter.kind,
        "recipient": letter.to,
        "language": letter.language,
        "context": json.loads(context),
        "dedupe_key": letter.dedupe,
        "stop_path": letter.stop_path,
        "state": MessageState.QUEUED,
        "attempts": 0,
        "due_at": moment,
        "created_at": moment,
    }


def _iso(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be told in a message")


def take_due(session: Session, most: int) -> list[Message]:
    """Take out what is due, oldest first, for ``LEASE``: nobody else takes the same meanwhile."""
    moment = clock.now()
    query = (
        select(Message)
        .where(col(Message.state).in_(WAITING), Message.due_at <= moment)
        .order_by(col(Message.due_at), col(Message.id))
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    taken = list(session.exec(query))
    for message in taken:
        message.due_at = moment + LEASE
    return taken


def note_sent(session: Session, message_id: int) -> None:
    """The server has taken it."""
    values = {"state": MessageState.SENT, "sent_at": clock.now(), "attempts": Message.attempts + 1, "error": None}
    _note(session, message_id, values)


def note_failed(session: Session, message: Message, error: str, *, for_good: bool = False) -> None:
    """The server refused it: it waits longer each time, and is given up after the last wait or where it is ``for_good``."""
    tried = message.attempts + 1
    ended = for_good or tried > len(BACK_OFF)
    values = {
        "state": MessageState.GIVEN_UP if ended else MessageState.FAILED,
        "attempts": tried,
        "due_at": clock.now() + (timedelta() if ended else BACK_OFF[tried - 1]),
        "error": error[:200],
    }
    _note(session, message.pk, values)


def put_back(session: Session, messages: Sequence[Message], error: str) -> None:
    """The server was away: these wait, and no attempt is counted."""
    for message in messages:
        _note(session, message.pk, {"due_at": clock.now() + AWAY, "error": error[:200]})


def _note(session: Session, message_id: int, values: Mapping[str, Any]) -> None:
    still = (col(Message.id) == message_id, col(Message.state).in_(WAITING))
    session.execute(update(Message).where(*still).values(**values))


def forget_recipients(session: Session, keep_days: int) -> int:
    """Empty addresses, words and stop links of messages older than ``keep_days``; returns how many.

    What still waits is given up: news that old helps nobody. Kind, language, moments and outcome stay for the figures.
    """
    old = col(Message.created_at) < clock.now() - timedelta(days=keep_days)
    waiting = col(Message.state).in_(WAITING)
    session.execute(
        update(Message)
        .where(old, waiting)
        .values(state=MessageState.GIVEN_UP, error="not sent within the days it is kept")
    )
    emptied = session.execute(
        update(Message)
        .where(old, col(Message.recipient).is_not(None))
        .values(recipient=None, context=None, stop_path=None)
    )
    return int(emptied.rowcount)  # type: ignore[attr-defined]  # an update gives a CursorResult


def stop_mail(session: Session, address: str) -> int:
    """What waits for an account's address is given up; letters that an applicant asked for go out. Returns how many were stopped."""
    theirs = (
        col(Message.recipient) == address,
        col(Message.kind).not_in(TO_APPLICANTS),
        col(Message.state).in_(WAITING),
    )
    stopped = session.execute(
        update(Message).where(*theirs).values(state=MessageState.GIVEN_UP, error="the account was closed")
    )
    return int(stopped.rowcount)  # type: ignore[attr-defined]  # an update gives a CursorResult


def forget_address(session: Session, address: str) -> int:
    """What was queued for or sent to an address loses address, words and stop link; returns how many. What waits is given up,
    but for letters that an applicant asked for: they go out, and are emptied in their time.
    """
    stop_mail(session, address)
    theirs = (col(Message.recipient) == address, col(Message.state).not_in(WAITING))
    emptied = session.execute(update(Message).where(*theirs).values(recipient=None, context=None, stop_path=None))
    return int(emptied.rowcount)  # type: ignore[attr-defined]  # an update gives a CursorResult
