"""The employer's owner endorses and ranks its own staff's applications."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.applications.models import Application
from registry.applications.operations.changing import change, must_be_open
from registry.applications.operations.submitting import get_application
from registry.applications.policy import scope_in, scope_of
from registry.applications.states import ENDORSEMENT, UNSETTLED, Endorsement
from registry.core import audit, events
from registry.core.errors import InvalidInput
from registry.offers.models import Run
from registry.offers.operations import known_reason, lock_run
from registry.offers.policy import scope_of as scope_of_offer


def endorse(session: Session, actor: Actor, application: Application) -> None:
    """The owner stands behind the application."""
    application = get_application(session, application.pk, lock=True)
    must_be_open(application)
    change(session, actor, application, ENDORSEMENT, "endorse", scope=scope_of(session, application))


def decline_endorsement(
    session: Session, actor: Actor, application: Application, reason_code: str, reason_text: str | None = None
) -> None:
    """The owner does not. Raises NeedsReason or InvalidInput for the reason."""
    application = get_application(session, application.pk, lock=True)
    must_be_open(application)
    scope = scope_of(session, application)
    ENDORSEMENT.find("decline_endorsement", application.endorsement)
    known_reason(session, "endorsement_decline", reason_code, reason_text)
    with session.no_autoflush:
        change(
            session,
            actor,
            application,
            ENDORSEMENT,
            "decline_endorsement",
            scope=scope,
            reason_code=reason_code,
            reason_text=reason_text,
        )
        application.endorsement_reason = reason_code


def speak_for(
    session: Session,
    actor: Actor,
    run: Run,
    owner_id: int,
    application_ids: Collection[int],
    declined: tuple[str, str | None] | None = None,
) -> int:
    """The owner stands behind several of its applications to one run, or behind none of them with a reason (code, words).
    What it has said before stays as it is. Returns how many were spoken for.

    Raises InvalidInput for none, or for an application that is not the owner's to this run; NeedsReason.
    """
    actor.require(Permission.APPLICATION_ENDORSE, Scope(owners=frozenset({owner_id})))
    run = lock_run(session, run.pk)
    own = _own(session, run, owner_id)
    if not application_ids or not set(application_ids) <= set(own):
        raise InvalidInput("Velg minst én av deres egne søkere.")
    code, words = declined or (None, None)
    if declined is not None:
        known_reason(session, "endorsement_decline", declined[0], declined[1])
    event, target = (
        ("endorse", Endorsement.ENDORSED) if declined is None else ("decline_endorsement", Endorsement.DECLINED)
    )
    chosen = [own[one] for one in sorted(set(application_ids)) if own[one].endorsement is not target]
    scope = replace(scope_of_offer(session, run), owners=frozenset({owner_id}))
    with session.no_autoflush:
        for application in chosen:
            must_be_open(application)
            change(session, actor, application, ENDORSEMENT, event, scope=scope, reason_code=code, reason_text=words)
            application.endorsement_reason = code
    session.flush()
    return len(chosen)


def rank(session: Session, actor: Actor, run: Run, owner_id: int, application_ids: Sequence[int]) -> None:
    """The owner's order of its applicants to one run, first is 1; those left out have no rank, but for who has got a
    place or a no already: it came of the rank that they had.

    Raises InvalidInput where an id is repeated or is not the owner's application to this run.
    """
    run = lock_run(session, run.pk)
    own = _own(session, run, owner_id)
    if len(set(application_ids)) != len(application_ids) or not set(application_ids) <= set(own):
        raise InvalidInput("Rekkefølgen gjelder søknader som ikke er deres.")
    places = {application_id: place for place, application_id in enumerate(application_ids, start=1)}
    scope = None
    for application in own.values():
        scope = scope or scope_in(session, run, application)
        actor.require(Permission.APPLICATION_ENDORSE, scope)
        place = places.get(application.pk)
        if place == application.owner_rank or (place is None and application.decision not in UNSETTLED):
            continue
        audit.record(
            session,
            actor=actor.name,
            thing="application",
            thing_id=application.pk,
            event="rank",
            details={"from": application.owner_rank, "to": place},
        )
        application.owner_rank = place
        application.version += 1
        events.publish(session, events.APPLICATION_CHANGED, str(application.pk))


def _own(session: Session, run: Run, owner_id: int) -> dict[int, Application]:
    """The owner's applications to a run, locked, in the order of their ids."""
    query = (
        select(Application)
        .where(Application.run_id == run.pk, Application.owner_id == owner_id)
        .order_by(col(Application.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {application.pk: application for application in session.exec(query)}
