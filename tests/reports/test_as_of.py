"""A figure of the past is read from the ledger: what happens today changes no figure of yesterday."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from registry.access.policy import system
from registry.applications import operations as applications
from registry.coordination.queries import lifecycle_report
from registry.core import audit
from registry.core.db import Database
from registry.offers import operations as offers
from registry.offers.history import states_on
from registry.offers.models import Offer, OfferTarget, Run, RunPlace
from registry.offers.states import OFFER, RUN, OfferState
from registry.reports import figures
from registry.reports.crossing import crossing, worded
from registry.reports.filters import Filters
from tests.applications import making

US = system("test")
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIRST, THEN, LATER = date(2026, 3, 2), date(2026, 3, 20), date(2026, 4, 20)


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as travelled:
        yield travelled


def planned(session: Session, **given: object) -> Run:
    """A published offer with a run, told to the ledger as people do it."""
    offer = making.offer(session, state=OfferState.DRAFT)
    offers.publish(session, US, offer)
    return making.run(session, offer, **{"state": "planned", "term": "2026H", "places": 20, **given})


def places(session: Session, day: date) -> int:
    [row] = figures.demand(session, Filters(as_of=day, term="2026H", exact=True))["subjects"]
    return int(row["places"])


def test_a_run_postponed_later_still_had_its_places(database: Database, traveller: time_machine.Traveller) -> None:
    with database.write() as session:
        run, stays = planned(session), planned(session)
        offers.open_run(session, US, stays)
        applications.submit(session, US, stays, "k1:a")
        run_id = run.pk
    traveller.move_to(START + timedelta(days=30))
    with database.write() as session:
        applications.postpone(session, US, session.get_one(Run, run_id), "2027V", "few_applicants")
    traveller.move_to(START + timedelta(days=60))
    with database.read() as session:
        assert places(session, THEN) == 40
        assert places(session, LATER) == 20


def test_an_offer_that_was_a_draft_is_not_counted_before_it_was_published(
    database: Database, traveller: time_machine.Traveller
) -> None:
    with database.write() as session:
        draft = making.offer(session, state=OfferState.DRAFT)
        making.run(session, draft, term="2026H")
        planned(session)
        draft_id = draft.pk
    traveller.move_to(START + timedelta(days=30))
    with database.write() as session:
        offers.publish(session, US, session.get_one(Offer, draft_id))
    traveller.move_to(START + timedelta(days=60))
    with database.read() as session:
        counted = [
            figures.national(session, Filters(as_of=day, exact=True))["terms"][0]["runs"] for day in (THEN, LATER)
        ]
        assert counted == [1, 2]


def test_an_offer_made_a_draft_or_discontinued_later_was_taught_then(
    database: Database, traveller: time_machine.Traveller
) -> None:
    with database.write() as session:
        ends = planned(session, term="2026V")
        ended_id, ended_key = ends.offer_id, session.get_one(Offer, ends.offer_id).key
        planned(session, term="2027V")  # the institution teaches on
        session.flush()
    traveller.move_to(START + timedelta(days=30))
    with database.write() as session:
        [run] = session.exec(select(Run).where(Run.offer_id == ended_id))
        applications.cancel(session, US, run, "funding", proposer=lambda *_: [])
        offers.discontinue(session, US, session.get_one(Offer, ended_id), "funding")
    traveller.move_to(START + timedelta(days=60))
    with database.read() as session:

        def told(day: date) -> list[str]:
            events = lifecycle_report(session, as_of=day, term="all")["events"]
            return [one["event"] for one in events if one["offer"]["key"] == ended_key]

        assert told(THEN) == ["established"], "it was taught, whatever came of it"
        assert sorted(told(LATER)) == ["cancelled", "discontinued"]


def test_what_was_changed_and_carried_out_is_told_too(database: Database, traveller: time_machine.Traveller) -> None:
    with database.write() as session:
        run = planned(session, state="running", term="2026V")
        run_id, offer_id = run.pk, run.offer_id
        for thing, number in (("offer", offer_id), ("run", run_id), ("run", run_id), ("run", 987_654)):
            audit.record(session, actor="t", thing=thing, thing_id=number, event="changed")
    traveller.move_to(START + timedelta(days=30))
    with database.write() as session:
        offers.complete_run(session, US, session.get_one(Run, run_id))
    with database.read() as session:
        events = lifecycle_report(session, as_of=LATER, term="all")["events"]
        assert [(one["event"], one["date"]) for one in events if one["event"] in ("changed", "carried_out")] == [
            ("carried_out", "2026-04-01"),
            ("changed", "2026-03-02"),
        ]
        early = lifecycle_report(session, as_of=THEN, term="all")["events"]
        assert [one["event"] for one in early if one["event"] == "carried_out"] == []


def test_states_on_a_day(database: Database, traveller: time_machine.Traveller) -> None:
    with database.write() as session:
        untold, run = making.run(session), planned(session)
        untold_id, run_id, offer_id = untold.pk, run.pk, run.offer_id
    traveller.shift(timedelta(days=10))
    with database.write() as session:
        offers.open_run(session, US, session.get_one(Run, run_id))
    with database.read() as session:
        before, after = (states_on(session, RUN, day) for day in (FIRST, THEN))
        assert (before(run_id, "open"), after(run_id, "open")) == ("planned", "open")
        assert before(untold_id, "closed") == "closed"
        assert states_on(session, OFFER, date(2026, 3, 1))(offer_id, "published") == "draft"


def test_where_subject_county_target_and_term_meet(database: Database) -> None:
    with database.write() as session:
        office = making.cast(session).office
        run = planned(session, state="closed")
        session.add(OfferTarget(offer_id=run.offer_id, setting="lower_secondary_5_10", role="teacher"))
        session.add_all([RunPlace(run_id=run.pk, municipality_code=code) for code in ("4601", "3403")])
        other = planned(session, state="closed")
        for number in range(12):
            made = making.application(session, run)
            if number < 6:
                applications.reject(session, office, made, "not_qualified" if number < 4 else "no_places")
        making.application(session, other)
    with database.read() as session:
        content = crossing(session, Filters(as_of=FIRST, term="2026H", exact=True))
        rounded = crossing(session, Filters(as_of=FIRST, term="2026H"))
    rows = {(row["county"]["code"], row["target"]["code"]): row for row in content["rows"]}
    assert set(rows) == {("46", "lower_secondary_5_10"), ("34", "lower_secondary_5_10"), ("34", None)}
    vestland = rows["46", "lower_secondary_5_10"]
    assert (vestland["applied"], vestland["rejected"], vestland["qualified"], vestland["runs"]) == (12, 6, 8, 1)
    assert vestland["rejected_by"] == {"no_places": 2, "not_qualified": 4}
    assert (content["total"]["applied"], content["total"]["runs"]) == (13, 2), "counted once, not once a county"
    assert rounded["total"]["applied"] == 15
    assert worded(vestland["rejected_by"], {"not_qualified": "Ikke kvalifisert"}) == "Ikke kvalifisert 4; no_places 2"
    assert worded({"late": 0}, {}) == ""
