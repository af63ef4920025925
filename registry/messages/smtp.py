"""The mail server, by Python's own smtplib: one connection for a batch, encrypted unless told otherwise."""

import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from registry.messages.rendering import Rendered

UNSUBSCRIBE = "List-Unsubscribe"
_PATIENCE = 20  # seconds, of each answer


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes out. ``tls`` is "starttls", "implicit" or "none"."""

    host: str
    port: int
    user: str
    password: str
    tls: str

    @classmethod
    def parse(cls, url: str) -> "MailServer":
        """Of ``smtp://user:password@host:587`` (STARTTLS; ``?tls=none`` for a server on this machine) or ``smtps://…:465``.

        Raises ValueError for anything else.
        """
        parts = urlsplit(url)
        tls = parse_qs(parts.query).get("tls", ["starttls"])[0] if parts.scheme == "smtp" else "implicit"
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or tls not in ("starttls", "none", "implicit"):
            raise ValueError("mail_url is not smtp://user:password@host:port or smtps://…")
        usual = {"starttls": 587, "implicit": 465, "none": 25}[tls]
        return cls(
            parts.hostname, parts.port or usual, unquote(parts.username or ""), unquote(parts.password or ""), tls
        )

    @contextmanager
    def connected(self) -> Iterator[smtplib.SMTP]:
        """An open, encrypted and signed-in connection. Raises OSError (smtplib's errors are such) where there is none."""
        context = ssl.create_default_context()
        if self.tls == "implicit":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=_PATIENCE, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_PATIENCE)
        try:
            if self.tls == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
            yield server
        finally:
            with suppress(OSError):
                server.quit()


class _Unfolded(EmailPolicy):
    """Addresses in headers stay on one line: mail programs that stop subscriptions are known to misread folded ones."""

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}{self.linesep}" if name == UNSUBSCRIBE else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode() if name == UNSUBSCRIBE else super().fold_binary(name, value)


def envelope(
    words: Rendered, *, sender: str, to: str, language: str, dedupe: str, moment: datetime, stop: str | None
) -> EmailMessage:
    """The mail. Its Message-ID follows from ``dedupe``: a receiver that gets it twice knows that it is the same.

    Text and HTML are alternatives; a subscription carries List-Unsubscribe and List-Unsubscribe-Post (RFC 8058).
    """
    name, address = parseaddr(sender)
    mail = EmailMessage(policy=_Unfolded())
    mail["From"] = Address(display_name=name, addr_spec=address)
    mail["To"] = to
    mail["Subject"] = words.subject
    mail["Date"] = format_datetime(moment)
    mail["Message-ID"] = f"<{hashlib.sha256(dedupe.encode()).hexdigest()[:40]}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, please
    mail["Content-Language"] = language
    if stop:
        mail[UNSUBSCRIBE] = f"<{stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(words.text, cte="quoted-printable")
    mail.add_alternative(words.html, subtype="html", cte="quoted-printable")
    return mail
