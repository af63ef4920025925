"""What advice and rules are learnt from, read out of the database: yields of past runs, places out of the ledger."""

from datetime import date, timedelta

from sqlmodel import Session, select

from registry.applications.commitment import RuleKind, Wait
from registry.applications.models import Application, RunCount
from registry.applications.queries import run_figures
from registry.applications.queries.replays import begun_terms, offered_places, replays
from registry.applications.queries.yields import back_tests, history, run_advice
from registry.applications.states import Answer, Attendance, Decision
from registry.core import audit, clock
from registry.core.db import Database
from registry.offers.models import Run
from registry.offers.states import RunState
from tests.applications import making

DAY = date(2026, 4, 1)


def happened(session: Session, application: Application, *events: tuple[str, str, str, int]) -> None:
    """(life, event, state, days after the first of April) of one application, in the ledger."""
    for life, event, state, after in events:
        audit.record(
            session,
            actor="test",
            thing="application",
            thing_id=application.pk,
            life=life,
            event=event,
            to_state=state,
            at=clock.start_of_day(DAY + timedelta(days=after)),
        )


def taught(session: Session, term: str, *, offered: int, accepted: int, started: int, applied: bool = False) -> Run:
    """A run that has begun: counted by its institution, or with applications of its own."""
    run = making.run(session, term=term, state=RunState.COMPLETED)
    if applied:
        for number in range(offered):
            came = number < started
            said_yes = number < accepted
            making.application(
                session,
                run,
                decision=Decision.OFFERED,
                answer=Answer.ACCEPTED if said_yes else Answer.DECLINED,
                attendance=Attendance.STARTED if came else Attendance.NO_SHOW if said_yes else Attendance.NONE,
            )
    else:
        session.add(
            RunCount(
                run_id=run.pk,
                counted_on=DAY,
                recorded_at=clock.now(),
                actor="test",
                offered=offered,
                accepted=accepted,
                started=started,
            )
        )
    return run


def test_counts_and_applications_teach_alike(database: Database) -> None:
    with database.write() as session:
        counted = taught(session, "2025V", offered=10, accepted=8, started=6)
        single = taught(session, "2025H", offered=5, accepted=4, started=3, applied=True)
        taught(session, "2025H", offered=0, accepted=0, started=0)  # asked nobody
        making.application(session, making.run(session, term="2025H"), decision=Decision.OFFERED)  # has not begun
        past = history(session)
        of_counted, of_single = str(counted.offer_id), str(single.offer_id)
    assert [(p.offer, p.asked, p.came) for runs in past.offered.values() for p in runs] == [
        (of_counted, 10, 6),
        (of_single, 5, 3),
    ]
    assert [(p.offer, p.asked, p.came) for runs in past.accepted.values() for p in runs] == [
        (of_counted, 8, 6),
        (of_single, 4, 3),
    ]
    assert past.before("2025H") == (list(past.offered["2025V"]), list(past.accepted["2025V"]))


def test_the_past_is_counted_as_every_page_counts_it(database: Database) -> None:
    """The yields are read by a query of their own, for speed: what it counts is what the figures of the run say."""
    with database.write() as session:
        both = taught(session, "2025V", offered=9, accepted=8, started=7)
        making.application(
            session, both, decision=Decision.OFFERED, answer=Answer.ACCEPTED, attendance=Attendance.STARTED
        )
        refused = taught(session, "2025V", offered=9, accepted=8, started=7)
        making.application(session, refused)  # applications go before counts, also where nobody was offered
        recounted = taught(session, "2025V", offered=9, accepted=8, started=7)
        session.add(
            RunCount(
                run_id=recounted.pk,
                counted_on=DAY + timedelta(1),
                recorded_at=clock.now(),
                actor="test",
                offered=6,
                accepted=5,
                started=4,
            )
        )
        taught(session, "2025V", offered=5, accepted=4, started=3, applied=True)
        runs = {str(run.offer_id): run.pk for run in session.exec(select(Run))}
        figures, past = run_figures(session), history(session)
        for name, told in (("offered", past.offered), ("accepted", past.accepted)):
            found = {runs[one.offer]: (one.asked, one.came) for one in told["2025V"]}
            assert found == {
                run: (getattr(figure, name), figure.started) for run, figure in figures.items() if getattr(figure, name)
            }
            assert len(found) == 3


def test_advice_stands_on_who_has_answered_and_who_waits(database: Database) -> None:
    with database.write() as session:
        for _ in range(6):
            taught(session, "2025V", offered=40, accepted=30, started=20)
        run = making.run(session, term="2026H", places=4)
        making.application(
            session, run, decision=Decision.OFFERED, answer=Answer.ACCEPTED, attendance=Attendance.ACCEPTED
        )
        making.application(session, run, decision=Decision.OFFERED, answer=Answer.OFFERED, answer_by=DAY)
        making.application(session, run, decision=Decision.WAITLISTED)
        making.application(session, run)
        told = run_advice(session, run, (0.2, 0.02))
        without = run_advice(session, making.run(session, places=None), (0.1,))
    assert without is None
    assert told is not None
    assert list(told.at) == [0.02, 0.2]
    assert told.at[0.2].offers == 2  # two are willing, and four of four never come
    assert told.of_offered.mean < told.of_accepted.mean


def test_a_term_is_predicted_from_those_before_it(database: Database) -> None:
    with database.write() as session:
        for term in ("2025V", "2025H"):
            for number in range(30):
                taught(session, term, offered=20, accepted=18, started=14 + number % 3)
        tests = back_tests(session)
    assert [(one.term, one.asked, one.test.runs) for one in tests] == [
        ("2025H", "offered", 30),
        ("2025H", "accepted", 30),
    ]


def test_places_and_waits_come_from_the_ledger(database: Database) -> None:
    with database.write() as session:
        run = making.run(session, term="2025H", state=RunState.RUNNING)
        other = making.run(session, making.offer(session, credits=30, credit_scheme="ECTS"), term="2025H")
        noise = making.run(session, term="2024H", state=RunState.COMPLETED)
        happened(session, making.application(session, noise), ("decision", "offer", "offered", 0))
        kari = "k1:kari"
        happened(
            session,
            making.application(session, run, applicant_key=kari),
            ("standing", "submit", "open", 0),
            ("decision", "offer", "offered", 1),
            ("answer", "accept", "accepted", 3),
            ("attendance", "miss", "no_show", 90),
        )
        happened(
            session,
            making.application(session, other, applicant_key=kari),
            ("decision", "waitlist", "waitlisted", 1),
            ("decision", "offer", "offered", 8),
            ("answer", "accept", "accepted", 10),
            ("attendance", "start", "started", 95),
        )
        happened(session, making.application(session, run), ("decision", "waitlist", "waitlisted", 5))
        happened(
            session,
            making.application(session, run),
            ("decision", "offer", "offered", 1),
            ("standing", "displace", "displaced", 30),  # the run was cancelled: nobody gave anything up
        )
    with database.read() as session:
        places, waits = offered_places(session, "2025H")
        assert [(p.run, p.credits, p.started) for p in places] == [(run.pk, 0.0, False), (other.pk, 30.0, True)]
        assert (places[0].taken, places[0].freed) == (DAY + timedelta(days=3), DAY + timedelta(days=90))
        assert sorted(waits) == sorted(
            [
                Wait(other.pk, DAY + timedelta(days=1), DAY + timedelta(days=8)),
                Wait(run.pk, DAY + timedelta(days=5), date.max),
            ]
        )
        assert begun_terms(session) == ["2024H", "2025H"]
        told = replays(session, RuleKind.ONE_PLACE, None)
    assert [one.term for one in told] == ["2024H", "2025H"]
    assert (told[1].replay.released, told[1].replay.wanted, told[1].replay.days_earlier) == (1, 1, 80.0)
