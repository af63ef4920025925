"""Places that were offered, from the ledger: what a rule of commitment is replayed on."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from registry.applications.commitment import Place, Replay, RuleKind, Wait, replay
from registry.applications.models import Application
from registry.core import clock
from registry.core import terms as term_order
from registry.core.audit import AuditEntry
from registry.offers.models import Offer, Run
from registry.offers.states import RunState

_LIVES = ("decision", "answer", "attendance", "standing")
_FREED = {"decline", "lapse", "miss", "withdraw"}


@dataclass(frozen=True, slots=True)
class TermReplay:
    """One rule on one term."""

    term: str
    replay: Replay

    def to_json(self) -> dict[str, Any]:
        """For machines, and to be kept with a decision."""
        told = self.replay
        return {
            "term": self.term,
            "rule": told.kind.value,
            "limit": told.limit,
            "offered": told.offered,
            "people": told.people,
            "released": told.released,
            "wanted": told.wanted,
            "days_earlier": told.days_earlier,
            "blocked": told.blocked,
            "blocked_people": told.blocked_people,
            "blocked_share": round(told.blocked_share, 4),
        }


def proof(found: Iterable[TermReplay], day: date, version: int) -> str:
    """What shows that somebody has seen these figures, on this day, of the rule in this version. Other figures have another."""
    seen = [day.isoformat(), version, *(one.to_json() for one in found)]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


def replays(
    session: Session, kind: RuleKind, limit: float | None, terms: Iterable[str] | None = None
) -> list[TermReplay]:
    """The rule replayed on each term by itself, oldest first; every term that has begun where none is named."""
    chosen = list(terms) if terms is not None else begun_terms(session)
    return [
        TermReplay(term, replay(kind, limit, *offered_places(session, term)))
        for term in sorted(chosen, key=term_order.sort_key)
    ]


def begun_terms(session: Session) -> list[str]:
    """Terms with runs that have begun: before that, nobody knows who came."""
    query = select(Run.term).where(col(Run.state).in_((RunState.RUNNING, RunState.COMPLETED))).distinct()
    return sorted(session.exec(query), key=term_order.sort_key)


def offered_places(session: Session, term: str) -> tuple[list[Place], list[Wait]]:
    """Every place offered in runs of a term, and who waited when. Days are days in Oslo."""
    query = (
        select(  # type: ignore[call-overload]  # sqlmodel types four columns
            Application.id,
            Application.applicant_key,
            Run.id,
            Offer.credits,
            AuditEntry.event,
            AuditEntry.to_state,
            AuditEntry.at,
        )
        .join(Run, col(Run.id) == Application.run_id)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .join(AuditEntry, col(AuditEntry.thing_id) == Application.id)
        .where(AuditEntry.thing == "application", col(AuditEntry.life).in_(_LIVES), Run.term == term)
        .order_by(col(AuditEntry.at), col(AuditEntry.id))
    )
    stories: dict[int, _Story] = {}
    for application, applicant, run, worth, event, state, at in session.execute(query):
        story = stories.setdefault(application, _Story(applicant, run, float(worth or 0)))
        story.hear(event, state, at)
    places = [story.place(term) for story in stories.values() if story.offered is not None]
    return [place for place in places if place is not None], [w for story in stories.values() for w in story.waits()]


@dataclass(slots=True)
class _Story:
    """One application's dates, as the ledger tells them."""

    applicant: str
    run: int
    worth: float
    offered: date | None = None
    taken: date | None = None
    freed: date | None = None
    started: bool = False
    cancelled: bool = False  #: the run was: nobody gave the place up, and no rule would have freed it
    waits_from: date | None = None
    waits_to: date | None = None

    def hear(self, event: str, state: str | None, at: datetime) -> None:
        day = clock.local_day(at)
        if event == "offer" or (event.startswith("correct") and state == "offered"):
            self.offered, self.waits_to = self.offered or day, self.waits_to or day
        elif event == "waitlist":
            self.waits_from = day
        elif state == "accepted":
            self.taken, self.freed = self.taken or day, None
        elif state == "started":
            self.started = True
        elif event == "displace":
            self.cancelled, self.waits_to = True, self.waits_to or day
        if event in _FREED:
            self.freed = self.freed or day
            self.waits_to = self.waits_to or day

    def place(self, term: str) -> Place | None:
        if self.offered is None or self.cancelled:
            return None
        return Place(self.applicant, self.run, term, self.worth, self.offered, self.taken, self.freed, self.started)

    def waits(self) -> list[Wait]:
        if self.waits_from is None:
            return []
        return [Wait(self.run, self.waits_from, self.waits_to or date.max)]
