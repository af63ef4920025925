"""The network's decisions to let the last national offer of a small subject go: who, when, why, and what became of each.

A decision that was withdrawn is told by the log: nothing is permitted by it any more.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from registry.coordination.models import NationalDecision
from registry.coordination.queries.desk.people import names_of
from registry.core.audit import AuditEntry
from registry.offers.models import Offer, Run

LIFE, WITHDRAWN = "permission", "withdraw_permitted_loss"  #: in the log, of an offer


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a decision no longer permits anything."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Permitted:
    """One decision. ``term`` and ``run`` (key) are of the run that it is about, None where it is about the whole offer."""

    id: int
    subject: str
    offer: str  #: key
    title: str
    reason: str
    who: str  #: empty where no person is known
    decided_on: date
    run: str | None = None
    term: str | None = None
    used_at: datetime | None = None
    withdrawn: Withdrawal | None = None

    @property
    def state(self) -> str:
        """ "withdrawn", "used" or "unused"."""
        if self.withdrawn is not None:
            return "withdrawn"
        return "unused" if self.used_at is None else "used"

    @property
    def stands(self) -> bool:
        """It permits a loss that has not come."""
        return self.state == "unused"


def permitted_losses(session: Session, subjects: Collection[str] | None = None) -> list[Permitted]:
    """Every decision, the newest first; ``subjects``: only of these."""
    query = select(NationalDecision)
    if subjects is not None:
        query = query.where(col(NationalDecision.subject_code).in_(subjects))
    told: list[tuple[dict[str, Any], Withdrawal | None]] = [(row.model_dump(), None) for row in session.exec(query)]
    for entry in session.exec(select(AuditEntry).where(AuditEntry.thing == "offer", AuditEntry.life == LIFE)):
        row = {**(entry.details or {}), "offer_id": entry.thing_id}
        if subjects is None or row["subject_code"] in subjects:
            row["decided_on"] = date.fromisoformat(row["decided_on"])
            told.append((row, Withdrawal(entry.reason_text or "", entry.at)))
    rows = [row for row, _ in told]
    offers = {one.pk: one for one in _found(session, Offer, {row["offer_id"] for row in rows})}
    runs = {one.pk: one for one in _found(session, Run, {row["run_id"] for row in rows if row["run_id"]})}
    names = names_of(session, (row["actor"] for row in rows))
    found = [
        Permitted(
            id=row["id"],
            subject=row["subject_code"],
            offer=offers[row["offer_id"]].key,
            title=offers[row["offer_id"]].title,
            reason=row["reason"],
            who=names.get(row["actor"], ""),
            decided_on=row["decided_on"],
            run=runs[row["run_id"]].key if row["run_id"] in runs else None,
            term=runs[row["run_id"]].term if row["run_id"] in runs else None,
            used_at=row.get("used_at"),
            withdrawn=withdrawn,
        )
        for row, withdrawn in told
    ]
    return sorted(found, key=lambda one: (one.decided_on, one.id), reverse=True)


def standing_decision(
    session: Session, offer_id: int, subject_code: str, run_id: int | None = None
) -> NationalDecision | None:
    """The unused decision that permits losing the offer, or this run of it: one about the whole offer is about each of its runs."""
    about = col(NationalDecision.run_id).is_(None)
    query = select(NationalDecision).where(
        NationalDecision.offer_id == offer_id,
        NationalDecision.subject_code == subject_code,
        col(NationalDecision.used_at).is_(None),
        about if run_id is None else or_(about, NationalDecision.run_id == run_id),
    )
    return session.exec(query.order_by(col(NationalDecision.id)).limit(1)).first()


def _found(session: Session, model: Any, ids: Iterable[int]) -> Iterable[Any]:
    return session.exec(select(model).where(model.id.in_(set(ids)))).all()
