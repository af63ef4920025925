"""Reports of applications, one by one: what cannot be taken is told with its field, and stops no other."""

from sqlmodel import Session, select

from registry.applications.models import Application
from registry.applications.operations.receiving import Fault, Report, Taken, receive
from registry.applications.states import Answer
from registry.applications.status_words import Told
from registry.core.audit import AuditEntry
from registry.core.db import Database
from tests.applications import making


def told(answers: list[Taken | Fault]) -> list[str]:
    """What became of each report: its outcome, or the field at fault."""
    return [one.field if isinstance(one, Fault) else one.outcome for one in answers]


def kept(session: Session) -> dict[tuple[int, str], Application]:
    return {(one.run_id, one.applicant_key): one for one in session.exec(select(Application))}


def test_a_run_of_nobodys_or_somebody_elses_takes_no_report(database: Database) -> None:
    with database.write() as session:
        office = making.cast(session).office
        ours = making.run(session).pk
        theirs = making.run(session, making.offer(session, making.OTHER_INSTITUTION)).pk
        reports = [Report(run, "k1:anne", Told.RECEIVED) for run in (theirs, 987_654, ours)]
        answers = receive(session, office, reports)
        assert told(answers) == ["run_id", "run_id", "new"]
        assert answers[0] == answers[1]  # what is somebody else's is not told apart from what is not there
    with database.read() as session:
        assert set(kept(session)) == {(ours, "k1:anne")}


def test_no_rejection_and_no_withdrawal_without_a_reason(database: Database) -> None:
    with database.write() as session:
        office, run = making.cast(session).office, making.run(session).pk
        reports = [
            Report(run, "k1:anne", Told.REJECTED),
            Report(run, "k1:bodil", Told.WITHDRAWN, reason=""),
            Report(run, "k1:cato", Told.WITHDRAWN, reason="flyttet"),
        ]
        assert told(receive(session, office, reports)) == ["reason", "reason", "new"]
    with database.read() as session:
        assert set(kept(session)) == {(run, "k1:cato")}


def test_of_two_reports_that_contradict_each_other_the_first_is_taken(database: Database) -> None:
    with database.write() as session:
        office, run = making.cast(session).office, making.run(session)
        making.application(session, run, applicant_key="k1:anne")
        answers = receive(
            session,
            office,
            [Report(run.pk, key, status) for key in ("k1:anne", "k1:ny") for status in (Told.ACCEPTED, Told.DECLINED)],
        )
        assert told(answers) == ["changed", "status", "new", "status"]
        assert isinstance(answers[1], Fault)
        assert "tidligere rad" in answers[1].reason
    with database.read() as session:
        assert {one.answer for one in kept(session).values()} == {Answer.ACCEPTED}
        assert not session.exec(select(AuditEntry).where(AuditEntry.event == "decline")).all()
