"""The view across: what else an applicant has applied for, for an office with a case, a purpose, and a trace of the look."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.models import AcrossLook, Application
from registry.applications.operations.submitting import get_application
from registry.applications.policy import scope_in
from registry.applications.queries.across import Elsewhere, elsewhere
from registry.applications.states import Attendance, LookPurpose, Standing
from registry.core import audit, clock
from registry.core.errors import InvalidInput, NotFound
from registry.offers.models import OfferProvider, Run
from registry.rules.register import rules_on

#: A case is an application that the office still has something to do with.
_CASE = frozenset({Attendance.NONE, Attendance.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Case:
    """An applicant's open application with an office."""

    application: Application
    run: Run
    organisation_id: int


def case(session: Session, actor: Actor, application_id: int) -> Case:
    """The office's case with an applicant. Raises NotFound where there is none: another institution's, withdrawn or ended."""
    application = get_application(session, application_id)
    run = session.get_one(Run, application.run_id)
    scope = scope_in(session, run, application)
    if not actor.may(Permission.APPLICATION_ACROSS, scope):
        raise NotFound("Søknaden finnes ikke.")
    if application.standing is not Standing.OPEN or application.attendance not in _CASE:
        raise NotFound("Søknaden finnes ikke.")
    own = actor.organisations(Permission.APPLICATION_ACROSS)
    taught_by = session.exec(select(OfferProvider.organisation_id).where(OfferProvider.offer_id == run.offer_id)).all()
    return Case(application, run, min(one for one in taught_by if own is None or one in own))


def look(session: Session, actor: Actor, application_id: int, purpose: str) -> AcrossLook:
    """Writes down who looks at what and why; only then is there anything to see. Raises NotFound, InvalidInput."""
    found = case(session, actor, application_id)
    try:
        why = LookPurpose(purpose)
    except ValueError:
        raise InvalidInput("Velg et formål.") from None
    moment = clock.now()
    made = AcrossLook(
        application_id=found.application.pk,
        applicant_key=found.application.applicant_key,
        organisation_id=found.organisation_id,
        actor=actor.name,
        purpose=why,
        looked_at=moment,
        shown=len(elsewhere(session, found.application, found.run)),
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        thing="application",
        thing_id=found.application.pk,
        event="look_across",
        at=moment,
        details={"purpose": str(why), "organisation": found.organisation_id, "shown": made.shown},
    )
    return made


def seen(session: Session, actor: Actor, look_id: int) -> tuple[AcrossLook, Case, list[Elsewhere]]:
    """What a look shows, for who looked and for a short while (rule LOOK_MINUTES). Raises NotFound for everybody else."""
    made = session.get(AcrossLook, look_id)
    minutes = int(rules_on(session, clock.today())["LOOK_MINUTES"])
    if made is None or made.actor != actor.name or clock.now() - made.looked_at > timedelta(minutes=minutes):
        raise NotFound("Innsynet er lukket.")
    found = case(session, actor, made.application_id)
    return made, found, elsewhere(session, found.application, found.run)
