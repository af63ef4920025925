"""Figures of runs from the ledger: read from its lines, or from what they were folded to day by day.

``RunDay`` is folded from the ledger by ``operations.fold_figures``; runs that the ledger has said more of since are read
from their lines, so that what is answered is always what the facts say.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.applications.figures import COUNTED, Fact, RunFigures, by_day
from registry.applications.models import Application, FoldedUntil, RunDay
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.offers.models import Run

_BATCH = 500  # runs whose lines are held in memory at a time
_MANY = 5_000  # runs with news: with more than these nothing is saved by what was folded
_SHOWN = 20
_LIVES = ("standing", "decision", "answer", "attendance")


def days_of(session: Session, run_ids: Collection[int], until: date | None = None) -> dict[int, dict[date, RunFigures]]:
    """By run: the figures at the end of each day on which any changed, oldest first; from the ledger's own lines."""
    query = (
        select(  # type: ignore[call-overload]  # sqlmodel types four columns
            Application.run_id,
            AuditEntry.at,
            AuditEntry.id,
            AuditEntry.thing_id,
            AuditEntry.life,
            AuditEntry.to_state,
            AuditEntry.reason_code,
        )
        .join(Application, col(Application.id) == AuditEntry.thing_id)
        .where(
            AuditEntry.thing == "application",
            col(AuditEntry.life).in_(_LIVES),
            col(Application.run_id).in_(list(run_ids)),
        )
    )
    if until is not None:
        query = query.where(AuditEntry.at <= clock.end_of_day(until))
    facts: dict[int, list[Fact]] = {}
    for run_id, at, *told in session.execute(query):
        facts.setdefault(run_id, []).append(Fact(clock.local_day(at), *told))
    return {run_id: dict(by_day(run_id, lines)) for run_id, lines in facts.items()}


def from_ledger(session: Session, run_ids: Collection[int], day: date) -> Iterator[RunFigures]:
    """Figures at the end of a day, a few runs at a time; runs that nobody had applied to are left out."""
    for some in _few(list(run_ids)):
        for days in days_of(session, some, day).values():
            if days:
                yield days[max(days)]


def from_days(session: Session, runs: Any, day: date) -> Iterator[RunFigures]:
    """The same from what was folded; ``runs`` is a query for ids."""
    asked = runs.subquery()
    last = (
        select(func.max(RunDay.day)).where(RunDay.run_id == asked.c.id, RunDay.day <= day).correlate(asked)
    ).scalar_subquery()
    newest = select(asked.c.id, last.label("day")).subquery()
    query = select(*_KEPT).join(newest, (col(RunDay.run_id) == newest.c.id) & (col(RunDay.day) == newest.c.day))
    for _, *row in session.execute(query):
        yield _figures(*row)


def news(session: Session) -> Sequence[int] | None:
    """Runs that the ledger has said more of since it was folded; None where reading them all is as quick."""
    until = folded_until(session)
    found = runs_after(session, until, _MANY + 1) if until else ()
    return found if until and len(found) <= _MANY else None


def folded_until(session: Session) -> int:
    """The last line of the ledger that was folded; 0 is none."""
    return session.exec(select(func.max(FoldedUntil.line))).one() or 0


def runs_after(session: Session, line: int, limit: int | None = None) -> Sequence[int]:
    """Runs whose applications have lines in the ledger after this one."""
    query = (
        select(Application.run_id)
        .join(AuditEntry, col(AuditEntry.thing_id) == Application.id)
        .where(AuditEntry.thing == "application", col(AuditEntry.life).in_(_LIVES), col(AuditEntry.id) > line)
        .distinct()
        .limit(limit)
    )
    return sorted(session.exec(query))


def unlike_the_ledger(session: Session) -> list[str]:
    """Keys of runs (at most twenty) whose kept figures are not what the ledger says; who waits to be folded is no fault."""
    until = folded_until(session)
    waiting = set(runs_after(session, until))
    settled = [pk for pk in session.exec(select(Run.id).order_by(col(Run.id))) if pk and pk not in waiting]
    wrong = []
    for some in _few(settled):
        told = days_of(session, some)
        wrong += [pk for pk, kept in kept_days(session, some).items() if told.pop(pk, {}) != kept]
        wrong += [pk for pk, days in told.items() if days]
    if wrong:  # what was told, or folded, while we looked is no fault either
        changed = set(runs_after(session, until))
        wrong = [pk for pk in wrong if pk not in changed]
    return list(session.exec(select(Run.key).where(col(Run.id).in_(wrong[:_SHOWN])).order_by(col(Run.key))))


def kept_days(session: Session, run_ids: Collection[int]) -> dict[int, dict[date, RunFigures]]:
    """What was folded, in the shape of ``days_of``."""
    found: dict[int, dict[date, RunFigures]] = {}
    query = select(*_KEPT).where(col(RunDay.run_id).in_(list(run_ids)))
    for day, run_id, *row in session.execute(query):
        found.setdefault(run_id, {})[day] = _figures(run_id, *row)
    return found


_KEPT: Any = (
    RunDay.day,
    RunDay.run_id,
    RunDay.rejected_by,
    RunDay.withdrawn_by,
    *(getattr(RunDay, name) for name in COUNTED),
)


def _figures(run_id: int, rejected: Any, withdrawn: Any, *numbers: Any) -> RunFigures:
    figures = RunFigures(run_id, *numbers)
    figures.source = "applications"
    if rejected:
        figures.rejected_by.update(rejected)
    if withdrawn:
        figures.withdrawn_by.update(withdrawn)
    return figures


def _few(run_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (run_ids[start : start + _BATCH] for start in range(0, len(run_ids), _BATCH))
