"""A person applies to a run."""

from datetime import datetime

from sqlmodel import Session, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.models import Application
from registry.applications.policy import scope_of_applicant
from registry.applications.states import Endorsement, Standing
from registry.core import audit, clock, events
from registry.core.errors import Conflict, InvalidInput, NotFound, Refused
from registry.offers.models import Run
from registry.offers.operations import lock_run
from registry.offers.states import RunState
from registry.reference.models import Organisation


def get_application(session: Session, application_id: int, *, lock: bool = False) -> Application:
    """Raises NotFound. With ``lock`` the row is held until the transaction ends, and read anew."""
    query = select(Application).where(Application.id == application_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.exec(query).first()
    if found is None:
        raise NotFound("Søknaden finnes ikke.")
    return found


def submit(
    session: Session,
    actor: Actor,
    run: Run,
    applicant_key: str,
    *,
    owner_id: int | None = None,
    priority: int = 1,
    idempotency_key: str | None = None,
    at: datetime | None = None,
) -> Application:
    """An application, at the end of the line. The same ``idempotency_key`` again answers with the same application.

    Raises Refused where the run takes no applications, Conflict where the person has applied to it, InvalidInput for a
    priority below 1 or an employer who is no owner.
    """
    run = lock_run(session, run.pk)
    actor.require(Permission.APPLICATION_CREATE, scope_of_applicant(session, run, applicant_key))
    if idempotency_key is not None:
        known = session.exec(select(Application).where(Application.idempotency_key == idempotency_key)).first()
        if known is not None:
            if (known.run_id, known.applicant_key) != (run.pk, applicant_key):
                raise Conflict("Nøkkelen er brukt for en annen søknad.")
            return known
    moment = at or clock.now()
    if run.state is not RunState.OPEN:
        raise Refused("Kullet er ikke åpent for søknader.")
    if run.application_closes_on is not None and moment > clock.end_of_day(run.application_closes_on):
        raise Refused("Søknadsfristen er ute.")
    if priority < 1:
        raise InvalidInput("Prioritet må være 1 eller høyere.")
    if owner_id is not None:
        owner = session.get(Organisation, owner_id)
        if owner is None or not owner.is_owner:
            raise InvalidInput("Arbeidsgiveren er ikke registrert som eier.")
    return create(
        session,
        actor,
        Application(
            run_id=run.pk,
            applicant_key=applicant_key,
            owner_id=owner_id,
            priority=priority,
            applied_at=moment,
            endorsement=Endorsement.NOT_NEEDED if owner_id is None else Endorsement.PENDING,
            idempotency_key=idempotency_key,
            is_demo=run.is_demo,
        ),
        at=moment,
    )


def create(session: Session, actor: Actor, application: Application, *, at: datetime) -> Application:
    """Adds a row whose run is locked, and the first line of its story. Raises Conflict where the person has applied."""
    twice = session.exec(
        select(Application.id).where(
            Application.run_id == application.run_id, Application.applicant_key == application.applicant_key
        )
    ).first()
    if twice is not None:
        raise Conflict("Du har allerede søkt på dette kullet.", application=twice)
    session.add(application)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        thing="application",
        thing_id=application.pk,
        life="standing",
        event="submit",
        at=at,
        to_state=str(Standing.OPEN),
        details={"moved_from": application.moved_from_id} if application.moved_from_id else None,
    )
    events.publish(session, events.APPLICATION_CHANGED, str(application.pk))
    return application
