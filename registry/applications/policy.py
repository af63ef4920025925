"""Whose an application is: the institution's, the employer's and the applicant's own."""

from sqlmodel import Session, col, select

from registry.access.models import SignIn
from registry.access.policy import Actor, Holding, Scope
from registry.access.roles import Role
from registry.applications.models import Application
from registry.offers.models import Run
from registry.offers.policy import scope_of as scope_of_offer


def scope_of(session: Session, application: Application) -> Scope:
    """Providers of the run's offer, the employer's owner, and the person where somebody signed in is the applicant."""
    run = session.get_one(Run, application.run_id)
    return scope_in(session, run, application)


def scope_in(session: Session, run: Run, application: Application) -> Scope:
    """As ``scope_of``, for a run at hand."""
    provider = scope_of_offer(session, run)
    owner = frozenset() if application.owner_id is None else frozenset({application.owner_id})
    return Scope(
        organisations=provider.organisations,
        counties=provider.counties,
        owners=owner,
        person=person_behind(session, application.applicant_key),
    )


def scope_of_applicant(session: Session, run: Run, applicant_key: str) -> Scope:
    """For an application that is not there yet."""
    provider = scope_of_offer(session, run)
    return Scope(provider.organisations, provider.counties, person_behind(session, applicant_key))


def person_behind(session: Session, applicant_key: str) -> int | None:
    """The signed-in person whose pseudonym this is. The link lives in the session alone and ends with it."""
    return session.exec(
        select(SignIn.person_id)
        .where(SignIn.applicant_key == applicant_key, col(SignIn.ended_at).is_(None))
        .order_by(col(SignIn.last_seen_at).desc())
        .limit(1)
    ).first()


def on_behalf_of(actor: Actor) -> Actor:
    """The consequences of an allowed act follow with the service's rights and in the name of who acted."""
    return Actor(actor.name, (Holding(Role.SYSTEM),), actor.person, actor.label)
