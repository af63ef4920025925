"""The administrator invites people, and grants and revokes roles."""

from datetime import date, timedelta

from sqlmodel import Session, col, select

from registry.access.models import Membership, Person
from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor
from registry.access.roles import Role
from registry.core import audit, clock
from registry.core.errors import Conflict, InvalidInput, NotFound
from registry.people.operations.closing import require_another_administrator
from registry.people.queries import INVITED
from registry.reference.models import County, Organisation, Region

#: Roles that are held for a provider, for an owner, for a county; the others are held for nobody in particular.
FOR_PROVIDER = frozenset({Role.PROVIDER_STAFF, Role.ADMISSIONS_OFFICER})
FOR_OWNER = frozenset({Role.OWNER})
FOR_COUNTY = frozenset({Role.COUNTY_GOVERNOR})
#: Held for one of the network's regions, or for the whole network.
FOR_REGION = frozenset({Role.COORDINATOR})
_NOT_GRANTED = frozenset({Role.ANYONE, Role.SYSTEM})
_LANGUAGES = ("nb", "nn", "se", "en")


def invite(session: Session, actor: Actor, email: str, name: str, *, language: str = "nb") -> Person:
    """A person who has not signed in yet, known as the address until then. Holds no role before one is granted.

    Raises NotAllowed, InvalidInput, or Conflict where somebody has the address.
    """
    actor.require(Permission.PEOPLE_GRANT, EVERYTHING)
    address = email.strip().lower()
    user, at, domain = address.partition("@")
    if not (user and at and "." in domain.strip(".")) or len(address) > 254 or any(char.isspace() for char in address):
        raise InvalidInput("Skriv en gyldig e-postadresse.")
    if not name.strip() or len(name) > 200:
        raise InvalidInput("Skriv navnet, høyst 200 tegn.")
    if language not in _LANGUAGES:
        raise InvalidInput("Språket finnes ikke.")
    if session.exec(select(Person.id).where(Person.known_as == address)).first() is not None:
        raise Conflict("Det finnes allerede en person med denne e-postadressen.")
    person = Person(
        issuer=INVITED,
        subject=address,
        display_name=name.strip(),
        known_as=address,
        email=address,
        language=language,
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    audit.record(session, actor=actor.name, thing="person", thing_id=person.pk, event="invited")
    return person


def take_up(session: Session, invited_as: str, issuer: str, subject: str) -> Person | None:
    """Somebody whom the sign-in service knows as this signs in for the first time: the invitation becomes theirs.

    ``invited_as`` must be something that the service vouches for. None where nobody is invited as that.
    """
    person = session.exec(
        select(Person).where(Person.issuer == INVITED, Person.subject == invited_as.strip().lower()).with_for_update()
    ).first()
    if person is None:
        return None
    person.issuer, person.subject = issuer, subject
    audit.record(session, actor=f"person:{person.pk}", thing="person", thing_id=person.pk, event="invitation_taken_up")
    session.flush()
    return person


def grant(
    session: Session,
    actor: Actor,
    person_id: int,
    role: Role,
    *,
    organisation_id: int | None = None,
    county_code: str | None = None,
    region: Region | None = None,
    until: date | None = None,
) -> Membership:
    """A role from today, for the organisation, the county or the region that it is limited to, until a day or for good.

    Raises NotAllowed, NotFound for an unknown person, InvalidInput for a role that cannot be held so, Conflict where it is held.
    """
    actor.require(Permission.PEOPLE_GRANT, EVERYTHING)
    person = session.get(Person, person_id, with_for_update=True)
    if person is None or person.deactivated_at is not None:
        raise NotFound("Vi finner ikke denne personen.")
    today = clock.today()
    _examine(session, role, organisation_id, county_code, until, today)
    if region is not None and role not in FOR_REGION:
        raise InvalidInput("Rollen gjelder ingen region.")
    held = session.exec(
        select(Membership.id).where(
            Membership.person_id == person_id,
            Membership.role == role,
            col(Membership.organisation_id).is_(None)
            if organisation_id is None
            else Membership.organisation_id == organisation_id,
            col(Membership.county_code).is_(None) if county_code is None else Membership.county_code == county_code,
            (col(Membership.valid_to).is_(None)) | (col(Membership.valid_to) >= today),
        )
    ).first()
    if held is not None:
        raise Conflict("Personen har rollen allerede.")
    membership = Membership(
        person_id=person_id,
        role=role,
        organisation_id=organisation_id,
        county_code=county_code,
        region=region,
        valid_from=today,
        valid_to=until,
    )
    session.add(membership)
    session.flush()
    _record(session, actor, membership, "granted")
    return membership


def set_region(session: Session, actor: Actor, membership_id: int, region: Region | None) -> Region | None:
    """The region that a coordinator is told of from now on; None is the whole network. Returns the region before.

    Raises NotAllowed, NotFound, InvalidInput for a role without region, Conflict where the role has ended.
    """
    membership = _standing(session, actor, membership_id)
    if membership.role not in FOR_REGION:
        raise InvalidInput("Rollen gjelder ingen region.")
    before = Region(membership.region) if membership.region else None
    if before is not region:
        membership.region = region
        _record(session, actor, membership, "region_given")
        session.flush()
    return before


def revoke(session: Session, actor: Actor, membership_id: int) -> None:
    """The role ends at once, in open sessions too. Raises NotAllowed, NotFound, Conflict where it has ended, and for the
    last administrator.
    """
    membership = _standing(session, actor, membership_id)
    if membership.role is Role.ADMINISTRATOR:
        require_another_administrator(session, membership.person_id)
    yesterday = clock.today() - timedelta(days=1)
    _record(session, actor, membership, "revoked")
    if (
        membership.valid_from > yesterday
    ):  # it has not held for a day: the ledger remembers it, and nothing else needs to
        session.delete(membership)
    else:
        membership.valid_to = yesterday
    session.flush()


def _standing(session: Session, actor: Actor, membership_id: int) -> Membership:
    """A role that has not ended, locked."""
    actor.require(Permission.PEOPLE_GRANT, EVERYTHING)
    membership = session.get(Membership, membership_id, with_for_update=True)
    if membership is None:
        raise NotFound("Rollen finnes ikke.")
    if membership.valid_to is not None and membership.valid_to < clock.today():
        raise Conflict("Rollen er allerede avsluttet.")
    return membership


def _examine(
    session: Session, role: Role, organisation_id: int | None, county_code: str | None, until: date | None, today: date
) -> None:
    if role in _NOT_GRANTED:
        raise InvalidInput("Denne rollen kan ikke gis.")
    if until is not None and until < today:
        raise InvalidInput("Sluttdatoen kan ikke ligge i fortiden.")
    organisation = None if organisation_id is None else session.get(Organisation, organisation_id)
    if role in FOR_PROVIDER and (organisation is None or not organisation.is_provider):
        raise InvalidInput("Rollen må gjelde en institusjon.")
    if role in FOR_OWNER and (organisation is None or not organisation.is_owner):
        raise InvalidInput("Rollen må gjelde en barnehage- eller skoleeier.")
    if role not in FOR_PROVIDER | FOR_OWNER and organisation_id is not None:
        raise InvalidInput("Rollen gjelder ingen organisasjon.")
    if role in FOR_COUNTY and (county_code is None or session.get(County, county_code) is None):
        raise InvalidInput("Rollen må gjelde et fylke.")
    if role not in FOR_COUNTY and county_code is not None:
        raise InvalidInput("Rollen gjelder ikke et fylke.")


def _record(session: Session, actor: Actor, membership: Membership, event: str) -> None:
    audit.record(
        session,
        actor=actor.name,
        thing="person",
        thing_id=membership.person_id,
        event=event,
        details={
            "role": str(membership.role),
            "organisation": membership.organisation_id,
            "county": membership.county_code,
            "region": membership.region,
            "until": membership.valid_to.isoformat() if membership.valid_to else None,
        },
    )
