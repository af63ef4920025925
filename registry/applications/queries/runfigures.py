"""Figures of runs, now or as of any date."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func
from sqlmodel import Session, col, select

from registry.applications.figures import COUNTED, RunFigures, State
from registry.applications.models import Application, RunCount
from registry.applications.states import Answer, Attendance, Decision
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.offers.models import Offer, OfferProvider, OfferSubject, Run, RunPlace
from registry.reference.models import Municipality, Organisation, Subject


def run_figures(
    session: Session,
    *,
    as_of: date | None = None,
    term: str | None = None,
    provider: int | None = None,
    subject: str | None = None,
    county: str | None = None,
    run_ids: Collection[int] | None = None,
) -> dict[int, RunFigures]:
    """Figures by run id, of every run that the filters leave and that was known on the date.

    Without ``as_of`` the rows themselves are counted; with it the audit ledger is read as it stood at the end of that
    day. Institutions that send counts are answered by their newest count not after the date. ``subject`` takes in what
    lies under it in the tree; ``county`` is where the run is taught, else where its provider lives.
    """
    runs = _runs(session, term, provider, subject, county, run_ids)
    moment = clock.end_of_day(as_of) if as_of is not None else None
    if moment is not None:
        runs = runs.where(Run.created_at <= moment)
    found = {run_id: RunFigures(run_id) for run_id in session.exec(runs) if run_id is not None}
    for run_id, state, number in _now(session, runs) if moment is None else _then(session, runs, moment):
        if run_id in found:
            found[run_id].add(state, number)
    for count in _counts(session, runs, as_of):
        figures = found.get(count.run_id)
        if figures is not None and figures.source != "applications":
            figures.source, figures.counted_on = "counts", count.counted_on
            for name in COUNTED:
                setattr(figures, name, getattr(count, name))
    return found


def _runs(
    session: Session,
    term: str | None,
    provider: int | None,
    subject: str | None,
    county: str | None,
    run_ids: Collection[int] | None,
) -> Any:
    query = select(Run.id).join(Offer, col(Offer.id) == Run.offer_id)
    if term is not None:
        query = query.where(Run.term == term)
    if provider is not None:
        query = query.where(
            col(Offer.id).in_(select(OfferProvider.offer_id).where(OfferProvider.organisation_id == provider))
        )
    if subject is not None:
        under = _under(session, subject)
        further = select(OfferSubject.offer_id).where(col(OfferSubject.subject_code).in_(under))
        query = query.where(col(Offer.subject_code).in_(under) | col(Offer.id).in_(further))
    if county is not None:
        query = query.where(taught_in(county))
    if run_ids is not None:
        query = query.where(col(Run.id).in_(list(run_ids)))
    return query


def _under(session: Session, subject: str) -> list[str]:
    """A subject and everything below it."""
    children: dict[str | None, list[str]] = {}
    for code, parent in session.exec(select(Subject.code, Subject.parent_code)):
        children.setdefault(parent, []).append(code)
    found, waiting = [], [subject]
    while waiting:
        code = waiting.pop()
        found.append(code)
        waiting += children.get(code, [])
    return found


def taught_in(county: str) -> ColumnElement[bool]:
    """Condition on ``Run``: taught in the county, or, where no place is given, by a provider of the county."""
    placed = select(RunPlace.run_id).join(Municipality, col(Municipality.code) == RunPlace.municipality_code)
    providers = (
        select(OfferProvider.offer_id)
        .join(Organisation, col(Organisation.id) == OfferProvider.organisation_id)
        .where(Organisation.county_code == county)
    )
    return col(Run.id).in_(placed.where(Municipality.county_code == county)) | (
        col(Run.id).not_in(select(RunPlace.run_id)) & col(Run.offer_id).in_(providers)
    )


def _now(session: Session, runs: Any) -> Iterable[tuple[int, State, int]]:
    columns = (
        col(Application.run_id),
        col(Application.standing),
        col(Application.decision),
        col(Application.answer),
        col(Application.attendance),
        col(Application.withdraw_reason),
        col(Application.reject_reason),
    )
    query: Select[Any] = (
        select(*columns, func.count()).where(col(Application.run_id).in_(runs)).group_by(*columns)  # type: ignore[call-overload]  # sqlmodel types four columns
    )
    for run_id, standing, decision, answer, attendance, withdrawn, rejected, number in session.execute(query):
        yield run_id, State(standing, decision, answer, attendance, withdrawn, rejected), number


def _then(session: Session, runs: Any, moment: datetime) -> Iterable[tuple[int, State, int]]:
    """The last entry of each life of each application up to the moment."""
    last = (
        select(  # type: ignore[call-overload]  # sqlmodel types four columns
            col(Application.run_id).label("run_id"),
            col(AuditEntry.thing_id).label("thing_id"),
            col(AuditEntry.life).label("life"),
            col(AuditEntry.to_state).label("to_state"),
            col(AuditEntry.reason_code).label("reason_code"),
            func.row_number()
            .over(
                partition_by=(col(AuditEntry.thing_id), col(AuditEntry.life)),
                order_by=(col(AuditEntry.at).desc(), col(AuditEntry.id).desc()),
            )
            .label("newest"),
        )
        .join(Application, col(Application.id) == AuditEntry.thing_id)
        .where(
            AuditEntry.thing == "application",
            col(AuditEntry.life).in_(("standing", "decision", "answer", "attendance")),
            AuditEntry.at <= moment,
            col(Application.run_id).in_(runs),
        )
        .subquery()
    )

    def of(life: str, column: str = "to_state") -> Any:
        return func.max(case((last.c.life == life, last.c[column])))

    each = (
        select(  # type: ignore[call-overload]  # sqlmodel types four columns
            last.c.run_id,
            of("standing").label("standing"),
            of("decision").label("decision"),
            of("answer").label("answer"),
            of("attendance").label("attendance"),
            of("standing", "reason_code").label("withdrawn"),
            of("decision", "reason_code").label("rejected"),
        )
        .where(last.c.newest == 1)
        .group_by(last.c.run_id, last.c.thing_id)
        .subquery()
    )
    query: Select[Any] = select(*each.c, func.count()).where(each.c.standing.is_not(None)).group_by(*each.c)  # type: ignore[call-overload]  # sqlmodel types four columns
    for run_id, standing, decision, answer, attendance, withdrawn, rejected, number in session.execute(query):
        yield (
            run_id,
            State(
                standing,
                decision or Decision.RECEIVED,
                answer or Answer.NONE,
                attendance or Attendance.NONE,
                withdrawn,
                rejected,
            ),
            number,
        )


def _counts(session: Session, runs: Any, as_of: date | None) -> Iterable[RunCount]:
    """The newest count of each run, not after the date."""
    newest = select(RunCount.run_id, func.max(RunCount.counted_on).label("day")).where(col(RunCount.run_id).in_(runs))
    if as_of is not None:
        newest = newest.where(RunCount.counted_on <= as_of)
    last = newest.group_by(col(RunCount.run_id)).subquery()
    query = select(RunCount).join(
        last, (col(RunCount.run_id) == last.c.run_id) & (col(RunCount.counted_on) == last.c.day)
    )
    return session.exec(query).all()
