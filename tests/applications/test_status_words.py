"""From anywhere an application can stand, one told word leads there by legal steps only, or nowhere."""

from itertools import product

import pytest

from registry.applications.models import Application
from registry.applications.states import LIVES
from registry.applications.status_words import PATHS, Told, standing_of, way
from registry.core.errors import IllegalTransition


def walked(told: Told) -> Application:
    """An application that stands as told."""
    application = Application(run_id=1, applicant_key="k1:x")
    for life, event in way(application, told):
        setattr(application, life.column, life.find(event, getattr(application, life.column)).target)
    return application


@pytest.mark.parametrize("told", Told)
def test_every_word_is_reached_from_a_new_application_and_is_the_word_for_it(told: Told) -> None:
    application = walked(told)
    assert standing_of(application) is told
    assert list(way(application, told)) == []


@pytest.mark.parametrize(("before", "after"), list(product(Told, Told)))
def test_from_every_word_to_every_other_there_is_a_legal_way_or_none(before: Told, after: Told) -> None:
    application = walked(before)
    try:
        steps = way(application, after)
    except IllegalTransition:
        assert before is not Told.RECEIVED
        return
    for life, event in steps:
        setattr(application, life.column, life.find(event, getattr(application, life.column)).target)
    if steps:
        assert standing_of(application) is after


def test_the_words_and_the_paths_are_the_same() -> None:
    assert set(PATHS) == set(Told)
    assert all(step.life in LIVES for path in PATHS.values() for step in path)


def test_who_has_begun_drops_out_and_does_not_withdraw() -> None:
    with pytest.raises(IllegalTransition):
        way(walked(Told.STARTED), Told.WITHDRAWN)
