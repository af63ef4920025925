"""What rooms above the catalogue know of an offer and searchers may filter by."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from registry.catalogue.documents import Enricher
from registry.coordination.models import SubjectStatus
from registry.offers.models import Offer


def small_subjects(session: Session, offer_ids: Sequence[int]) -> Mapping[int, Mapping[str, tuple[str, ...]]]:
    """Offers whose main subject is small now."""
    small = select(SubjectStatus.subject_code).where(
        col(SubjectStatus.is_small).is_(True), col(SubjectStatus.until).is_(None)
    )
    found = session.exec(select(Offer.id).where(col(Offer.id).in_(offer_ids), col(Offer.subject_code).in_(small)))
    return {one: {"small_subject": ("1",)} for one in found if one is not None}


ENRICHERS: tuple[Enricher, ...] = (small_subjects,)
