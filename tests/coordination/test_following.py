"""What is judged of a change, what is left alone, and what a crash in the midst of it may cost: nothing."""

import random
from typing import Any

import pytest
from sqlmodel import delete, select

from registry.coordination import country_cache
from registry.coordination.detection.pairs import Changes
from registry.coordination.models import Case, CaseMember, Pair
from registry.coordination.operations import detect, detect_changed, following
from registry.coordination.queries.detecting.landscape import profile_key
from registry.coordination.states import CaseState
from registry.core import audit
from registry.core.db import Database
from registry.offers.models import Offer, Run
from registry.rules.register import rules_on
from tests.coordination.country import TODAY, add_run, add_taught, organisation
from tests.coordination.test_detect_changed import (
    ROBOT,
    TITLES,
    add_offers,
    expect_nothing_of_a_full_detection,
)

pytestmark = pytest.mark.usefixtures("_words_keep_their_weights")


@pytest.fixture
def _words_keep_their_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single new name is much, among a handful."""
    monkeypatch.setattr("registry.coordination.detection.country._AGED", 10.0)


def edit(database: Database, offer_id: int, **values: Any) -> str:
    """As an editor does it: logged. Returns the offer's key."""
    with database.write() as session:
        offer = session.get_one(Offer, offer_id)
        offer.sqlmodel_update(values)
        audit.record(session, actor=ROBOT.name, thing="offer", thing_id=offer_id, event="edit")
        return offer.key


def forbid_judging(monkeypatch: pytest.MonkeyPatch) -> None:
    def judged(*_: Any) -> None:
        raise AssertionError("judged")

    monkeypatch.setattr(following, "_written", judged)


@pytest.mark.parametrize("title", ["Engelsk 1 for trinn 1-7", "Engelsk 2, 1.–7. trinn"])
def test_what_was_left_to_judge_outlives_a_transaction_that_fails(
    database: Database, monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    """Whoever stood behind a rival that is another offer now is judged at the second attempt."""
    with database.write() as session:
        for one in ("Engelsk 1, 1.–7. trinn", "Engelsk 1, 1.-7. trinn", title):
            rival = add_taught(session, "0238", one)
    detect(database, ROBOT, today=TODAY)
    country_cache.warm(database)
    key = edit(database, rival.pk, title="Spesialpedagogikk i barnehagen")
    with monkeypatch.context() as patched, pytest.raises(ConnectionError):
        patched.setattr(following, "review_decisions", lambda *_: (_ for _ in ()).throw(ConnectionError()))
        detect_changed(database, ROBOT, [key], today=TODAY)
    detect_changed(database, ROBOT, [key], today=TODAY)
    expect_nothing_of_a_full_detection(database)


def test_a_change_that_touches_nothing_is_not_judged(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    add_offers(database, 3)
    detect(database, ROBOT, today=TODAY)
    country_cache.warm(database)
    key = edit(database, 1, description="Over to semestre, med tre samlinger.")
    forbid_judging(monkeypatch)
    assert detect_changed(database, ROBOT, [key], today=TODAY) == Changes(0, 0, 0, 0)


def test_a_change_of_the_room_for_applicants_ranks_anew(database: Database) -> None:
    add_offers(database, 2)
    detect(database, ROBOT, today=TODAY)
    country_cache.warm(database)
    with database.write() as session:
        before = session.exec(select(Pair.weight)).one()
        run = session.exec(select(Run).where(Run.offer_id == 1)).one()
        run.minimum = 25
        audit.record(session, actor=ROBOT.name, thing="run", thing_id=run.pk, event="edit")
        key = session.get_one(Offer, 1).key
    changes = detect_changed(database, ROBOT, [key], today=TODAY)
    assert changes is not None
    with database.read() as session:
        assert (session.exec(select(Pair.weight)).one() != before) == bool(changes.changed)
    expect_nothing_of_a_full_detection(database)


def test_an_offer_that_somebody_has_decided_about_is_always_judged(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_offers(database, 2)
    detect(database, ROBOT, today=TODAY)
    country_cache.warm(database)
    key = edit(database, 1, description="Om engelsk.")
    monkeypatch.setattr(following, "is_decided_about", lambda *_: True)
    forbid_judging(monkeypatch)
    with pytest.raises(AssertionError, match="judged"):
        detect_changed(database, ROBOT, [key], today=TODAY)


@pytest.mark.parametrize("warmed", [True, False])
def test_many_changes_at_once_leave_what_a_full_detection_finds(
    database: Database, monkeypatch: pytest.MonkeyPatch, *, warmed: bool
) -> None:
    monkeypatch.setattr(following, "_WRITTEN", 4)
    chance = random.Random(7)
    add_offers(database, 11)
    detect(database, ROBOT, today=TODAY)
    if warmed:
        country_cache.warm(database)
    keys = [edit(database, offer, title=chance.choice(TITLES)) for offer in chance.sample(range(1, 12), 9)]
    country_cache.warm(database)
    detect_changed(database, ROBOT, keys, today=TODAY)
    expect_nothing_of_a_full_detection(database)


def test_a_case_that_has_lost_its_members_stops_nobody(database: Database) -> None:
    add_offers(database, 2)
    detect(database, ROBOT, today=TODAY)
    with database.write() as session:
        session.execute(delete(CaseMember))
    key = edit(database, 1, title="Engelsk 1, trinn 1-7")
    detect_changed(database, ROBOT, [key], today=TODAY)
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        found = {case.pk: case.state for case in session.exec(select(Case))}
        members = {(row.case_id, row.offer_id) for row in session.exec(select(CaseMember))}
    (mine,) = {case for case, _ in members}
    assert members == {(mine, 1), (mine, 2)}
    assert found.pop(mine) is CaseState.OPEN
    assert set(found.values()) <= {CaseState.CLOSED}


def test_an_import_brings_in_what_it_changed_and_a_very_large_one_reads_all_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(country_cache, "_FEW", 1)
    monkeypatch.setattr(country_cache, "_PART", 0.5)
    add_offers(database, 6)

    def country() -> Any:
        with database.read() as session, country_cache.country(session, rules_on(session, TODAY)) as found:
            return found

    first = country()
    for offer in (1, 2, 3):
        edit(database, offer, title="Spesialpedagogikk")
    assert country() is first
    assert {first.taught[profile_key(one)].title for one in (1, 2, 3)} == {"Spesialpedagogikk"}
    for offer in (1, 2, 3, 4):
        edit(database, offer, title="Norsk 1, 1.–7. trinn")
    assert country() is not first


def test_a_reader_that_began_before_a_change_was_seen_does_not_read_all_anew(database: Database) -> None:
    add_offers(database, 2)
    with database.write() as session:
        audit.record(session, actor=ROBOT.name, thing="offer", thing_id=1, event="edit")
    with database.read() as early:
        rules = rules_on(early, TODAY)
        edit(database, 1, title="Spesialpedagogikk")
        with database.read() as late, country_cache.country(late, rules) as newer:
            pass
        with country_cache.country(early, rules) as found:
            assert found is newer


def test_where_an_institution_teaches_is_heard_of(database: Database) -> None:
    with database.write() as session:
        offer = add_taught(session, "0238", "Engelsk 1, 1.–7. trinn")
        add_run(session, offer, "2027H")
        key = profile_key(offer.pk)

    def places() -> Any:
        with database.read() as session, country_cache.country(session, rules_on(session, TODAY)) as found:
            return found.taught[key].places_by_term["2027H"]

    before = places()
    with database.write() as session:
        home = organisation(session, "0238")
        home.campuses, home.county_code = [], "56"
        audit.record(session, actor=ROBOT.name, thing="organisation", thing_id=home.pk, event="edit")
    assert places() != before
