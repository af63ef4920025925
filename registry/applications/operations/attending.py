"""What happened at the course itself, reported for many at a time."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from registry.access.policy import Actor
from registry.applications.models import Application
from registry.applications.operations.changing import change, must_be_open
from registry.applications.states import ATTENDANCE
from registry.core import clock
from registry.core.errors import InvalidInput
from registry.offers.models import Run
from registry.offers.operations import lock_run
from registry.offers.policy import scope_of as scope_of_offer

_MEETING = frozenset({"start", "miss"})
_RESULTS = frozenset({"complete", "fail", "drop_out", "defer"})


def report_attendance(
    session: Session, actor: Actor, run: Run, event: str, application_ids: Collection[int], *, on: date | None = None
) -> int:
    """ "start" or "miss" for these applications, on a day. Returns how many. All of them or none.

    Raises InvalidInput for another event, a day to come, or an id that is not of this run.
    """
    if event not in _MEETING:
        raise InvalidInput("Velg om deltakerne møtte eller ikke møtte.", event=event)
    day = _past(on)
    run, found = of_run(session, run, application_ids)
    scope = scope_of_offer(session, run)
    for application in found:
        must_be_open(application)
        change(session, actor, application, ATTENDANCE, event, scope=scope, at=moment_of(day))
    return len(found)


def report_result(
    session: Session,
    actor: Actor,
    run: Run,
    event: str,
    application_ids: Collection[int],
    *,
    on: date | None = None,
    credits_by_id: Mapping[int, Decimal] | None = None,
    reason_code: str | None = None,
) -> int:
    """ "complete", "fail", "drop_out" or "defer", with the day and the credits taken. Returns how many. All or none.

    Raises InvalidInput for another event, a day to come, an id that is not of this run, or credits out of range.
    """
    if event not in _RESULTS:
        raise InvalidInput("Velg et resultat.", event=event)
    day = _past(on)
    run, found = of_run(session, run, application_ids)
    scope = scope_of_offer(session, run)
    for application in found:
        earned = (credits_by_id or {}).get(application.pk)
        if earned is not None and not 0 <= earned <= 300:
            raise InvalidInput("Studiepoeng må være mellom 0 og 300.", credits=str(earned))
        must_be_open(application)
        with session.no_autoflush:
            change(
                session, actor, application, ATTENDANCE, event, scope=scope, at=moment_of(day), reason_code=reason_code
            )
            application.result_on, application.result_credits = day, earned
    session.flush()
    return len(found)


def _past(on: date | None) -> date:
    today = clock.today()
    if on is not None and on > today:
        raise InvalidInput("Datoen kan ikke ligge i fremtiden.")
    return on or today


def moment_of(day: date) -> datetime | None:
    """When it took effect: the end of an earlier day, or now."""
    return None if day == clock.today() else clock.end_of_day(day)


def of_run(session: Session, run: Run, application_ids: Collection[int]) -> tuple[Run, list[Application]]:
    """The run and these of its applications, all locked. Raises InvalidInput for one that is not of this run."""
    run = lock_run(session, run.pk)
    found = session.exec(
        select(Application)
        .where(Application.run_id == run.pk, col(Application.id).in_(list(application_ids)))
        .order_by(col(Application.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(found) != len(set(application_ids)):
        raise InvalidInput("En av søknadene hører ikke til dette kullet.")
    return run, list(found)
