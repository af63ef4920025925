"""A broken feed closes nothing; a year that is gone closes the run, never the offer."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from registry.applications.models import Application
from registry.core import audit, clock
from registry.core.db import Database
from registry.core.errors import Conflict, NotAllowed, NotFound
from registry.intake.models import ImportRun, SourceRecord
from registry.intake.operations import approve
from registry.intake.states import ImportOutcome
from registry.offers.models import Offer, Run
from registry.offers.states import OfferState, RunState
from tests.intake.deliveries import DAY, KEEPER, Feed, dbh, operator, rows, sheet, staff

LATER = DAY + timedelta(days=1)
MUCH_LATER = DAY + timedelta(days=2)


def one_run(database: Database, key: str) -> Run:
    [run] = rows(database, select(Run).where(Run.key == key))
    return run


def test_absent_once_is_only_told(feed: Feed, database: Database) -> None:
    feed.sheet(sheet("A", term="2026V"), sheet("A", term="2026H"))
    result = feed.sheet(sheet("A", term="2026V"))
    assert (result.vanished, result.held) == (1, 0)
    run = one_run(database, "1150-a-2026H")
    assert (run.state, run.left_feed_on) == (RunState.PLANNED, None)


def test_absent_twice_the_same_day_is_once(feed: Feed, database: Database) -> None:
    feed.sheet(sheet("A", term="2026V"), sheet("A", term="2026H"))
    for _ in range(3):
        feed.sheet(sheet("A", term="2026V"))
    assert one_run(database, "1150-a-2026H").state is RunState.PLANNED


def test_absent_in_two_deliveries_a_day_apart_closes_the_run_and_not_the_offer(feed: Feed, database: Database) -> None:
    feed.sheet(sheet("A", term="2026V"), sheet("A", term="2026H"))
    feed.sheet(sheet("A", term="2026V"))
    result = feed.sheet(sheet("A", term="2026V"), as_of=LATER)  # the very same bytes
    assert result.vanished == 1
    run = one_run(database, "1150-a-2026H")
    assert (run.state, run.left_feed_on) == (RunState.CLOSED, LATER)
    assert rows(database, select(Offer))[0].state is OfferState.PUBLISHED
    assert one_run(database, "1150-a-2026V").left_feed_on is None
    [entry] = rows(database, select(audit.AuditEntry).where(audit.AuditEntry.event == "close"))
    assert (entry.from_state, entry.to_state, entry.actor) == ("planned", "closed", "system:import")
    assert feed.sheet(sheet("A", term="2026V"), as_of=MUCH_LATER).vanished == 0


def test_a_run_that_is_over_only_leaves_the_feed(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(year=2023), dbh(year=2024))
    feed.dbh(dbh(year=2024))
    feed.dbh(dbh(year=2024), as_of=LATER)
    run = one_run(database, "1150-eng1-2023H")
    assert (run.state, run.left_feed_on) == (RunState.CLOSED, LATER)
    assert rows(database, select(audit.AuditEntry).where(audit.AuditEntry.event == "left_feed"))


def test_what_comes_back_is_in_the_feed_again(feed: Feed, database: Database) -> None:
    both = (dbh(year=2023), dbh(year=2024))
    feed.dbh(*both)
    feed.dbh(dbh(year=2024))
    feed.dbh(dbh(year=2024), as_of=LATER)
    result = feed.dbh(*both, as_of=MUCH_LATER)
    assert (result.unchanged, result.vanished) == (2, 0)
    assert one_run(database, "1150-eng1-2023H").left_feed_on is None
    assert [record.absent_since for record in rows(database, select(SourceRecord))] == [None, None]


def test_providers_that_are_not_in_the_delivery_are_left_alone(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(), dbh(institution="0238"))
    assert feed.dbh(dbh()).vanished == 0


def test_a_run_with_open_applications_never_leaves_by_feed(feed: Feed, database: Database) -> None:
    feed.sheet(sheet("A", term="2026V"), sheet("A", term="2026H"))
    run = one_run(database, "1150-a-2026H")
    with database.write() as session:
        session.add(Application(run_id=run.pk, applicant_key="k1:abc", applied_at=clock.now()))
    feed.sheet(sheet("A", term="2026V"))
    feed.sheet(sheet("A", term="2026V"), as_of=LATER)
    run = one_run(database, "1150-a-2026H")
    assert (run.state, run.left_feed_on) == (RunState.PLANNED, None)


def test_a_run_that_another_source_tells_of_stays(feed: Feed, database: Database) -> None:
    feed.dbh(dbh("A", year=2024), dbh("A", year=2023))
    feed.sheet(sheet("A", term="2023H"), sheet("A", term="2024H"))
    feed.dbh(dbh("A", year=2024))
    feed.dbh(dbh("A", year=2024), as_of=LATER)
    assert one_run(database, "1150-a-2023H").left_feed_on is None


def test_a_row_that_cannot_be_read_may_be_the_one_that_is_missing(feed: Feed, database: Database) -> None:
    feed.dbh(dbh("A"), dbh("B"))
    broken = dbh("B") | {"Årstall": "i fjor"}
    for day in (DAY, LATER):
        result = feed.dbh(dbh("A"), broken, as_of=day)
        assert (result.quarantined, result.vanished) == (1, 0)


def many(count: int, *, start: int = 0) -> list[dict[str, str]]:
    return [sheet(f"T{number}", f"Tilbud {number}", term="2026H") for number in range(start, count)]


@pytest.mark.parametrize(
    ("carried", "left", "held"), [(10, 5, False), (10, 4, True), (100, 80, False), (100, 79, True)]
)
def test_more_than_five_and_more_than_a_fifth_are_held(feed: Feed, carried: int, left: int, held: bool) -> None:
    feed.sheet(*many(carried))
    result = feed.sheet(*many(left), sheet("NY", "Nytt", term="2026H"))
    assert result.vanished == carried - left
    assert result.new == 1  # what is new is taken all the same
    assert (result.outcome is ImportOutcome.HELD) is held
    assert result.held == (carried - left if held else 0)
    assert result.exit_code == int(held)
    assert bool(result.message) is held


def test_what_is_held_is_not_even_marked(feed: Feed, database: Database) -> None:
    feed.sheet(*many(10))
    for day in (DAY, LATER, MUCH_LATER):
        assert feed.sheet(*many(2), as_of=day).held == 8
    assert all(record.absent_since is None for record in rows(database, select(SourceRecord)))
    assert {run.state for run in rows(database, select(Run))} == {RunState.PLANNED}


def test_small_losses_do_not_add_up_unseen(feed: Feed, database: Database) -> None:
    feed.sheet(*many(10))
    assert feed.sheet(*many(6)).held == 0
    assert feed.sheet(*many(3)).held == 7  # four from before and three more


def test_an_operator_lets_a_held_delivery_through(feed: Feed, database: Database) -> None:
    feed.sheet(*many(10))
    held = feed.sheet(*many(2))
    with database.write() as session:
        approve(session, operator(), held.run or 0)
    assert {run.state for run in rows(database, select(Run))} == {RunState.PLANNED}
    result = feed.sheet(*many(2), as_of=LATER)
    assert (result.outcome, result.vanished) == (ImportOutcome.DONE, 8)
    states = [run.state for run in rows(database, select(Run))]
    assert (states.count(RunState.CLOSED), states.count(RunState.PLANNED)) == (8, 2)
    [run] = rows(database, select(ImportRun).where(ImportRun.id == held.run))
    assert (run.outcome, run.held) == (ImportOutcome.DONE, 8)


def test_only_operators_approve_and_only_the_newest_held_delivery(feed: Feed, database: Database) -> None:
    first = feed.sheet(*many(10))
    held = feed.sheet(*many(2))
    with pytest.raises(NotAllowed), database.write() as session:
        approve(session, staff(1), held.run or 0)
    with pytest.raises(NotFound), database.write() as session:
        approve(session, KEEPER, 999)
    with pytest.raises(Conflict), database.write() as session:
        approve(session, KEEPER, first.run or 0)
    feed.sheet(*many(3))
    with pytest.raises(Conflict), database.write() as session:
        approve(session, KEEPER, held.run or 0)


def test_the_share_follows_the_rule_register(feed: Feed, database: Database) -> None:
    from registry.rules.models import Rule

    with database.write() as session:
        for code, number in (("FEED_MASS_CHANGE_MINIMUM", 9), ("FEED_MASS_CHANGE_HALF", 1)):
            session.exec(select(Rule).where(Rule.code == code)).one().number = number
    feed.sheet(*many(10), as_of=date(2025, 11, 1))
    assert feed.sheet(*many(1), as_of=date(2025, 11, 2)).held == 0
