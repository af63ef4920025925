"""A real SMTP server on this machine that keeps what it is given, and can be told to refuse."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """What came in, oldest first.

    ``refuse`` maps a recipient to the answer it gets, once for each in the list; ``hang_up`` on those whose mail the server cannot stand.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse: dict[str, list[str]] = {}
        self.hang_up: set[str] = set()
        self.connections = 0
        self.url = ""

    async def handle_EHLO(  # noqa: N802 - aiosmtpd calls it so - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse.get(address):
            return self.refuse[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd calls it so
        if self.hang_up & set(envelope.rcpt_tos):
            server.transport.abort()
        content: Any = envelope.content
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@contextmanager
def open_sink(**options: Any) -> Iterator[Sink]:
    """A server on a free port of 127.0.0.1; ``options`` are aiosmtpd's."""
    with socket.socket() as free:  # aiosmtpd knocks at the port it was given, so it must be told a real one
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sink = Sink()
    sink.url = f"smtp://127.0.0.1:{port}?tls=none"
    controller = Controller(sink, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def part(mail: EmailMessage, kind: str) -> str:
    """The text ("plain") or HTML ("html") of a mail."""
    body = mail.get_body((kind,))
    assert body is not None
    text: str = body.get_content()
    return text
