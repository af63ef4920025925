"""Who has not answered an offered place is reminded by mail, once for each deadline, in their language."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from registry.applications import operations
from registry.applications.models import Application
from registry.applications.reminders import KIND, remind_of_answers
from registry.core import clock
from registry.core.db import Database
from registry.messages.delivering import deliver
from registry.messages.models import Message
from registry.rules.models import Rule
from registry.settings import Settings
from tests.applications import making
from tests.messages.sink import open_sink

NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as travelled:
        yield travelled


def offered(session: Session, key: str, *, days: int, language: str = "nb") -> Application:
    """A place offered now, to somebody who wants to be told."""
    made = operations.submit(session, making.cast(session).system, making.run(session), key)
    operations.offer_place(session, making.cast(session).office, made, answer_days=days)
    operations.set_contact(session, making.applicant(session, key), key, f"{key[3:]}@skole.example", language)
    return made


def reminded(database: Database) -> list[tuple[str | None, str]]:
    """Who has been reminded so far, and of which deadline."""
    remind_of_answers(database, batch=1)
    with database.read() as session:
        found = session.exec(select(Message).where(Message.kind == KIND).order_by(Message.id)).all()  # type: ignore[arg-type]  # a column
        return [(one.recipient, one.context["answer_by"]) for one in found]


def test_a_reminder_comes_when_three_days_are_left_and_never_twice(
    database: Database, traveller: time_machine.Traveller
) -> None:
    with database.write() as session:
        offered(session, "k1:kari", days=5)
        offered(session, "k1:ola", days=9)
        for key, answer in (("k1:ja", operations.accept), ("k1:nei", operations.decline)):
            answer(session, making.cast(session).system, offered(session, key, days=5))
        left = offered(session, "k1:trukket", days=5)
        operations.withdraw(session, making.cast(session).system, left, "workload")
        silent = operations.submit(session, making.cast(session).system, making.run(session), "k1:uten")
        operations.offer_place(session, making.cast(session).office, silent, answer_days=5)
    assert reminded(database) == []
    traveller.shift(timedelta(days=2))
    first = ("kari@skole.example", "2026-11-09")
    assert reminded(database) == [first] == reminded(database)
    traveller.shift(timedelta(days=4))  # the deadline of one is over: a late reminder would be of no use
    second = ("ola@skole.example", "2026-11-13")
    assert reminded(database) == [first, second] == reminded(database)


def test_who_was_offered_a_place_today_is_reminded_tomorrow(
    database: Database, traveller: time_machine.Traveller
) -> None:
    with database.write() as session:
        offered(session, "k1:kari", days=2)
    assert reminded(database) == []
    traveller.shift(timedelta(days=1))
    assert reminded(database) == [("kari@skole.example", "2026-11-06")]


def test_a_new_deadline_is_a_new_reminder_and_the_rule_says_how_early(
    database: Database, traveller: time_machine.Traveller
) -> None:
    with database.write() as session:
        made = offered(session, "k1:kari", days=5).pk
        session.exec(select(Rule).where(Rule.code == "REMIND_DAYS")).one().number = 4
    traveller.shift(timedelta(days=1))
    assert reminded(database) == [("kari@skole.example", "2026-11-09")]
    with database.write() as session:
        session.get_one(Application, made).answer_by = clock.today() + timedelta(days=4, weeks=1)
    assert len(reminded(database)) == 1
    traveller.shift(timedelta(weeks=1))
    assert reminded(database)[1:] == [("kari@skole.example", "2026-11-16")]


def test_the_letter_says_what_and_by_when_in_the_readers_language(
    database: Database, traveller: time_machine.Traveller, tmp_path: object
) -> None:
    with database.write() as session:
        offered(session, "k1:kari", days=3, language="nn")
    traveller.shift(timedelta(days=1))
    remind_of_answers(database)
    with open_sink() as sink:
        settings = Settings(
            home=tmp_path, mail_url=sink.url, mail_from="r@registeret.example", public_url="https://registeret.example/"
        )
        deliver(database, settings)
        [mail] = sink.mails
    assert mail["Subject"] == "Svar innan 7. november 2026: Matematikk 1, 5.–10. trinn"
    for kind in ("plain", "html"):
        words = str(mail.get_body((kind,)).get_content())
        assert "Svar innan 7. november 2026. Etter det går plassen vidare" in words
        assert "https://registeret.example/nn/mine-soknader" in words
    assert "k1:kari" not in mail.as_string()


def test_with_nobody_to_remind_nothing_is_written(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "write", None)
    assert remind_of_answers(database) == {"reminded": 0}
