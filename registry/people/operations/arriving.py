"""Somebody whom a sign-in service vouches for comes in."""

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from registry.access.models import Person
from registry.core import audit, clock
from registry.core.errors import NotAllowed
from registry.people.operations.granting import take_up

_NAMELESS = "Søker"  # ID-porten tells no name


def arrive(
    session: Session,
    issuer: str,
    subject: str,
    name: str,
    *,
    email: str | None = None,
    invited_as: str | None = None,
    language: str = "nb",
) -> Person:
    """The person of (issuer, subject): known, invited as ``invited_as``, or new and without roles.

    What the service vouches for, ``email`` or else ``invited_as``, is what the person is known as. Name and e-mail follow the service
    where it tells them, the e-mail until the person has written another. Raises NotAllowed for the deactivated.
    """
    person = _known(session, issuer, subject)
    if person is None and invited_as is not None:
        person = take_up(session, invited_as, issuer, subject)
    if person is None:
        try:
            with session.begin_nested():  # of two first sign-ins at once, the second finds the first
                person = _new(session, issuer, subject, name or _NAMELESS, language)
        except IntegrityError:
            person = _known(session, issuer, subject)
    if person is None or person.deactivated_at is not None:
        raise NotAllowed("Tilgangen din er avsluttet. Spør den som administrerer tjenesten hos dere.")
    chosen = person.email is not None and person.email != person.known_as
    told = (
        name or person.display_name,
        email or invited_as or person.known_as,
        person.email if chosen else email or person.email,
    )
    if told != (person.display_name, person.known_as, person.email):
        person.display_name, person.known_as, person.email = told
        audit.record(session, actor=f"person:{person.pk}", thing="person", thing_id=person.pk, event="told_anew")
        session.flush()
    return person


def _known(session: Session, issuer: str, subject: str) -> Person | None:
    return session.exec(select(Person).where(Person.issuer == issuer, Person.subject == subject)).first()


def _new(session: Session, issuer: str, subject: str, name: str, language: str) -> Person:
    person = Person(issuer=issuer, subject=subject, display_name=name, language=language, created_at=clock.now())
    session.add(person)
    session.flush()
    audit.record(session, actor=f"person:{person.pk}", thing="person", thing_id=person.pk, event="arrived")
    return person
