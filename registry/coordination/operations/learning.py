"""Learning from what people have answered about duplicates: a new scorecard, kept with every pair it was learnt from."""

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor
from registry.coordination.models import DuplicateCard
from registry.coordination.queries.cards import answers
from registry.core import audit, clock
from registry.core.errors import Refused
from registry.matching.duplicates import learn, shipped_pairs

_SHIPPED_VERSION = 1


def learn_duplicates(session: Session, actor: Actor) -> DuplicateCard:
    """Learn the next version from the shipped pairs and all that people have answered; the next detection judges by it.

    Raises NotAllowed, Refused where nothing has been answered since the newest version.
    """
    actor.require(Permission.RULE_EDIT, EVERYTHING)
    given = answers(session)
    newest = session.exec(select(DuplicateCard).order_by(col(DuplicateCard.version).desc()).limit(1)).first()
    pairs = shipped_pairs().plus(given)
    training = pairs.to_csv()
    if not len(given) or (newest is not None and newest.training == training):
        raise Refused("Ingen har svart på flere mulige dubletter siden sist. Det er ikke noe nytt å lære av.")
    version = (newest.version if newest is not None else _SHIPPED_VERSION) + 1
    row = DuplicateCard(
        version=version,
        learnt_at=clock.now(),
        actor=actor.name,
        answers=len(given),
        card=learn(pairs, str(version)).to_json(),
        training=training,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        thing="duplicate_card",
        thing_id=row.pk,
        event="learn",
        details={"version": version, "answers": len(given), "pairs": len(pairs)},
    )
    return row
