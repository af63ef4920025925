"""Lists for pages: a person's own applications, and an admissions office's runs and applications."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from registry.access.models import SignIn
from registry.applications.figures import RunFigures
from registry.applications.models import UNSENT, Application, BatchItem, DecisionBatch, Relocation
from registry.applications.queries.runfigures import run_figures
from registry.applications.states import Answer, Decision, Standing
from registry.core import terms
from registry.core.paging import Page, paged
from registry.core.text import norwegian_sort_key
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import RunState
from registry.reference.models import Organisation


@dataclass(frozen=True, slots=True)
class Way:
    """A run proposed to a displaced applicant."""

    relocation: Relocation
    run: Run
    offer: Offer


@dataclass(frozen=True, slots=True)
class OwnApplication:
    """A person's application with what it is for; ``ways`` are runs to move to where the run was cancelled."""

    application: Application
    run: Run
    offer: Offer
    provider: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """One run in an admissions office's list. ``undecided`` wait for the office; ``unsent`` decisions are prepared."""

    run: Run
    offer: Offer
    figures: RunFigures
    undecided: int
    unsent: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One applicant in a batch."""

    item: BatchItem
    application: Application


def own_key(session: Session, person: int | None) -> str | None:
    """The pseudonym of somebody who is signed in; it lives in the session alone."""
    if person is None:
        return None
    return session.exec(
        select(SignIn.applicant_key)
        .where(SignIn.person_id == person, col(SignIn.ended_at).is_(None), col(SignIn.applicant_key).is_not(None))
        .order_by(col(SignIn.last_seen_at).desc())
        .limit(1)
    ).first()


def own_applications(session: Session, applicant_key: str) -> list[OwnApplication]:
    """Everything a person has applied for, newest term first."""
    listed = session.exec(
        select(Application, Run, Offer)
        .join(Run, col(Run.id) == Application.run_id)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(Application.applicant_key == applicant_key, Application.standing != Standing.ABSORBED)
        .order_by(terms.in_order(Run.term).desc(), col(Application.priority), col(Application.id))
    ).all()
    providers = provider_names(session, [offer.pk for _application, _run, offer in listed])
    ways = _ways(session, [application.pk for application, _run, _offer in listed])
    return [
        OwnApplication(application, run, offer, providers.get(offer.pk, ""), tuple(ways.get(application.pk, ())))
        for application, run, offer in listed
    ]


def provider_names(session: Session, offer_ids: Sequence[int]) -> dict[int, str]:
    """Names of offers' leading providers."""
    query = (
        select(OfferProvider.offer_id, Organisation.name_nb)
        .join(Organisation, col(Organisation.id) == OfferProvider.organisation_id)
        .where(col(OfferProvider.offer_id).in_(offer_ids))
        .order_by(col(OfferProvider.leads))
    )
    return dict(session.exec(query).all())


def _ways(session: Session, application_ids: Sequence[int]) -> dict[int, list[Way]]:
    query = (
        select(Relocation, Run, Offer)
        .join(Run, col(Run.id) == Relocation.run_id)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(col(Relocation.application_id).in_(application_ids))
        .order_by(col(Relocation.position))
    )
    found: dict[int, list[Way]] = {}
    for relocation, run, offer in session.exec(query):
        found.setdefault(relocation.application_id, []).append(Way(relocation, run, offer))
    return found


def office_terms(session: Session, organisations: frozenset[int] | None) -> list[str]:
    """Terms in which the institutions have runs, newest first. None is every institution."""
    query = select(Run.term).distinct()
    if organisations is not None:
        query = query.where(col(Run.offer_id).in_(_offers_of(organisations)))
    return sorted(session.exec(query).all(), key=terms.sort_key, reverse=True)


#: Wait for the office.
_UNDECIDED = (Application.standing == Standing.OPEN, Application.decision == Decision.RECEIVED)


class Sorting(StrEnum):
    """What stands first in an office's list; the value is the address word."""

    DEADLINE = "frist"
    UNDECIDED = "ubehandlet"
    TITLE = "navn"


def office_runs(
    session: Session,
    organisations: frozenset[int] | None,
    term: str | None,
    number: int = 1,
    size: int = 25,
    *,
    words: str = "",
    sorting: Sorting = Sorting.DEADLINE,
) -> Page[OfficeRow]:
    """Runs of the institutions in one term with their figures, the cancelled last; ``words`` are all in the title or the
    codes. None is every institution.
    """
    query = select(Run, Offer).join(Offer, col(Offer.id) == Run.offer_id).where(Run.state != RunState.ABSORBED)
    if organisations is not None:
        query = query.where(col(Run.offer_id).in_(_offers_of(organisations)))
    if term is not None:
        query = query.where(Run.term == term)
    for word in words.split():
        query = query.where(
            col(Offer.sort_title).contains(norwegian_sort_key(word), autoescape=True)
            | func.lower(Offer.native_code).contains(word.lower(), autoescape=True)
            | func.lower(Run.key).contains(word.lower(), autoescape=True)
        )
    first: list[Any] = []
    if sorting is Sorting.UNDECIDED:
        waiting = (
            select(Application.run_id, func.count().label("number"))
            .where(*_UNDECIDED)
            .group_by(col(Application.run_id))
            .subquery()
        )
        query = query.join(waiting, waiting.c.run_id == Run.id, isouter=True)
        first = [func.coalesce(waiting.c.number, 0).desc()]
    if sorting is not Sorting.TITLE:
        first += [col(Run.application_closes_on).is_(None), col(Run.application_closes_on)]
    query = query.order_by(col(Run.state) == RunState.CANCELLED, *first, col(Offer.sort_title), col(Run.id))
    found = paged(session, query, number, size)
    ids = [run.pk for run, _offer in found.items]
    figures = run_figures(session, run_ids=ids)
    undecided, unsent = _undecided(session, ids), _unsent(session, col(DecisionBatch.run_id).in_(ids))
    rows = [
        OfficeRow(run, offer, figures[run.pk], undecided.get(run.pk, 0), unsent.get(run.pk, 0))
        for run, offer in found.items
    ]
    return Page(rows, found.number, found.size, found.total)


def _undecided(session: Session, run_ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(Application.run_id, func.count())
        .where(col(Application.run_id).in_(run_ids), *_UNDECIDED)
        .group_by(col(Application.run_id))
    )
    return dict(session.exec(query).all())


def _unsent(session: Session, where: ColumnElement[bool]) -> dict[int, int]:
    query = (
        select(DecisionBatch.run_id, func.count())
        .join(BatchItem, col(BatchItem.batch_id) == DecisionBatch.id)
        .where(UNSENT, where)
        .group_by(col(DecisionBatch.run_id))
    )
    return dict(session.exec(query).all())


def unsent_runs(session: Session, organisations: frozenset[int] | None) -> list[tuple[Run, Offer, int]]:
    """Runs with decisions that nobody has been told of, whatever their term. None is every institution."""
    query = (
        select(Run.id)
        if organisations is None
        else select(Run.id).where(col(Run.offer_id).in_(_offers_of(organisations)))
    )
    numbers = _unsent(session, col(DecisionBatch.run_id).in_(query))
    found = session.exec(
        select(Run, Offer).join(Offer, col(Offer.id) == Run.offer_id).where(col(Run.id).in_(list(numbers)))
    ).all()
    return [(run, offer, numbers[run.pk]) for run, offer in sorted(found, key=lambda pair: pair[1].sort_title)]


def prepared_decisions(session: Session, run: Run) -> dict[int, Decision]:
    """What is prepared and not yet told, by application."""
    query = (
        select(BatchItem.application_id, col(DecisionBatch.decision))
        .join(DecisionBatch, col(DecisionBatch.id) == BatchItem.batch_id)
        .where(DecisionBatch.run_id == run.pk, UNSENT)
    )
    return {application_id: Decision(decision) for application_id, decision in session.exec(query)}


def batch_rows(session: Session, batch: DecisionBatch) -> list[BatchRow]:
    """Who is in a batch, in line."""
    query = (
        select(BatchItem, Application)
        .join(Application, col(Application.id) == BatchItem.application_id)
        .where(BatchItem.batch_id == batch.pk)
        .order_by(*_in_line())
    )
    return [BatchRow(item, application) for item, application in session.exec(query)]


def applicant_keys(session: Session, run: Run, application_ids: Sequence[int]) -> dict[int, str]:
    """Pseudonyms of these applicants to the run."""
    query = select(Application.id, Application.applicant_key).where(
        Application.run_id == run.pk, col(Application.id).in_(application_ids)
    )
    return {pk or 0: key for pk, key in session.exec(query)}


#: What an office may look at alone: address word -> condition.
SHOWN = {
    "ubehandlet": (col(Application.standing) == Standing.OPEN) & (col(Application.decision) == Decision.RECEIVED),
    "venteliste": (col(Application.standing) == Standing.OPEN) & (col(Application.decision) == Decision.WAITLISTED),
    "tilbudt": (col(Application.standing) == Standing.OPEN) & (col(Application.answer) == Answer.OFFERED),
    "plass": (col(Application.standing) == Standing.OPEN) & (col(Application.answer) == Answer.ACCEPTED),
}


def run_applications(
    session: Session, run: Run, number: int = 1, size: int = 50, *, only: str = ""
) -> Page[Application]:
    """Applications to a run in the order they stand in line; ``only`` is one of ``SHOWN``."""
    query = select(Application).where(Application.run_id == run.pk).order_by(*_in_line())
    if only in SHOWN:
        query = query.where(SHOWN[only])
    return paged(session, query, number, size)


def _in_line() -> tuple[Any, ...]:
    return (
        col(Application.owner_rank).is_(None),
        col(Application.owner_rank),
        col(Application.applied_at),
        col(Application.id),
    )


def _offers_of(organisations: frozenset[int]) -> Any:
    return select(OfferProvider.offer_id).where(col(OfferProvider.organisation_id).in_(organisations))
