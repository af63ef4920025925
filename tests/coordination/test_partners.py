"""Whom a run may be merged with, as its advice names them: the same by a detection of everything and by the pairs as they stand."""

import pytest
from sqlmodel import select

from registry.access.policy import system
from registry.coordination.detection.pairs import Found
from registry.coordination.detection.partners import partners_among, partners_of
from registry.coordination.models import Pair
from registry.coordination.operations import detect
from registry.coordination.queries.detecting.landscape import load_landscape
from registry.coordination.states import PairKind, Strength
from registry.core.db import Database
from registry.offers.models import Offer, OfferSubject
from tests.coordination.country import TODAY, add_offer, add_run

ROBOT = system("detect")


def as_found(pair: Pair) -> Found:
    """The pair as a detection finds it."""
    return Found(**{name: getattr(pair, name) for name in Found.__dataclass_fields__ if hasattr(pair, name)})


@pytest.mark.parametrize(
    ("subject", "beside", "strength", "is_named"),
    [
        ("engelsk", None, Strength.POSSIBLE, True),
        ("norsk", None, Strength.STRONG, False),  # however alike
        ("norsk", "engelsk", Strength.POSSIBLE, True),
        (None, None, Strength.STRONG, True),  # its source tells no subject
        (None, None, Strength.POSSIBLE, False),
    ],
)
def test_only_an_offer_in_the_same_subject_is_named(
    database: Database, subject: str | None, beside: str | None, strength: Strength, is_named: bool
) -> None:
    with database.write() as session:
        mine = add_offer(session, "0238", "Engelsk 1, 1.–7. trinn", subject_code="engelsk")
        add_run(session, mine, "2027V", applicants=3, minimum=10)
        other = add_offer(session, "1160", "Engelsk 1, trinn 1-7", subject_code="engelsk")
        add_run(session, other, "2027V")
    detect(database, ROBOT, today=TODAY)
    with database.write() as session:
        pair = session.exec(select(Pair).where(Pair.kind == PairKind.OVERLAP)).one()
        pair.strength = strength
        session.get_one(Offer, other.pk).subject_code = subject
        if beside is not None:
            session.add(OfferSubject(offer_id=other.pk, subject_code=beside))
        session.flush()
        stands = [partners_of(session, [mine.pk]), partners_among(session, [as_found(pair)], load_landscape(session))]
    for found in stands:
        assert [one.title for one in found.get((mine.pk, "2027V"), [])] == ["Engelsk 1, trinn 1-7"] * is_named
