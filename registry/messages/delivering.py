"""Bring queued messages to the mail server: each once as far as SMTP allows, and one bad message stops no other.

Where the server hangs up on a message it may be the message that it cannot stand: an attempt of that one is counted, so that it waits
longer each time, and the others go over a new connection. Where the server cannot be reached, nobody's attempts are counted.

A message is taken out in one transaction and its outcome noted in another. Who dies between the two leaves it to be sent again
after ``LEASE`` with the same Message-ID: twice at worst, never lost.
"""

import logging
import smtplib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from email.message import EmailMessage

from sqlalchemy import func
from sqlmodel import col, select

from registry.core import clock
from registry.core.db import Database
from registry.messages.models import Message
from registry.messages.operations import note_failed, note_sent, put_back, take_due
from registry.messages.rendering import known_language, render
from registry.messages.smtp import MailServer, envelope
from registry.messages.states import WAITING
from registry.settings import Settings

log = logging.getLogger(__name__)

BATCH = 50
_MOST = 20  # batches of one call: a stop is never far away
_CLOSING = 421  # the server says that it hangs up (RFC 5321 4.2.3)
_MOST_CUT = (
    3  # messages of one call that the connection may be cut on; then it is the server that is ill, and everything waits
)


@dataclass(slots=True)
class Delivery:
    """What one call did."""

    sent: int = 0
    failed: int = 0
    kept: int = 0  #: that wait, because there is no server or it is away

    def to_json(self) -> dict[str, int]:
        return asdict(self)


def deliver(database: Database, settings: Settings) -> Delivery:
    """Send what is due. Without a mail server everything is kept, and the log says how much."""
    done = Delivery()
    if not settings.mail_url:
        done.kept = waiting(database)
        if done.kept:
            log.info("no mail server is set: %d messages are kept", done.kept)
        return done
    server = MailServer.parse(settings.mail_url)
    cut = 0
    for _ in range(_MOST):
        with database.write() as session:
            left = take_due(session, BATCH)
        if not left:
            break
        while left:
            try:
                _send_over_one_connection(database, settings, server, left, done)
            except OSError as error:  # smtplib.SMTPException is one
                cut += 1
                if cut == _MOST_CUT or not isinstance(error, Cut):
                    _keep(database, left, error, done)
                    return done
    return done


def waiting(database: Database) -> int:
    """Messages that have not been sent and may still be."""
    with database.read() as session:
        query = select(func.count()).select_from(Message).where(col(Message.state).in_(WAITING))
        return session.exec(query).one()


class Cut(OSError):
    """The connection ended while a message was on its way."""


def _send_over_one_connection(
    database: Database, settings: Settings, server: MailServer, left: list[Message], done: Delivery
) -> None:
    """Takes out of ``left`` what has been tried. Raises Cut, with that message noted, and OSError where there is no connection."""
    with server.connected() as connection:
        while left:
            message = left.pop(0)
            try:
                _send_one(database, settings, connection, message, done)
            except OSError as error:
                _note_failed(database, message, _told(error), done)
                raise Cut from error


def _keep(database: Database, left: Sequence[Message], error: Exception, done: Delivery) -> None:
    """The server is away, and what is left waits for it."""
    reason = _told(error if error.__cause__ is None else error.__cause__)
    log.warning("the mail server is away, %d messages wait: %s", len(left), reason)
    with database.write() as session:
        put_back(session, left, reason)
    done.kept += len(left)


def _send_one(
    database: Database, settings: Settings, connection: smtplib.SMTP, message: Message, done: Delivery
) -> None:
    """Raises OSError where the connection ends with it; a message that is refused is noted and is nobody else's trouble."""
    try:
        mail = compose(message, settings)
    except Exception as error:  # noqa: BLE001 - whatever its words lack, the others go out
        reason, for_good = _told(error), True
    else:
        try:
            connection.send_message(mail)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException as error:
            code = _code(error)
            if code == _CLOSING:
                raise
            reason, for_good = _told(error), code is None or code >= 500
        else:
            with database.write() as session:
                note_sent(session, message.pk)
            done.sent += 1
            return
    _note_failed(database, message, reason, done, for_good=for_good)


def _note_failed(database: Database, message: Message, reason: str, done: Delivery, *, for_good: bool = False) -> None:
    log.warning("message %d (%s) was not taken: %s", message.pk, message.kind, reason)
    with database.write() as session:
        note_failed(session, message, reason, for_good=for_good)
    done.failed += 1


def compose(message: Message, settings: Settings) -> EmailMessage:
    """The mail of a queued message. Raises jinja2.TemplateError or ValueError where it cannot be written."""
    language = known_language(message.language)
    words = render(message.kind, language, message.context or {}, site=settings.site_url, stop_path=message.stop_path)
    return envelope(
        words,
        sender=settings.mail_from,
        to=message.recipient or "",
        language=language,
        dedupe=message.dedupe_key,
        moment=clock.now(),
        stop=f"{settings.site_url}/{language}{message.stop_path}" if message.stop_path else None,
    )


def _told(error: BaseException) -> str:
    """What went wrong, by class and code: the server's own words name the recipient."""
    code = _code(error) or getattr(error, "errno", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _code(error: BaseException) -> int | None:
    """The server's answer: 4xx may be tried again, 5xx not (RFC 5321 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((code for code, _ in error.recipients.values()), None)
    return getattr(error, "smtp_code", None)
