"""People's answers about duplicates become the next scorecard, kept with what it was learnt from."""

import pytest
from sqlmodel import select

from registry.access.policy import system
from registry.coordination.models import DuplicateCard, Pair
from registry.coordination.operations import decide, detect, learn_duplicates
from registry.coordination.queries.cards import answers, newest_card
from registry.coordination.states import PairKind
from registry.core.db import Database
from registry.core.errors import Refused
from registry.matching.duplicates import FEATURES, Judged, shipped_card, shipped_pairs
from tests.coordination.country import TODAY, add_taught

ROBOT = system("detect")


def test_answers_teach_the_next_card_and_detection_uses_it(database: Database) -> None:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn", code="ENG1")
        add_taught(session, "0238", "ENGELSK 1, 1.-7. TRINN", code="ENG1-B")
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        assert newest_card(session) is shipped_card()
        assert len(answers(session)) == 0
    with database.write() as session, pytest.raises(Refused):
        learn_duplicates(session, ROBOT)
    with database.write() as session:
        pair = session.exec(select(Pair).where(Pair.kind == PairKind.DUPLICATE)).one()
        assert pair.levels is not None
        assert len(pair.levels) == len(FEATURES)
        decide(session, ROBOT, pair.pk, "keep_both")
        before = pair.score
    with database.write() as session:
        card = learn_duplicates(session, ROBOT)
        assert (card.version, card.answers) == (2, 1)
        kept = Judged.from_csv(card.training)
        assert len(kept) == len(shipped_pairs()) + 1
        assert kept.origins[-1] == "person"
    with database.write() as session, pytest.raises(Refused):
        learn_duplicates(session, ROBOT)
    result = detect(database, ROBOT, today=TODAY)
    assert result.kinds["duplicate_card"] == 2
    with database.read() as session:
        assert session.exec(select(Pair).where(Pair.kind == PairKind.DUPLICATE)).one().score < before
        assert session.exec(select(DuplicateCard)).one().version == 2
