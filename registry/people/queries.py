"""Who holds which roles."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from registry.access.models import Membership, Person
from registry.access.policy import Holding
from registry.access.roles import Role
from registry.core.errors import Conflict, NotFound
from registry.reference.models import County, Organisation

DEMO_ISSUER = "demo"
INVITED = "invited"  #: the issuer of somebody who has not signed in yet; the subject is the e-mail


@dataclass(frozen=True, slots=True)
class Choice:
    """A demonstration person to sign in as."""

    person_id: int
    name: str
    role: Role
    where: str  #: organisation or county, empty where the role has none


def holdings(session: Session, person_id: int, day: date) -> tuple[Holding, ...]:
    """The roles a person holds on a day."""
    query = select(Membership).where(
        Membership.person_id == person_id,
        col(Membership.valid_from) <= day,
        (col(Membership.valid_to).is_(None)) | (col(Membership.valid_to) >= day),
    )
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


@dataclass(frozen=True, slots=True)
class Known:
    """A person with every role, the newest first."""

    person: Person
    roles: tuple[Held, ...]


def people(session: Session, *, demo: bool = False) -> list[Known]:
    """Everybody but the invented, by name; with ``demo`` the invented too."""
    query = select(Person).order_by(col(Person.display_name), col(Person.id))
    if not demo:
        query = query.where(Person.issuer != DEMO_ISSUER)
    found = session.exec(query).all()
    roles: dict[int, list[Held]] = {}
    held = (
        select(Membership, Organisation.name_nb, County.name_nb)
        .join(Organisation, col(Organisation.id) == Membership.organisation_id, isouter=True)
        .join(County, col(County.code) == Membership.county_code, isouter=True)
        .order_by(col(Membership.id).desc())
    )
    for membership, organisation, county in session.exec(held):
        roles.setdefault(membership.person_id, []).append(Held(membership, organisation or county or ""))
    return [Known(person, tuple(roles.get(person.pk, ()))) for person in found]


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
