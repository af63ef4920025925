"""Mail to applicants: every change that concerns them, in their language, once, and nothing before it is committed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import Session, select

from registry.access.policy import Actor
from registry.applications import notifications, operations
from registry.applications.models import ApplicantContact, Application
from registry.applications.notifications import tell_applicants
from registry.applications.operations import Why, Wish
from registry.applications.presenting.news import SENTENCES, news_of
from registry.applications.states import LIVES, Answer, Decision
from registry.core import audit
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotAllowed
from registry.messages.delivering import deliver
from registry.messages.models import Message
from registry.offers.models import Run
from registry.offers.operations import close_run, confirm_run
from registry.settings import Settings
from tests.applications import making
from tests.messages.sink import Sink, open_sink

NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as travelled:
        yield travelled


@pytest.fixture
def sink() -> Iterator[Sink]:
    with open_sink() as opened:
        yield opened


def reader(session: Session, key: str = "k1:me", **given: Any) -> Actor:
    """Somebody who wants to be told."""
    options = {"email": "kari@skole.example", "language": "nb", **given}
    daily = options.pop("daily", False)
    me: Actor = options.pop("me", None) or making.applicant(session, key)
    operations.set_contact(session, me, key, options["email"], options["language"], daily=daily)
    return me


def mails(database: Database, sink: Sink, home: Path) -> list[Any]:
    """What has come to the mail server since the last look."""
    sink.mails.clear()
    settings = Settings(
        home=home,
        mail_url=sink.url,
        mail_from="Tilbudsregisteret <ikke-svar@registeret.example>",
        public_url="https://registeret.example/",
    )
    tell_applicants(database)
    deliver(database, settings)
    return list(sink.mails)


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


def test_an_offered_place_in_the_readers_language_once(database: Database, sink: Sink, tmp_path: Path) -> None:
    with database.write() as session:
        office, run = making.cast(session).office, making.run(session, state="closed")
        mine = making.application(session, run, applicant_key="k1:me")
        making.application(session, run)
        reader(session, language="nn")
        batch = operations.prepare(
            session, office, run, Wish(Decision.OFFERED, note="Velkomen {{semester}}."), [mine.pk]
        )
        run_id = batch.run_id
    assert mails(database, sink, tmp_path) == [], "nothing is told before the letters are sent"
    with database.write() as session:
        operations.send(session, office, operations.open_batches(session, [run_id])[0])
    [mail] = mails(database, sink, tmp_path)
    assert mail["To"] == "kari@skole.example"
    assert mail["Subject"] == "Du har fått tilbod om plass"
    text = text_of(mail)
    assert "Svar innan 18. november 2026" in text
    assert "Velkomen vår 2027." in text
    assert "https://registeret.example/nn/mine-soknader" in text
    assert "Du har fått tilbod" in str(mail.get_body(("html",)).get_content())
    assert "k1:me" not in mail.as_string()
    assert mails(database, sink, tmp_path) == [], "told once"


def test_nothing_is_told_of_what_was_rolled_back(database: Database, sink: Sink, tmp_path: Path) -> None:
    with database.write() as session:
        reader(session)
        office, run = making.cast(session).office, making.run(session, state="closed")
        pk = making.application(session, run, applicant_key="k1:me").pk
    with pytest.raises(ZeroDivisionError), database.write() as session:
        operations.offer_place(session, office, session.get_one(Application, pk))
        raise ZeroDivisionError
    assert mails(database, sink, tmp_path) == []


def test_every_kind_of_change_is_told_in_one_mail(database: Database, sink: Sink, tmp_path: Path) -> None:
    with database.write() as session:
        me = reader(session)
        cast = making.cast(session)
        first = operations.submit(session, me, making.run(session), "k1:me")
        operations.reject(session, cast.office, first, "not_qualified", None)
        operations.correct(session, cast.office, first, Decision.OFFERED, Why("typing_error"))
        operations.accept(session, me, first)
        started = session.get_one(Application, first.pk)
        operations.report_attendance(session, cast.provider, making.run_of(session, started), "start", [started.pk])
        second = operations.submit(session, me, making.run(session), "k1:me")
        operations.look(session, cast.office, second.pk, "places")
        run = making.run_of(session, second)
        operations.cancel(session, cast.provider, run, "few_applicants", proposer=lambda *_: [])
        third = operations.submit(session, me, making.run(session), "k1:me")
        operations.postpone(session, cast.provider, making.run_of(session, third), "2027H", "funding")
    [mail] = mails(database, sink, tmp_path)
    text = " ".join(text_of(mail).split())
    for sentence in (
        "Søknaden er mottatt.",
        "Begrunnelse: Fyller ikke opptakskravene.",
        "Institusjonen har rettet noe i søknaden.",
        "Du har takket ja til plassen.",
        "Institusjonen har meldt at du har begynt.",
        "Opptakskontoret har sett hvilke andre søknader",
        "Kullet blir ikke gjennomført som planlagt.",
        "Søknaden er flyttet hit, og du har beholdt plassen i køen.",
    ):
        assert sentence in text, sentence
    assert mail["Subject"] == "Kullet du har søkt på, blir ikke gjennomført som planlagt"


def test_what_becomes_of_the_run_is_told_to_whom_may_be_taught_in_it(
    database: Database, sink: Sink, tmp_path: Path, traveller: time_machine.Traveller
) -> None:
    with database.write() as session:
        run = making.run(session)
        _changed(session, run, "ends_on")  # before anybody applied
        traveller.shift(timedelta(minutes=1))
        for key in ("waits", "left", "refused"):
            me = reader(session, f"k1:{key}", email=f"{key}@skole.example")
            one = operations.submit(session, me, run, f"k1:{key}")
            if key == "left":
                operations.withdraw(session, me, one, "other_offer")
            if key == "refused":
                operations.reject(session, making.cast(session).office, one, "not_qualified", None)
    assert len(mails(database, sink, tmp_path)) == 3
    with database.write() as session:
        run = session.get_one(Run, run.pk)
        run.starts_on = date(2027, 2, 1)
        _changed(session, run, "starts_on")
        _changed(session, run, "places")
        close_run(session, making.cast(session).provider, run)
        confirm_run(session, making.cast(session).provider, run)
    [mail] = mails(database, sink, tmp_path)
    assert mail["To"] == "waits@skole.example"
    text = " ".join(text_of(mail).split())
    for sentence in (
        "har endret når eller hvordan det undervises",
        "begynner 1. februar 2027.",
        "Kullet blir gjennomført.",
    ):
        assert text.count(sentence) == 1, sentence
    assert mails(database, sink, tmp_path) == []


def _changed(session: Session, run: Run, field: str) -> None:
    """As a delivery records it."""
    audit.record(
        session, actor="importer", thing="run", thing_id=run.pk, event="changed", details={"fields": {field: [1, 2]}}
    )


def test_once_a_day_in_the_morning_but_for_an_offered_place(
    database: Database, sink: Sink, tmp_path: Path, traveller: time_machine.Traveller
) -> None:
    with database.write() as session:
        me = reader(session, daily=True)
        office = making.cast(session).office
        operations.submit(session, me, making.run(session), "k1:me")
    assert len(mails(database, sink, tmp_path)) == 1
    traveller.shift(timedelta(hours=1))
    with database.write() as session:
        one = operations.submit(session, me, making.run(session), "k1:me").pk
        operations.submit(session, me, making.run(session), "k1:me")
    assert mails(database, sink, tmp_path) == []
    traveller.move_to(NOON + timedelta(hours=17))  # five in the night
    assert mails(database, sink, tmp_path) == []
    traveller.move_to(NOON + timedelta(hours=19))
    [mail] = mails(database, sink, tmp_path)
    assert mail["Subject"] == "2 nyheter om søknadene dine"
    with database.write() as session:
        operations.offer_place(session, office, session.get_one(Application, one))
    assert [mail["Subject"] for mail in mails(database, sink, tmp_path)] == ["Du har fått tilbud om plass"]


def test_one_who_cannot_be_told_stops_no_other(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.write() as session:
        for number in range(3):
            me = reader(session, f"k1:{number}", email=f"p{number}@skole.example")
            operations.submit(session, me, making.run(session), f"k1:{number}")
    whole = notifications.item_of

    def breaks(line: Any, application: Application, *rest: Any) -> Any:
        if application.applicant_key == "k1:1":
            raise RuntimeError
        return whole(line, application, *rest)

    monkeypatch.setattr(notifications, "item_of", breaks)
    assert tell_applicants(database, batch=2) == {"told": 2, "failed": 1}
    monkeypatch.setattr(notifications, "item_of", whole)
    assert tell_applicants(database) == {"told": 1, "failed": 0}, "and it is tried again"


def test_who_has_nothing_new_is_not_asked_about_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job runs each minute: what is no news is passed once, and a quiet minute writes nothing."""
    with database.write() as session:
        me = reader(session)
        operations.submit(session, me, making.run(session), "k1:me")
        reader(session, "k1:quiet", email="stille@skole.example")
    assert tell_applicants(database) == {"told": 1, "failed": 0}
    with database.write() as session:
        [mine] = session.exec(select(Application)).all()
        audit.record(session, actor="test", thing="application", thing_id=mine.pk, event="prioritise")
    assert tell_applicants(database) == {"told": 0, "failed": 0}
    monkeypatch.setattr(Database, "write", None)
    assert tell_applicants(database) == {"told": 0, "failed": 0}


def test_the_address_is_the_applicants_own(database: Database) -> None:
    with database.write() as session:
        me = making.applicant(session, "k1:me")
        with pytest.raises(NotAllowed):
            operations.set_contact(session, making.applicant(session, "k1:other"), "k1:me", "a@b.no", "nb")
        for email, language in (("no address", "nb"), ("a@b.no", "xx")):
            with pytest.raises(InvalidInput):
                operations.set_contact(session, me, "k1:me", email, language)
        operations.set_contact(session, me, "k1:me", " a@b.no ", "nb")
        operations.set_contact(session, me, "k1:me", "c@d.no", "nn", daily=True)
        [kept] = session.exec(select(ApplicantContact)).all()
        assert (kept.email, kept.language, kept.daily) == ("c@d.no", "nn", True)
        for _ in range(2):
            operations.set_contact(session, me, "k1:me", "", "nb")
        assert session.exec(select(ApplicantContact)).all() == []


def test_what_happened_before_somebody_asked_is_no_news(database: Database) -> None:
    with database.write() as session:
        me = making.applicant(session, "k1:me")
        made = operations.submit(session, me, making.run(session), "k1:me")
    with database.write() as session:
        reader(session, me=me)
    assert tell_applicants(database) == {"told": 0, "failed": 0}
    with database.read() as session:
        assert session.exec(select(Message)).all() == []
        assert made.answer is Answer.NONE


@pytest.mark.parametrize(
    ("life", "event"), [(life.name, row.event) for life in LIVES for row in life.transitions], ids=lambda one: str(one)
)
def test_every_event_of_every_life_has_its_letter_or_follows_from_one_that_has(life: str, event: str) -> None:
    target = next(row.target for one in LIVES if one.name == life for row in one.transitions if row.event == event)
    told = news_of(AuditEntry(thing="application", life=life, event=event, to_state=str(target)))
    follows = {
        ("answer", "ask"),
        ("attendance", "enrol"),
        ("answer", "correct_to_none"),
        ("attendance", "correct_to_none"),
        # Two records of one run are made one, or two again: nothing is otherwise for who has applied.
        ("standing", "absorb"),
        ("standing", "release"),
    }
    assert (told is None) == ((life, event) in follows)
    assert told is None or told in SENTENCES or told in ("offered", "waitlisted", "rejected")


@pytest.mark.parametrize(
    ("event", "details", "told"),
    [
        ("changed", {"fields": {"answer_by": ["2026-03-01", "2026-03-09"]}}, "deadline"),
        ("changed", {"fields": {"priority": [1, 2]}}, "changed"),
        ("waitlist", {"carried_from": 7}, "waits_here"),
        ("offer", {"carried_from": 7}, "place_moved"),
        ("accept", {"carried_from": 7}, None),
        ("look_across", {}, "looked"),
        ("rank", {}, None),  # the owner's order is the owner's own
        ("rekey", {}, None),
    ],
)
def test_what_changes_no_status_of_its_own(event: str, details: dict[str, Any], told: str | None) -> None:
    assert news_of(AuditEntry(thing="application", event=event, details=details)) == told
