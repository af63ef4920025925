"""A decision stands through detections until the data it was made on change."""

import pytest
from sqlmodel import Session, select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.coordination.models import Case, Decision, Pair
from registry.coordination.operations import decide, decide_many, detect, undo, undo_batch
from registry.coordination.operations.deciding import BATCH_LIMIT, standing_decisions
from registry.coordination.queries import overlap_report
from registry.coordination.states import CaseState, Verdict
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NeedsReason, NotAllowed, NotFound
from registry.offers.models import Offer
from tests.coordination.country import TODAY, add_taught, organisation

ROBOT = system("detect")
COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)


@pytest.fixture
def pair(database: Database) -> Pair:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn")
        add_taught(session, "1160", "Engelsk 1, trinn 1-7")
        add_taught(session, "1110", "Kinesisk")
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        return session.exec(select(Pair)).one()


def case_state(session: Session) -> CaseState:
    return session.exec(select(Case)).one().state


def test_a_decision_survives_the_next_detection_and_settles_the_case(database: Database, pair: Pair) -> None:
    with database.write() as session:
        decide(session, COORDINATOR, pair.pk, "keep_both", " Ulike fylker ")
        assert case_state(session) is CaseState.DECIDED
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        assert case_state(session) is CaseState.DECIDED
        told = overlap_report(session, as_of=TODAY)["pairs"][0]["decision"]
    assert (told["verdict"], told["note"]) == ("keep_both", "Ulike fylker")


def test_a_change_in_a_deciding_field_reopens_it_and_tells_what_changed(database: Database, pair: Pair) -> None:
    with database.write() as session:
        decide(session, COORDINATOR, pair.pk, "keep_both")
        session.get_one(Offer, pair.a_offer_id).title = "Engelsk 1 for 1.–7. trinn (15 studiepoeng)"
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        decision = session.exec(select(Decision)).one()
        assert decision.superseded_reason == "data_changed"
        assert {"offer": str(pair.a_offer_id), "field": "credits", "before": "", "after": "15"} in decision.changes
        assert case_state(session) is CaseState.REOPENED


def test_a_change_that_decides_nothing_leaves_it(database: Database, pair: Pair) -> None:
    with database.write() as session:
        decide(session, COORDINATOR, pair.pk, "coordinate")
        session.get_one(Offer, pair.a_offer_id).url = "https://example.org"
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        assert session.exec(select(Decision)).one().superseded_at is None


def test_undo_makes_the_pair_undecided_and_works_once(database: Database, pair: Pair) -> None:
    with database.write() as session:
        decision = decide(session, COORDINATOR, pair.pk, "cannot_decide")
        undo(session, COORDINATOR, decision.pk)
        assert case_state(session) is CaseState.REOPENED
        with pytest.raises(Conflict):
            undo(session, COORDINATOR, decision.pk)
        with pytest.raises(NotFound):
            undo(session, COORDINATOR, decision.pk + 1)


def test_a_new_decision_replaces_the_old_one_and_keeps_it(database: Database, pair: Pair) -> None:
    with database.write() as session:
        decide(session, COORDINATOR, pair.pk, "keep_both")
        decide(session, COORDINATOR, pair.pk, "coordinate")
        found = session.exec(select(Decision).order_by(Decision.id)).all()
    assert [(one.verdict, one.superseded_reason) for one in found] == [
        (Verdict.KEEP_BOTH, "new_decision"),
        (Verdict.COORDINATE, None),
    ]


def test_wrong_data_must_say_what_is_wrong(database: Database, pair: Pair) -> None:
    with database.write() as session:
        with pytest.raises(NeedsReason):
            decide(session, COORDINATOR, pair.pk, "wrong_data", "  ")
        with pytest.raises(InvalidInput):
            decide(session, COORDINATOR, pair.pk, "perhaps")


def test_own_staff_may_read_but_not_decide_and_others_do_not_see_it(database: Database, pair: Pair) -> None:
    with database.write() as session:
        own, other = (
            Actor("person:2", (Holding(Role.PROVIDER_STAFF, organisation(session, key).pk),), person=2)
            for key in ("0238", "1110")
        )
        with pytest.raises(NotAllowed):
            decide(session, own, pair.pk, "keep_both")
        with pytest.raises(NotFound):
            decide(session, other, pair.pk, "keep_both")
        with pytest.raises(NotFound):
            decide(session, COORDINATOR, pair.pk + 1000, "keep_both")


def test_what_is_wrong_may_be_chosen_instead_of_written(database: Database, pair: Pair) -> None:
    with database.write() as session:
        assert decide(session, COORDINATOR, pair.pk, "wrong_data", fault="credits").fault == "credits"
        with pytest.raises(NeedsReason):
            decide(session, COORDINATOR, pair.pk, "wrong_data", fault="other")
        with pytest.raises(InvalidInput):
            decide(session, COORDINATOR, pair.pk, "wrong_data", fault="weather")
        assert decide(session, COORDINATOR, pair.pk, "keep_both", fault="credits").fault is None


def test_undo_restores_the_earlier_decision_and_the_one_before_that(database: Database, pair: Pair) -> None:
    with database.write() as session:
        first = decide(session, COORDINATOR, pair.pk, "cannot_decide", "Venter på tall")
        decide(session, COORDINATOR, pair.pk, "keep_both")
        third = decide(session, COORDINATOR, pair.pk, "wrong_data", "Feil trinn")
        undo(session, COORDINATOR, third.pk)
        second = standing_decisions(session, [pair.pk])[pair.pk]
        assert second.verdict is Verdict.KEEP_BOTH
        undo(session, COORDINATOR, second.pk)
        restored = standing_decisions(session, [pair.pk])[pair.pk]
        assert (restored.verdict, restored.note, restored.deciding) == (first.verdict, first.note, first.deciding)
        assert case_state(session) is CaseState.DECIDED
        undo(session, COORDINATOR, restored.pk)
        assert standing_decisions(session, [pair.pk]) == {}


def test_one_answer_to_several_pairs_and_one_undo(database: Database, pair: Pair) -> None:
    with database.write() as session:
        add_taught(session, "0256", "Engelsk 1, trinn 1–7")
    detect(database, ROBOT, today=TODAY)
    with database.write() as session:
        ids = sorted(one.pk for one in session.exec(select(Pair)))
        assert len(ids) == 3
        with pytest.raises(InvalidInput):
            decide_many(session, COORDINATOR, [], "keep_both")
        with pytest.raises(InvalidInput):
            decide_many(session, COORDINATOR, range(1, BATCH_LIMIT + 2), "keep_both")
        with pytest.raises(NotFound):
            decide_many(session, COORDINATOR, [*ids, 987], "keep_both")
        batch = decide_many(session, COORDINATOR, ids, "keep_both")
        assert sorted(standing_decisions(session, ids)) == ids
        decide(session, COORDINATOR, ids[0], "cannot_decide")
        assert undo_batch(session, COORDINATOR, batch) == 2
        assert list(standing_decisions(session, ids)) == [ids[0]]
        with pytest.raises(NotFound):
            undo_batch(session, COORDINATOR, batch)
