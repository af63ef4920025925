"""A subject's runs share their luck: all may be lost together more often than their chances multiplied."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from registry.access.policy import system
from registry.access.roles import Role
from registry.applications.models import Application
from registry.coordination.forecast import OpenRun, goes_dark, learn
from registry.coordination.models import SubjectRisk
from registry.coordination.operations import detect
from registry.coordination.queries import at_risk_report
from registry.core import clock
from registry.core.db import Database
from registry.offers.models import Run
from registry.offers.states import RunState
from tests.coordination.country import TODAY, add_offer, add_run
from tests.coordination.test_forecast import drawn
from tests.site import Site

KNOWN = learn(drawn(4, 300))
RUNS = st.lists(
    st.builds(
        OpenRun,
        group=st.sampled_from(("g1", "unheard of")),
        minimum=st.integers(1, 20),
        applicants=st.integers(0, 20),
        days_left=st.integers(0, 90),
    ),
    min_size=1,
    max_size=5,
)


@settings(deadline=None)
@given(RUNS)
def test_never_likelier_than_the_safest_run_nor_less_likely_than_chance(runs: list[OpenRun]) -> None:
    chances, together = KNOWN.probabilities(runs), goes_dark(KNOWN, runs)
    assert np.prod(chances) - 1e-5 <= together <= chances.min() + 1e-5
    assert goes_dark(KNOWN, runs[:1]) == pytest.approx(chances[0], abs=1e-5)


def test_a_shared_shock_weighs_most_where_least_is_known_and_nothing_at_the_deadline() -> None:
    def excess(group: str, days: int, applicants: int) -> float:
        runs = [OpenRun(group, 10, applicants, days)] * 3
        return goes_dark(KNOWN, runs) - float(np.prod(KNOWN.probabilities(runs)))

    assert excess("unheard of", 60, 1) > excess("g1", 60, 1) > 0.01
    assert excess("g1", 0, 9) == pytest.approx(0, abs=1e-6)
    assert goes_dark(KNOWN, []) == 1.0


@pytest.fixture
def chinese(database: Database) -> Database:
    """Two runs of one subject, of whose applicants nothing is known the day before the deadline."""
    with database.write() as session:
        for provider in ("0238", "1160"):
            offer = add_offer(session, provider, "Kinesisk", subject_code="kinesisk")
            add_run(session, offer, "2027V", minimum=12, application_closes_on=TODAY + timedelta(days=1))
    return database


def one_applies_to_each(database: Database) -> None:
    with database.write() as session:
        for run in session.exec(select(Run)):
            at = clock.start_of_day(TODAY - timedelta(days=5))
            session.add(Application(run_id=run.pk, applicant_key=f"k:{run.pk}", applied_at=at))


def test_it_is_kept_by_day_and_listed_for_those_who_may_see_risks(site: Site, chinese: Database) -> None:
    one_applies_to_each(chinese)
    detect(chinese, system("detect"), today=TODAY)
    detect(chinese, system("detect"), today=TODAY)
    with chinese.read() as session:
        [row] = session.exec(select(SubjectRisk)).all()
        assert (row.subject_code, row.term, row.runs) == ("kinesisk", "2027V", 2)
        [told] = at_risk_report(session, as_of=TODAY)["subjects"]
        assert (told["name"], told["probability"]) == ("Kinesisk", row.probability)
        assert at_risk_report(session, as_of=TODAY, term="2026H")["subjects"] == []
        assert at_risk_report(session, as_of=TODAY, provider="1110")["subjects"] == []
        assert at_risk_report(session, as_of=TODAY - timedelta(days=1))["subjects"] == []
    heading = "Fag som kan bli uten kull"
    assert heading in site.signed_in(Role.COORDINATOR).page("/nb/samordning/utsatte").get_text()
    own, other = (site.signed_in(Role.PROVIDER_STAFF, organisation=one) for one in ("0238", "1110"))
    assert heading in own.page("/nb/samordning/utsatte").get_text()
    assert heading not in other.page("/nb/samordning/utsatte").get_text()


def test_it_leaves_the_board_with_the_first_detection_that_does_not_find_it(chinese: Database) -> None:
    one_applies_to_each(chinese)
    detect(chinese, system("detect"), today=TODAY)
    later = TODAY + timedelta(days=2)
    with chinese.write() as session:
        assert at_risk_report(session, as_of=later)["subjects"] != []
        for run in session.exec(select(Run)):
            run.state = RunState.CONFIRMED
    detect(chinese, system("detect"), today=later)
    with chinese.read() as session:
        assert at_risk_report(session, as_of=later)["subjects"] == []


def test_a_sure_run_keeps_a_subject_lit_and_an_unknown_one_leaves_it_unknown(chinese: Database) -> None:
    detect(chinese, system("detect"), today=TODAY)
    with chinese.write() as session:
        assert session.exec(select(SubjectRisk)).all() == []  # nobody knows who has applied
    one_applies_to_each(chinese)
    with chinese.write() as session:
        session.exec(select(Run).order_by(col(Run.id)).limit(1)).one().state = RunState.CONFIRMED
    detect(chinese, system("detect"), today=TODAY)
    with chinese.read() as session:
        assert session.exec(select(SubjectRisk)).all() == []
