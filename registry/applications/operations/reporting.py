"""Attendance and results as a table: a row for each participant, judged row by row, taken as a whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import Session

from registry.access.policy import Actor
from registry.applications.models import Application
from registry.applications.operations.attending import moment_of, of_run
from registry.applications.operations.changing import change
from registry.applications.states import ATTENDANCE, RESULTS, Standing
from registry.core import clock
from registry.core.errors import InvalidInput
from registry.offers.models import Offer, Run
from registry.offers.policy import scope_of as scope_of_offer

EVENTS = ("start", "miss", "complete", "fail", "drop_out", "defer")


@dataclass(frozen=True, slots=True)
class Row:
    """What is reported of one participant. ``event`` is one of ``EVENTS``."""

    application_id: int
    event: str
    on: date | None = None
    credits: Decimal | None = None


class RowsRefused(InvalidInput):
    """``rows``: application id → field ("event", "on", "credits") → what is wrong (``presenting.FAULT`` in words)."""

    def __init__(self, rows: Mapping[int, Mapping[str, str]]) -> None:
        super().__init__("Noen rader må rettes. Ingenting er lagret.")
        self.rows = rows


def report(session: Session, actor: Actor, run: Run, rows: Sequence[Row]) -> int:
    """Takes every row, or none. Returns how many. Raises RowsRefused with what is wrong beside each row."""
    run, found = of_run(session, run, [row.application_id for row in rows])
    if len(rows) != len(found):
        raise InvalidInput("En søker står to ganger.")
    applications = {application.pk: application for application in found}
    faults = examine(run, session.get_one(Offer, run.offer_id), applications, rows)
    if faults:
        raise RowsRefused(faults)
    scope = scope_of_offer(session, run)
    with session.no_autoflush:
        for row in rows:
            application = applications[row.application_id]
            day = row.on or clock.today()
            change(session, actor, application, ATTENDANCE, row.event, scope=scope, at=moment_of(day))
            if application.attendance in RESULTS:
                application.result_on, application.result_credits = day, row.credits
    session.flush()
    return len(rows)


def examine(
    run: Run, offer: Offer, applications: Mapping[int, Application], rows: Sequence[Row]
) -> dict[int, dict[str, str]]:
    """What is wrong with each row; empty where all can be taken. Pure but for today's date."""
    found: dict[int, dict[str, str]] = {}
    for row in rows:
        wrong = _wrong(run, offer, applications[row.application_id], row)
        if wrong:
            found[row.application_id] = wrong
    return found


def _wrong(run: Run, offer: Offer, application: Application, row: Row) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if row.event not in EVENTS or row.event not in ATTENDANCE.possible(application.attendance):
        wrong["event"] = "not_now"
    elif application.standing is not Standing.OPEN:
        wrong["event"] = "gone"
    if row.on is not None:
        if row.on > clock.today():
            wrong["on"] = "future"
        elif run.starts_on is not None and row.on < run.starts_on:
            wrong["on"] = "before_start"
    if row.credits is not None:
        most = offer.credits if offer.credits is not None else Decimal(300)
        if row.event in ("start", "miss"):
            wrong["credits"] = "no_result"
        elif not 0 <= row.credits <= most:
            wrong["credits"] = "too_many"
    return wrong
