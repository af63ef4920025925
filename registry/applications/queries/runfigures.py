"""Figures of runs, now or as of any date."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func
from sqlmodel import Session, col, select

from registry.applications.figures import COUNTED, RunFigures, State
from registry.applications.models import Application, RunCount
from registry.applications.queries.folded import from_days, from_ledger, news
from registry.core import clock
from registry.offers.models import Offer, OfferProvider, OfferSubject, Run, RunPlace
from registry.reference.models import Municipality, Organisation, Subject


def run_figures(
    session: Session,
    *,
    as_of: date | None = None,
    term: str | Collection[str] | None = None,
    provider: int | None = None,
    subject: str | None = None,
    county: str | None = None,
    run_ids: Collection[int] | None = None,
) -> dict[int, RunFigures]:
    """Figures by run id, of every run that the filters leave and that was known on the date; ``term`` is one or several.

    With ``as_of`` it is the audit ledger as it stood at the end of that day that is told. Whole terms are read from what
    the ledger was folded to, and from rows or lines for those runs alone that it has said more of since; runs that are named
    are always read from rows, or from lines. Institutions that send counts are answered by their newest count not after the
    date. ``subject`` takes in what lies under it in the tree; ``county`` is where the run is taught, else where its provider lives.
    """
    runs = _runs(session, term, provider, subject, county, run_ids)
    if as_of is not None:
        runs = runs.where(Run.created_at <= clock.end_of_day(as_of))
    found = {run_id: RunFigures(run_id) for run_id in session.exec(runs) if run_id is not None}
    waiting, unread = (news(session) if run_ids is None else None), runs
    if waiting is not None:
        _put(found, from_days(session, runs, as_of or clock.today()))
        unread = runs.where(col(Run.id).in_(waiting))
    _put(found, _now(session, unread) if as_of is None else from_ledger(session, session.exec(unread).all(), as_of))
    for count in newest_counts(session, runs, as_of):
        figures = found.get(count.run_id)
        if figures is not None and figures.source != "applications":
            figures.source, figures.counted_on = "counts", count.counted_on
            for name in COUNTED:
                setattr(figures, name, getattr(count, name))
    return found


def _put(found: dict[int, RunFigures], told: Iterable[RunFigures]) -> None:
    for figures in told:
        if figures.run_id in found:
            found[figures.run_id] = figures


def _runs(
    session: Session,
    term: str | Collection[str] | None,
    provider: int | None,
    subject: str | None,
    county: str | None,
    run_ids: Collection[int] | None,
) -> Any:
    query = select(Run.id).join(Offer, col(Offer.id) == Run.offer_id)
    if term is not None:
        query = query.where(Run.term == term if isinstance(term, str) else col(Run.term).in_(term))
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


def _now(session: Session, runs: Any) -> Iterable[RunFigures]:
    """Counted from the rows themselves."""
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
    found: dict[int, RunFigures] = {}
    for run_id, *state, number in session.execute(query):
        found.setdefault(run_id, RunFigures(run_id)).add(State(*state), number)
    return found.values()


def newest_counts(session: Session, runs: Any, as_of: date | None = None) -> Iterable[RunCount]:
    """The newest count of each of ``runs`` (a query of ids), not after the date."""
    newest = select(RunCount.run_id, func.max(RunCount.counted_on).label("day")).where(col(RunCount.run_id).in_(runs))
    if as_of is not None:
        newest = newest.where(RunCount.counted_on <= as_of)
    last = newest.group_by(col(RunCount.run_id)).subquery()
    query = select(RunCount).join(
        last, (col(RunCount.run_id) == last.c.run_id) & (col(RunCount.counted_on) == last.c.day)
    )
    return session.exec(query).all()
