"""A changed run is judged at once, by what was learnt last, and as a judgement of everything would judge it."""

import random
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlmodel import Session, select

from registry.access.policy import system
from registry.access.roles import Role
from registry.applications.models import Application, RunCount
from registry.applications.states import Decision, RejectReason, Standing
from registry.coordination.detection import risks, standings
from registry.coordination.models import RiskAssessment, RiskWarning, SubjectRisk
from registry.coordination.operations import detect, detecting, judge_changed, judging
from registry.coordination.queries.detecting.learnt_forecast import learnt_at, learnt_model
from registry.coordination.queries.detecting.marks import has_few_applicants
from registry.coordination.queries.detecting.runs import moment
from registry.core import audit, clock, events
from registry.core.db import Database
from registry.core.events import OutboxRow
from registry.messages.models import Message
from registry.offers.models import Offer, Run
from registry.offers.states import CancelReason, Delivery, RunState
from registry.schedule.listeners import LISTENERS
from tests.coordination.country import TODAY, add_offer, add_run, newest_assessment, organisation
from tests.coordination.test_warnings import person
from tests.site import Site

ROBOT = system("detect")
PROVIDERS = ("0238", "1160", "1171")
TITLES = ("Engelsk 1, 1.–7. trinn", "Engelsk 1 for trinn 1-7", "Norsk 1, 1.–7. trinn", "Spesialpedagogikk")
SUBJECTS = ("engelsk", "norsk", "kinesisk")


def furnish(database: Database) -> None:
    """Six offers in three subjects, one of them small, some with applicants and one that nobody knows anything about."""
    with database.write() as session:
        for number in range(6):
            title, subject = TITLES[number % 4], SUBJECTS[min(number // 2, 2)]
            provider = "0238" if subject == "kinesisk" else PROVIDERS[number % 3]
            offer = add_offer(session, provider, title, subject_code=subject)
            delivery = Delivery.ONLINE if number % 2 else Delivery.CAMPUS
            add_run(session, offer, "2027V", (4, 9, None, 2, 12, None)[number], minimum=10, delivery=delivery)


def settle(database: Database) -> None:
    """What waits in the outbox is told of, as the worker does it."""
    with database.read() as session:
        rows = session.exec(select(OutboxRow).where(OutboxRow.done_at == None).order_by(OutboxRow.id)).all()  # noqa: E711 - SQL's own comparison
        session.expunge_all()
    for topic, listener in LISTENERS.items():
        if told := [row for row in rows if row.topic == topic]:
            listener(database, told)
    with database.write() as session:
        for row in rows:
            session.get_one(OutboxRow, row.id).done_at = clock.now()


def apply_to(session: Session, run: Run, name: str) -> Application:
    found = Application(run_id=run.pk, applicant_key=f"k1:{name}", applied_at=clock.now())
    session.add(found)
    session.flush()
    tell_of(session, found)
    return found


def shown(visitor: Any, address: str) -> str:
    """The words of a page, with plain spaces."""
    return " ".join(visitor.page(address).get_text().split())


def tell_of(session: Session, application: Application) -> None:
    audit.record(session, actor="person:1", thing="application", thing_id=application.pk, event="edit")
    events.publish(session, events.APPLICATION_CHANGED, str(application.pk))


def tell_of_run(session: Session, run: Run) -> None:
    audit.record(session, actor="person:1", thing="run", thing_id=run.pk, event="edit")
    events.publish(session, events.OFFER_CHANGED, run.key)


def edit(session: Session, chance: random.Random, step: int) -> None:
    """One change that may give a run another risk, or the run beside it."""
    run = chance.choice(session.exec(select(Run).order_by(Run.id)).all())
    kind = chance.choice(
        [
            "apply",
            "apply",
            "apply",
            "withdraw",
            "unfit",
            "counts",
            "minimum",
            "deadline",
            "places",
            "delivery",
            "state",
            "gone",
            "title",
            "another",
        ]
    )
    match kind:
        case "apply":
            apply_to(session, run, f"new:{step}")
        case "withdraw" | "unfit":
            here = session.exec(select(Application).order_by(Application.id)).all()
            if here:
                one = chance.choice(here)
                if kind == "withdraw":
                    one.standing = Standing.WITHDRAWN
                    one.withdraw_reason, one.withdrawn_at = "other", clock.now()
                else:
                    one.decision, one.reject_reason = Decision.REJECTED, RejectReason.NOT_QUALIFIED
                tell_of(session, one)
        case "counts":
            row = RunCount(
                run_id=run.pk, counted_on=TODAY, recorded_at=clock.now(), actor="person:1", applied=chance.randrange(20)
            )
            if session.exec(select(RunCount).where(RunCount.run_id == run.pk)).first() is None:
                session.add(row)
                session.flush()
                audit.record(session, actor="person:1", thing="run_count", thing_id=row.pk, event="count")
                events.publish(session, events.COUNTS_CHANGED, run.key)
        case "title":
            offer = session.get_one(Offer, run.offer_id)
            offer.title = chance.choice(TITLES)
            audit.record(session, actor="person:1", thing="offer", thing_id=offer.pk, event="edit")
            events.publish(session, events.OFFER_CHANGED, offer.key)
        case "another":
            tell_of_run(
                session, add_run(session, session.get_one(Offer, run.offer_id), "2027V", delivery=Delivery.ONLINE)
            )
        case _:
            change_run(run, kind, chance)
            tell_of_run(session, run)


def change_run(run: Run, kind: str, chance: random.Random) -> None:
    match kind:
        case "minimum":
            run.minimum = chance.choice((None, 3, 12))
        case "deadline":
            run.application_closes_on = TODAY + timedelta(days=chance.choice((0, 3, 40)))
        case "places":
            run.places = chance.choice((5, 30))
        case "delivery":
            run.delivery = chance.choice((Delivery.ONLINE, Delivery.CAMPUS))
        case "gone":
            run.left_feed_on = None if run.left_feed_on else TODAY
        case _:
            run.state = chance.choice((RunState.PLANNED, RunState.OPEN, RunState.CONFIRMED, RunState.CANCELLED))
            lost = run.state is RunState.CANCELLED
            run.cancel_reason = CancelReason.FEW_APPLICANTS if lost else None
            run.cancelled_at = clock.now() if lost else None


def stands(database: Database) -> list[list[Any]]:
    """Everything that is written of risk, but for when and by which detection."""
    left_out = {"id", "detection_id", "assessed_at"}
    with database.read() as session:
        return [
            sorted(repr(sorted(row.model_dump(exclude=left_out).items())) for row in session.exec(select(table)))
            for table in (RiskAssessment, SubjectRisk, RiskWarning)
        ]


def learn_nothing_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next detections judge by what this one has learnt, and find the same subjects small."""
    with database.read() as session:
        model = learnt_model(session)
        facts, held = (
            detecting.subject_facts(session, TODAY),
            detecting.rule_history(session, detecting.smallsubjects.RULES),
        )
    periods = standings.find_periods(facts, held, TODAY)
    monkeypatch.setattr(risks, "learn_from", lambda *_: model)
    monkeypatch.setattr(standings, "find_periods", lambda *_: periods)


@pytest.mark.parametrize("seed", range(4))
def test_any_run_of_changes_leaves_what_judging_everything_by_the_same_model_says(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    furnish(database)
    detect(database, ROBOT)
    learn_nothing_more(database, monkeypatch)
    for step in range(14):
        with database.write() as session:
            edit(session, chance, step)
        settle(database)
    before = stands(database)
    assert detect(database, ROBOT).changes["risks"] == 0
    assert stands(database) == before


def two_runs(database: Database, applicants: int | None = 9, **values: Any) -> tuple[int, int]:
    """Two runs of one institution and term, the second without applicants; compared once. Returns their ids."""
    with database.write() as session:
        first = add_run(session, add_offer(session, "0238", TITLES[0]), "2027V", applicants, minimum=10, **values)
        other = add_run(session, add_offer(session, "0238", TITLES[2]), "2027V", minimum=10, **values)
        ids = first.pk, other.pk
    detect(database, ROBOT)
    return ids


def assessment(database: Database, run_id: int) -> RiskAssessment | None:
    with database.read() as session:
        found = newest_assessment(session, run_id)
        session.expunge_all()
    return found


def test_an_application_changes_the_risk_with_what_was_learnt_before(
    database: Database, clock_stands: time_machine.Traveller
) -> None:
    run_id, _ = two_runs(database)
    before = assessment(database, run_id)
    clock_stands.shift(timedelta(hours=1))
    with database.write() as session:
        apply_to(session, session.get_one(Run, run_id), "tiende")
    settle(database)
    after = assessment(database, run_id)
    assert before is not None
    assert after is not None
    assert (before.applicants, after.applicants) == (9, 10)
    assert after.probability < before.probability
    assert moment(after.assessed_at) - moment(before.assessed_at) == timedelta(hours=1)
    assert after.detection_id == before.detection_id
    with database.read() as session:
        assert learnt_at(session) == moment(before.assessed_at)


def test_whom_nobody_has_applied_to_is_known_with_the_first_application_to_the_institution(database: Database) -> None:
    run_id, silent = two_runs(database, applicants=None)
    assert assessment(database, silent) is None
    with database.write() as session:
        apply_to(session, session.get_one(Run, run_id), "den første")
    settle(database)
    found = assessment(database, silent)
    assert found is not None
    assert found.applicants == 0


def test_a_level_is_told_of_when_it_is_reached_and_only_then(database: Database) -> None:
    run_id, _ = two_runs(database, applicants=12, application_closes_on=TODAY)
    with database.write() as session:
        person(session, "ansatt", Role.PROVIDER_STAFF, organisation_id=organisation(session, "0238").pk)
        person(session, "landet", Role.COORDINATOR)
    told = []
    for minimum in (40, 11, 40):
        with database.write() as session:
            run = session.get_one(Run, run_id)
            run.minimum = minimum
            tell_of_run(session, run)
        settle(database)
        with database.read() as session:
            warned = session.exec(select(RiskWarning.level).where(RiskWarning.run_id == run_id)).all()
            mailed = sorted(session.exec(select(Message.recipient).where(Message.kind == "risk-warning")).all())
            told.append((list(warned), mailed))
    assert told == [(["RISK_HIGH"], ["ansatt@example.no", "landet@example.no"])] * 3


def test_every_change_that_reaches_a_level_has_its_own_mail(database: Database) -> None:
    """Also where no comparison of everything lies between."""
    with database.write() as session:
        offer = add_offer(session, "0238", TITLES[0])
        runs = [add_run(session, offer, "2027V", 12, minimum=10, application_closes_on=TODAY).pk for _ in range(2)]
        person(session, "landet", Role.COORDINATOR)
    detect(database, ROBOT)
    for run_id in runs:
        with database.write() as session:
            run = session.get_one(Run, run_id)
            run.minimum = 40
            tell_of_run(session, run)
        settle(database)
    with database.read() as session:
        assert len(session.exec(select(Message).where(Message.kind == "risk-warning")).all()) == 2


def test_searchers_are_told_at_once_that_enough_have_applied(database: Database) -> None:
    run_id, _ = two_runs(database)
    with database.write() as session:
        run = session.get_one(Run, run_id)
        assert has_few_applicants(session, run.offer_id)
        apply_to(session, run, "tiende")
    settle(database)
    with database.read() as session:
        offer = session.get_one(Offer, session.get_one(Run, run_id).offer_id)
        assert not has_few_applicants(session, offer.pk)
        told = select(OutboxRow).where(OutboxRow.topic == events.DOCUMENT_CHANGED, OutboxRow.key == offer.key)
        waiting = [row for row in session.exec(told) if row.done_at is None]
        assert len(waiting) == 1


def test_whoever_is_left_alone_in_a_small_subject_is_the_last(database: Database) -> None:
    """Though it is the other offer that was edited, and nothing of it tells which subject it left."""
    with database.write() as session:
        stays, leaves = (add_offer(session, "0238", TITLES[3], subject_code="kinesisk") for _ in range(2))
        run_id = add_run(session, stays, "2027V", 4, delivery=Delivery.ONLINE).pk
        add_run(session, leaves, "2027V", 4, delivery=Delivery.ONLINE)
        key = leaves.key
    detect(database, ROBOT)
    before = assessment(database, run_id)
    with database.write() as session:
        session.exec(select(Offer).where(Offer.key == key)).one().subject_code = "engelsk"
    judge_changed(database, ROBOT, offers=[key])
    after = assessment(database, run_id)
    assert before is not None
    assert after is not None
    assert (before.last_national, after.last_national) == (False, True)


def test_nothing_is_done_before_a_detection_nor_for_nobody_nor_for_a_whole_delivery(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert judge_changed(database, ROBOT, applications=[1]) is None
    run_id, _ = two_runs(database)
    assert judge_changed(database, ROBOT, offers=["unknown"]) is None
    assert judge_changed(database, ROBOT, counted=["unknown"]) is None
    with database.read() as session:
        key = session.get_one(Run, run_id).key
    assert judge_changed(database, ROBOT, offers=[key]) == 0
    monkeypatch.setattr(judging, "MOST", 0)
    assert judge_changed(database, ROBOT, offers=[key]) is None


def test_what_came_while_everything_was_judged_is_judged_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, _ = two_runs(database)
    judge = detecting._judge

    def slow(session: Session, *rest: Any) -> Any:
        work = judge(session, *rest)
        with database.write() as writing:
            apply_to(writing, writing.get_one(Run, run_id), "i mellomtiden")
        return work

    monkeypatch.setattr(detecting, "_judge", slow)
    detect(database, ROBOT)
    found = assessment(database, run_id)
    assert found is not None
    assert found.applicants == 10


def test_the_pages_say_when_and_by_what(site: Site, clock_stands: time_machine.Traveller) -> None:
    run_id, _ = two_runs(site.database, applicants=1, application_closes_on=TODAY)
    coordinator = site.signed_in(Role.COORDINATOR)
    learnt = "22. november 2026 kl. 13.00"
    assert f"Regnet ut {learnt}, sammen med modellen." in shown(coordinator, "/nb/samordning/utsatte")
    clock_stands.shift(timedelta(minutes=20))
    with site.database.write() as session:
        run = session.get_one(Run, run_id)
        apply_to(session, run, "den andre")
        key = run.key
    page = shown(coordinator, f"/nb/samordning/utsatte/{key}")  # asked about before the worker has told
    assert "2 søkere, 10 trengs" in page
    assert "2 har søkt, 10 trengs." in page
    assert f"er regnet ut nå, 22. november 2026 kl. 13.20, med modellen fra {learnt}." in page
    settle(site.database)
    listed = shown(coordinator, "/nb/samordning/utsatte")
    assert f"Regnet ut 22. november 2026 kl. 13.20 etter siste endring, med modellen fra {learnt}." in listed
