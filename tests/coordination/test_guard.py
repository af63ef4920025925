"""The last offer that the country can reach in a small subject goes only by a decision, and one decision permits one loss."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.applications.models import Application
from registry.applications.operations import postpone
from registry.coordination.guards import install, last_of, may_lose, remove
from registry.coordination.models import NationalDecision
from registry.coordination.operations import detect, merge, national_decision
from registry.coordination.queries import coverage_report, small_subject_report
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import InvalidInput, NeedsDecision, NeedsReason, NotAllowed, NotFound
from registry.intake.operations import correct_value, undo_correction
from registry.offers.models import Offer, Run
from registry.offers.operations import mark_cancelled
from registry.offers.states import Delivery, RunState
from registry.rules.models import Rule
from tests.coordination.country import TODAY, add_offer, add_run, add_taught, newest_assessment
from tests.site import Site

ROBOT = system("detect")
COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)


@pytest.fixture(autouse=True)
def guarded() -> Iterator[None]:
    install()
    yield
    remove()


def chinese(database: Database, *, delivery: Delivery = Delivery.ONLINE) -> tuple[Offer, Run]:
    with database.write() as session:
        offer = add_offer(session, "1110", "Kinesisk", subject_code="kinesisk")
        run = add_run(session, offer, "2027V", delivery=delivery)
        add_run(session, offer, "2026H", delivery=delivery, state=RunState.CANCELLED)
    with database.write() as session:
        for provider in ("0238", "1160"):
            other = add_offer(session, provider, "Engelsk 1", subject_code="engelsk")
            add_run(session, other, "2027V", delivery=Delivery.ONLINE)
    detect(database, ROBOT, today=TODAY)
    return offer, run


def cancel(session: Session, run: Run) -> None:
    mark_cancelled(session, ROBOT, session.get_one(Run, run.pk), "few_applicants", None, clock.now())


def is_cancelled(database: Database, run: Run) -> bool:
    with database.read() as session:
        return session.get_one(Run, run.pk).state is RunState.CANCELLED


def test_the_last_one_cannot_be_cancelled_without_a_decision(database: Database) -> None:
    offer, run = chinese(database)
    with pytest.raises(NeedsDecision, match="Kinesisk"), database.write() as session:
        cancel(session, run)
    assert not is_cancelled(database, run)
    with database.write() as session:
        national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Ingen søkere i tre år")
        cancel(session, run)
    assert is_cancelled(database, run)


def test_a_decision_is_used_up(database: Database) -> None:
    offer, run = chinese(database)
    with database.write() as session:
        national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Vedtatt", run_id=run.pk)
        may_lose(session, session.get_one(Offer, offer.pk), session.get_one(Run, run.pk), False)
        may_lose(session, session.get_one(Offer, offer.pk), session.get_one(Run, run.pk), True)
        with pytest.raises(NeedsDecision):
            may_lose(session, session.get_one(Offer, offer.pk), session.get_one(Run, run.pk), False)


def test_a_second_national_offer_lets_the_first_go(database: Database) -> None:
    _, run = chinese(database)
    with database.write() as session:
        other = add_offer(session, "1110", "Kinesisk språk og kultur", subject_code="kinesisk")
        add_run(session, other, "2027V", delivery=Delivery.ONLINE)
        cancel(session, run)
    assert is_cancelled(database, run)


def test_another_run_of_the_same_offer_keeps_the_subject_alive(database: Database) -> None:
    offer, run = chinese(database)
    with database.write() as session:
        add_run(session, session.get_one(Offer, offer.pk), "2027V", delivery=Delivery.ONLINE)
        cancel(session, run)
    assert is_cancelled(database, run)


@pytest.mark.parametrize(
    ("state", "needs_decision"),
    [(RunState.RUNNING, True), (RunState.COMPLETED, True), (RunState.CONFIRMED, False), (RunState.CLOSED, False)],
)
def test_flag_and_guard_agree_on_what_carries_a_subject_forward(
    database: Database, state: RunState, needs_decision: bool
) -> None:
    """What has begun cannot be joined; what only is closed for application will still be taught."""
    offer, run = chinese(database)
    with database.write() as session:
        session.add(Application(run_id=run.pk, applicant_key="k1:1", applied_at=clock.now()))
        add_run(session, session.get_one(Offer, offer.pk), "2026H", delivery=Delivery.ONLINE, state=state)
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        risk = newest_assessment(session, run.pk)
        assert risk is not None
        needed = last_of(session, session.get_one(Offer, offer.pk), session.get_one(Run, run.pk))
        advised = any("vedtak" in advice for advice in risk.advice)
    assert (risk.last_national, advised, bool(needed)) == (needs_decision,) * 3


def test_a_rule_that_is_off_neither_flags_nor_guards(database: Database) -> None:
    offer, run = chinese(database)
    with database.write() as session:
        session.exec(select(Rule).where(Rule.code == "NATIONAL_GUARANTEE")).one().number = 0
        session.add(Application(run_id=run.pk, applicant_key="k1:1", applied_at=clock.now()))
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        risk = newest_assessment(session, run.pk)
        assert risk is not None
        assert not risk.last_national
        assert last_of(session, session.get_one(Offer, offer.pk), session.get_one(Run, run.pk)) == []


def test_the_decision_is_one_link_away_and_is_about_the_run(site: Site, database: Database) -> None:
    offer, run = chinese(database)
    add = f"/nb/samordning/vedtak/{offer.key}/kinesisk"
    with database.write() as session:
        session.add(Application(run_id=run.pk, applicant_key="k1:1", applied_at=clock.now()))
        for number in range(60):  # a past to learn from
            past = add_offer(session, "1160", f"Fortid {number}", subject_code="engelsk")
            state = RunState.CANCELLED if number % 2 else RunState.COMPLETED
            add_run(session, past, "2026V", applicants=4 if number % 2 else 20, state=state, minimum=10)
    detect(database, ROBOT, today=TODAY)
    coordinator = site.signed_in(Role.COORDINATOR)
    assert coordinator.page("/nb/samordning/sma-fag").find("a", href=add)
    rescue = coordinator.page(f"/nb/samordning/utsatte/{run.key}")
    assert rescue.find("a", href=f"{add}?kull={run.key}")
    assert not site.visitor().page("/nb/samordning/sma-fag").find("a", href=add)
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="1110")
    refused = staff.page(f"/nb/tilbud/kull/{run.key}/avlys")
    assert f"{add}?kull={run.key}" in refused.find("code").get_text()
    assert not staff.page(f"/nb/samordning/utsatte/{run.key}").find("a", href=f"{add}?kull={run.key}")
    assert coordinator.get(f"{add}?kull=finnes-ikke").status_code == 404
    answer = coordinator.post(f"{add}?kull={run.key}", reason="Ingen søkere i tre år")
    assert answer.location.endswith(f"/samordning/utsatte/{run.key}")
    with database.read() as session:
        assert session.exec(select(NationalDecision.run_id)).one() == run.pk


def test_a_large_subject_is_not_guarded(database: Database) -> None:
    chinese(database)
    with database.read() as session:
        for offer in session.exec(select(Offer).where(Offer.subject_code == "engelsk")):
            assert last_of(session, offer) == []


def test_the_only_offer_is_guarded_wherever_it_is_taught(database: Database) -> None:
    offer, run = chinese(database, delivery=Delivery.CAMPUS)
    with database.read() as session:
        assert last_of(session, session.get_one(Offer, offer.pk), session.get_one(Run, run.pk)) == ["kinesisk"]
        assert last_of(session, session.get_one(Offer, offer.pk)) == ["kinesisk"]


def test_only_the_network_decides_and_only_about_what_is_so(database: Database) -> None:
    offer, run = chinese(database)
    staff = Actor("person:2", (Holding(Role.PROVIDER_STAFF, 1),), person=2)
    with database.write() as session:
        with pytest.raises(NotAllowed):
            national_decision(session, staff, offer.pk, "kinesisk", "Vi vil ikke")
        with pytest.raises(NeedsReason):
            national_decision(session, COORDINATOR, offer.pk, "kinesisk", " ")
        with pytest.raises(InvalidInput):
            national_decision(session, COORDINATOR, offer.pk, "engelsk", "Feil fag")
        with pytest.raises(InvalidInput):
            national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Feil kull", run_id=run.pk + 2)
        with pytest.raises(NotFound):
            national_decision(session, COORDINATOR, offer.pk + 1000, "kinesisk", "Finnes ikke")


def test_a_loss_is_judged_by_its_own_subject_in_a_fixed_number_of_questions(database: Database) -> None:
    offer, run = chinese(database)
    asked: list[str] = []
    with database.read() as session:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *args: asked.append(args[2]))
        last_of(session, session.get_one(Offer, offer.pk), session.get_one(Run, run.pk))
        first = len(asked)
    with database.write() as session:
        for number in range(4):
            add_taught(session, "1160", f"Kinesisk {number}", subject_code="kinesisk")
            add_taught(session, "1160", f"Engelsk {number}", subject_code="engelsk")
    with database.read() as session:
        asked.clear()
        last_of(session, session.get_one(Offer, offer.pk), session.get_one(Run, run.pk))
    assert len(asked) == first <= 12


def test_a_run_cannot_be_put_off_past_its_study_year_without_a_decision(database: Database) -> None:
    """Who may not cancel may not put off for years either; within the study year the subject is still taught in it."""
    offer, run = chinese(database)
    with pytest.raises(NeedsDecision, match="utsettes"), database.write() as session:
        postpone(session, ROBOT, session.get_one(Run, run.pk), "2029V", "few_applicants")
    with database.write() as session:
        autumn = add_run(session, session.get_one(Offer, offer.pk), "2027H", delivery=Delivery.ONLINE)
        postpone(session, ROBOT, autumn, "2028V", "few_applicants")
        with pytest.raises(NeedsDecision):  # one planned for next year does not stand in for this year's
            cancel(session, run)
    with database.write() as session:
        national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Ingen lærer før 2029", run_id=run.pk)
        postpone(session, ROBOT, session.get_one(Run, run.pk), "2029V", "few_applicants")
    with database.read() as session:
        assert session.get_one(Run, run.pk).state is RunState.POSTPONED
        assert session.exec(select(NationalDecision.used_at)).one() is not None


def test_small_subjects_and_coverage_tell_the_same_of_a_run_put_off_for_years(database: Database) -> None:
    offer, run = chinese(database)
    with database.write() as session:
        national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Ingen lærer før 2029")
        postpone(session, ROBOT, session.get_one(Run, run.pk), "2029V", "few_applicants")
    with database.read() as session:
        [small] = [row for row in small_subject_report(session, as_of=TODAY)["subjects"] if row["code"] == "kinesisk"]
        [covered] = [row for row in coverage_report(session, as_of=TODAY)["subjects"] if row["code"] == "kinesisk"]
    assert (small["covered"], small["national_offers"], covered["online"]) == (False, 0, 0)


def test_the_last_one_online_stays_online_without_a_decision(database: Database) -> None:
    offer, run = chinese(database)
    with database.write() as session:
        add_run(session, add_offer(session, "1160", "Kinesisk 2", subject_code="kinesisk"), "2027V")
    for delivery in ("hybrid", None):
        with pytest.raises(NeedsDecision, match="tas av nett"), database.write() as session:
            correct_value(session, ROBOT, "run", run.pk, "delivery", delivery)
    with database.write() as session:
        national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Må være samlet", run_id=run.pk)
        correct_value(session, ROBOT, "run", run.pk, "delivery", "hybrid")
        assert session.get_one(Run, run.pk).delivery is Delivery.HYBRID
        correct_value(session, ROBOT, "run", run.pk, "delivery", "online")  # more than before is nobody's loss
        with pytest.raises(NeedsDecision):  # the decision is used up, and taking the correction back is a loss too
            correct_value(session, ROBOT, "run", run.pk, "delivery", "campus")


def test_taking_a_correction_back_is_a_loss_where_only_it_is_online(database: Database) -> None:
    _, run = chinese(database, delivery=Delivery.CAMPUS)
    with database.write() as session:
        correct_value(session, ROBOT, "run", run.pk, "delivery", "online")
    with pytest.raises(NeedsDecision, match="tas av nett"), database.write() as session:
        undo_correction(session, ROBOT, "run", run.pk, "delivery")


@pytest.mark.parametrize(("online", "chosen", "is_lost"), [
    ("kept", "kept", False), ("kept", "gone", False), ("gone", "gone", False), ("gone", "kept", True),
])  # fmt: skip
def test_a_run_entered_twice_is_made_one_without_losing_its_reach(
    database: Database, online: str, chosen: str, is_lost: bool
) -> None:
    with database.write() as session:
        first, second = (add_offer(session, "1110", "Kinesisk", subject_code="kinesisk") for _ in range(2))
        ways = {"kept": None, "gone": None, online: Delivery.ONLINE}  # one of the two records does not tell
        kept = add_run(session, first, "2027V", delivery=ways["kept"])
        gone = add_run(session, second, "2027V", delivery=ways["gone"])
    detect(database, ROBOT, today=TODAY)
    with (
        nullcontext() if not is_lost else pytest.raises(NeedsDecision, match="tas av nett"),
        database.write() as session,
    ):
        stays, goes = session.get_one(Run, kept.pk), session.get_one(Run, gone.pk)
        merge(session, ROBOT, first.pk, second.pk, twins={goes.pk: {"delivery": chosen}})
        assert stays.delivery is Delivery.ONLINE
