"""A country in small: offers, runs and applicants made by hand, with some that must never matter."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from registry.applications.models import Application
from registry.coordination.models import RiskAssessment
from registry.core import clock, terms
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import CancelReason, Delivery, OfferState, RunState
from registry.reference.models import Organisation

TODAY = date(2026, 11, 22)


def organisation(session: Session, key: str) -> Organisation:
    return session.exec(select(Organisation).where(Organisation.key == key)).one()


def add_offer(session: Session, provider: str, title: str, *partners: str, code: str = "", **values: Any) -> Offer:
    """A published offer; ``partners`` share it."""
    number = len(session.exec(select(Offer.id)).all()) + 1
    code = code or f"K{number}"
    moment = datetime(2026, 1, 1, tzinfo=clock.OSLO)
    offer = Offer(
        key=f"{provider}-{code}".lower(),
        native_code=code,
        title=title,
        sort_title=title.lower(),
        created_at=moment,
        updated_at=moment,
        **{"state": OfferState.PUBLISHED, **values},
    )
    session.add(offer)
    session.flush()
    for place, key in enumerate((provider, *partners)):
        session.add(OfferProvider(offer_id=offer.pk, organisation_id=organisation(session, key).pk, leads=place == 0))
    session.flush()
    return offer


def add_run(session: Session, offer: Offer, term: str, applicants: int | None = None, **values: Any) -> Run:
    """A run; ``applicants`` None is unknown. The deadline is two weeks ahead unless told otherwise."""
    number = len(session.exec(select(Run.id)).all()) + 1
    moment = datetime(2026, 1, 1, tzinfo=clock.OSLO)
    if values.get("state") is RunState.CANCELLED:
        values = {"cancel_reason": CancelReason.FEW_APPLICANTS, "cancelled_at": moment, **values}
    options = {"delivery": Delivery.CAMPUS, "application_closes_on": TODAY + timedelta(days=14), **values}
    run = Run(
        key=f"{offer.key}-{term}-{number}",
        offer_id=offer.pk,
        term=term,
        created_at=moment,
        updated_at=moment,
        **options,
    )
    session.add(run)
    session.flush()
    closes = run.application_closes_on or terms.first_day(term)
    for place in range(applicants or 0):
        at = clock.start_of_day(closes - timedelta(days=20 + place % 40))
        session.add(Application(run_id=run.pk, applicant_key=f"k1:{run.pk}:{place}", applied_at=at))
    session.flush()
    return run


def add_taught(
    session: Session, provider: str, title: str, *partners: str, terms_: tuple[str, ...] = ("2027V",), **values: Any
) -> Offer:
    """An offer with a run of unknown application in each term."""
    offer = add_offer(session, provider, title, *partners, **values)
    for term in terms_:
        add_run(session, offer, term)
    return offer


def newest_assessment(session: Session, run_id: int) -> RiskAssessment | None:
    """How one run was last judged."""
    query = select(RiskAssessment).where(RiskAssessment.run_id == run_id)
    return session.exec(query.order_by(col(RiskAssessment.assessed_on).desc()).limit(1)).first()
