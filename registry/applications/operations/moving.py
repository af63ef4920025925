"""A run is cancelled or postponed: its applicants are displaced, and find another run with their place in line kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.applications.models import Application, Relocation
from registry.applications.nearest import TAKES_APPLICANTS, Proposed, Proposer, nearest_alike
from registry.applications.operations.changing import change
from registry.applications.operations.submitting import create, get_application
from registry.applications.policy import on_behalf_of, scope_of
from registry.applications.states import STANDING, Attendance, Standing
from registry.core import audit, clock, events
from registry.core.errors import Conflict, IllegalTransition, Refused
from registry.offers import operations as runs
from registry.offers.guards import objection
from registry.offers.models import Offer, Run
from registry.offers.policy import scope_of as scope_of_offer

PROPOSALS = 3


@dataclass(frozen=True, slots=True)
class Consequences:
    """What cancelling a run would lead to. ``objection`` is why it needs a decision first, None where it does not."""

    displaced: int
    accepted: int
    proposals: tuple[Proposed, ...]
    objection: str | None


def consequences(session: Session, run: Run, *, proposer: Proposer = nearest_alike) -> Consequences:
    """Shown before anybody confirms. Changes nothing."""
    standing = _open_applications(session, run)
    offer = session.get_one(Offer, run.offer_id)
    accepted = sum(application.attendance is not Attendance.NONE for application in standing)
    return Consequences(
        len(standing), accepted, tuple(proposer(session, run, PROPOSALS)), objection(session, offer, run)
    )


def cancel(
    session: Session,
    actor: Actor,
    run: Run,
    reason_code: str,
    reason_text: str | None = None,
    *,
    proposer: Proposer = nearest_alike,
) -> int:
    """Cancels the run, displaces everybody and proposes the nearest alike runs to each. Returns how many were displaced.

    Raises NeedsReason, InvalidInput, IllegalTransition, NotAllowed, or NeedsDecision for the last national offer of a
    small subject; nothing is changed then.
    """
    run = runs.lock_run(session, run.pk)
    moment = clock.now()
    with session.no_autoflush:
        runs.mark_cancelled(session, actor, run, reason_code, reason_text, moment)
    session.flush()
    displaced = _displace(session, actor, run, moment)
    found = list(proposer(session, run, PROPOSALS)) if displaced else []
    session.add_all(
        Relocation(
            application_id=application.pk,
            run_id=proposed.run_id,
            position=position,
            score=proposed.score,
            explanation=proposed.explanation,
            proposed_at=moment,
        )
        for application in displaced
        for position, proposed in enumerate(found, start=1)
    )
    session.flush()
    return len(displaced)


def postpone(
    session: Session, actor: Actor, run: Run, term: str, reason_code: str, reason_text: str | None = None
) -> Run:
    """Moves the run to a later term with everybody on it, each keeping the place in line. Returns the new run.

    The applicants' old applications stay, displaced, so that figures of the old term remain true.
    """
    run = runs.lock_run(session, run.pk)
    moment = clock.now()
    successor = runs.mark_postponed(session, actor, run, term, reason_code, reason_text, moment)
    session.flush()
    for application in _displace(session, actor, run, moment):
        _move(session, on_behalf_of(actor), application, successor, moment)
    return successor


def take_relocation(session: Session, actor: Actor, relocation: Relocation) -> Application:
    """The displaced applicant takes a proposed run and keeps the place in line. Returns the new application.

    Raises Refused where the run takes no more applicants, Conflict where another proposal was taken already.
    """
    target = runs.lock_run(session, relocation.run_id)
    application = get_application(session, relocation.application_id, lock=True)
    scope = scope_of(session, application)
    actor.require(Permission.APPLICATION_ANSWER, scope)
    if application.standing is not Standing.DISPLACED:
        raise IllegalTransition("Søknaden er ikke flyttbar: kullet er ikke avlyst.")
    if target.state not in TAKES_APPLICANTS:
        raise Refused("Kullet tar ikke lenger imot søkere.")
    chosen = session.exec(
        select(Relocation.id).where(Relocation.application_id == application.pk, col(Relocation.chosen_at).is_not(None))
    ).first()
    if chosen is not None:
        raise Conflict("Du har allerede valgt et annet kull.")
    moment = clock.now()
    moved = _move(session, actor, application, target, moment)
    relocation.chosen_at = moment
    session.add(relocation)
    audit.record(
        session,
        actor=actor.name,
        thing="application",
        thing_id=application.pk,
        event="relocate",
        at=moment,
        details={"to": moved.pk, "position": relocation.position},
    )
    return moved


def _move(session: Session, actor: Actor, application: Application, target: Run, moment: datetime) -> Application:
    return create(
        session,
        actor,
        Application(
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
        ),
        at=moment,
    )


def _displace(session: Session, actor: Actor, run: Run, moment: datetime) -> Sequence[Application]:
    standing = _open_applications(session, run, lock=True)
    service = on_behalf_of(actor)
    scope: Scope = scope_of_offer(session, run)
    with session.no_autoflush:
        for application in standing:
            change(session, service, application, STANDING, "displace", scope=scope, at=moment)
            application.displaced_at = moment
    session.flush()
    events.publish(session, events.RUN_CANCELLED, run.key)
    return standing


def _open_applications(session: Session, run: Run, *, lock: bool = False) -> Sequence[Application]:
    """In the order they stand in line. With ``lock`` nobody withdraws or accepts before the transaction ends."""
    query = (
        select(Application)
        .where(Application.run_id == run.pk, Application.standing == Standing.OPEN)
        .order_by(col(Application.applied_at), col(Application.id))
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).all()


__all__ = ["Consequences", "cancel", "consequences", "postpone", "take_relocation"]
