"""Lists for pages: a person's own applications, and an admissions office's runs and applications."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from registry.access.models import SignIn
from registry.applications.figures import RunFigures
from registry.applications.models import Application, Relocation
from registry.applications.queries.runfigures import run_figures
from registry.core import terms
from registry.core.paging import Page, paged
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
    """One run in an admissions office's list."""

    run: Run
    offer: Offer
    figures: RunFigures


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
        .where(Application.applicant_key == applicant_key)
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


def office_runs(
    session: Session, organisations: frozenset[int] | None, term: str | None, number: int = 1, size: int = 25
) -> Page[OfficeRow]:
    """Runs of the institutions in one term with their figures: by deadline, the cancelled last. None is every institution."""
    query = (
        select(Run, Offer)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .order_by(
            col(Run.state) == RunState.CANCELLED, col(Run.application_closes_on), col(Offer.sort_title), col(Run.id)
        )
    )
    if organisations is not None:
        query = query.where(col(Run.offer_id).in_(_offers_of(organisations)))
    if term is not None:
        query = query.where(Run.term == term)
    found = paged(session, query, number, size)
    figures = run_figures(session, run_ids=[run.pk for run, _offer in found.items])
    rows = [OfficeRow(run, offer, figures[run.pk]) for run, offer in found.items]
    return Page(rows, found.number, found.size, found.total)


def run_applications(session: Session, run: Run, number: int = 1, size: int = 50) -> Page[Application]:
    """Applications to a run in the order they stand in line."""
    query = (
        select(Application)
        .where(Application.run_id == run.pk)
        .order_by(
            col(Application.owner_rank).is_(None),
            col(Application.owner_rank),
            col(Application.applied_at),
            col(Application.id),
        )
    )
    return paged(session, query, number, size)


def _offers_of(organisations: frozenset[int]) -> Any:
    return select(OfferProvider.offer_id).where(col(OfferProvider.organisation_id).in_(organisations))
