"""Marks that searchers may see: small subject, few applicants."""

from collections.abc import Collection, Mapping, Sequence

from sqlmodel import Session, col, select

from registry.coordination.models import RiskAssessment
from registry.coordination.queries.subjects import small_subjects
from registry.core import clock
from registry.offers.models import Offer, Run
from registry.offers.states import RunState

_OPEN = (RunState.PLANNED, RunState.OPEN, RunState.CLOSED)


def few_applicants(session: Session, offer_ids: Collection[int] | None = None) -> set[str]:
    """Keys of open runs whose newest assessment says that fewer have applied than are needed (rule LOW_RUN)."""
    query = (
        select(Run.key, RiskAssessment.applicants, RiskAssessment.minimum)
        .join(Run, col(Run.id) == col(RiskAssessment.run_id))
        .where(col(Run.state).in_(_OPEN), col(Run.left_feed_on).is_(None))
        .order_by(col(RiskAssessment.assessed_on))
    )
    if offer_ids is not None:
        query = query.where(col(Run.offer_id).in_(list(offer_ids)))
    newest = {key: applicants < minimum for key, applicants, minimum in session.exec(query)}
    return {key for key, few in newest.items() if few}


def search_facts(session: Session) -> dict[str, dict[str, bool]]:
    """Run key -> what the search index is to know of it."""
    small = small_subjects(session, clock.today())
    few = few_applicants(session)
    query = select(Run.key, Offer.subject_code).join(Offer, col(Offer.id) == col(Run.offer_id))
    return {
        key: {"small_subject": subject in small, "few_applicants": key in few} for key, subject in session.exec(query)
    }


def search_facets(session: Session, offer_ids: Sequence[int]) -> Mapping[int, Mapping[str, tuple[str, ...]]]:
    """Offer id -> facets, in the form that ``registry.catalogue.documents`` takes from rooms above it."""
    small = small_subjects(session, clock.today())
    query = select(Offer.id, Offer.subject_code).where(col(Offer.id).in_(list(offer_ids)))
    return {offer_id or 0: {"small_subject": ("1",)} for offer_id, subject in session.exec(query) if subject in small}
