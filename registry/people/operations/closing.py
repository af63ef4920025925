"""The administrator closes somebody's access, and opens it again."""

from sqlmodel import Session, col, select

from registry.access.models import Membership, Person, SignIn
from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor
from registry.access.roles import Role
from registry.core import audit, clock
from registry.core.errors import Conflict, NotFound
from registry.messages.operations import stop_mail
from registry.people.queries import ERASED, holds_on


def deactivate(session: Session, actor: Actor, person_id: int) -> None:
    """No sign-in, no role and no mail from now on; open sessions end. Roles are kept, and hold again when the access is opened.

    Raises NotAllowed, NotFound, Conflict where it is closed already or nobody would be left to open it.
    """
    person = known_person(session, actor, person_id)
    if person.deactivated_at is not None:
        raise Conflict("Tilgangen er allerede stengt.")
    require_another_administrator(session, person_id)
    person.deactivated_at = clock.now()
    ended = end_sessions(session, person_id)
    if person.email is not None:
        stop_mail(session, person.email)
    audit.record(
        session,
        actor=actor.name,
        thing="person",
        thing_id=person_id,
        event="deactivated",
        details={"sessions": ended},
    )
    session.flush()


def reactivate(session: Session, actor: Actor, person_id: int) -> None:
    """They may sign in again, with the roles that still hold. Raises NotAllowed, NotFound, Conflict where it is open."""
    person = known_person(session, actor, person_id)
    if person.deactivated_at is None:
        raise Conflict("Tilgangen er allerede åpen.")
    person.deactivated_at = None
    audit.record(session, actor=actor.name, thing="person", thing_id=person_id, event="reactivated")
    session.flush()


def known_person(session: Session, actor: Actor, person_id: int) -> Person:
    """Somebody who has not been erased, locked. Raises NotAllowed, NotFound."""
    actor.require(Permission.PEOPLE_GRANT, EVERYTHING)
    person = session.get(Person, person_id, with_for_update=True)
    if person is None or person.issuer == ERASED:
        raise NotFound("Vi finner ikke denne personen.")
    return person


def require_another_administrator(session: Session, person_id: int) -> None:
    """Raises Conflict where this is the only administrator who can sign in. Of two who close each other at once, one is refused."""
    held = session.exec(
        select(Membership)
        .where(Membership.role == Role.ADMINISTRATOR, *holds_on(clock.today()))
        .order_by(col(Membership.id))
        .with_for_update()
    ).all()
    administrators = {membership.person_id for membership in held}
    if person_id not in administrators:
        return
    others = select(Person.id).where(
        col(Person.id).in_(administrators - {person_id}), col(Person.deactivated_at).is_(None)
    )
    if session.exec(others).first() is None:
        raise Conflict("Dette er den eneste administratoren. Gi rollen til en til først.")


def end_sessions(session: Session, person_id: int) -> int:
    """Every open session of theirs ends at once; returns how many."""
    sessions = session.exec(
        select(SignIn).where(SignIn.person_id == person_id, col(SignIn.ended_at).is_(None)).with_for_update()
    ).all()
    for one in sessions:
        one.ended_at = clock.now()
        one.applicant_key = None
    return len(sessions)
