"""Everybody on a run loses it, and what of each goes along to another run."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from registry.access.policy import Actor, Scope
from registry.applications.models import Application
from registry.applications.operations.changing import change, hold
from registry.applications.policy import on_behalf_of
from registry.applications.states import HOLDING, STANDING, Decision, Standing
from registry.core import events
from registry.offers.models import Run
from registry.offers.policy import scope_of as scope_of_offer


def in_line(application: Application) -> bool:
    """Does the applicant still wait for an answer, or hold a place? Not who was turned down or said no."""
    return application.decision in (Decision.RECEIVED, Decision.WAITLISTED) or application.answer in HOLDING


def open_applications(session: Session, run: Run, *, lock: bool = False) -> Sequence[Application]:
    """In the order they stand in line. With ``lock`` nobody withdraws or accepts before the transaction ends."""
    theirs = on_it(run)
    found = hold(session, theirs) if lock else session.exec(select(Application).where(theirs)).all()
    return sorted(found, key=lambda application: (application.applied_at, application.pk))


def on_it(run: Run) -> ColumnElement[bool]:
    """The open applications to a run."""
    return (col(Application.run_id) == run.pk) & (col(Application.standing) == Standing.OPEN)


def displace(session: Session, actor: Actor, run: Run, moment: datetime) -> Sequence[Application]:
    """Every open application to the run, displaced in the actor's name."""
    standing = open_applications(session, run, lock=True)
    service = on_behalf_of(actor)
    scope: Scope = scope_of_offer(session, run)
    with session.no_autoflush:
        for application in standing:
            change(session, service, application, STANDING, "displace", scope=scope, at=moment)
            application.displaced_at = moment
    session.flush()
    events.publish(session, events.RUN_CANCELLED, run.key)
    return standing


def copy_to(target: Run, application: Application) -> Application:
    """A new application to ``target`` with the place in line, the priority and the owner's word kept. Not yet added."""
    return Application(
        run_id=target.pk,
        applicant_key=application.applicant_key,
        owner_id=application.owner_id,
        owner_rank=application.owner_rank,
        priority=application.priority,
        applied_at=application.applied_at,
        endorsement=application.endorsement,
        endorsement_reason=application.endorsement_reason,
        moved_from_id=application.pk,
        is_demo=application.is_demo,
    )
