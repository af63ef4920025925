"""A year small enough to count by hand.

1 March   offers and runs exist; 13 apply for «Norsk 1» (20 places), 6 for three runs of «Engelsk 1» (2 each, 10 places each)
10 April  Norsk 1: 7 are offered a place, 2 rejected (1 unfit), 1 waits; 1 of those undecided withdraws
20 April  Norsk 1: 5 accept, 1 declines, and the one who waits is offered the place
2 May     the third run of Engelsk 1 is cancelled: 2 displaced
In 2025H «Norsk 1» ran with counts only: 23 applied, 18 started, 11 completed.
Noise: a draft, an offer without a run, a run that nobody applied for, and one made in May.
"""

from datetime import UTC, date, datetime

import time_machine
from sqlmodel import Session, select

from registry.access.policy import system
from registry.applications import operations as applications
from registry.applications.models import Application
from registry.core import clock
from registry.core.db import Database
from registry.offers.models import Offer, Run
from registry.offers.states import OfferState, RunState
from registry.plans.models import CompetencePlan, PlanNeed, PlanVersion, PlanVersionNeed
from registry.plans.states import PlanState
from registry.reference.models import Organisation
from tests.catalogue.making import make_offer, make_run

US = system("test")
NORSK = {
    "applied": 13,
    "qualified": 11,
    "offered": 8,
    "accepted": 5,
    "waitlisted": 0,
    "rejected": 2,
    "withdrawn": 1,
    "no_show": 0,
    "started": 0,
    "completed": 0,
}
COUNTS = {"applied": 23, "started": 18, "completed": 11}


def make_year(database: Database, traveller: time_machine.Traveller) -> None:
    """Plays the year from the first of March 2026."""
    with database.write() as session:
        _offers(session)
    with database.write() as session:
        run = session.exec(select(Run).where(Run.key == "norsk:2026H")).one()
        norsk = [applications.submit(session, US, run, f"k1:norsk-{number:02}") for number in range(13)]
        for name in "abc":
            run = session.exec(select(Run).where(Run.key == f"engelsk:{name}")).one()
            for number in range(2):
                applications.submit(session, US, run, f"k1:engelsk-{name}{number}")
        ids = [application.pk for application in norsk]
    traveller.move_to(datetime(2026, 4, 10, 12, tzinfo=UTC))
    with database.write() as session:
        listed = [session.get_one(Application, number) for number in ids]
        for application in listed[:7]:
            applications.offer_place(session, US, application)
        applications.reject(session, US, listed[7], "not_qualified")
        applications.reject(session, US, listed[8], "no_places")
        applications.waitlist(session, US, listed[9])
        applications.withdraw(session, US, listed[10], "distance")
    traveller.move_to(datetime(2026, 4, 20, 12, tzinfo=UTC))
    with database.write() as session:
        listed = [session.get_one(Application, number) for number in ids]
        for application in listed[:5]:
            applications.accept(session, US, application)
        applications.decline(session, US, listed[5])
    traveller.move_to(datetime(2026, 5, 2, 12, tzinfo=UTC))
    with database.write() as session:
        run = session.exec(select(Run).where(Run.key == "engelsk:c")).one()
        applications.cancel(session, US, run, "few_applicants")
        offer = session.exec(select(Offer).where(Offer.key == "late")).one()
        _run(session, offer, "late:2026H", 40, RunState.PLANNED)


def _offers(session: Session) -> None:
    norsk = make_offer(session, "Norsk 1", key="norsk", subject_code="norsk", runs=())
    _run(session, norsk, "norsk:2026H", 20)
    before = make_run(session, norsk, key="norsk:2025H", term="2025H")
    applications.report_counts(session, US, before, date(2026, 2, 1), COUNTS)
    engelsk = make_offer(session, "=Engelsk 1", key="engelsk", provider="0238", subject_code="engelsk", runs=())
    for name in "abc":
        _run(session, engelsk, f"engelsk:{name}", 10)
    make_offer(session, "Samisk 1", key="noise:draft", state=OfferState.DRAFT)
    make_offer(session, "Tegnspråk", key="noise:no-run", runs=())
    make_offer(session, "Ingen søkte", key="noise:nobody", subject_code="matematikk")
    make_offer(session, "Sent lagt til", key="late", subject_code="norsk", runs=())
    for key, heads, state, sent in (
        ("kommune-4601", 8, PlanState.SUBMITTED, date(2026, 4, 1)),
        ("kommune-0301", 9, PlanState.SUBMITTED, date(2026, 5, 1)),
        ("kommune-5001", 100, PlanState.DRAFT, None),
    ):
        owner = session.exec(select(Organisation).where(Organisation.key == key)).one()
        plan = CompetencePlan(owner_id=owner.pk, year=2026, state=state, submitted_on=sent, updated_at=clock.now())
        session.add(plan)
        session.flush()
        session.add(PlanNeed(plan_id=plan.pk, subject_code="norsk", head_count=heads))
        if sent is not None:
            version = PlanVersion(plan_id=plan.pk, number=1, submitted_on=sent)
            session.add(version)
            session.flush()
            session.add(PlanVersionNeed(version_id=version.pk, subject_code="norsk", head_count=heads, priority=3))


def _run(session: Session, offer: Offer, key: str, places: int, state: RunState = RunState.OPEN) -> None:
    make_run(session, offer, key=key, term="2026H", state=state).places = places
