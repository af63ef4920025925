"""Learning from what people have answered about duplicates: a new scorecard, kept with every pair it was learnt from."""

from typing import Any

from sqlmodel import Session

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor
from registry.coordination.models import DuplicateCard
from registry.coordination.queries.desk.card_lessons import (
    SHIPPED_VERSION,
    Lesson,
    newest_row,
    next_training,
    prepare,
    prepare_return,
    proof,
)
from registry.core import audit, clock, locks
from registry.core.errors import NeedsReason, Stale


def learn_duplicates(session: Session, actor: Actor, lesson: Lesson | None = None) -> DuplicateCard:
    """Learn the next version from the shipped pairs and all that people have answered; the next detection judges by it.

    ``lesson`` is what was prepared before, so that nobody waits for the arithmetic while it is written.
    Raises NotAllowed, Refused where nothing has been answered since the newest version, Stale where the lesson is no longer
    what would be learnt.
    """
    actor.require(Permission.RULE_EDIT, EVERYTHING)
    locks.hold(session, locks.Lock.LEARNING)
    if lesson is None:
        lesson = prepare(session)
    elif lesson.proof != proof(_holds(session), next_training(session)):
        raise Stale("Noen har svart eller lært i mellomtiden. Se på virkningen på nytt.")
    return _kept(session, actor, lesson, "learn")


def take_up_again(session: Session, actor: Actor, version: int, seen: int, reason: str) -> DuplicateCard:
    """A new version with the card of an earlier one, which it cites; nothing that was learnt is lost.

    ``seen`` is the version that held when the person decided. Raises NotAllowed, NotFound, NeedsReason, Refused for the version
    that holds, Stale where another has come to hold since.
    """
    actor.require(Permission.RULE_EDIT, EVERYTHING)
    if not reason.strip():
        raise NeedsReason("Skriv hvorfor dere går tilbake.")
    locks.hold(session, locks.Lock.LEARNING)
    if seen != _holds(session):
        raise Stale("En annen versjon gjelder nå. Last siden på nytt.")
    return _kept(session, actor, prepare_return(session, version), "take_up_again", reason.strip())


def _holds(session: Session) -> int:
    newest = newest_row(session)
    return SHIPPED_VERSION if newest is None else newest.version


def _kept(session: Session, actor: Actor, lesson: Lesson, event: str, reason: str | None = None) -> DuplicateCard:
    row = DuplicateCard(
        version=lesson.follows + 1,
        learnt_at=clock.now(),
        actor=actor.name,
        answers=lesson.answers,
        card=lesson.card.to_json(),
        training=lesson.training,
        cites=lesson.cites,
        held_out=lesson.held_out.to_json() if lesson.held_out else None,
    )
    session.add(row)
    session.flush()
    details: dict[str, Any] = {
        "version": row.version,
        "answers": row.answers,
        "pairs": lesson.card.learnt_from.get("pairs"),
        "cites": row.cites,
    }
    audit.record(
        session,
        actor=actor.name,
        thing="duplicate_card",
        thing_id=row.pk,
        event=event,
        reason_text=reason,
        details=details,
    )
    return row
