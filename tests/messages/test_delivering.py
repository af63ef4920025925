"""From a change to a mail on a real SMTP server: once, after the commit, whatever happens to the others."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlmodel import select

from registry.core.db import Database
from registry.messages.delivering import deliver
from registry.messages.models import Message
from registry.messages.operations import BACK_OFF, LEASE, forget_recipients, send, take_due
from registry.messages.states import MessageState
from registry.settings import Settings
from tests.messages.sink import Sink, part

KARI = "kari@skole.example"
AT = datetime(2026, 3, 1, 11, 59, tzinfo=UTC)


def queue(database: Database, to: str = KARI, dedupe: str = "one", language: str = "nb", **more: str) -> bool:
    with database.write() as session:
        return send(session, kind="trial", to=to, language=language, context={"at": AT}, dedupe=dedupe, **more)


def rows(database: Database) -> list[Message]:
    with database.read() as session:
        return list(session.exec(select(Message).order_by(Message.dedupe_key)))


def test_a_mail_arrives_whole(database: Database, settings: Settings, sink: Sink) -> None:
    stop = "/varsel/" + "a" * 43  # long enough to be folded, which it must not be
    assert queue(database, stop_path=stop)
    assert deliver(database, settings).to_json() == {"sent": 1, "failed": 0, "kept": 0}
    [mail] = sink.mails
    assert mail["To"] == KARI
    assert mail["From"] == "Tilbudsregisteret <ikke-svar@registeret.example>"
    assert mail["Subject"] == "Prøve fra Tilbudsregisteret"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == f"<https://registeret.example/nb{stop}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "1. mars 2026 kl. 12.59" in part(mail, "plain")
    assert 'href="https://registeret.example/nb/drift"' in part(mail, "html")
    [row] = rows(database)
    assert (row.state, row.attempts, row.sent_at) == (MessageState.SENT, 1, datetime(2026, 3, 1, 12, tzinfo=UTC))


def test_mail_that_is_no_subscription_offers_no_stop(database: Database, settings: Settings, sink: Sink) -> None:
    queue(database)
    deliver(database, settings)
    assert sink.mails[0]["List-Unsubscribe"] is None
    assert "Stopp" not in part(sink.mails[0], "plain")


def test_nothing_is_sent_of_a_change_that_did_not_happen(database: Database, settings: Settings, sink: Sink) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        send(session, kind="trial", to=KARI, language="nb", context={"at": AT}, dedupe="one")
        raise ZeroDivisionError
    deliver(database, settings)
    assert sink.mails == []


def test_the_same_is_told_once(database: Database, settings: Settings, sink: Sink) -> None:
    assert queue(database)
    assert not queue(database)
    deliver(database, settings)
    assert not queue(database)
    deliver(database, settings)
    assert len(sink.mails) == 1


def test_a_batch_goes_over_one_connection(database: Database, settings: Settings, sink: Sink) -> None:
    for number in range(5):
        queue(database, dedupe=str(number))
    assert deliver(database, settings).sent == 5
    assert sink.connections == 1


def test_one_bad_message_stops_no_other(database: Database, settings: Settings, sink: Sink) -> None:
    """One that the server refuses for good, one that cannot be written, and one in between."""
    for number in range(4):
        queue(database, f"lærer{number}@skole.example" if number == 3 else f"p{number}@skole.example", str(number))
    with database.write() as session:
        broken = session.exec(select(Message).where(Message.dedupe_key == "1")).one()
        broken.context = {"at": "not a moment"}
    sink.refuse["p0@skole.example"] = ["550 5.1.1 no such user p0@skole.example"]
    assert deliver(database, settings).to_json() == {"sent": 2, "failed": 2, "kept": 0}
    states = {row.dedupe_key: (row.state, row.error) for row in rows(database)}
    assert states["0"] == (MessageState.GIVEN_UP, "SMTPRecipientsRefused 550")
    assert states["1"] == (MessageState.GIVEN_UP, "ValueError")
    assert states["2"][0] is states["3"][0] is MessageState.SENT


def test_a_message_that_the_server_hangs_up_on_stops_no_other(
    database: Database, settings: Settings, sink: Sink, first_of_march: time_machine.Traveller
) -> None:
    for number in range(3):
        queue(database, f"p{number}@skole.example", str(number))
    sink.hang_up = {"p0@skole.example"}
    assert deliver(database, settings).to_json() == {"sent": 2, "failed": 1, "kept": 0}
    bad, *others = rows(database)
    assert (bad.state, bad.attempts, bad.error) == (MessageState.FAILED, 1, "SMTPServerDisconnected")
    assert {(one.state, one.attempts) for one in others} == {(MessageState.SENT, 1)}
    for wait in (*BACK_OFF, timedelta(days=9)):
        first_of_march.shift(wait)
        deliver(database, settings)
    assert rows(database)[0].state is MessageState.GIVEN_UP


def test_a_server_that_hangs_up_on_everything_is_away(database: Database, settings: Settings, sink: Sink) -> None:
    for number in range(8):
        queue(database, f"p{number}@skole.example", str(number))
    sink.hang_up = {f"p{number}@skole.example" for number in range(8)}
    assert deliver(database, settings).to_json() == {"sent": 0, "failed": 3, "kept": 5}
    assert [one.attempts for one in rows(database)] == [1, 1, 1, 0, 0, 0, 0, 0]


def test_a_server_that_says_it_closes_has_its_word_counted_once(
    database: Database, settings: Settings, sink: Sink
) -> None:
    for number in range(2):
        queue(database, f"p{number}@skole.example", str(number))
    sink.refuse["p0@skole.example"] = ["421 4.3.2 closing"]
    assert deliver(database, settings).to_json() == {"sent": 1, "failed": 1, "kept": 0}
    assert [one.attempts for one in rows(database)] == [1, 1]


def test_a_refusal_for_now_is_tried_again_later_and_later(
    database: Database, settings: Settings, sink: Sink, first_of_march: time_machine.Traveller
) -> None:
    queue(database)
    sink.refuse[KARI] = ["450 4.2.0 come back later"] * 2
    assert deliver(database, settings).failed == 1
    assert deliver(database, settings).to_json() == {"sent": 0, "failed": 0, "kept": 0}  # not yet
    first_of_march.shift(BACK_OFF[0])
    assert deliver(database, settings).failed == 1
    first_of_march.shift(BACK_OFF[0])
    assert deliver(database, settings).failed == 0  # the second wait is longer
    first_of_march.shift(BACK_OFF[1])
    assert deliver(database, settings).sent == 1
    assert rows(database)[0].attempts == 3


def test_after_the_last_wait_a_message_is_given_up(
    database: Database, settings: Settings, sink: Sink, first_of_march: time_machine.Traveller
) -> None:
    queue(database)
    sink.refuse[KARI] = ["450 4.2.0 come back later"] * 99
    for wait in (*BACK_OFF, timedelta(days=9), timedelta(days=9)):
        deliver(database, settings)
        first_of_march.shift(wait)
    [row] = rows(database)
    assert (row.state, row.attempts) == (MessageState.GIVEN_UP, len(BACK_OFF) + 1)


def test_while_the_server_is_away_everything_waits_and_no_attempt_is_counted(
    database: Database, settings: Settings, sink: Sink, first_of_march: time_machine.Traveller, tmp_path: Path
) -> None:
    away = Settings(home=tmp_path, mail_url="smtp://127.0.0.1:1?tls=none")
    queue(database)
    for _ in range(20):
        assert deliver(database, away).to_json() == {"sent": 0, "failed": 0, "kept": 1}
        first_of_march.shift(timedelta(minutes=2))
    assert rows(database)[0].attempts == 0
    assert deliver(database, settings).sent == 1


def test_without_a_server_mail_is_kept_and_the_log_says_so(
    database: Database, sink: Sink, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    queue(database)
    assert deliver(database, Settings(home=tmp_path)).kept == 1
    assert "1 messages are kept" in caplog.text
    assert KARI not in caplog.text
    assert deliver(database, settings).sent == 1


def test_who_dies_before_the_outcome_is_noted_leaves_the_message_to_be_sent_again(
    database: Database, settings: Settings, sink: Sink, first_of_march: time_machine.Traveller
) -> None:
    """At most twice, and the receiver can tell: the Message-ID is the same."""
    queue(database)
    with database.write() as session:
        assert len(take_due(session, 10)) == 1
    assert deliver(database, settings).sent == 0  # somebody has it
    first_of_march.shift(LEASE)
    assert deliver(database, settings).sent == 1
    queue(database, dedupe="two")
    deliver(database, settings)
    first, second = (mail["Message-ID"] for mail in sink.mails)
    assert first != second
    assert first == "<7692c3ad3540bb803c020b3aee66cd8887123234@registeret.example>"


def test_recipient_and_words_are_forgotten_in_time(
    database: Database, settings: Settings, sink: Sink, first_of_march: time_machine.Traveller, tmp_path: Path
) -> None:
    queue(database, dedupe="a", stop_path="/stopp/abc")
    deliver(database, settings)
    queue(database, dedupe="b")
    first_of_march.shift(timedelta(days=30))
    queue(database, dedupe="c")
    with database.write() as session:
        assert forget_recipients(session, keep_days=30) == 0
    first_of_march.shift(timedelta(seconds=1))
    with database.write() as session:
        assert forget_recipients(session, keep_days=30) == 2
    sent, late, young = rows(database)
    assert (sent.state, sent.recipient, sent.context, sent.stop_path) == (MessageState.SENT, None, None, None)
    assert (late.state, late.recipient) == (MessageState.GIVEN_UP, None)
    assert (young.state, young.recipient) == (MessageState.QUEUED, KARI)
    assert deliver(database, settings).sent == 1
