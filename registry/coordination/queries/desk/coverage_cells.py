"""Where and when some subjects are taught: the coverage board's cells, term by term, read for those subjects alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from registry.coordination.queries.detecting.runs import load_runs, subjects_by_offer
from registry.coordination.queries.reports.offers import regions_by_offer
from registry.coordination.queries.reports.subjects import places_by_subject
from registry.offers.models import OfferTarget
from registry.reference.models import Region

COLUMNS = (*(str(region) for region in Region), "online", "total")


@dataclass(frozen=True, slots=True)
class Covered:
    """Offers per region, online and in all, in one term; ``anybody`` is all of the subjects, whomever they are for."""

    term: str
    cells: Mapping[str, int]
    anybody: int


def covered(
    session: Session,
    subjects: Collection[str],
    terms: Sequence[str],
    settings: Collection[str] = (),
    roles: Collection[str] = (),
) -> list[Covered]:
    """One row per term, in the order given; an offer with several of the subjects counts once.

    ``settings`` and ``roles`` narrow to offers that say that they are for them: what tells no target group does not count then.
    Costs what the subjects have of offers, not what the country has.
    """
    about = subjects_by_offer(session, about=subjects)
    offers = set(about)
    meant = _meant(session, offers, settings, roles) if settings or roles else None
    runs = load_runs(session, offers=offers, during=terms) if offers else []
    where = regions_by_offer(session, offers)
    found = []
    for term in terms:
        places = places_by_subject((run for run in runs if run.term == term), about, where, meant)
        cells = {
            column: len(set().union(*(places[subject][column] for subject in subjects if subject in places)))
            for column in COLUMNS
        }
        anybody = len({run.offer_id for run in runs if run.term == term and run.published and run.counts_as_taught})
        found.append(Covered(term, cells, anybody))
    return found


def _meant(session: Session, offers: Collection[int], settings: Collection[str], roles: Collection[str]) -> set[int]:
    """Offers with a target group in which both what is asked for hold; an axis that it leaves open is open to all."""
    query = select(OfferTarget.offer_id).where(col(OfferTarget.offer_id).in_(offers))
    axes = ((col(OfferTarget.setting), settings, roles), (col(OfferTarget.role), roles, settings))
    for column, asked, other in axes:
        if asked:
            query = query.where(or_(column.in_(asked), column.is_(None)) if other else column.in_(asked))
    return set(session.exec(query))
