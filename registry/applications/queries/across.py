"""An applicant's other applications in overlapping terms: institution, subject, state and priority. Nothing else is read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from registry.applications.models import AcrossLook, Application
from registry.applications.states import Answer, Attendance, Decision, Standing
from registry.core import terms
from registry.offers.models import Offer, OfferProvider, Run
from registry.reference.models import Organisation, Subject


class Where(StrEnum):
    """How far another application has come: as much as another office needs to know."""

    APPLIED = "applied"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    STARTED = "started"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another application of the same person."""

    institution: str
    subject: str | None
    state: Where
    priority: int


@dataclass(frozen=True, slots=True)
class Signals:
    """What the other applications say of this one."""

    has_place: bool  #: holds an accepted place elsewhere
    likely_to_decline: bool  #: holds one, or has been offered one that the person puts before this


def elsewhere(session: Session, application: Application, run: Run) -> list[Elsewhere]:
    """By the applicant's own priority. Withdrawn, rejected, declined and ended ones are nobody's business, and left out."""
    query = (
        select(Application, Organisation.name_nb, col(Subject.name_nb))
        .join(Run, col(Run.id) == Application.run_id)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .join(OfferProvider, (col(OfferProvider.offer_id) == Offer.id) & col(OfferProvider.leads).is_(True))
        .join(Organisation, col(Organisation.id) == OfferProvider.organisation_id)
        .join(Subject, col(Subject.code) == Offer.subject_code, isouter=True)
        .where(
            Application.applicant_key == application.applicant_key,
            Application.id != application.pk,
            Application.standing == Standing.OPEN,
            Application.decision != Decision.REJECTED,
            col(Application.answer).not_in((Answer.DECLINED, Answer.LAPSED)),
            col(Application.attendance).in_((Attendance.NONE, Attendance.ACCEPTED, Attendance.STARTED)),
            overlaps(run),
        )
        .order_by(col(Application.priority), col(Organisation.name_nb), col(Application.id))
    )
    return [
        Elsewhere(institution, subject, _where(other), other.priority)
        for other, institution, subject in session.exec(query)
    ]


def overlaps(run: Run) -> ColumnElement[bool]:
    """Condition on ``Run``: taught at the same time, by dates where both have them, else by term."""
    starts, ends = run.starts_on or terms.first_day(run.term), run.ends_on or terms.last_day(run.term)
    same_term = col(Run.term) == run.term
    dated = col(Run.starts_on).is_not(None) & col(Run.ends_on).is_not(None)
    return same_term | (dated & (col(Run.starts_on) <= ends) & (col(Run.ends_on) >= starts))


def _where(other: Application) -> Where:
    if other.attendance is Attendance.STARTED:
        return Where.STARTED
    if other.answer is Answer.ACCEPTED:
        return Where.ACCEPTED
    if other.answer is Answer.OFFERED:
        return Where.OFFERED
    return Where.WAITLISTED if other.decision is Decision.WAITLISTED else Where.APPLIED


def signals(own_priority: int, others: Iterable[Elsewhere]) -> Signals:
    """What to count on. Pure: no probability is made up, each signal is a fact that can be shown."""
    listed = list(others)
    has_place = any(one.state in (Where.ACCEPTED, Where.STARTED) for one in listed)
    preferred = any(one.state is Where.OFFERED and one.priority < own_priority for one in listed)
    return Signals(has_place, has_place or preferred)


def placed_elsewhere(session: Session, run: Run) -> int:
    """How many who wait for this run's answer hold an accepted place elsewhere: a number, never who."""
    waiting = select(Application.applicant_key).where(
        Application.run_id == run.pk,
        Application.standing == Standing.OPEN,
        col(Application.attendance) == Attendance.NONE,
        Application.decision != Decision.REJECTED,
        col(Application.answer).in_((Answer.NONE, Answer.OFFERED)),
    )
    query = (
        select(Application.applicant_key)
        .join(Run, col(Run.id) == Application.run_id)
        .where(
            col(Application.applicant_key).in_(waiting),
            Application.run_id != run.pk,
            Application.standing == Standing.OPEN,
            col(Application.attendance).in_((Attendance.ACCEPTED, Attendance.STARTED)),
            overlaps(run),
        )
        .distinct()
    )
    return len(session.exec(query).all())


@dataclass(frozen=True, slots=True)
class Looked:
    """A look as the applicant is told of it."""

    look: AcrossLook
    institution: str


def looks_at(session: Session, applicant_key: str) -> Sequence[Looked]:
    """Who has looked across at a person's applications, newest first."""
    query = (
        select(AcrossLook, Organisation.name_nb)
        .join(Organisation, col(Organisation.id) == AcrossLook.organisation_id)
        .where(AcrossLook.applicant_key == applicant_key)
        .order_by(col(AcrossLook.id).desc())
    )
    return [Looked(made, institution) for made, institution in session.exec(query)]
