"""What the demonstration year lacks: a batch of decisions not yet sent, and a look across by the demonstration's own office."""

from sqlmodel import Session, col, select

from registry.access.models import Membership, Person
from registry.access.policy import Actor
from registry.access.roles import Role
from registry.applications import operations
from registry.applications.models import Application
from registry.applications.operations import Wish
from registry.applications.states import Decision, Standing
from registry.core import clock
from registry.offers.models import OfferProvider, Run
from registry.offers.states import RunState
from registry.people.queries import holdings


def office_of(session: Session) -> Actor:
    """The demonstration's admissions officer."""
    person = session.exec(
        select(Person.id).join(Membership).where(Membership.role == Role.ADMISSIONS_OFFICER).order_by(col(Person.id))
    ).first()
    return Actor(f"person:{person}", holdings(session, person or 0, clock.today()), person=person)


def queue_of(session: Session) -> tuple[Run, list[int]]:
    """A run of the office that has closed, with the most applications that wait for it."""
    [own] = {holding.organisation for holding in office_of(session).holdings}
    waiting = (
        select(Application)
        .join(Run, col(Run.id) == Application.run_id)
        .join(OfferProvider, col(OfferProvider.offer_id) == Run.offer_id)
        .where(
            OfferProvider.organisation_id == own,
            col(Run.state).in_((RunState.CLOSED, RunState.OPEN)),
            Application.decision == Decision.RECEIVED,
            Application.standing == Standing.OPEN,
            Application.endorsement != "declined",
        )
        .order_by(col(Application.applied_at))
    )
    by_run: dict[int, list[int]] = {}
    for application in session.exec(waiting):
        by_run.setdefault(application.run_id, []).append(application.pk)
    run_id = max(by_run, key=lambda one: len(by_run[one]))
    return session.get_one(Run, run_id), by_run[run_id]


def begin(session: Session) -> None:
    """One batch prepared and one look made."""
    office = office_of(session)
    run, ids = queue_of(session)
    operations.prepare(session, office, run, Wish(Decision.WAITLISTED), ids[-2:])
    operations.look(session, office, ids[0], "places")
