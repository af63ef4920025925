"""Rows for tests of applications: an institution's run, other runs beside it as noise, and who asks."""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlmodel import Session, select

from registry.access.models import Person, SignIn
from registry.access.policy import Actor, Holding
from registry.access.roles import Role
from registry.applications.models import Application
from registry.core import clock
from registry.core.text import norwegian_sort_key
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import OfferState, RunState
from registry.reference.models import Organisation

_numbers = count(1)
INSTITUTION, OTHER_INSTITUTION, OWNER, OTHER_OWNER = "1177", "1130", "kommune-4601", "kommune-5001"


@dataclass(frozen=True, slots=True)
class Cast:
    """Who asks, in one database."""

    provider: Actor
    other_provider: Actor
    office: Actor
    other_office: Actor
    owner: Actor
    other_owner: Actor
    system: Actor
    coordinator: Actor
    organisations: dict[str, int]


def cast(session: Session) -> Cast:
    ids = {key: pk or 0 for key, pk in session.exec(select(Organisation.key, Organisation.id))}

    def who(role: Role, organisation: str | None = None) -> Actor:
        return Actor(f"test:{role}", (Holding(role, ids[organisation] if organisation else None),))

    return Cast(
        provider=who(Role.PROVIDER_STAFF, INSTITUTION),
        other_provider=who(Role.PROVIDER_STAFF, OTHER_INSTITUTION),
        office=who(Role.ADMISSIONS_OFFICER, INSTITUTION),
        other_office=who(Role.ADMISSIONS_OFFICER, OTHER_INSTITUTION),
        owner=who(Role.OWNER, OWNER),
        other_owner=who(Role.OWNER, OTHER_OWNER),
        system=who(Role.SYSTEM),
        coordinator=who(Role.COORDINATOR),
        organisations=ids,
    )


def offer(session: Session, organisation: str = INSTITUTION, **given: Any) -> Offer:
    number = next(_numbers)
    moment = clock.now()
    values: dict[str, Any] = {
        "key": f"{organisation}-t{number}",
        "native_code": f"T{number}",
        "title": "Matematikk 1, 5.–10. trinn",
        "subject_code": "matematikk",
        "state": OfferState.PUBLISHED,
        "created_at": moment,
        "updated_at": moment,
        **given,
    }
    made = Offer(sort_title=norwegian_sort_key(values["title"]), **values)
    session.add(made)
    session.flush()
    provider = session.exec(select(Organisation).where(Organisation.key == organisation)).one()
    session.add(OfferProvider(offer_id=made.pk, organisation_id=provider.pk))
    session.flush()
    return made


def run(session: Session, of: Offer | None = None, **given: Any) -> Run:
    taught = of or offer(session)
    moment = clock.now()
    values: dict[str, Any] = {
        "key": f"{taught.key}-k{next(_numbers)}",
        "term": "2027V",
        "application_closes_on": clock.today() + timedelta(days=10),
        "places": 20,
        "minimum": 8,
        "state": RunState.OPEN,
        "created_at": moment,
        "updated_at": moment,
        **given,
    }
    made = Run(offer_id=taught.pk, **values)
    session.add(made)
    session.flush()
    return made


def application(session: Session, to: Run, **given: Any) -> Application:
    number = next(_numbers)
    values: dict[str, Any] = {
        "applicant_key": f"k1:{hashlib.sha256(str(number).encode()).hexdigest()}",
        "applied_at": clock.now(),
        **given,
    }
    made = Application(run_id=to.pk, **values)
    session.add(made)
    session.flush()
    return made


def run_of(session: Session, made: Application) -> Run:
    """The run that an application is to."""
    return session.get_one(Run, made.run_id)


def applicant(session: Session, applicant_key: str) -> Actor:
    """Somebody signed in whose own pseudonym this is."""
    number = next(_numbers)
    moment = clock.now()
    person = Person(issuer="test", subject=str(number), display_name=f"Søker {number}", created_at=moment)
    session.add(person)
    session.flush()
    session.add(
        SignIn(
            token_hash=f"{number:064x}",
            person_id=person.pk,
            applicant_key=applicant_key,
            created_at=moment,
            last_seen_at=moment,
        )
    )
    session.flush()
    return Actor(f"person:{person.pk}", (Holding(Role.SEARCHER),), person=person.pk)


def yesterday() -> date:
    return clock.today() - timedelta(days=1)
