"""What people's answers about duplicates teach, before anybody says that it shall hold: the card, its proof, and what it would change."""

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from registry.coordination.detection.pairs import matching_rules
from registry.coordination.models import Detection, DuplicateCard
from registry.coordination.queries.desk.duplicate_card import answered, as_judged
from registry.coordination.queries.desk.people import names_of
from registry.coordination.queries.detecting.runs import moment
from registry.core import clock
from registry.core.errors import NotFound, Refused
from registry.matching.defaults import with_defaults
from registry.matching.duplicates import (
    Judged,
    Measured,
    Scorecard,
    learn,
    measured,
    shipped_card,
    shipped_pairs,
    unseen_chances,
)
from registry.rules.register import rules_on

SHIPPED_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How two cards judge the same answers, given since the older was learnt; the newer one has not learnt from those it judges."""

    answers: int
    same: int  #: of them one offer
    before: Measured
    after: Measured

    def to_json(self) -> dict[str, Any]:
        """As kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "HeldOut":
        """What :meth:`to_json` gave."""
        measures = {name: Measured.from_json(kept[name]) for name in ("before", "after")}
        return cls(**{**kept, **measures})


@dataclass(frozen=True, slots=True)
class Lesson:
    """A card that may be the next version."""

    card: Scorecard
    training: str
    answers: int  #: people's own that it is learnt from
    follows: int  #: the version that holds until then
    cites: int | None = None
    held_out: HeldOut | None = None

    @property
    def proof(self) -> str:
        """What shows that somebody saw this very lesson: the version that it follows, and what it is learnt from."""
        return proof(self.follows, self.training)


@dataclass(frozen=True, slots=True)
class Version:
    """One line of the list of versions; the shipped card is the first."""

    version: int
    learnt_at: datetime | None
    who: str  #: empty for the shipped card, and for a command
    answers: int
    pairs: int
    cites: int | None
    held_out: HeldOut | None


def proof(follows: int, training: str) -> str:
    """See :attr:`Lesson.proof`."""
    return f"{follows}-{hashlib.sha256(training.encode()).hexdigest()[:16]}"


def newest_row(session: Session) -> DuplicateCard | None:
    """The version that holds; None for the shipped card."""
    return session.exec(select(DuplicateCard).order_by(col(DuplicateCard.version).desc()).limit(1)).first()


def next_training(session: Session) -> str:
    """What the next version would be learnt from. Raises Refused where that is what holds, or nobody has answered."""
    given = as_judged(answered(session))
    training = shipped_pairs().plus(given).to_csv()
    newest = newest_row(session)
    if not len(given) or (newest is not None and newest.training == training):
        raise Refused("Ingen har svart på flere mulige dubletter siden sist. Det er ikke noe nytt å lære av.")
    return training


def unseen(session: Session) -> int:
    """How many answers the card that holds has not seen."""
    return len(_parted(session)[1])


def prepare(session: Session) -> Lesson:
    """The next card, learnt from the shipped pairs and every answer. Seconds of arithmetic; nothing is written.

    Raises Refused where there is nothing new to learn from.
    """
    training, newest = next_training(session), newest_row(session)
    seen, new = _parted(session)
    follows = newest.version if newest else SHIPPED_VERSION
    pairs = shipped_pairs().plus(seen).plus(new)
    return Lesson(
        card=learn(pairs, str(follows + 1)),
        training=training,
        answers=len(seen) + len(new),
        follows=follows,
        held_out=_compared(session, newest, seen, new) if len(new) else None,
    )


def prepare_return(session: Session, version: int) -> Lesson:
    """The card of an earlier version, taken up again. Raises NotFound, and Refused for the version that holds."""
    newest = newest_row(session)
    follows = newest.version if newest else SHIPPED_VERSION
    if version == follows:
        raise Refused("Denne versjonen er den som gjelder.")
    if version == SHIPPED_VERSION:
        card, training, count = shipped_card(), shipped_pairs().to_csv(), 0
    else:
        row = session.exec(select(DuplicateCard).where(DuplicateCard.version == version)).first()
        if row is None:
            raise NotFound("Versjonen finnes ikke.")
        card, training, count = Scorecard.from_json(row.card), row.training, row.answers
    return Lesson(replace(card, version=str(follows + 1)), training, count, follows, cites=version)


def versions(session: Session) -> list[Version]:
    """Newest first."""
    rows = session.exec(select(DuplicateCard).order_by(col(DuplicateCard.version).desc())).all()
    names = names_of(session, (row.actor for row in rows))
    shipped = Version(SHIPPED_VERSION, None, "", 0, len(shipped_pairs()), None, None)
    learnt = [
        Version(
            version=row.version,
            learnt_at=moment(row.learnt_at),
            who=names.get(row.actor, ""),
            answers=row.answers,
            pairs=int(row.card["learnt_from"]["pairs"]),
            cites=row.cites,
            held_out=HeldOut.from_json(row.held_out) if row.held_out else None,
        )
        for row in rows
    ]
    return [*learnt, shipped]


def training_of(session: Session, version: int) -> str:
    """What a version was learnt from, as CSV: levels by name, the answer, its weight, and whether a person gave it.

    Raises NotFound.
    """
    if version == SHIPPED_VERSION:
        return shipped_pairs().to_csv()
    row = session.exec(select(DuplicateCard).where(DuplicateCard.version == version)).first()
    if row is None:
        raise NotFound("Versjonen finnes ikke.")
    return row.training


def judged_by(session: Session) -> int | None:
    """The version by which the newest detection judged; None before the first."""
    newest = session.exec(select(Detection).order_by(col(Detection.id).desc()).limit(1)).first()
    return None if newest is None else int(newest.counts.get("duplicate_card", SHIPPED_VERSION))


def least_shown(session: Session) -> tuple[float, float]:
    """(the chance from which a pair is put forward, that from which two sources' records are surely one), by the rules of today."""
    rules = with_defaults(matching_rules(rules_on(session, clock.today())))
    return rules["DUP_POSSIBLE"], rules["DUP_SURE"]


def _parted(session: Session) -> tuple[Judged, Judged]:
    """Answers that the card that holds was learnt with, and those given since."""
    row = newest_row(session)
    while row is not None and row.cites is not None:  # what it takes up again has seen no more than it had then
        row = session.exec(select(DuplicateCard).where(DuplicateCard.version == row.cites)).first()
    given = answered(session)
    until = None if row is None else moment(row.learnt_at)
    seen = [one for one in given if until is not None and one.at <= until]
    return as_judged(seen), as_judged(one for one in given if until is None or one.at > until)


def _compared(session: Session, newest: DuplicateCard | None, seen: Judged, new: Judged) -> HeldOut:
    least, _sure = least_shown(session)
    before = Scorecard.from_json(newest.card) if newest else shipped_card()
    return HeldOut(
        answers=len(new),
        same=int(new.same.sum()),
        before=measured(before.probability(new.levels), new.same, least),
        after=measured(unseen_chances(shipped_pairs().plus(seen), new), new.same, least),
    )
