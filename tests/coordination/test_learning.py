"""People's answers about duplicates become the next scorecard, kept with what it was learnt from, and can be gone back from."""

import numpy as np
import pytest
import time_machine
from sqlmodel import col, select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.coordination.models import DuplicateCard, Pair
from registry.coordination.operations import decide, detect, is_stale, learn_duplicates, merge, take_up_again
from registry.coordination.queries.desk.card_effects import UNLISTED, contradicted, effect_of
from registry.coordination.queries.desk.card_lessons import (
    judged_by,
    prepare,
    prepare_return,
    training_of,
    unseen,
    versions,
)
from registry.coordination.queries.desk.duplicate_card import answers, newest_card
from registry.coordination.states import PairKind
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import NeedsReason, NotAllowed, NotFound, Refused, Stale
from registry.matching.duplicates import FEATURES, Judged, Scorecard, shipped_card, shipped_pairs
from tests.coordination.country import TODAY, add_taught

ROBOT = system("detect")
DIRECTORATE = Actor("person:1", (Holding(Role.DIRECTORATE),), person=1)
COORDINATOR = Actor("person:2", (Holding(Role.COORDINATOR),), person=2)


@pytest.fixture
def pairs(database: Database) -> list[int]:
    """Two possible duplicates: English and mathematics, each keyed twice."""
    with database.write() as session:
        for name in ("Engelsk", "Matematikk"):
            add_taught(session, "0238", f"{name} 1, 1.–7. trinn", code=f"{name}1", level_code="LN")
            add_taught(session, "0238", f"{name} 1, 1.-7. TRINN", code=f"{name}-B", level_code="LN")
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        found = list(session.exec(select(Pair.id).where(Pair.kind == PairKind.DUPLICATE).order_by(col(Pair.id))))
    assert len(found) == 2
    return [pair or 0 for pair in found]


def keep_both(database: Database, pair: int) -> None:
    with database.write() as session:
        decide(session, ROBOT, pair, "keep_both")


def test_answers_teach_the_next_card_and_detection_uses_it(database: Database, pairs: list[int]) -> None:
    with database.read() as session:
        assert newest_card(session) is shipped_card()
        assert len(answers(session)) == 0
        assert (unseen(session), judged_by(session)) == (0, 1)
        before = session.get_one(Pair, pairs[0]).score
    with database.write() as session, pytest.raises(Refused):
        learn_duplicates(session, ROBOT)
    keep_both(database, pairs[0])
    with database.write() as session:
        pair = session.get_one(Pair, pairs[0])
        assert len(pair.levels or ()) == len(FEATURES)
        pair.levels = (pair.levels or [])[:-2]  # as it was kept before the newest features
    with database.write() as session:
        card = learn_duplicates(session, ROBOT)
        assert (card.version, card.answers, card.cites) == (2, 1, None)
        kept = Judged.from_csv(card.training)
        assert len(kept) == len(shipped_pairs()) + 1
        assert kept.origins[-1] == "person"
        assert "Engelsk" not in card.training
    with database.read() as session:
        assert is_stale(session)
    with database.write() as session, pytest.raises(Refused):
        learn_duplicates(session, ROBOT)
    result = detect(database, ROBOT, today=TODAY)
    assert result.kinds["duplicate_card"] == 2
    with database.read() as session:
        assert judged_by(session) == 2
        assert session.get_one(Pair, pairs[0]).score < before


def test_both_cards_are_held_against_answers_that_neither_has_seen(database: Database, pairs: list[int]) -> None:
    keep_both(database, pairs[0])
    with database.write() as session:
        learn_duplicates(session, DIRECTORATE)
    with time_machine.travel("2026-11-23T12:00Z", tick=False):
        with database.write() as session:
            pair = session.get_one(Pair, pairs[1])
            merge(session, ROBOT, pair.a_offer_id, pair.b_offer_id, {})
        with database.read() as session:
            assert unseen(session) == 1
            lesson = prepare(session)
        with database.write() as session:
            learn_duplicates(session, DIRECTORATE, lesson)
    with database.read() as session:
        newest, first, shipped = versions(session)
        assert (newest.version, newest.answers, first.answers, shipped.answers) == (3, 2, 1, 0)
        assert newest.held_out == lesson.held_out
        assert newest.held_out is not None
        assert (newest.held_out.answers, newest.held_out.same) == (1, 1)
        levels = np.array([session.get_one(Pair, pairs[1]).levels], dtype=np.int8)
        judged = session.exec(select(DuplicateCard).where(DuplicateCard.version == first.version)).one()
        said = Scorecard.from_json(judged.card).probability(levels)[0]
        assert newest.held_out.before.bins[0].said == pytest.approx(said)
        assert shipped.held_out is None
        entry = session.exec(select(AuditEntry).where(AuditEntry.thing == "duplicate_card")).all()[-1]
        assert (entry.event, entry.actor, entry.details["version"]) == ("learn", "person:1", 3)


def test_a_lesson_that_somebody_has_overtaken_is_not_learnt(database: Database, pairs: list[int]) -> None:
    keep_both(database, pairs[0])
    with database.read() as session:
        seen = prepare(session)
    keep_both(database, pairs[1])
    with database.write() as session, pytest.raises(Stale):
        learn_duplicates(session, DIRECTORATE, seen)


def test_going_back_makes_a_new_version_that_cites_the_earlier_one(database: Database, pairs: list[int]) -> None:
    keep_both(database, pairs[0])
    with database.write() as session:
        learn_duplicates(session, DIRECTORATE)
    with database.write() as session:
        back = take_up_again(session, DIRECTORATE, 1, seen=2, reason="Lært av feil svar")
        assert (back.version, back.cites, back.answers) == (3, 1, 0)
    with database.read() as session:
        card = newest_card(session)
        assert (card.version, card.points) == ("3", shipped_card().points)
        assert training_of(session, 3) == training_of(session, 1) == shipped_pairs().to_csv()
        assert unseen(session) == 1  # what was unlearnt can be learnt again
        assert prepare(session).follows == 3
        entry = session.exec(select(AuditEntry).where(AuditEntry.thing == "duplicate_card")).all()[-1]
        assert (entry.event, entry.reason_text, entry.details["cites"]) == ("take_up_again", "Lært av feil svar", 1)
    with database.write() as session:
        assert take_up_again(session, DIRECTORATE, 2, seen=3, reason="Likevel").cites == 2
    with database.read() as session:
        assert unseen(session) == 0
        assert training_of(session, 4) == training_of(session, 2)


def test_nobody_goes_back_without_right_reason_or_somewhere_to_go(database: Database) -> None:
    with database.write() as session, pytest.raises(NotAllowed):
        take_up_again(session, COORDINATOR, 1, seen=1, reason="Jeg vil")
    with database.write() as session, pytest.raises(NotAllowed):
        learn_duplicates(session, COORDINATOR)
    with database.write() as session, pytest.raises(NeedsReason):
        take_up_again(session, DIRECTORATE, 1, seen=1, reason=" ")
    with database.write() as session, pytest.raises(Stale):
        take_up_again(session, DIRECTORATE, 1, seen=2, reason="Gammelt")
    with database.write() as session, pytest.raises(Refused, match="gjelder"):
        take_up_again(session, DIRECTORATE, 1, seen=1, reason="Samme")
    with database.read() as session:
        for asked in (lambda: prepare_return(session, 9), lambda: training_of(session, 9)):
            with pytest.raises(NotFound):
                asked()


def test_what_a_card_would_change_and_what_it_contradicts(database: Database, pairs: list[int]) -> None:
    with database.read() as session:
        nothing = effect_of(session, newest_card(session))
        assert (nothing.pairs, nothing.moved, nothing.lines) == (2, 0, [])
        assert contradicted(session, newest_card(session)).answers == 0
    keep_both(database, pairs[0])
    with database.read() as session:
        against = contradicted(session, newest_card(session))
        assert (against.total, [line.pair_id for line in against.lines]) == (1, [pairs[0]])
        assert not against.lines[0].is_same
        assert against.lines[0].after >= 0.5
        lesson = prepare(session)
        changed = effect_of(session, lesson.card)
        assert sum(changed.moves.values()) == 2
        for line in changed.lines:
            assert (line.was, line.becomes) == ("possible", UNLISTED)
            assert line.after < 0.5 <= line.before
