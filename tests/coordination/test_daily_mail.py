"""Institutions are told what waits for their answer, and what was answered to theirs: each thing once, one mail a day."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event
from sqlmodel import Session, col, select

from registry.access.models import Membership, Person
from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.coordination.daily_mail import KIND, SHOWN, tell_institutions
from registry.coordination.models import Pair, Proposal, ProposalsTold
from registry.coordination.operations import answer_proposal, decide, detect, propose, undo, withdraw
from registry.coordination.states import ProposalState, Way
from registry.core import clock
from registry.core.db import Database
from registry.messages.models import Message
from registry.messages.rendering import render
from tests.coordination.country import TODAY, add_taught, organisation

WEST, EAST = "0238", "1160"
LATER = timedelta(minutes=10)
DAY = timedelta(days=1)


def person(session: Session, name: str, key: str | None, role: Role = Role.PROVIDER_STAFF, **given: Any) -> Person:
    told: dict[str, Any] = {
        "email": f"{name}@uh.example",
        "issuer": "test",
        "subject": name,
        "created_at": clock.now(),
    } | given
    until = told.pop("valid_to", None)
    made = Person(display_name=name, **told)
    session.add(made)
    session.flush()
    home = organisation(session, key).pk if key else None
    session.add(
        Membership(person_id=made.pk, role=role, organisation_id=home, valid_from=date(2026, 1, 1), valid_to=until)
    )
    session.flush()
    return made


def staff(session: Session, key: str) -> Actor:
    home = organisation(session, key).pk
    return Actor(f"person:9{home}", (Holding(Role.PROVIDER_STAFF, organisation=home),), person=home)


@pytest.fixture
def pair(database: Database) -> Iterator[Pair]:
    with database.write() as session:
        add_taught(session, WEST, "Engelsk 1, 1.–7. trinn")
        add_taught(session, EAST, "Engelsk 1, trinn 1-7")
        person(session, "wenche", WEST)
        person(session, "egil", EAST)
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        yield session.exec(select(Pair)).one()


def put(database: Database, pair: Pair, sender: str = WEST, way: str = "joint_offer", text: str | None = None) -> int:
    with database.write() as session:
        mine = staff(session, sender)
        return propose(session, mine, pair.pk, mine.person or 0, way, text)[0].pk


def mails(database: Database) -> list[tuple[str, int, int]]:
    """(to, proposals told of, answers told of) of every mail there has been, after asking for more."""
    tell_institutions(database)
    with database.read() as session:
        found = session.exec(select(Message).where(Message.kind == KIND).order_by(col(Message.id))).all()
        return [
            (
                (one.recipient or "").partition("@")[0],
                len((one.context or {})["proposals"]) + (one.context or {})["more"],
                len((one.context or {})["answers"]) + (one.context or {})["more_answers"],
            )
            for one in found
        ]


def test_the_receivers_staff_are_told_once_in_the_morning(
    database: Database, pair: Pair, clock_stands: time_machine.Traveller
) -> None:
    with database.write() as session:
        person(session, "gone", EAST, deactivated_at=clock.now())
        person(session, "silent", EAST, email=None)
        person(session, "former", EAST, valid_to=date(2026, 2, 1))
        person(session, "office", EAST, Role.ADMISSIONS_OFFICER)
    put(database, pair)
    assert mails(database) == []  # it may not be written yet for everybody
    clock_stands.move_to(clock.start_of_day(clock.today()) + DAY)
    assert mails(database) == []  # before the morning
    clock_stands.shift(timedelta(hours=9))
    assert mails(database) == [("egil", 1, 0)] == mails(database)
    clock_stands.shift(DAY)
    assert mails(database) == [("egil", 1, 0)]  # nobody is told twice
    with database.write() as session:
        person(session, "new", EAST)
    assert mails(database) == [("egil", 1, 0), ("new", 1, 0)]


def test_one_mail_a_day_and_nothing_is_lost_between_two(
    database: Database, pair: Pair, clock_stands: time_machine.Traveller
) -> None:
    put(database, pair)
    clock_stands.shift(timedelta(minutes=4))
    with database.write() as session:  # the network's own, to both
        decide(session, Actor("person:1", (Holding(Role.COORDINATOR),), person=1), pair.pk, "coordinate")
    clock_stands.shift(timedelta(minutes=2))
    first = mails(database)
    assert first == [("egil", 1, 0)]
    clock_stands.shift(LATER)
    assert mails(database)[1:] == [("wenche", 1, 0)]  # one more mail the same day for nobody
    clock_stands.shift(DAY)
    assert mails(database)[2:] == [("egil", 1, 0)]


def test_what_is_withdrawn_or_answered_before_the_mail_is_not_told_of(
    database: Database, pair: Pair, clock_stands: time_machine.Traveller
) -> None:
    proposal = put(database, pair)
    with database.write() as session:
        withdraw(session, staff(session, WEST), proposal)
        coordinator = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)
        undo(session, coordinator, decide(session, coordinator, pair.pk, "coordinate").pk)
    clock_stands.shift(LATER)
    assert mails(database) == []
    again = put(database, pair)
    with database.write() as session:
        answer_proposal(session, staff(session, EAST), again, accepted=True)
    clock_stands.shift(LATER)
    assert mails(database) == [("wenche", 0, 1)]  # the answer alone, and to who asked


@pytest.mark.parametrize("accepted", [True, False])
def test_who_proposed_is_told_the_answer_in_words(
    database: Database, pair: Pair, clock_stands: time_machine.Traveller, accepted: bool
) -> None:
    proposal = put(database, pair, text="Skal vi slå oss sammen?")
    clock_stands.shift(LATER)
    assert mails(database) == [("egil", 1, 0)]
    with database.write() as session:
        answer_proposal(session, staff(session, EAST), proposal, accepted=accepted, text="Vi har tenkt på det")
    clock_stands.shift(LATER)
    assert mails(database)[1:] == [("wenche", 0, 1)]
    clock_stands.shift(DAY)
    assert len(mails(database)) == 2
    asked, answered = words(database)
    assert asked[0] == "1 nytt forslag om samordning venter på svar fra dere"
    for told in ("foreslår: Gi det som fellestilbud.", "«Skal vi slå oss sammen?»", f"/nb/samordning/par/{pair.pk}\n"):
        assert told in asked[1]
    assert answered[0] == "1 forslag fra dere om samordning er besvart"
    assert f"har sagt {'ja' if accepted else 'nei'} til forslaget: Gi det som fellestilbud." in answered[1]
    assert "«Vi har tenkt på det»" in answered[1]


def words(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rendered = [
            render(KIND, "nb", one.context or {}, site="https://registeret.example")
            for one in session.exec(select(Message).where(Message.kind == KIND).order_by(col(Message.id)))
        ]
    return [(one.subject, one.text) for one in rendered]


def test_the_coordinator_who_put_it_is_told_the_answer(
    database: Database, pair: Pair, clock_stands: time_machine.Traveller
) -> None:
    with database.write() as session:
        kari = person(session, "kari", None, Role.COORDINATOR)
        person(session, "ola", None, Role.COORDINATOR)
        actor = Actor(f"person:{kari.pk}", (Holding(Role.COORDINATOR),), person=kari.pk)
        decide(session, actor, pair.pk, "coordinate")
        east = organisation(session, EAST).pk
        mine = session.exec(select(Proposal).where(Proposal.receiver_id == east)).one()
        answer_proposal(session, staff(session, EAST), mine.pk, accepted=True)
    clock_stands.shift(LATER)
    assert sorted(mails(database)) == [("kari", 0, 1), ("wenche", 1, 0)]
    assert any("Nettverket foreslår: Bli enige om en måte." in text for _, text in words(database))


def test_the_first_twenty_are_shown_and_the_rest_counted(
    database: Database, pair: Pair, clock_stands: time_machine.Traveller
) -> None:
    with database.write() as session:
        home = {key: organisation(session, key).pk for key in (WEST, EAST)}
        session.add_all(
            Proposal(
                pair_id=pair.pk,
                way=Way.TALK,
                text="12345678912" if number else "Født 01010750160",  # a national id has no place in a mail
                sender_id=home[WEST],
                receiver_id=home[EAST],
                proposed_by="person:1",
                proposed_at=clock.now(),
            )
            for number in range(SHOWN + 3)
        )
    clock_stands.shift(LATER)
    assert mails(database) == [("egil", SHOWN + 3, 0)]
    with database.read() as session:
        context = session.exec(select(Message.context).where(Message.kind == KIND)).one() or {}
    assert (len(context["proposals"]), context["more"]) == (SHOWN, 3)
    assert [one["text"] for one in context["proposals"][:2]] == [None, "12345678912"]
    assert "Og 3 til:\nhttps://registeret.example/nb/samordning/forslag" in words(database)[0][1]


def test_with_nobody_to_tell_nothing_is_written(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "write", None)
    assert tell_institutions(database) == {"told": 0}


def fill(database: Database, pair: Pair, waiting: int, answered: int) -> None:
    """Proposals from the west to the east, past what a person would do."""
    with database.write() as session:
        home = {key: organisation(session, key).pk for key in (WEST, EAST)}
        given = {"pair_id": pair.pk, "way": Way.TALK, "sender_id": home[WEST], "receiver_id": home[EAST]}
        given |= {"proposed_by": "person:1", "proposed_at": clock.now()}
        answer = {
            "state": ProposalState.DECLINED,
            "answered_by": "person:2",
            "answered_at": clock.now(),
            "answer": "Nei",
        }
        session.add_all(Proposal(**given) for _ in range(waiting))
        session.add_all(Proposal(**given, **answer) for _ in range(answered))


def read_to_tell(database: Database) -> tuple[int, int]:
    """Rows of proposals, mails and marks that are read for the next mails, and how many mails it becomes."""
    read: list[Any] = []
    tables = (Proposal, Message, ProposalsTold)
    count = lambda row, _: read.append(row)  # noqa: E731 - the same function is taken away again
    for table in tables:
        event.listen(table, "load", count)
    told = tell_institutions(database)["told"]
    for table in tables:
        event.remove(table, "load", count)
    return len(read), told


def test_what_was_told_of_before_is_not_read_again_however_much_it_is(
    database: Database, pair: Pair, clock_stands: time_machine.Traveller
) -> None:
    found = []
    for old in (3, 40):
        fill(database, pair, old, old)
        clock_stands.shift(DAY)
        assert tell_institutions(database) == {"told": 2}
        clock_stands.shift(DAY)
        fill(database, pair, waiting=1, answered=0)
        clock_stands.shift(LATER)
        found.append(read_to_tell(database))
    assert found == [(1 + 2 + 1, 1)] * 2  # the new one, the marks of both readers, and that of the one who is told


def test_who_cannot_be_reached_is_told_of_all_of_it_once_they_can(
    database: Database, pair: Pair, clock_stands: time_machine.Traveller
) -> None:
    with database.write() as session:
        egil = session.exec(select(Person).where(Person.display_name == "egil")).one()
        egil.email = "ingen adresse"
    put(database, pair)
    clock_stands.shift(DAY)
    assert mails(database) == []
    with database.write() as session:
        session.get_one(Person, egil.pk).email = "egil@uh.example"
    assert mails(database) == [("egil", 1, 0)]
