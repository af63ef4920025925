"""Runs with long waitlists and offers with lastingly few starters: flagged by their rules, listed with reason and version."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from registry.access.policy import system
from registry.access.roles import Role
from registry.applications.models import RunCount
from registry.coordination.operations import detect
from registry.coordination.queries import low_trend_report, oversubscribed_report
from registry.coordination.whatif import WhatIf, what_if
from registry.core import clock
from registry.core.db import Database
from registry.offers.models import Offer, Run
from registry.offers.states import RunState
from tests.coordination.country import TODAY, add_offer, add_run
from tests.site import Site


def count(session: Session, run: Run, day: date = TODAY, **numbers: int) -> None:
    session.add(RunCount(run_id=run.pk, counted_on=day, recorded_at=clock.start_of_day(day), actor="test", **numbers))


@pytest.fixture
def waited(database: Database) -> Database:
    """Thirty-one wait for ten places; thirty for ten are not too many; places that nobody tells are unknown."""
    with database.write() as session:
        for title, places, waiting in (("Mange venter", 10, 31), ("Passe mange", 10, 30), ("Ukjent rom", None, 99)):
            offer = add_offer(session, "0238", title)
            count(session, add_run(session, offer, "2027V", places=places), waitlisted=waiting)
        past = add_offer(session, "1160", "For lenge siden")
        count(session, add_run(session, past, "2025H", places=1, state=RunState.COMPLETED), waitlisted=9)
        lost = add_offer(session, "1160", "Avlyst")
        count(session, add_run(session, lost, "2027V", places=1, state=RunState.CANCELLED), waitlisted=9)
    return database


@pytest.fixture
def few(database: Database) -> Database:
    """Three autumns with 6, 8 and 9 starters; one that has risen; one that is new."""
    with database.write() as session:
        for title, begun in (("Vedvarende få", (40, 6, 8, 9)), ("På vei opp", (5, 5, 30)), ("Nytt", (3, 3))):
            offer = add_offer(session, "0238", title)
            for place, number in enumerate(begun):
                run = add_run(session, offer, f"{2026 - len(begun) + place}H", state=RunState.COMPLETED)
                count(session, run, date(2026 - len(begun) + place, 12, 1), started=number)
    return database


def test_more_than_three_on_the_waitlist_for_each_place_are_flagged(waited: Database) -> None:
    found = detect(waited, system("detect"), today=TODAY)
    assert found.flags["OVERSUBSCRIBED"] == 1
    with waited.read() as session:
        [row] = oversubscribed_report(session, as_of=TODAY)["runs"]
        assert (row["offer"]["title"], row["waitlist"], row["capacity"]) == ("Mange venter", 31, 10)
        assert row["reason"].startswith("31 står på venteliste, og det er 10 plasser: mer enn 3 ganger")
        assert row["rule"] == "OVERSUBSCRIBED v1"
        assert len(oversubscribed_report(session, as_of=TODAY, term="all")["runs"]) == 2
        assert oversubscribed_report(session, as_of=TODAY, provider="1160")["runs"] == []
        assert oversubscribed_report(session, as_of=TODAY - timedelta(days=1))["runs"] == []
        assert oversubscribed_report(session, as_of=date(2020, 1, 1))["runs"] == []


def test_what_another_limit_of_the_waitlist_would_do(waited: Database) -> None:
    with waited.read() as session:
        lower, higher = (what_if(session, "OVERSUBSCRIBED", number, TODAY) for number in (2, 4))
    assert lower is not None
    assert higher is not None
    assert [one.text for one in lower.on] == ["Passe mange"]
    assert [one.text for one in higher.off] == ["Mange venter"]


def test_a_term_that_has_not_begun_is_no_nil(few: Database) -> None:
    """Counts are sent before teaching begins: neither then, nor by what was counted then, has nobody started."""
    with few.write() as session:
        offer = add_offer(session, "0238", "Tolv hvert år")
        for term, number in (("2023H", 12), ("2024H", 12), ("2025H", 12), ("2027V", 0)):
            count(session, add_run(session, offer, term), min(TODAY, date(int(term[:4]), 12, 1)), started=number)
        coming = add_run(session, session.exec(select(Offer).where(Offer.title == "Vedvarende få")).one(), "2026H")
        coming.starts_on = TODAY + timedelta(days=3)
        count(session, coming, TODAY - timedelta(days=30), started=0)
    for day in (TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=5), date(2027, 1, 15)):
        with few.read() as session, time_machine.travel(clock.start_of_day(max(day, TODAY)) + timedelta(hours=12)):
            report = low_trend_report(session, as_of=day)["offers"]
        assert [
            (row["offer"]["title"], row["starters"]) for row in report if row["rule"].startswith("LOW_OFFER_TREND ")
        ] == [("Vedvarende få", [6, 8, 9])], day
        assert all(row["since"] <= day.isoformat() for row in report)


def test_an_offer_with_lastingly_few_starters_is_listed_with_its_years(few: Database) -> None:
    with few.read() as session:
        [row] = low_trend_report(session, as_of=TODAY)["offers"]
        assert (row["offer"]["title"], row["mean"], row["since"]) == ("Vedvarende få", 7.7, "2025-07-01")
        assert (row["terms"], row["starters"]) == (["2023H", "2024H", "2025H"], [6, 8, 9])
        assert row["reason"] == "I snitt har 7,7 startet i de tre siste kullene: færre enn 10."
        assert row["rule"] == "LOW_OFFER_TREND v1"
        assert low_trend_report(session, as_of=date(2025, 11, 30))["offers"] == []  # 40, 6 and 8: far above
        assert low_trend_report(session, as_of=TODAY, region="north")["offers"] == []
        assert low_trend_report(session, as_of=date(2020, 1, 1))["offers"] == []


def test_what_another_line_of_starters_would_do_is_told_of_that_line(few: Database) -> None:
    """Who leaves the line of few for that of information loses the flag of few; since when is the offer's own."""
    with few.read() as session:
        lower, higher = (what_if(session, "LOW_OFFER_TREND", number, TODAY) for number in (7, 18))
        wider = what_if(session, "LOW_OFFER_TREND_INFO", 21, TODAY)
        exempt = what_if(session, "LOW_OFFER_TREND_EXEMPT_CYCLES", 4, TODAY)
    assert lower is not None
    assert [(one.text, one.since, one.detail) for one in lower.off] == [("Vedvarende få", date(2025, 7, 1), "7,7")]
    assert (lower.on, higher, wider) == ((), WhatIf((), ()), WhatIf((), ()))
    assert exempt is not None
    assert [one.text for one in exempt.off] == ["Vedvarende få"]


def test_the_board_lists_both_beside_the_runs_at_risk(site: Site, waited: Database, few: Database) -> None:
    text = site.signed_in(Role.COORDINATOR).page("/nb/samordning/utsatte").find("main").get_text()
    for words in ("Kull med lang venteliste", "Mange venter", "Vedvarende få", "høst 2024: 8", "7,7"):
        assert words in text
    assert "Regelen «Overtegnet kull», versjon 1" in text
    other = site.signed_in(Role.PROVIDER_STAFF, organisation="1110").page("/nb/samordning/utsatte").get_text()
    assert "Mange venter" not in other
    assert "Vedvarende få" not in other
