"""How the mail server is reached: encrypted unless told otherwise, signed in where there is a user, and never in clear by mistake."""

from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from registry.core.db import Database
from registry.messages.delivering import deliver
from registry.messages.operations import send
from registry.messages.smtp import MailServer
from registry.settings import Settings
from tests.messages.sink import Sink, open_sink


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://post.example", MailServer("post.example", 587, "", "", "starttls")),
        ("smtp://kari:s%40p@post.example:2525", MailServer("post.example", 2525, "kari", "s@p", "starttls")),
        ("smtp://post.example?tls=none", MailServer("post.example", 25, "", "", "none")),
        ("smtps://kari:x@post.example", MailServer("post.example", 465, "kari", "x", "implicit")),
    ],
)
def test_an_address_says_how(url: str, server: MailServer) -> None:
    assert MailServer.parse(url) == server


@pytest.mark.parametrize("url", ["post.example", "http://post.example", "smtp://", "smtp://post.example?tls=maybe"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="mail_url is not"):
        MailServer.parse(url)


def test_the_password_is_shown_to_nobody(tmp_path: Path) -> None:
    assert "hemmelig" not in repr(Settings(home=tmp_path, mail_url="smtp://kari:hemmelig@post.example"))


def queue(database: Database, number: int = 1) -> None:
    with database.write() as session:
        to = f"p{number}@skole.example"
        send(session, kind="trial", to=to, language="nb", context={"at": None}, dedupe=str(number))


@pytest.mark.parametrize("how", ["smtp://127.0.0.1:{}", "smtps://127.0.0.1:{}"])
def test_where_encryption_cannot_be_had_nothing_is_sent(
    database: Database, sink: Sink, tmp_path: Path, how: str
) -> None:
    queue(database)
    port = sink.url.rpartition(":")[2].partition("?")[0]
    assert deliver(database, Settings(home=tmp_path, mail_url=how.format(port))).kept == 1
    assert sink.mails == []


def test_a_user_signs_in(database: Database, tmp_path: Path) -> None:
    seen: list[object] = []

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        seen.append(data)
        return AuthResult(success=data == LoginPassword(b"kari", b"s@p"))

    queue(database)
    with open_sink(authenticator=check, auth_require_tls=False) as sink:
        wrong = sink.url.replace("//", "//kari:feil@")
        assert deliver(database, Settings(home=tmp_path, mail_url=wrong)).kept == 1
        right = sink.url.replace("//", "//kari:s%40p@")
        with database.write() as session:  # the next attempt is minutes away
            session.connection().exec_driver_sql("UPDATE message SET due_at = created_at")
        assert deliver(database, Settings(home=tmp_path, mail_url=right)).sent == 1
    assert len(seen) >= 2


def test_a_server_that_hangs_up_on_one_message_gets_the_others_over_a_new_connection(
    database: Database, settings: Settings, sink: Sink
) -> None:
    for number in (1, 2, 3):
        queue(database, number)
    sink.refuse["p1@skole.example"] = ["421 4.3.2 closing"]
    assert deliver(database, settings).to_json() == {"sent": 2, "failed": 1, "kept": 0}
