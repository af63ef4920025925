"""Runs proposed to people whose run was cancelled: the nearest alike ones that still take applicants."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from importers.sentences import Sentence
from registry.core import clock, terms
from registry.matching.audience import roles_of, settings_of
from registry.matching.nearest import nearest_runs
from registry.matching.profiles import Profile, make_profile
from registry.offers.models import Offer, OfferProvider, OfferTarget, Run, RunPlace
from registry.offers.states import Delivery, OfferState, RunState
from registry.reference.models import County, Municipality, Organisation, Subject
from registry.rules.register import rules_on

#: Runs that a displaced applicant may still be moved to.
TAKES_APPLICANTS = frozenset({RunState.PLANNED, RunState.OPEN, RunState.CLOSED})


@dataclass(frozen=True, slots=True)
class Proposed:
    """One run, with how alike it is (0..1) and why."""

    run_id: int
    score: float
    explanation: Sentence


Proposer = Callable[[Session, Run, int], Sequence[Proposed]]


def nearest_alike(session: Session, run: Run, limit: int = 3) -> list[Proposed]:
    """Runs in the same term or later, in the same area of the subject tree, compared by the matching room.

    At most as many as rule NEAREST_COMPARED says are compared: those of the same subject first, then the nearest terms.
    """
    profiles = _profiles(session, run)
    own = profiles.pop(run.key, None)
    if own is None:
        return []
    ids = dict(session.exec(select(Run.key, Run.id).where(col(Run.key).in_(list(profiles)))).all())
    return [
        Proposed(ids[near.key] or 0, near.score, near.sentence)
        for near in nearest_runs(own, profiles.values(), limit=limit)
    ]


def _profiles(session: Session, run: Run) -> dict[str, Profile]:
    offer = session.get_one(Offer, run.offer_id)
    query = (
        select(Run, Offer)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(terms.in_order(Run.term) >= terms.in_order(run.term), col(Offer.is_container).is_(False))
        .where(
            (col(Run.id) == run.pk)
            | (col(Run.state).in_(TAKES_APPLICANTS) & (col(Offer.state) == OfferState.PUBLISHED))
        )
        .where(
            (col(Run.id) == run.pk)
            | col(Run.application_closes_on).is_(None)
            | (col(Run.application_closes_on) >= clock.today())
        )
    )
    if offer.subject_code:
        subject = session.get(Subject, offer.subject_code)
        siblings = select(Subject.code).where(Subject.parent_code == (subject.parent_code if subject else None))
        query = query.where(col(Offer.subject_code).in_(siblings) | (col(Offer.subject_code) == offer.subject_code))
    else:
        query = query.where((col(Offer.subject_code).is_(None)) | (col(Run.id) == run.pk))
    most = int(rules_on(session, clock.today())["NEAREST_COMPARED"])
    nearest_first = (
        col(Run.id) != run.pk,
        col(Offer.subject_code).is_distinct_from(offer.subject_code),
        terms.in_order(Run.term),
        col(Run.id),
    )
    listed = session.exec(query.order_by(*nearest_first).limit(most)).all()
    offer_ids = {found.pk for _run, found in listed}
    places = _places(session, [found.pk for found, _offer in listed], offer_ids)
    targets: dict[int, list[OfferTarget]] = {}
    for target in session.exec(select(OfferTarget).where(col(OfferTarget.offer_id).in_(offer_ids))):
        targets.setdefault(target.offer_id, []).append(target)
    return {
        found.key: make_profile(
            found.key,
            places[found.pk].provider,
            taught.title,
            level=taught.level_code,
            code=taught.native_code,
            terms=[found.term],
            regions=places[found.pk].regions,
            counties=places[found.pk].counties,
            online=found.delivery is Delivery.ONLINE,
            subjects=[taught.subject_code] if taught.subject_code else [],
            school_years=taught.school_years,
            step=taught.step,
            credits=taught.credits,
            settings=settings_of(target.setting for target in targets.get(taught.pk, ())),
            roles=roles_of(target.role for target in targets.get(taught.pk, ())),
            outcomes=taught.learning_outcomes or "",
        )
        for found, taught in listed
    }


@dataclass(slots=True)
class _Place:
    provider: str
    counties: set[str]
    regions: set[str]


def _places(session: Session, run_ids: list[int], offer_ids: set[int]) -> dict[int, _Place]:
    """Where each run is taught: its municipalities, else the provider's own county."""
    regions = {code: str(region) for code, region in session.exec(select(County.code, County.region))}
    homes: dict[int, _Place] = {}
    for run_id, provider, county in session.exec(
        select(Run.id, Organisation.key, Organisation.county_code)
        .join(OfferProvider, col(OfferProvider.offer_id) == Run.offer_id)
        .join(Organisation, col(Organisation.id) == OfferProvider.organisation_id)
        .where(col(Run.id).in_(run_ids), col(OfferProvider.offer_id).in_(offer_ids))
        .order_by(col(OfferProvider.leads), col(Organisation.key))
    ):
        homes[run_id or 0] = _Place(provider, {county} if county else set(), set())
    taught: dict[int, set[str]] = {}
    for run_id, county in session.exec(
        select(RunPlace.run_id, Municipality.county_code)
        .join(Municipality, col(Municipality.code) == RunPlace.municipality_code)
        .where(col(RunPlace.run_id).in_(run_ids))
    ):
        taught.setdefault(run_id, set()).add(county)
    for run_id in run_ids:
        place = homes.setdefault(run_id, _Place("", set(), set()))
        place.counties = taught.get(run_id) or place.counties
        place.regions = {regions[county] for county in place.counties if county in regions}
    return homes
