"""What is only reported is not refused: the subject that loses by it is written in the log and told of by mail at once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import select

from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.detection import reaching
from registry.coordination.models import SubjectStatus
from registry.coordination.operations import detect, judge_changed
from registry.coordination.queries import small_subjects
from registry.coordination.queries.detecting.national import Reach
from registry.coordination.queries.detecting.reached import Reached, reach_told
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.messages.models import Message
from registry.offers.models import Offer, Run
from registry.offers.states import Delivery
from registry.rules.register import rules_on
from tests.coordination.country import TODAY, add_offer, add_run, organisation
from tests.coordination.test_judging import settle
from tests.coordination.test_warnings import person
from tests.intake.deliveries import Feed, sheet

ROBOT = system("detect")


@pytest.fixture
def feed(database: Database, tmp_path: Path) -> Feed:
    return Feed(database, tmp_path)


CHINESE = sheet("KIN1", "Kinesisk 1", provider="1110", term="2027V", Fag="Kinesisk", Undervisningsform="nett")


@pytest.fixture
def delivered(feed: Feed, database: Database) -> Feed:
    """Chinese at one institution, on the net; English at three. Compared once, with a coordinator and two who keep offers."""
    feed.sheet(CHINESE, as_of=TODAY)
    with database.write() as session:
        for provider in ("0238", "1160", "1120"):
            add_run(session, add_offer(session, provider, "Engelsk 1", subject_code="engelsk"), "2027V")
        person(session, "kari", Role.COORDINATOR)
        for name, home in (("her", "1110"), ("elsewhere", "0238")):
            person(session, name, Role.PROVIDER_STAFF, organisation_id=organisation(session, home).pk)
    settle(database)
    detect(database, ROBOT, today=TODAY)
    return feed


def mails(database: Database) -> list[tuple[str, Any]]:
    with database.read() as session:
        query = select(Message).where(Message.kind == reaching.KIND).order_by(Message.recipient)
        return [(one.recipient, one.context) for one in session.exec(query)]


def told(database: Database, subject: str = "kinesisk") -> list[tuple[Reached | None, Reached]]:
    with database.read() as session:
        return [(one.before, one.standing.reached) for one in reach_told(session) if one.subject == subject]


@pytest.mark.parametrize(
    ("changed", "taught"),
    [
        ({"Fag": "Engelsk"}, False),
        ({"Undervisningsform": "campus"}, True),
        ({"Navn": "Engelsk 1", "Fag": ""}, False),
    ],
)
def test_what_an_institution_delivers_is_taken_and_told_of_at_once(
    delivered: Feed, database: Database, changed: dict[str, str], taught: bool
) -> None:
    delivered.sheet({**CHINESE, **changed}, as_of=TODAY)
    settle(database)
    assert told(database)[-1] == (Reached.COUNTRY, Reached.SOME if taught else Reached.NOBODY)
    assert [recipient for recipient, _ in mails(database)] == ["her@example.no", "kari@example.no"]
    [line] = mails(database)[1][1]["subjects"]
    assert line["taught"] is taught
    assert [one["institution"] for one in line["before"]] == ["Universitetet i Oslo"]


def test_what_is_absent_from_two_deliveries_is_told_of(delivered: Feed, database: Database) -> None:
    others = [sheet(f"NO{one}", f"Norsk {one}", provider="1110", term="2027V") for one in range(8)]
    delivered.sheet(CHINESE, *others, as_of=TODAY)
    for days in (0, 2):
        delivered.sheet(*others, as_of=TODAY + timedelta(days=days))
    with database.read() as session:
        assert session.exec(select(Run.left_feed_on).join(Offer).where(Offer.native_code == "KIN1")).one() is not None
    settle(database)
    assert told(database)[-1] == (Reached.COUNTRY, Reached.NOBODY)


def test_a_loss_is_told_once_and_again_when_it_comes_again(delivered: Feed, database: Database) -> None:
    for changed in ({"Undervisningsform": "campus"}, {}, {"Undervisningsform": "campus"}):
        delivered.sheet({**CHINESE, **changed}, as_of=TODAY)
        settle(database)
        detect(database, ROBOT, today=TODAY)  # the full one finds nothing that has not been told
    assert told(database) == [
        (None, Reached.COUNTRY),
        (Reached.COUNTRY, Reached.SOME),
        (Reached.SOME, Reached.COUNTRY),
        (Reached.COUNTRY, Reached.SOME),
    ]
    assert len(mails(database)) == 4


def test_the_calendar_is_told_of_by_the_full_detection(
    delivered: Feed, database: Database, clock_stands: time_machine.Traveller
) -> None:
    with database.write() as session:
        english = session.exec(select(Offer).where(Offer.subject_code == "engelsk").order_by(Offer.id)).first()
        assert english is not None
        add_run(session, english, "2027H")
    later = TODAY + timedelta(days=300)
    clock_stands.shift(timedelta(days=300))
    detect(database, ROBOT, today=later)
    assert told(database)[-1] == (Reached.COUNTRY, Reached.NOBODY)
    assert [recipient for recipient, _ in mails(database)] == ["her@example.no", "kari@example.no"]


def test_the_first_look_tells_nobody_and_a_rule_that_is_off_looks_at_nothing(database: Database) -> None:
    with database.write() as session:
        add_run(session, add_offer(session, "1110", "Kinesisk", subject_code="kinesisk"), "2027V")
        person(session, "kari", Role.COORDINATOR)
    detect(database, ROBOT, today=TODAY)
    assert (told(database), mails(database)) == ([(None, Reached.SOME)], [])
    with database.write() as session:
        rules = rules_on(session, TODAY)
        off = type(rules)({**rules.numbers, "NATIONAL_GUARANTEE": 0}, rules.versions, rules.exceptions)
        assert reaching.follow(session, ROBOT, {}, {"kinesisk"}, reach_told(session), off, TODAY) == []


def test_others_who_come_to_carry_it_are_dated_and_nobody_is_written_to(delivered: Feed, database: Database) -> None:
    with database.write() as session:
        other = add_offer(session, "1160", "Kinesisk for alle", subject_code="kinesisk")
        add_run(session, other, "2027V", delivery=Delivery.ONLINE)
        key = other.key
    judge_changed(database, ROBOT, offers=[key], today=TODAY)
    with database.read() as session:
        events = session.exec(select(AuditEntry.event).where(AuditEntry.life == "reach").order_by(AuditEntry.id)).all()
        assert len(reach_told(session)[-1].standing.offers) == 2
    assert (list(events), mails(database)) == (["reach_seen", "carriers_changed"], [])


def test_the_subject_that_an_offer_left_is_judged_with_the_change(delivered: Feed, database: Database) -> None:
    """What nobody teaches any more is gone from the list, and the subject that it came to is looked at too."""
    delivered.sheet(sheet("SPA1", "Spansk 1", provider="0238", term="2027V", Fag="Spansk"), as_of=TODAY)
    settle(database)
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        assert small_subjects(session, TODAY) >= {"kinesisk", "spansk"}
    delivered.sheet(sheet("SPA1", "Spansk 1", provider="0238", term="2027V", Fag="Kinesisk"), as_of=TODAY)
    settle(database)
    with database.read() as session:
        at_once = session.exec(select(SubjectStatus).order_by(SubjectStatus.subject_code, SubjectStatus.since)).all()
        kept = [one.model_dump(exclude={"id", "detection_id"}) for one in at_once]
        assert small_subjects(session, TODAY) & {"kinesisk", "spansk", "engelsk"} == set()
    assert detect(database, ROBOT, today=TODAY).changes["subjects"] == 0
    with database.read() as session:
        after = session.exec(select(SubjectStatus).order_by(SubjectStatus.subject_code, SubjectStatus.since)).all()
        assert [one.model_dump(exclude={"id", "detection_id"}) for one in after] == kept


def test_reach_of_nothing_is_nobody() -> None:
    assert reaching.standing_of(None, 1).reached is Reached.NOBODY
    assert reaching.standing_of(Reach((1,), ()), 1).reached is Reached.SOME
    assert reaching.standing_of(Reach((1, 2), (2,)), 1).offers == (2,)
