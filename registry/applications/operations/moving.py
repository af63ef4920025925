"""A run is cancelled: its applicants are displaced, and find another run with their place in line kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.models import Application, Relocation
from registry.applications.nearest import TAKES_APPLICANTS, Proposed, Proposer, nearest_alike
from registry.applications.operations.displacing import copy_to, displace, in_line, open_applications
from registry.applications.operations.submitting import create, get_application
from registry.applications.policy import scope_of
from registry.applications.states import Attendance, Standing
from registry.core import audit, clock
from registry.core.errors import Conflict, IllegalTransition, NeedsDecision, Refused
from registry.offers import operations as runs
from registry.offers.guards import objection
from registry.offers.models import Offer, Run
from registry.rules.register import rules_on


@dataclass(frozen=True, slots=True)
class Consequences:
    """What cancelling a run would lead to. ``objection`` is why it needs a decision first, None where it does not."""

    displaced: int  #: everybody who has not withdrawn
    in_line: int  #: of them, those who wait for an answer or have a place: they are shown where to go
    accepted: int
    proposals: tuple[Proposed, ...]
    objection: NeedsDecision | None


def consequences(session: Session, run: Run, *, proposer: Proposer = nearest_alike) -> Consequences:
    """Shown before anybody confirms. Changes nothing."""
    standing = open_applications(session, run)
    offer = session.get_one(Offer, run.offer_id)
    accepted = sum(application.attendance is not Attendance.NONE for application in standing)
    return Consequences(
        displaced=len(standing),
        in_line=sum(map(in_line, standing)),
        accepted=accepted,
        proposals=tuple(proposer(session, run, _proposed(session))),
        objection=objection(session, offer, run),
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
    displaced = displace(session, actor, run, moment)
    _propose(session, run, [application for application in displaced if in_line(application)], proposer, moment)
    return len(displaced)


def _proposed(session: Session) -> int:
    return int(rules_on(session, clock.today())["NEAREST_PROPOSED"])


def _propose(session: Session, run: Run, waiting: Sequence[Application], proposer: Proposer, moment: datetime) -> None:
    """The nearest alike runs for each, without those that the person has applied to already."""
    if not waiting:
        return
    most = _proposed(session)
    found = list(proposer(session, run, 3 * most))
    applied = set(
        session.exec(
            select(Application.run_id, Application.applicant_key).where(
                col(Application.run_id).in_([proposed.run_id for proposed in found]),
                col(Application.applicant_key).in_(
                    select(Application.applicant_key).where(Application.run_id == run.pk)
                ),
            )
        )
    )
    for application in waiting:
        new = [proposed for proposed in found if (proposed.run_id, application.applicant_key) not in applied]
        session.add_all(
            Relocation(
                application_id=application.pk,
                run_id=proposed.run_id,
                position=position,
                score=proposed.score,
                explanation=proposed.explanation,
                proposed_at=moment,
            )
            for position, proposed in enumerate(new[:most], start=1)
        )
    session.flush()


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
    moved = create(session, actor, copy_to(target, application), at=moment)
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
