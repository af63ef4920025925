"""What was recorded wrongly is set right with a reason; the ledger keeps both lines, and yesterday's figures stay."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import Session, col, select

from registry.access.roles import Role
from registry.applications import operations
from registry.applications.models import Application
from registry.applications.operations import Why
from registry.applications.queries import run_figures
from registry.applications.states import Answer, Attendance, Decision, Standing
from registry.core import audit, clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import IllegalTransition, InvalidInput, NeedsReason, NotAllowed, Refused
from tests.applications import making
from tests.site import open_site

ACCEPTED = {"decision": "offered", "answer": "accepted", "attendance": "accepted"}
TYPO = Why("typing_error")


def made(session: Session, run_given: dict[str, Any] | None = None, **given: Any) -> Application:
    return making.application(session, making.run(session, **{"state": "closed", **(run_given or {})}), **given)


def test_only_who_may_corrects_and_with_a_reason(database: Database) -> None:
    with database.write() as session:
        cast, row = making.cast(session), made(session, decision="rejected", reject_reason="late")
        for actor in (cast.other_office, cast.provider, cast.owner, making.applicant(session, row.applicant_key)):
            with pytest.raises(NotAllowed):
                operations.correct(session, actor, row, Decision.RECEIVED, TYPO)
        for why, fault in ((Why(""), NeedsReason), (Why("other"), NeedsReason), (Why("mood"), InvalidInput)):
            with pytest.raises(fault):
                operations.correct(session, cast.office, row, Decision.RECEIVED, why)
        operations.correct(session, cast.office, row, Decision.RECEIVED, Why("other", "Feil søker"))
        assert (row.decision, row.reject_reason) == (Decision.RECEIVED, None)


def test_the_old_line_stays_and_yesterdays_figure_with_it(database: Database) -> None:
    with time_machine.travel(datetime(2026, 11, 2, 12, tzinfo=UTC), tick=False) as traveller:
        with database.write() as session:
            office = making.cast(session).office
            row = made(session)
            session.flush()
            audit.record(session, actor="t", thing="application", thing_id=row.pk, life="standing", event="submit",
                         to_state="open")  # fmt: skip
            operations.reject(session, office, row, "not_qualified")
            pk, run_id = row.pk, row.run_id
        traveller.shift(timedelta(days=2))
        with database.write() as session:
            operations.correct(session, office, session.get_one(Application, pk), Decision.WAITLISTED, TYPO)
        with database.read() as session:
            lines = session.exec(
                select(AuditEntry).where(AuditEntry.life == "decision").order_by(col(AuditEntry.id))
            ).all()
            assert [(line.event, line.to_state) for line in lines] == [
                ("reject", "rejected"),
                ("correct_to_waitlisted", "waitlisted"),
            ]
            assert lines[1].reason_code == "typing_error"
            then, now = (run_figures(session, as_of=day)[run_id] for day in (date(2026, 11, 3), date(2026, 11, 4)))
            assert (then.rejected, then.waitlisted, then.rejected_by) == (1, 0, {"not_qualified": 1})
            assert (now.rejected, now.waitlisted, now.rejected_by) == (0, 1, {})
            assert run_figures(session)[run_id] == now
            assert audit.first_broken(session) is None


def test_a_place_taken_back_takes_answer_and_attendance_with_it_and_goes_to_who_is_next(database: Database) -> None:
    with database.write() as session:
        office = making.cast(session).office
        row = made(session, {"places": 1}, **{**ACCEPTED, "attendance": "completed"}, result_on=clock.today())
        waits = making.application(session, making.run_of(session, row), decision="waitlisted")
        operations.correct(session, office, row, Decision.REJECTED, TYPO, reject_reason="not_qualified")
        session.refresh(row)
        assert (row.decision, row.answer, row.attendance) == ("rejected", "none", "none")
        assert (row.reject_reason, row.result_on) == ("not_qualified", None)
        assert waits.decision is Decision.OFFERED


def test_a_place_is_given_back_only_where_one_is_free(database: Database) -> None:
    with database.write() as session:
        office = making.cast(session).office
        row = made(session, {"places": 1}, decision="rejected", reject_reason="late")
        other = making.application(session, making.run_of(session, row), **ACCEPTED)
        pk, other_pk = row.pk, other.pk
    with pytest.raises(Refused), database.write() as session:
        operations.correct(session, office, session.get_one(Application, pk), Decision.OFFERED, TYPO)
    with database.write() as session:
        operations.correct(session, office, session.get_one(Application, other_pk), Answer.DECLINED, TYPO)
        operations.correct(session, office, session.get_one(Application, pk), Decision.OFFERED, TYPO)
    with database.read() as session:
        row = session.get_one(Application, pk)
        assert (row.decision, row.answer, row.reject_reason) == ("offered", "offered", None)
        assert row.answer_by == clock.today() + timedelta(days=14)


@pytest.mark.parametrize(
    ("given", "to", "answer", "attendance"),
    [
        ({"decision": "offered", "answer": "declined"}, Answer.ACCEPTED, "accepted", "accepted"),
        ({"decision": "offered", "answer": "lapsed"}, Answer.OFFERED, "offered", "none"),
        (ACCEPTED, Answer.OFFERED, "offered", "none"),
        ({"decision": "offered", "answer": "offered", "answer_by": date(2027, 1, 1)}, Answer.ACCEPTED, "accepted",
         "accepted"),
        ({**ACCEPTED, "attendance": "no_show"}, Attendance.STARTED, "accepted", "started"),
        ({**ACCEPTED, "attendance": "no_show"}, Attendance.COMPLETED, "accepted", "completed"),
        ({**ACCEPTED, "attendance": "failed", "result_on": date(2026, 6, 1)}, Attendance.ACCEPTED, "accepted",
         "accepted"),
    ],
)  # fmt: skip
def test_answers_and_attendance(
    database: Database, given: dict[str, Any], to: Answer | Attendance, answer: str, attendance: str
) -> None:
    with database.write() as session:
        row = made(session, **given)
        operations.correct(session, making.cast(session).office, row, to, TYPO, earned=Decimal("7.5"))
        session.refresh(row)
        assert (row.answer, row.attendance) == (answer, attendance)
        assert row.result_credits == (Decimal("7.5") if attendance == "completed" else None)


def test_somebody_who_left_by_mistake_is_back_with_the_place_in_line(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        gone = {"standing": "withdrawn", "withdraw_reason": "personal", "withdrawn_at": clock.now()}
        row = made(session, decision="offered", answer="offered", answer_by=making.yesterday(), **gone)
        operations.correct(session, cast.office, row, Standing.OPEN, TYPO)
        assert (row.standing, row.withdraw_reason, row.withdrawn_at) == (Standing.OPEN, None, None)
        assert row.answer_by is not None
        assert row.answer_by > clock.today()
        lost = made(session, {"state": "cancelled", "cancel_reason": "funding", "cancelled_at": clock.now()}, **gone)
        with pytest.raises(Refused):
            operations.correct(session, cast.office, lost, Standing.OPEN, TYPO)


@pytest.mark.parametrize(
    ("given", "to", "fault", "more"),
    [
        ({}, Attendance.STARTED, Refused, {}),
        ({}, Answer.ACCEPTED, IllegalTransition, {}),
        (ACCEPTED, Answer.NONE, InvalidInput, {}),
        (ACCEPTED, Attendance.NONE, InvalidInput, {}),
        (ACCEPTED, Answer.ACCEPTED, InvalidInput, {}),
        (ACCEPTED, Attendance.ACCEPTED, InvalidInput, {}),
        (ACCEPTED, Attendance.COMPLETED, IllegalTransition, {}),
        (ACCEPTED, Decision.REJECTED, NeedsReason, {}),
        ({**ACCEPTED, "attendance": "no_show"}, Attendance.COMPLETED, InvalidInput, {"earned": Decimal(301)}),
        ({**ACCEPTED, "attendance": "no_show"}, Attendance.COMPLETED, InvalidInput, {"result_on": date(2099, 1, 1)}),
        ({"standing": "displaced", "displaced_at": datetime(2026, 1, 1, tzinfo=UTC)}, Decision.RECEIVED, Refused, {}),
    ],
)
def test_what_cannot_be_corrected(
    database: Database, given: dict[str, Any], to: Any, fault: type[Exception], more: dict[str, Any]
) -> None:
    with pytest.raises(fault), database.write() as session:
        operations.correct(session, making.cast(session).office, made(session, **given), to, TYPO, **more)
    with database.read() as session:
        assert session.exec(select(AuditEntry)).all() == []


# From the page


def test_a_correction_from_the_page(database: Database, tmp_path: Path) -> None:
    with open_site(database, tmp_path) as site:
        office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
        with site.database.write() as session:
            pk = made(session, **{**ACCEPTED, "attendance": "no_show"}).pk
            rejected = made(session, decision="rejected", reject_reason="late").pk
        page = office.page(f"/nb/opptak/soknad/{pk}")
        offered = {option["value"] for option in page.select("#to option")}
        assert {"attendance:completed", "decision:rejected", "answer:declined"} <= offered
        assert not {"answer:none", "attendance:none", "attendance:no_show"} & offered
        address = f"/nb/opptak/soknad/{pk}/rett"
        for wrong in (
            {"to": "attendance:completed", "why": "typing_error", "credits": "mange"},
            {"to": "attendance:completed", "why": "typing_error", "on": "i gaar"},
            {"to": "attendance:completed"},
            {"to": "mood:good", "why": "typing_error"},
        ):
            assert office.post(address, **wrong).status_code == 303
        right = {"to": "attendance:completed", "why": "other", "text": "Var der", "credits": "7,5", "on": "2026-06-01"}
        assert office.post(address, **right).status_code == 303
        with site.database.read() as session:
            row = session.get_one(Application, pk)
            assert (row.attendance, row.result_credits, row.result_on) == (
                "completed",
                Decimal("7.5"),
                date(2026, 6, 1),
            )
        shown = office.page(f"/nb/opptak/soknad/{pk}").text
        assert "(rettelse)" in shown
        assert "Var der" in shown
        assert (
            office.post(f"/nb/opptak/soknad/{rejected}/rett", to="decision:received", why="late_report").status_code
            == 303
        )
        assert "Rapportert for sent" in office.page(f"/nb/opptak/soknad/{rejected}").text
        stranger = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.OTHER_INSTITUTION)
        assert stranger.post(address, **right).status_code == 404
