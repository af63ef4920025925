"""The last place is given once, however many reach for it at the same moment."""

import threading

from sqlmodel import func, select

from registry.applications import operations
from registry.applications.models import Application
from registry.applications.states import Answer, Decision, Standing
from registry.core.db import Database
from registry.core.errors import Conflict, Refused
from registry.offers.models import Run
from registry.offers.states import RunState
from tests.applications import making

PARALLEL = 200
THREADS = 12


def test_two_hundred_offers_of_the_last_place(database: Database) -> None:
    with database.write() as session:
        run = making.run(session, places=3, state=RunState.CLOSED)
        for _ in range(2):
            taken = making.application(session, run, decision="offered", answer="accepted", attendance="accepted")
        waiting = [making.application(session, run).pk for _ in range(PARALLEL)]
        office = making.cast(session).office
        run_id, other = run.pk, taken.pk
    outcomes: list[str] = []

    def reach(ids: list[int]) -> None:
        for application_id in ids:
            try:
                with database.write() as session:
                    application = operations.get_application(session, application_id)
                    operations.offer_place(session, office, application)
                outcomes.append("won")
            except Refused:
                outcomes.append("refused")

    threads = [threading.Thread(target=reach, args=(waiting[number::THREADS],)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * (PARALLEL - 1) + ["won"]
    with database.read() as session:
        held = select(func.count()).select_from(Application).where(Application.run_id == run_id)
        assert session.exec(held.where(Application.decision == Decision.OFFERED)).one() == 3
        assert session.exec(held.where(Application.answer == Answer.OFFERED)).one() == 1
        assert session.get_one(Application, other).answer is Answer.ACCEPTED


def test_the_same_person_applies_once_however_often_the_button_is_pressed(database: Database) -> None:
    with database.write() as session:
        run = making.run(session)
        applicant = making.applicant(session, "k1:me")
    found: list[int] = []
    refused: list[str] = []

    def press(key: str | None) -> None:
        try:
            with database.write() as session:
                found.append(operations.submit(session, applicant, run, "k1:me", idempotency_key=key).pk)
        except Conflict:
            refused.append("twice")

    threads = [threading.Thread(target=press, args=(key,)) for key in ["a"] * 8 + [None] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(Application)).one() == 1
    assert len(set(found)) == 1
    assert len(found) + len(refused) == 12


def test_who_withdraws_while_the_run_is_cancelled_stays_withdrawn(database: Database) -> None:
    with database.write() as session:
        run = making.run(session)
        applicant, provider = making.applicant(session, "k1:me"), making.cast(session).provider
        mine = making.application(session, run, applicant_key="k1:me")
        stays = making.application(session, run)
    displaced: list[int] = []

    def cancel() -> None:
        with database.write() as session:
            displaced.append(
                operations.cancel(session, provider, session.get_one(Run, run.pk), "funding", proposer=lambda *_: [])
            )

    thread = threading.Thread(target=cancel)
    with database.write() as session:
        operations.withdraw(session, applicant, session.get_one(Application, mine.pk), "personal")
        thread.start()
        thread.join(0.5)  # it waits for the row, or for the database
        assert displaced == []
    thread.join()
    assert displaced == [1]
    with database.read() as session:
        assert session.get_one(Application, mine.pk).standing is Standing.WITHDRAWN
        assert session.get_one(Application, stays.pk).standing is Standing.DISPLACED
