"""One function per verb for offers and runs. Each takes the session and who asks first; none commits.

Cancelling and postponing a run also move its applicants: that is ``registry.applications.operations``; the
``mark_…`` functions here change the run alone.
"""

from datetime import date, datetime

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.core import clock, events, terms, transitions
from registry.core.errors import InvalidInput, NeedsReason, NotFound, Refused
from registry.offers.guards import check_loss
from registry.offers.models import Offer, Run, RunPlace
from registry.offers.policy import scope_of
from registry.offers.states import LIVE_RUNS, OFFER, RUN, CancelReason, OfferState, RunState
from registry.reference.models import Reason


def get_offer(session: Session, key: str) -> Offer:
    """Raises NotFound."""
    found = session.exec(select(Offer).where(Offer.key == key)).first()
    if found is None:
        raise NotFound("Tilbudet finnes ikke.")
    return found


def lock_offer(session: Session, offer_id: int) -> Offer:
    """Hold the offer's row until the transaction ends, read anew: its status is only changed under this lock."""
    query = select(Offer).where(Offer.id == offer_id).with_for_update().execution_options(populate_existing=True)
    return session.exec(query).one()


def get_run(session: Session, key: str, *, lock: bool = False) -> Run:
    """The run by its key; of one that has gone into another, the one that stands for both. With ``lock`` its row is held
    until the transaction ends, and read anew. Raises NotFound.
    """
    query = select(Run).where(Run.key == key)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.exec(query).first()
    if found is None:
        raise NotFound("Kullet finnes ikke.")
    if found.absorbed_into_id is None:
        return found
    return lock_run(session, found.absorbed_into_id) if lock else session.get_one(Run, found.absorbed_into_id)


def lock_run(session: Session, run_id: int) -> Run:
    """Hold the run's row until the transaction ends: places are only given under this lock. Raises NotFound."""
    query = select(Run).where(Run.id == run_id).with_for_update().execution_options(populate_existing=True)
    found = session.exec(query).first()
    if found is None:
        raise NotFound("Kullet finnes ikke.")
    return found


def known_reason(session: Session, life: str, code: str, text: str | None) -> None:
    """Raises NeedsReason for an empty or unexplained reason, InvalidInput for an unknown one."""
    if not code:
        raise NeedsReason("Velg en årsak.")
    reason = session.exec(select(Reason).where(Reason.life == life, Reason.code == code)).first()
    if reason is None:
        raise InvalidInput("Årsaken finnes ikke.", life=life, code=code)
    if (reason.needs_text or code == "other") and not (text or "").strip():
        raise NeedsReason("Forklar årsaken med egne ord.", code=code)


# Offers


def publish(session: Session, actor: Actor, offer: Offer, *, at: datetime | None = None) -> None:
    """Draft to published. Raises Refused where the title is missing."""
    offer = lock_offer(session, offer.pk)
    if not offer.title.strip():
        raise Refused("Tilbudet må ha en tittel før det kan publiseres.")
    _change_offer(session, actor, offer, "publish", at=at)


def discontinue(
    session: Session,
    actor: Actor,
    offer: Offer,
    reason_code: str,
    reason_text: str | None = None,
    *,
    on: date | None = None,
) -> None:
    """The offer's end. Raises NeedsDecision for the last national offer of a small subject, Refused while runs are live."""
    known_reason(session, "offer_discontinue", reason_code, reason_text)
    offer = lock_offer(session, offer.pk)
    OFFER.find("discontinue", offer.state)
    live = session.exec(select(Run.id).where(Run.offer_id == offer.pk, col(Run.state).in_(LIVE_RUNS)).limit(1)).first()
    if live is not None:
        raise Refused("Tilbudet har kull som ikke er ferdige. Fullfør eller avlys dem først.")
    actor.require(Permission.OFFER_DISCONTINUE, scope_of(session, offer))
    check_loss(session, offer)
    with session.no_autoflush:  # the status and what belongs to it reach the database together
        _change_offer(session, actor, offer, "discontinue", reason_code=reason_code, reason_text=reason_text)
        offer.discontinued_on = on or clock.today()
        offer.discontinue_reason = reason_code


def reinstate(session: Session, actor: Actor, offer: Offer) -> None:
    """Takes a discontinuation back."""
    offer = lock_offer(session, offer.pk)
    _change_offer(session, actor, offer, "reinstate")
    offer.discontinued_on = offer.discontinue_reason = None


def archive(session: Session, actor: Actor, offer: Offer) -> None:
    """Puts away a draft or a discontinued offer."""
    offer = lock_offer(session, offer.pk)
    _change_offer(session, actor, offer, "archive")
    offer.discontinued_on = offer.discontinue_reason = None


def _change_offer(
    session: Session,
    actor: Actor,
    offer: Offer,
    event: str,
    *,
    at: datetime | None = None,
    reason_code: str | None = None,
    reason_text: str | None = None,
) -> None:
    transitions.apply(
        session,
        actor,
        offer,
        OFFER,
        event,
        scope=scope_of(session, offer),
        key=offer.key,
        at=at,
        reason_code=reason_code,
        reason_text=reason_text,
    )
    offer.updated_at = clock.now()
    offer.version += 1


# Runs


def open_run(session: Session, actor: Actor, run: Run) -> None:
    """Applications may be sent. Raises Refused where the offer is not published."""
    offer = lock_offer(session, run.offer_id)  # nobody discontinues it between this look and the opening
    RUN.find("open", run.state)
    if offer.state is not OfferState.PUBLISHED:
        raise Refused("Tilbudet må være publisert før kullet kan åpnes for søknader.")
    _change_run(session, actor, lock_run(session, run.pk), "open")


def close_run(session: Session, actor: Actor, run: Run) -> None:
    """No more applications."""
    _change_run(session, actor, lock_run(session, run.pk), "close")


def confirm_run(session: Session, actor: Actor, run: Run) -> None:
    """It will be taught."""
    _change_run(session, actor, lock_run(session, run.pk), "confirm")


def start_run(session: Session, actor: Actor, run: Run) -> None:
    """Teaching has begun."""
    _change_run(session, actor, lock_run(session, run.pk), "start")


def complete_run(session: Session, actor: Actor, run: Run) -> None:
    """Teaching is over."""
    _change_run(session, actor, lock_run(session, run.pk), "complete")


def mark_cancelled(
    session: Session, actor: Actor, run: Run, reason_code: str, reason_text: str | None, at: datetime
) -> None:
    """The run alone; see ``applications.operations.cancel``. Raises NeedsReason, InvalidInput, NeedsDecision."""
    known_reason(session, "run_cancel", reason_code, reason_text)
    offer = session.get_one(Offer, run.offer_id)
    RUN.find("cancel", run.state)
    actor.require(Permission.RUN_CANCEL, scope_of(session, run))
    check_loss(session, offer, run)
    _change_run(session, actor, run, "cancel", at=at, reason_code=reason_code, reason_text=reason_text)
    run.cancel_reason = CancelReason(reason_code)
    run.cancel_text = (reason_text or "").strip() or None
    run.cancelled_at = at
    events.publish(session, events.RUN_CANCELLED, run.key)


def mark_postponed(
    session: Session, actor: Actor, run: Run, term: str, reason_code: str, reason_text: str | None, at: datetime
) -> Run:
    """A planned run of the same offer in a later term takes over.

    Raises InvalidInput where ``term`` is not later, NeedsDecision where its study year loses what only this run gives it.
    """
    known_reason(session, "run_postpone", reason_code, reason_text)
    try:
        later = terms.sort_key(term) > terms.sort_key(run.term)
    except ValueError:
        later = False
    if not later:
        raise InvalidInput("Kullet kan bare utsettes til et senere semester.", term=term)
    RUN.find("postpone", run.state)
    actor.require(Permission.RUN_EDIT, scope_of(session, run))
    if terms.study_year(term) != terms.study_year(run.term):
        check_loss(session, session.get_one(Offer, run.offer_id), run)
    key = _free_key(session, run, term)
    successor = Run(
        key=key,
        offer_id=run.offer_id,
        term=term,
        places=run.places,
        minimum=run.minimum,
        delivery=run.delivery,
        apply_url=run.apply_url,
        state=RunState.PLANNED,
        is_demo=run.is_demo,
        created_at=at,
        updated_at=clock.now(),
    )
    session.add(successor)
    session.flush()
    places = session.exec(select(RunPlace.municipality_code).where(RunPlace.run_id == run.pk)).all()
    session.add_all([RunPlace(run_id=successor.pk, municipality_code=code) for code in places])
    run.postponed_to_id = successor.pk
    with session.no_autoflush:
        _change_run(
            session,
            actor,
            run,
            "postpone",
            at=at,
            reason_code=reason_code,
            reason_text=reason_text,
            details={"to": key, "term": term},
        )
    return successor


def _free_key(session: Session, run: Run, term: str) -> str:
    base = f"{session.get_one(Offer, run.offer_id).key}-{term.lower()}"
    taken = set(session.exec(select(Run.key).where(col(Run.key).startswith(base))).all())
    return next(
        key for number in range(1, len(taken) + 2) if (key := base if number == 1 else f"{base}-{number}") not in taken
    )


def _change_run(
    session: Session,
    actor: Actor,
    run: Run,
    event: str,
    *,
    at: datetime | None = None,
    reason_code: str | None = None,
    reason_text: str | None = None,
    details: dict[str, str] | None = None,
) -> None:
    offer = session.get_one(Offer, run.offer_id)
    transitions.apply(
        session,
        actor,
        run,
        RUN,
        event,
        scope=scope_of(session, run),
        key=offer.key,
        at=at,
        reason_code=reason_code,
        reason_text=reason_text,
        details=details,
    )
    run.updated_at = clock.now()
    run.version += 1
