"""What an applicant decides over alone: the order of their applications, and where they are told of changes."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.applications.models import ApplicantContact, Application
from registry.applications.policy import person_behind
from registry.applications.states import Standing
from registry.core import audit, clock, events
from registry.core.audit import AuditEntry
from registry.core.errors import InvalidInput
from registry.messages.operations import usable_address
from registry.offers.models import Run

LANGUAGES = ("nb", "nn", "se", "en")


def prioritise(session: Session, actor: Actor, applicant_key: str, application_ids: Sequence[int]) -> None:
    """The applicant's own order of the open applications in one term, first is 1.

    Raises InvalidInput unless the ids are exactly those, and NotAllowed for somebody else's.
    """
    actor.require(Permission.APPLICATION_ANSWER, Scope(person=person_behind(session, applicant_key)))
    open_ones = (
        select(Application, Run.term)
        .join(Run, col(Run.id) == Application.run_id)
        .where(Application.applicant_key == applicant_key, Application.standing == Standing.OPEN)
        .order_by(col(Application.id))
        .with_for_update(of=Application)
        .execution_options(populate_existing=True)
    )
    found = {application.pk: (application, term) for application, term in session.exec(open_ones)}
    asked = {found[one][1] for one in application_ids if one in found}
    whole = {pk for pk, (_application, term) in found.items() if term in asked}
    if len(asked) != 1 or set(application_ids) != whole or len(application_ids) != len(whole):
        raise InvalidInput("Rekkefølgen må gjelde alle dine åpne søknader i ett semester.")
    for place, pk in enumerate(application_ids, start=1):
        application = found[pk][0]
        if application.priority == place:
            continue
        audit.record(
            session,
            actor=actor.name,
            thing="application",
            thing_id=pk,
            event="prioritise",
            details={"from": application.priority, "to": place},
        )
        application.priority = place
        application.version += 1
        events.publish(session, events.APPLICATION_CHANGED, str(pk))
    session.flush()


def set_contact(
    session: Session, actor: Actor, applicant_key: str, email: str, language: str, *, daily: bool = False
) -> None:
    """Where and in which language the applicant is told of changes from now on; an empty address takes it away.

    Raises InvalidInput for what is no address or language, NotAllowed for somebody else's.
    """
    actor.require(Permission.APPLICATION_ANSWER, Scope(person=person_behind(session, applicant_key)))
    found = session.exec(select(ApplicantContact).where(ApplicantContact.applicant_key == applicant_key)).first()
    address = email.strip()
    if not address:
        if found is not None:
            session.delete(found)
        return
    if not usable_address(address):
        raise InvalidInput("Skriv en gyldig e-postadresse.")
    if language not in LANGUAGES:
        raise InvalidInput("Velg et språk.")
    moment = clock.now()
    made = found or ApplicantContact(
        applicant_key=applicant_key, email=address, updated_at=moment, told_until=_newest_line(session)
    )
    made.email, made.language, made.daily, made.updated_at = address, language, daily, moment
    session.add(made)
    session.flush()


def _newest_line(session: Session) -> int:
    """What happened before somebody asked to be told is not news."""
    return session.exec(select(func.max(AuditEntry.id))).one() or 0
