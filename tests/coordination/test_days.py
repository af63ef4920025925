"""A report of a past day is the report that was given on it, whatever has been found and answered since."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from alembic.script import ScriptDirectory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, func, select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.coordination.detection import cases
from registry.coordination.detection.pairs import Found, store_pairs
from registry.coordination.models import CaseVersion, Detection, Pair, PairVersion
from registry.coordination.operations import decide, detect, detect_changed, merge, undo, unmerge
from registry.coordination.queries import duplicate_report, overlap_report
from registry.coordination.states import PairKind, Reach, Strength
from registry.core import audit, clock
from registry.core.db import Database
from registry.migrations.run import configuration
from registry.offers.models import Offer
from registry.reports.library import render
from tests.coordination.country import TODAY, add_taught

ROBOT = system("detect")
COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)
TITLES = ("Engelsk 1, 1.–7. trinn", "Engelsk 1, trinn 1-7", "Engelsk 1 for 1.–7. trinn")
DAY = timedelta(days=1)


class _TakenBack(Exception):
    """Ends a transaction that nobody is to see."""


@contextmanager
def on(day: date, hour: int = 12) -> Iterator[None]:
    with time_machine.travel(datetime(day.year, day.month, day.day, hour, tzinfo=UTC), tick=False):
        yield


def reports(session: Session, day: date, **asked: Any) -> list[dict[str, Any]]:
    """Both, but for the line that says which day was asked for."""
    session.expire_all()
    told = [report(session, as_of=day, term="all", **asked) for report in (overlap_report, duplicate_report)]
    return [{name: value for name, value in one.items() if name != "as_of"} for one in told]


@st.composite
def found(draw: st.DrawFn) -> tuple[PairKind, tuple[int, int], dict[str, Any]]:
    """A pair of four offers as a comparison may find it. The weight is seen by no report."""
    kind = draw(st.sampled_from(PairKind))
    ends = draw(st.sampled_from([(a, b) for a in range(4) for b in range(a + 1, 4)]))
    return (
        kind,
        ends,
        {
            "score": draw(st.sampled_from((0.2, 0.5, 0.9))),
            "strength": draw(st.sampled_from(Strength)),
            "reach": draw(st.sampled_from((Reach.SAME_COUNTY, Reach.NONE))),
            "terms": draw(st.sampled_from((["2027V"], ["2027V", "2027H"]))),
            "weight": draw(st.sampled_from((0.0, 7.0))),
        },
    )


@st.composite
def groups(draw: st.DrawFn) -> cases.Group:
    members = draw(st.frozensets(st.integers(0, 3), min_size=2))
    return cases.Group("west", draw(st.sampled_from(("2027V", "2027H"))), 0, members, draw(st.sampled_from((1.0, 2.0))))


Step = tuple[int, list[tuple[PairKind, tuple[int, int], dict[str, Any]]], list[cases.Group]]
STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.lists(found(), max_size=5), st.lists(groups(), max_size=3)), min_size=2, max_size=6
)


def compare(session: Session, offers: list[int], number: int, step: Step, today: date) -> None:
    """What a detection writes of pairs and cases."""
    _, told, grouped = step
    detection = Detection(at=clock.now(), as_of=today, rules={"OVL_STRONG": number, "DUP_SURE": number})
    session.add(detection)
    session.flush()
    by_ends = {(kind, ends): values for kind, ends, values in told}
    pairs = [
        Found(kind, offers[a], offers[b], evidence=[{"sentence": f"{values['score']}"}], fingerprint="", **values)
        for (kind, (a, b)), values in by_ends.items()
    ]
    store_pairs(session, pairs, detection.pk, today)
    cases.store_cases(
        session,
        ROBOT,
        [
            cases.Group(
                one.region, one.term, offers[one.core], frozenset(offers[n] for n in one.members), one.consequence
            )
            for one in grouped
        ],
        str,
        wanted=("2027V",),
        looked_at=cases.all_cases(session),
        members=cases.all_members(session),
        detection_id=detection.pk,
        today=today,
    )
    session.flush()
    audit.write_pending(session)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_any_history_is_told_of_each_day_as_it_was_told_on_it(database: Database, steps: list[Step]) -> None:
    """Comparisons on one day or days apart; pairs and cases change, go and come back."""
    with suppress(_TakenBack), database.write() as session:
        offers = [add_taught(session, key, TITLES[0]).pk for key in ("0238", "1160", "1110", "1120")]
        told: dict[date, list[dict[str, Any]]] = {}
        today = TODAY
        for number, step in enumerate(steps, 1):
            today += DAY * step[0]
            with on(today, hour=number):
                compare(session, offers, number, step, today)
                told[today] = reports(session, today)
        with on(today, hour=20):
            for ahead in range((today - TODAY).days + 1):
                day = TODAY + DAY * ahead
                newest = max((one for one in told if one <= day), default=None)
                if newest is not None:
                    assert reports(session, day) == told[newest], day
        raise _TakenBack


@pytest.fixture
def pair(database: Database) -> int:
    """An overlap found on the first day, in a case of its two offers."""
    with database.write() as session:
        for provider, title in (("0238", TITLES[0]), ("1160", TITLES[1])):
            add_taught(session, provider, title)
    with on(TODAY):
        detect(database, ROBOT)
    with database.read() as session:
        return session.exec(select(Pair)).one().pk


def rename(database: Database, title: str, day: date) -> None:
    """The second offer gets another name, and is judged at once."""
    with on(day):
        with database.write() as session:
            offer = session.get_one(Offer, 2)
            offer.title = title
            key = offer.key
            audit.record(session, actor="person:1", thing="offer", thing_id=offer.pk, event="edit")
        detect_changed(database, ROBOT, [key])


def test_a_pair_that_went_and_came_back_was_not_there_meanwhile(database: Database, pair: int) -> None:
    rename(database, "Kroppsøving", TODAY + DAY)
    rename(database, TITLES[2], TODAY + 3 * DAY)
    with on(TODAY + 4 * DAY), database.read() as session:
        listed = [reports(session, TODAY + DAY * n)[0] for n in range(5)]
        assert [len(one["pairs"]) for one in listed] == [1, 0, 0, 1, 1]
        assert [len(one["cases"]) for one in listed] == [1, 0, 0, 1, 1]
        first, back = (listed[n]["pairs"][0] for n in (0, 3))
        assert first["id"] == back["id"] == pair
        assert session.exec(select(PairVersion.since, PairVersion.until)).all() == [(TODAY, TODAY + DAY)]


def test_what_was_for_hours_alone_is_not_kept(database: Database, pair: int) -> None:
    rename(database, "Kroppsøving", TODAY)
    rename(database, TITLES[2], TODAY)
    with on(TODAY + DAY), database.read() as session:
        assert len(reports(session, TODAY)[0]["pairs"]) == 1
        assert session.exec(select(func.count()).select_from(PairVersion)).one() == 0


def test_new_applicants_move_the_queue_and_leave_the_past_alone(database: Database, pair: int) -> None:
    with database.write() as session:
        session.get_one(Pair, pair).weight += 1
    with on(TODAY + DAY):
        detect(database, ROBOT)
    with database.read() as session:
        row = session.get_one(Pair, pair)
        assert (row.since, row.detection_id) == (TODAY, 1)
        assert session.exec(select(func.count()).select_from(PairVersion)).one() == 0


def test_an_answer_counts_from_its_day_until_it_is_taken_back(database: Database, pair: int) -> None:
    with on(TODAY + DAY), database.write() as session:
        decision = decide(session, COORDINATOR, pair, "keep_both", "Ulike fylker").pk
    with on(TODAY + 3 * DAY), database.write() as session:
        undo(session, COORDINATOR, decision)
    with on(TODAY + 4 * DAY), database.read() as session:
        listed = [reports(session, TODAY + DAY * n)[0] for n in range(5)]
    answers = [one["pairs"][0]["decision"] for one in listed]
    assert [one and one["verdict"] for one in answers] == [None, "keep_both", "keep_both", None, None]
    assert [one["cases"][0]["state"] for one in listed] == ["open", "decided", "decided", "reopened", "reopened"]


def test_a_case_held_those_who_were_in_it(database: Database, pair: int) -> None:
    with on(TODAY + 2 * DAY):
        with database.write() as session:
            add_taught(session, "1120", TITLES[2])
        detect(database, ROBOT)
    with on(TODAY + 3 * DAY), database.read() as session:
        held = [reports(session, TODAY + DAY * n)[0]["cases"][0] for n in range(4)]
        kept = session.exec(select(CaseVersion)).one()
    assert [len(one["offers"]) for one in held] == [2, 2, 3, 3]
    assert len({one["id"] for one in held}) == 1
    assert (kept.since, kept.until, kept.offers) == (TODAY, TODAY + 2 * DAY, [1, 2])


def test_records_made_one_and_parted_again_were_duplicates_before(database: Database) -> None:
    with database.write() as session:
        for code in ("KIN1", "KIN1-1"):
            add_taught(session, "1110", "Kinesisk språk og kultur", code=code)
        keys = list(session.exec(select(Offer.key)))
    with on(TODAY):
        detect(database, ROBOT)
        with database.read() as session:
            told = [reports(session, TODAY)]
    with on(TODAY + DAY):
        with database.write() as session:
            merged = merge(session, COORDINATOR, 1, 2).pk
        detect_changed(database, ROBOT, keys)
        with database.read() as session:
            told.append(reports(session, TODAY + DAY))
    with on(TODAY + 2 * DAY):
        with database.write() as session:
            unmerge(session, COORDINATOR, merged)
        detect_changed(database, ROBOT, keys)
        with database.read() as session:
            told.append(reports(session, TODAY + 2 * DAY))
    assert [len(one[1]["pairs"]) for one in told] == [1, 0, 1]
    with on(TODAY + 3 * DAY), database.read() as session:
        assert [reports(session, TODAY + DAY * n) for n in range(3)] == told


def test_every_file_of_a_past_day_is_the_one_that_was_taken_home_then(database: Database, pair: int) -> None:
    kinds = ("csv", "json", "html")
    with on(TODAY), database.read() as session:
        then = [render(session, "overlaps", kind=kind) for kind in kinds]
    rename(database, TITLES[2], TODAY + DAY)
    rename(database, "Kroppsøving", TODAY + 2 * DAY)
    rename(database, TITLES[1], TODAY + 2 * DAY)  # a title of today is shown of every day
    with on(TODAY + 2 * DAY), database.read() as session:
        assert [render(session, "overlaps", kind=kind, as_of=TODAY) for kind in kinds] == then
        assert render(session, "overlaps", kind="xlsx", as_of=TODAY).startswith(b"PK")


def test_after_the_upgrade_the_next_comparison_finds_every_pair_as_it_was() -> None:
    revision = ScriptDirectory.from_config(configuration()).get_revision("0018")
    assert revision is not None
    one = Found(
        PairKind.DUPLICATE,
        1,
        2,
        0.1 + 0.2,
        Strength.STRONG,
        Reach.NONE,
        ["2027V"],
        [{"sentence": "Både – og"}],
        "f",
        7.0,
        [1],
    )
    row = one.row()
    told = [row[name] for name in revision.module._DIGESTED]
    assert revision.module._digest(told) == row["digest"]
