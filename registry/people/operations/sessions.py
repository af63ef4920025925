"""Signing in and out. Sessions live in the database; the cookie carries a random token of which only the hash is kept."""

import hashlib
import secrets
from datetime import timedelta

from sqlmodel import Session, col, select

from registry.access.models import Person, SignIn
from registry.access.policy import Actor, Holding
from registry.access.pseudonyms import demo_applicant
from registry.access.roles import Role
from registry.core import audit, clock
from registry.core.errors import NotFound
from registry.people.queries import DEMO_ISSUER, holdings

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
_TOUCH = timedelta(minutes=1)  # the last use is written at most this often: reading pages must not queue for the lock


def sign_in(session: Session, person_id: int, applicant_key: str | None = None) -> str:
    """A new session for a person; answers its token, which is kept nowhere else. Raises NotFound for the deactivated.

    ``applicant_key`` is the person's own pseudonym, where the sign-in service told who they are.
    """
    person = session.get(Person, person_id)
    if person is None or person.deactivated_at is not None:
        raise NotFound("Vi finner ikke denne personen.")
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session.add(
        SignIn(
            token_hash=_hash(token),
            person_id=person_id,
            applicant_key=demo_applicant(person.subject) if person.issuer == DEMO_ISSUER else applicant_key,
            created_at=now,
            last_seen_at=now,
        )
    )
    audit.record(session, actor=f"person:{person_id}", thing="person", thing_id=person_id, event="signed_in")
    return token


def sign_out(session: Session, token: str) -> str | None:
    """End the session; a copied cookie is worth nothing afterwards. Answers the issuer that the person came by, if any."""
    found = session.exec(
        select(SignIn).where(SignIn.token_hash == _hash(token), col(SignIn.ended_at).is_(None))
    ).first()
    if found is None:
        return None
    found.ended_at = clock.now()
    found.applicant_key = None
    audit.record(
        session, actor=f"person:{found.person_id}", thing="person", thing_id=found.person_id, event="signed_out"
    )
    return session.get_one(Person, found.person_id).issuer


def actor_of(session: Session, token: str) -> tuple[Actor, bool] | None:
    """The person behind a token, and whether its last use should be written; None where the session has ended."""
    now = clock.now()
    row = session.exec(
        select(SignIn, Person)
        .join(Person, col(Person.id) == SignIn.person_id)
        .where(SignIn.token_hash == _hash(token), col(SignIn.ended_at).is_(None))
    ).first()
    if row is None:
        return None
    found, person = row
    if now - found.last_seen_at > IDLE or now - found.created_at > LONGEST or person.deactivated_at is not None:
        return None
    held = holdings(session, person.pk, clock.today())
    actor = Actor(
        f"person:{person.pk}",
        (Holding(Role.ANYONE), Holding(Role.SEARCHER), *held),
        person=person.pk,
        label=person.display_name,
    )
    return actor, now - found.last_seen_at > _TOUCH


def end_expired(session: Session, limit: int = 500) -> int:
    """End sessions that nobody came back to, at most ``limit``, oldest first: with them goes the link to the pseudonym."""
    now = clock.now()
    expired = session.exec(
        select(SignIn)
        .where(
            col(SignIn.ended_at).is_(None),
            (col(SignIn.last_seen_at) < now - IDLE) | (col(SignIn.created_at) < now - LONGEST),
        )
        .order_by(col(SignIn.id))
        .limit(limit)
        .with_for_update()
    ).all()
    for found in expired:
        found.ended_at = now
        found.applicant_key = None
        audit.record(
            session, actor="system:sessions", thing="person", thing_id=found.person_id, event="session_expired"
        )
    return len(expired)


def touch(session: Session, token: str) -> None:
    """Write that the session was used."""
    found = session.exec(select(SignIn).where(SignIn.token_hash == _hash(token))).one()
    found.last_seen_at = clock.now()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
