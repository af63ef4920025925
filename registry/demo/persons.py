"""The people of the demonstration: one for each role, to sign in as."""

from datetime import datetime

from sqlmodel import Session, select

from registry.access.models import Membership, Person
from registry.access.roles import Role
from registry.core.text import slug
from registry.demo.people_pool import SEARCHER_NAME
from registry.reference.models import Organisation

ISSUER = "demo"

#: (subject, name, role, organisation key, county)
PEOPLE: tuple[tuple[str, str, Role, str | None, str | None], ...] = (
    (SEARCHER_NAME, "Ingrid Søker", Role.SEARCHER, None, None),
    ("tilbyder-inn", "Tor Studieadministrator", Role.PROVIDER_STAFF, "1177", None),
    ("tilbyder-hvl", "Gunnhild Studieadministrator", Role.PROVIDER_STAFF, "0238", None),
    ("opptak-inn", "Amira Opptaksleder", Role.ADMISSIONS_OFFICER, "1177", None),
    ("koordinator", "Kari Koordinator", Role.COORDINATOR, None, None),
    ("eier-bergen", "Ole Skoleeier", Role.OWNER, "kommune-4601", None),
    ("statsforvalter-vestland", "Siv Statsforvalter", Role.COUNTY_GOVERNOR, None, "46"),
    ("direktorat", "Dag Direktorat", Role.DIRECTORATE, None, None),
    ("drift", "Dina Drift", Role.OPERATOR, None, None),
    ("administrator", "Ada Administrator", Role.ADMINISTRATOR, None, None),
)


def add_people(session: Session, now: datetime) -> int:
    """Persons with their memberships; those that exist already are left as they are."""
    known = set(session.exec(select(Person.subject).where(Person.issuer == ISSUER)).all())
    organisations = dict(session.exec(select(Organisation.key, Organisation.id)).all())
    for subject, name, role, organisation, county in PEOPLE:
        if subject in known:
            continue
        email = f"{slug(name).replace('-', '.')}@example.no"
        person = Person(issuer=ISSUER, subject=subject, display_name=name, known_as=email, email=email, created_at=now)
        session.add(person)
        session.flush()
        session.add(
            Membership(
                person_id=person.pk,
                role=role,
                organisation_id=organisations[organisation] if organisation else None,
                county_code=county,
                valid_from=now.date().replace(month=1, day=1),
            )
        )
    session.flush()
    return len(PEOPLE)
