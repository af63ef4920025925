"""One of each thing that has a page of its own, found in the demonstration year."""

from typing import Any

from sqlmodel import Session, col, select

from registry.access.models import Membership
from registry.access.roles import Role
from registry.applications.models import AcrossLook, Application, DecisionBatch
from registry.applications.states import Attendance
from registry.coordination.models import Case, Meeting, Pair, SubjectStatus
from registry.coordination.states import PairKind
from registry.intake.models import ImportRun, QuarantinedRow, Source
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import OfferState, RunState
from registry.reference.models import Synonym


def examples(session: Session) -> dict[str, str]:
    """Names used in ``pages.PAGES``, and the keys or numbers that they stand for."""
    open_offers = session.exec(
        select(Offer.key).join(Run, col(Run.offer_id) == Offer.id).where(Run.state == RunState.OPEN).distinct().limit(4)
    ).all()
    small = session.exec(
        select(Offer.key, Offer.subject_code)
        .join(SubjectStatus, col(SubjectStatus.subject_code) == Offer.subject_code)
        .where(col(SubjectStatus.is_small).is_(True), col(SubjectStatus.until).is_(None))
        .limit(1)
    ).one()
    own = _run_of(session, Role.PROVIDER_STAFF, Run.state == RunState.OPEN)
    return {
        "offer": open_offers[0],
        "pairwise": "&".join(f"id={key}" for key in open_offers[:2]),
        "four": "&".join(f"id={key}" for key in open_offers),
        "gone": _first(session, select(Offer.key).where(Offer.state == OfferState.DISCONTINUED)),
        "overlap_case": _first(session, select(Case.id).order_by(col(Case.consequence).desc())),
        "overlap": _pair(session, PairKind.OVERLAP),
        "duplicate": _pair(session, PairKind.DUPLICATE),
        "run": _run_of(session, Role.ADMISSIONS_OFFICER, Run.state == RunState.OPEN)[0],
        "small_offer": small[0],
        "small_subject": str(small[1]),
        "meeting": _first(session, select(Meeting.id)),
        "open_run": _first(session, select(Run.key).where(Run.state == RunState.OPEN)),
        "case": _first(session, select(AcrossLook.application_id)),
        "look": _first(session, select(AcrossLook.id)),
        "batch": _first(session, select(DecisionBatch.id)),
        "taught": _run_of(session, Role.PROVIDER_STAFF, Run.state == RunState.RUNNING, _has_participants())[0],
        "own_run": own[0],
        "own_offer": own[1],
        "own_offer_number": own[2],
        "delivery": _first(session, select(ImportRun.id).order_by(col(ImportRun.id).desc())),
        "row": _first(session, select(QuarantinedRow.id)),
        "coordinator": _first(session, select(Membership.person_id).where(Membership.role == Role.COORDINATOR)),
        "synonyms": _first(session, select(Synonym.group_name)),
        "source": _first(session, select(Source.id).where(col(Source.url).is_not(None))),
    }


def _pair(session: Session, kind: PairKind) -> str:
    return _first(session, select(Pair.id).where(Pair.kind == kind, col(Pair.gone_on).is_(None)))


def _run_of(session: Session, role: Role, *conditions: Any) -> tuple[str, str, str]:
    """Key of a run of the first person's institution; key and number of its offer."""
    organisation = session.exec(
        select(Membership.organisation_id).where(Membership.role == role).order_by(col(Membership.id))
    ).first()
    run, offer, number = session.exec(
        select(Run.key, Offer.key, Offer.id)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .join(OfferProvider, col(OfferProvider.offer_id) == Offer.id)
        .where(OfferProvider.organisation_id == organisation, col(OfferProvider.leads).is_(True), *conditions)
        .limit(1)
    ).one()
    return run, offer, str(number)


def _has_participants() -> Any:
    came = (Attendance.ACCEPTED, Attendance.STARTED)
    return col(Run.id).in_(select(Application.run_id).where(col(Application.attendance).in_(came)))


def _first(session: Session, query: Any) -> str:
    return str(session.exec(query.limit(1)).one())
