"""What the form for applying needs to know."""

from datetime import date

from sqlmodel import Session, col, func, select

from registry.access.models import Membership
from registry.access.roles import Role
from registry.applications.models import Application
from registry.applications.states import Attendance, Standing
from registry.core import terms
from registry.core.text import norwegian_sort_key
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import RunState
from registry.reference.models import OWNER_KINDS, Organisation


def takes_applications(session: Session, run: Run, day: date) -> bool:
    """Does a provider of the run have an admissions office here? Its own link, where it has one, goes before."""
    query = (
        select(Membership.id)
        .join(OfferProvider, col(OfferProvider.organisation_id) == Membership.organisation_id)
        .where(
            OfferProvider.offer_id == run.offer_id,
            Membership.role == Role.ADMISSIONS_OFFICER,
            col(Membership.valid_from) <= day,
            (col(Membership.valid_to).is_(None)) | (col(Membership.valid_to) >= day),
        )
    )
    return session.exec(query.limit(1)).first() is not None


def has_applied(session: Session, run: Run, applicant_key: str) -> bool:
    """Has the person applied to this run?"""
    query = select(Application.id).where(Application.run_id == run.pk, Application.applicant_key == applicant_key)
    return session.exec(query).first() is not None


def has_any(session: Session, applicant_key: str) -> bool:
    """Has the person ever applied?"""
    query = select(Application.id).where(Application.applicant_key == applicant_key).limit(1)
    return session.exec(query).first() is not None


def next_priority(session: Session, run: Run, applicant_key: str) -> int:
    """After the person's other open applications of the term: they order them afterwards."""
    query = (
        select(func.count())
        .select_from(Application)
        .join(Run, col(Run.id) == Application.run_id)
        .where(Application.applicant_key == applicant_key, Application.standing == Standing.OPEN, Run.term == run.term)
    )
    return session.exec(query).one() + 1


def owners(session: Session) -> list[tuple[int, str]]:
    """Employers by name, in Norwegian order."""
    query = select(Organisation.id, Organisation.name_nb).where(col(Organisation.kind).in_(OWNER_KINDS))
    return sorted(((pk or 0, name) for pk, name in session.exec(query)), key=lambda one: norwegian_sort_key(one[1]))


def participants(session: Session, run: Run) -> list[Application]:
    """Who has a place, came, or did not: those still to be reported first, then by when they applied."""
    query = (
        select(Application)
        .where(
            Application.run_id == run.pk,
            Application.standing == Standing.OPEN,
            col(Application.attendance) != Attendance.NONE,
        )
        .order_by(col(Application.applied_at), col(Application.id))
    )
    listed = session.exec(query).all()
    return sorted(listed, key=lambda one: one.attendance not in (Attendance.ACCEPTED, Attendance.STARTED))


def merge_targets(session: Session, run: Run) -> list[tuple[Run, Offer]]:
    """Runs of the same institutions that a run may be merged into: of the same subject, by term."""
    offer = session.get_one(Offer, run.offer_id)
    mine = select(OfferProvider.organisation_id).where(OfferProvider.offer_id == run.offer_id)
    query = (
        select(Run, Offer)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(
            col(Run.offer_id).in_(select(OfferProvider.offer_id).where(col(OfferProvider.organisation_id).in_(mine))),
            col(Run.id) != run.pk,
            col(Run.state).in_((RunState.PLANNED, RunState.OPEN, RunState.CLOSED, RunState.CONFIRMED)),
            terms.in_order(Run.term) >= terms.in_order(run.term),
            col(Offer.subject_code).is_not_distinct_from(offer.subject_code),
        )
        .order_by(terms.in_order(Run.term), col(Offer.sort_title), col(Run.id))
        .limit(100)
    )
    return list(session.exec(query).all())
