"""A report of an earlier day says what it said on that day, whatever has become of offers and runs since."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import Session, select

from registry.access.policy import system
from registry.applications.operations import cancel, postpone
from registry.coordination.models import OfferMerge
from registry.coordination.operations import detect, merge, unmerge
from registry.coordination.queries import at_risk_report, coverage_report, small_subject_report
from registry.coordination.queries.detecting.national import national_reach
from registry.coordination.queries.detecting.past import regions_on, runs_on, subjects_on
from registry.core import clock
from registry.core.db import Database
from registry.intake.operations import correct_value, undo_correction
from registry.intake.operations.parting import install, part
from registry.offers.models import Offer, Run
from registry.offers.operations import discontinue, publish, reinstate
from registry.offers.parting import remove_parter
from registry.rules.models import Rule
from tests.coordination.country import TODAY, add_offer, add_run
from tests.intake.deliveries import Feed, sheet

ROBOT = system("detect")
HERE, THERE = "1110", "0238"


@pytest.fixture(autouse=True)
def parted() -> Iterator[None]:
    install()
    yield
    remove_parter(part)


@pytest.fixture
def feed(database: Database, tmp_path: Path) -> Feed:
    return Feed(database, tmp_path)


def delivery(**changed: str) -> list[dict[str, str]]:
    first = sheet(
        "A",
        "Kinesisk 1",
        provider=HERE,
        term="2027V",
        Fag="Kinesisk",
        Undervisningsform="nett",
        Kommuner="Oslo",
    )
    return [
        first | changed,
        *(
            sheet(f"NO{one}", "Norsk 1", provider=HERE, term="2027V", Fag="" if one == 3 else "Norsk")
            for one in range(6)
        ),
    ]


def offer(session: Session, code: str) -> Offer:
    return session.exec(select(Offer).where(Offer.native_code == code)).one()


def run(session: Session, code: str) -> Run:
    found = session.exec(select(Run).where(Run.offer_id == offer(session, code).pk).order_by(Run.id)).first()
    assert found is not None
    return found


def corrected(thing: Callable[[Session, str], Any], code: str, field: str, value: Any) -> Callable[[Session], Any]:
    kind = "offer" if thing is offer else "run"
    return lambda session: correct_value(session, ROBOT, kind, thing(session, code).pk, field, value)


def new_offer(session: Session) -> None:
    made = add_offer(session, THERE, "Fransk 1", code="F", subject_code="fransk", state="draft")
    add_run(session, made, "2027V")
    publish(session, ROBOT, made)


def taken_apart(session: Session) -> None:
    unmerge(session, ROBOT, session.exec(select(OfferMerge)).one().pk)


def ended(session: Session) -> None:
    discontinue(session, ROBOT, offer(session, "NO4"), "few_applicants")


def reinstated(session: Session) -> None:
    reinstate(session, ROBOT, offer(session, "NO4"))


#: One thing happens a day: a delivery of the feed, or what somebody does.
STEPS: list[dict[str, str] | Callable[[Session], Any]] = [
    {},
    {"Fag": "Spansk"},
    {"Undervisningsform": "campus"},
    corrected(offer, "A", "subject_code", "tysk"),
    corrected(offer, "A", "subjects", ["engelsk"]),
    corrected(run, "NO1", "delivery", "online"),
    corrected(run, "NO1", "municipalities", ["5501"]),
    corrected(offer, "NO2", "targets", [["kindergarten", None]]),
    corrected(offer, "NO3", "title", "Matematikk 1"),
    lambda session: undo_correction(session, ROBOT, "offer", offer(session, "A").pk, "subject_code"),
    new_offer,
    lambda session: merge(session, ROBOT, offer(session, "NO0").pk, offer(session, "A").pk, {"subject_code": "gone"}),
    taken_apart,
    lambda session: cancel(session, ROBOT, run(session, "NO4"), "few_applicants"),
    ended,
    reinstated,
    lambda session: postpone(session, ROBOT, run(session, "NO5"), "2027H", "few_applicants"),
]
#: Of an offer that has nothing to come.
UNSEEN = [ended, reinstated]


def shown(session: Session, day: date) -> Any:
    asked: tuple[dict[str, str], ...] = ({"term": "all"}, {"term": "2027V", "target": "kindergarten"})
    boards = [
        {row["code"]: row for row in coverage_report(session, as_of=day, **one)["subjects"] if row["total"]}
        for one in asked
    ]
    return boards, national_reach(runs_on(session, day), subjects_on(session, day), day)


def test_coverage_of_each_day_is_what_it_was_on_it(
    database: Database, feed: Feed, clock_stands: time_machine.Traveller
) -> None:
    told: dict[date, Any] = {}
    for step in STEPS:
        if isinstance(step, dict):
            feed.sheet(*delivery(**step), as_of=clock.today())
        else:
            with database.write() as session:
                step(session)
        with database.read() as session:
            told[clock.today()] = shown(session, clock.today())
        clock_stands.shift(timedelta(days=1))
    days = list(told.values())
    unseen = [place for place, (before, after) in enumerate(pairwise(days), start=1) if before == after]
    assert [STEPS[place] for place in unseen] == UNSEEN  # each other step is seen by the reports
    with database.read() as session:
        for day, before in told.items():
            assert shown(session, day) == before, STEPS[list(told).index(day)]
        with_note = coverage_report(session, as_of=TODAY)
        assert with_note["note"] is not None
        assert coverage_report(session, as_of=clock.today())["note"] is None
        assert regions_on(session, TODAY) == regions_on(session, TODAY, runs_on(session, TODAY))


def test_what_left_its_feed_and_came_back_was_away_meanwhile(
    database: Database, feed: Feed, clock_stands: time_machine.Traveller
) -> None:
    told: dict[date, Any] = {}
    whole = delivery()
    for rows in (whole, whole[1:], whole[1:], whole[1:], whole, whole):
        feed.sheet(*rows, as_of=clock.today())
        with database.read() as session:
            told[clock.today()] = shown(session, clock.today())
        clock_stands.shift(timedelta(days=1))
    assert len({repr(one) for one in told.values()}) == 2
    with database.read() as session:
        for day, before in told.items():
            assert shown(session, day) == before, day


def test_a_run_at_risk_is_told_with_the_deadline_and_the_places_of_the_day(
    database: Database, clock_stands: time_machine.Traveller
) -> None:
    with database.write() as session:
        session.exec(select(Rule).where(Rule.code == "RISK_FLAG")).one().number = 0
        add_run(session, add_offer(session, HERE, "Norsk 1", code="N", subject_code="norsk"), "2027V", 1, places=20)
    detect(database, ROBOT, today=TODAY)
    closes = TODAY + timedelta(days=14)
    steps: list[tuple[str, Any]] = [
        ("application_closes_on", (closes + timedelta(days=9)).isoformat()), ("places", 30), ("places", None),
    ]  # fmt: skip
    told: dict[date, Any] = {}
    for field, value in [("places", 20), *steps]:
        with database.write() as session:
            correct_value(session, ROBOT, "run", run(session, "N").pk, field, value)
        told[clock.today()] = asked_for(database, clock.today())
        clock_stands.shift(timedelta(days=1))
    assert [capacity for _, capacity in told.values()] == [20, 20, 30, None]
    assert next(iter(told.values()))[0] == closes.isoformat()
    assert {day: asked_for(database, day) for day in told} == told


def asked_for(database: Database, day: date) -> tuple[str | None, int | None]:
    with database.read() as session:
        [one] = at_risk_report(session, as_of=day)["runs"]
        return one["deadline"], one["capacity"]


def test_small_subjects_are_counted_with_those_who_carried_them_then(
    database: Database, clock_stands: time_machine.Traveller
) -> None:
    with database.write() as session:
        made = add_offer(session, HERE, "Kinesisk", code="K", subject_code="kinesisk")
        add_run(session, made, "2027V")
    detect(database, ROBOT, today=TODAY)
    clock_stands.move_to(datetime(2026, 11, 25, 12, tzinfo=UTC))
    with database.write() as session:
        correct_value(session, ROBOT, "run", run(session, "K").pk, "delivery", "online")
    with database.read() as session:
        reports = [small_subject_report(session, as_of=day)["subjects"] for day in (TODAY, clock.today())]
    assert [[row["covered"] for row in rows if row["code"] == "kinesisk"] for rows in reports] == [[False], [True]]
