"""Who holds which roles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from registry.access.models import Membership, Person
from registry.access.policy import Holding
from registry.access.roles import Role
from registry.core.audit import AuditEntry
from registry.core.errors import Conflict, NotFound
from registry.core.paging import Page, paged
from registry.reference.models import County, Organisation

DEMO_ISSUER = "demo"
INVITED = "invited"  #: the issuer of somebody who has not signed in yet; the subject is the e-mail
ERASED = "erased"  #: the issuer of somebody who is forgotten; the subject is their number
_SHOWN = 50  #: lines of a person's log


@dataclass(frozen=True, slots=True)
class Choice:
    """A demonstration person to sign in as."""

    person_id: int
    name: str
    role: Role
    where: str  #: organisation or county, empty where the role has none


def holdings(session: Session, person_id: int, day: date) -> tuple[Holding, ...]:
    """The roles a person holds on a day."""
    query = select(Membership).where(Membership.person_id == person_id, *holds_on(day))
    return tuple(
        Holding(row.role, row.organisation_id, frozenset({row.county_code}) if row.county_code else frozenset())
        for row in session.exec(query.order_by(col(Membership.id)))
    )


def demo_people(session: Session) -> list[Choice]:
    """One person per role, in the order they were made."""
    query = (
        select(Person, Membership, Organisation.name_nb, County.name_nb)
        .join(Membership, col(Membership.person_id) == Person.id)
        .join(Organisation, col(Organisation.id) == Membership.organisation_id, isouter=True)
        .join(County, col(County.code) == Membership.county_code, isouter=True)
        .where(Person.issuer == DEMO_ISSUER, col(Person.deactivated_at).is_(None))
        .order_by(col(Person.id))
    )
    return [
        Choice(person.pk, person.display_name, membership.role, organisation or county or "")
        for person, membership, organisation, county in session.exec(query)
    ]


def is_demo_person(session: Session, person_id: int) -> bool:
    """Only invented people may be signed in as by choosing them."""
    person = session.get(Person, person_id)
    return person is not None and person.issuer == DEMO_ISSUER


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody holds or has held."""

    membership: Membership
    where: str  #: organisation or county, empty where the role has none

    def holds(self, day: date) -> bool:
        """Does it hold on that day?"""
        until = self.membership.valid_to
        return self.membership.valid_from <= day and (until is None or until >= day)


@dataclass(frozen=True, slots=True)
class Known:
    """A person with every role, the newest first."""

    person: Person
    roles: tuple[Held, ...]


class State(StrEnum):
    """How somebody's access is."""

    INVITED = "invited"
    OPEN = "open"
    CLOSED = "closed"
    ERASED = "erased"


def state_of(person: Person) -> State:
    """Of one person."""
    if person.issuer == ERASED:
        return State.ERASED
    if person.deactivated_at is not None:
        return State.CLOSED
    return State.INVITED if person.issuer == INVITED else State.OPEN


class Whom(StrEnum):
    """Whom a list is of. Applicants come without roles, and are many."""

    WITH_ROLE = "rolle"
    INVITED = "invitert"
    CLOSED = "stengt"
    ALL = "alle"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an administrator looks for; ``text`` stands in a name, in what somebody is known as, or in their address."""

    text: str = ""
    role: Role | None = None
    whom: Whom = Whom.WITH_ROLE


def people(session: Session, *, demo: bool = False) -> list[Known]:
    """Everybody but the invented, by name; with ``demo`` the invented too."""
    return _with_roles(session, session.exec(_everybody(demo)).all(), everybody=True)


def found_people(session: Session, wanted: Wanted, day: date, number: int, *, demo: bool = False) -> Page[Known]:
    """One page of those who are looked for, by name, with their roles."""
    query = _everybody(demo)
    holding = select(Membership.person_id).where(*holds_on(day))
    if wanted.role is not None:
        query = query.where(col(Person.id).in_(holding.where(Membership.role == wanted.role)))
    if wanted.whom is Whom.WITH_ROLE:
        query = query.where(col(Person.id).in_(holding), col(Person.deactivated_at).is_(None))
    if wanted.whom is Whom.INVITED:
        query = query.where(Person.issuer == INVITED, col(Person.deactivated_at).is_(None))
    if wanted.whom is Whom.CLOSED:
        query = query.where(col(Person.deactivated_at).is_not(None))
    if wanted.text:
        named = (col(Person.display_name), col(Person.known_as), col(Person.email))
        query = query.where(or_(*(column.icontains(wanted.text, autoescape=True) for column in named)))
    page = paged(session, query, number)
    return replace(page, items=_with_roles(session, page.items))


def known(session: Session, person_id: int, *, demo: bool = False) -> Known:
    """One person with every role. Raises NotFound, for the invented too where there is no demonstration."""
    person = session.get(Person, person_id)
    if person is None or (person.issuer == DEMO_ISSUER and not demo):
        raise NotFound("Vi finner ikke denne personen.")
    return _with_roles(session, [person])[0]


def log_of(session: Session, person_id: int) -> Sequence[AuditEntry]:
    """What has been done with a person's account, the newest first."""
    query = select(AuditEntry).where(AuditEntry.thing == "person", AuditEntry.thing_id == person_id)
    return session.exec(query.order_by(col(AuditEntry.id).desc()).limit(_SHOWN)).all()


def names_in(session: Session, log: Iterable[AuditEntry]) -> dict[str, str]:
    """Who acted, as the log says it ("person:12") -> name; what no person did is not there."""
    numbers = {int(entry.actor.removeprefix("person:")) for entry in log if entry.actor.startswith("person:")}
    named = session.exec(select(Person.id, Person.display_name).where(col(Person.id).in_(numbers)))
    return {f"person:{one}": name for one, name in named}


def holds_on(day: date) -> tuple[ColumnElement[bool], ...]:
    """What must be so of a membership that holds on a day."""
    return col(Membership.valid_from) <= day, col(Membership.valid_to).is_(None) | (col(Membership.valid_to) >= day)


def _everybody(demo: bool) -> SelectOfScalar[Person]:
    query = select(Person).order_by(col(Person.display_name), col(Person.id))
    return query if demo else query.where(Person.issuer != DEMO_ISSUER)


def _with_roles(session: Session, persons: Sequence[Person], *, everybody: bool = False) -> list[Known]:
    """``everybody`` asks for every role at once, without naming whose."""
    held = (
        select(Membership, Organisation.name_nb, County.name_nb)
        .join(Organisation, col(Organisation.id) == Membership.organisation_id, isouter=True)
        .join(County, col(County.code) == Membership.county_code, isouter=True)
        .order_by(col(Membership.id).desc())
    )
    if not everybody:
        held = held.where(col(Membership.person_id).in_([person.pk for person in persons]))
    roles: dict[int, list[Held]] = {}
    for membership, organisation, county in session.exec(held):
        roles.setdefault(membership.person_id, []).append(Held(membership, organisation or county or ""))
    return [Known(person, tuple(roles.get(person.pk, ()))) for person in persons]


def person_of(session: Session, text: str) -> Person:
    """By number, or by what a sign-in service vouches for or they were invited as: never by an address they wrote themselves.

    Raises NotFound, and Conflict where several are known as it (two services may vouch for the same address).
    """
    name = text.strip().lower()
    if name.isdecimal() and len(name) < 10:
        numbered = session.get(Person, int(name))
        found = [] if numbered is None else [numbered]
    else:
        query = select(Person).where(Person.known_as == name, col(Person.deactivated_at).is_(None))
        found = list(session.exec(query.order_by(col(Person.id))))
    if not found:
        raise NotFound("Vi finner ikke denne personen.")
    if len(found) > 1:
        numbers = ", ".join(str(one.pk) for one in found)
        raise Conflict("Flere personer er kjent som %(name)s. Bruk nummeret: %(numbers)s.", name=name, numbers=numbers)
    return found[0]
