"""How right a card is on answers that it has not seen."""

from dataclasses import asdict

import numpy as np
import pytest

from registry.matching.duplicates import FEATURES, Judged, Measured, measured, shipped_pairs, unseen_chances
from registry.matching.duplicates.features import NAMES


def test_what_was_said_is_held_against_what_is() -> None:
    found = measured(np.array([0.95, 0.92, 0.6, 0.1]), np.array([True, False, True, False]), least=0.5)
    assert (found.precision, found.recall) == (pytest.approx(2 / 3), 1.0)
    assert found.f1 == pytest.approx(0.8)
    assert [one.pairs for one in found.bins] == [1, 1, 2]
    assert [one.same for one in found.bins] == [0.0, 1.0, 0.5]
    assert found.error == pytest.approx((0.1 + 0.4 + 2 * 0.435) / 4)
    assert Measured.from_json(asdict(found)) == found


def test_where_nothing_is_put_forward_or_nothing_is_one_offer_no_share_is_claimed() -> None:
    silent = measured(np.array([0.1, 0.2]), np.array([True, False]), least=0.5)
    assert (silent.precision, silent.recall, silent.f1) == (None, 0.0, None)
    apart = measured(np.array([0.9]), np.array([False]), least=0.5)
    assert (apart.precision, apart.recall, apart.f1) == (0.0, None, None)


def test_an_answer_is_judged_by_cards_that_have_not_learnt_from_it() -> None:
    """Twenty equal answers teach each other; one alone teaches itself nothing."""
    told = [{"title": 7, "code": 3, "source": 1}.get(name, 0) for name in NAMES]
    assert len(told) == len(FEATURES)
    known = shipped_pairs()
    many = Judged.of([(told, False, 20.0, "person")] * 8)
    lone, taught = unseen_chances(known, many.where(np.arange(8) == 0)), unseen_chances(known, many)
    assert len(taught) == 8
    assert (taught < lone[0] - 0.1).all()
