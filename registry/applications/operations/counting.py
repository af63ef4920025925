"""Counts of a run on a date, from an institution that sends no single applications."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from importers.run_counts import at_odds
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.figures import COUNTED
from registry.applications.models import RunCount
from registry.core import audit, clock, events
from registry.core.errors import InvalidInput
from registry.offers.models import Offer, Run
from registry.offers.operations import get_run
from registry.offers.policy import scope_of


def report_counts(
    session: Session, actor: Actor, run: Run, counted_on: date, counts: Mapping[str, int | None]
) -> RunCount:
    """The run's figures on a day; a second report for the same day replaces the first. What is left out is unknown.

    Raises InvalidInput for an unknown figure, a negative one, more completed than started, or a day to come.
    """
    actor.require(Permission.COUNTS_REPORT, scope_of(session, run))
    _examine(counted_on, counts)
    found = session.exec(select(RunCount).where(RunCount.run_id == run.pk, RunCount.counted_on == counted_on)).first()
    moment = clock.now()
    row = found or RunCount(run_id=run.pk, counted_on=counted_on, recorded_at=moment, actor=actor.name)
    before = {name: getattr(row, name) for name in COUNTED} if found else None
    for name in COUNTED:
        setattr(row, name, counts.get(name))
    row.recorded_at, row.actor = moment, actor.name
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        thing="run_count",
        thing_id=row.pk,
        event="count",
        at=clock.end_of_day(counted_on) if counted_on < clock.today() else moment,
        details={"run": run.key, "counts": {name: counts.get(name) for name in COUNTED}, "before": before},
    )
    events.publish(session, events.DOCUMENT_CHANGED, session.get_one(Offer, run.offer_id).key)
    events.publish(session, events.COUNTS_CHANGED, run.key)
    return row


def report_counts_sheet(
    session: Session, actor: Actor, rows: Iterable[Mapping[str, Any]]
) -> tuple[int, list[dict[str, Any]]]:
    """Rows of {"run": key, "counted_on": date or ISO text, figures…}. Returns (taken, [{"position", "reason"}…]).

    A row that cannot be taken stops no other row; permission errors do.
    """
    taken, refused = 0, []
    for position, row in enumerate(rows, start=1):
        try:
            day = row.get("counted_on")
            if not isinstance(day, date):
                day = date.fromisoformat(str(day))
            counts = {name: _number(name, row.get(name)) for name in COUNTED}
            report_counts(session, actor, get_run(session, str(row.get("run", ""))), day, counts)
            taken += 1
        except ValueError:
            refused.append({"position": position, "reason": "Datoen kan ikke leses."})
        except InvalidInput as fault:
            refused.append({"position": position, "reason": fault.message})
    return taken, refused


def newest(session: Session, run: Run) -> RunCount | None:
    """The last counts of a run."""
    query = select(RunCount).where(RunCount.run_id == run.pk).order_by(col(RunCount.counted_on).desc()).limit(1)
    return session.exec(query).first()


def _examine(counted_on: date, counts: Mapping[str, int | None]) -> None:
    if counted_on > clock.today():
        raise InvalidInput("Datoen kan ikke ligge i fremtiden.")
    if unknown := set(counts) - set(COUNTED):
        raise InvalidInput("Ukjent tall.", names=sorted(unknown))
    if any(number is not None and number < 0 for number in counts.values()):
        raise InvalidInput("Tall kan ikke være negative.")
    known = {name: number for name, number in counts.items() if number is not None}
    if odd := at_odds(known):
        raise InvalidInput(
            "Tallene går ikke opp: en del er større enn det den er en del av, for eksempel flere fullført enn begynt.",
            odd=odd,
        )


def _number(name: str, value: Any) -> int | None:
    if value is None or str(value).strip() == "":
        return None
    try:
        return int(str(value))
    except ValueError:
        raise InvalidInput("«%(value)s» er ikke et helt tall.", value=value, name=name) from None
