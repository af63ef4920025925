"""Where one stands in the queue, which pairs look just like this one, and all that was said about it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, tuple_
from sqlmodel import Session, col, select

from registry.coordination.models import Comment, Decision, Pair
from registry.coordination.queries.desk.board import UNDECIDED, PairFilter, in_order, narrowed
from registry.coordination.queries.desk.merges import Merged, merges_told
from registry.coordination.queries.desk.people import names_of
from registry.coordination.queries.desk.proposals import proposals_of
from registry.coordination.queries.detecting.runs import moment
from registry.coordination.states import WITHIN_REACH, ProposalState
from registry.core.audit import AuditEntry
from registry.offers.models import Offer
from registry.reference.models import Organisation

#: Evidence whose value is the offers' own words: that it speaks for or against is the pattern, not what it says.
_OWN_WORDS = frozenset({"name", "title", "words", "source", "focus", "outcomes"})
#: Why an answer no longer stands, where the log has a line of its own for it -> that line.
_ENDS = {"data_changed": "data_changed", "undone": "undone", "undone_with_batch": "undone"}
#: When, what, the thing itself, who did it, and for which institution.
Line = tuple[datetime, str, Any, str, int | None]
_ALIKE_LIMIT = 200  # as many as may be answered at once


@dataclass(frozen=True, slots=True)
class Place:
    """The neighbours in the queue as it is filtered, and how far the work has come."""

    previous: int | None
    next: int | None
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the log. ``thing`` is a Decision, Proposal, Comment, Merged or, of a case, an entry of the audit log.

    ``who`` is the person, ``voice`` the institution, ``to`` the institution that a proposal is put to.
    """

    at: datetime
    event: str
    thing: Any
    who: str
    voice: str
    to: str = ""

    @property
    def pair_id(self) -> int | None:
        """The pair that the line is about; None is the case as a whole."""
        return getattr(self.thing, "pair_id", None)


def place_of(session: Session, wanted: PairFilter, pair: Pair) -> Place:
    """Where the pair stands. The pair itself may have left the filter by being answered."""
    order = in_order()
    falling = [column.desc() for column in order]
    # Whoever goes through what waits goes back to what was just answered, which has left the queue.
    behind = replace(wanted, decided="") if wanted.decided == UNDECIDED else wanted
    query = narrowed(select(Pair.id), behind)
    before = session.exec(query.where(tuple_(*order) < _here(pair)).order_by(*falling).limit(1)).first()
    everything = narrowed(select(Pair.id), replace(wanted, decided="")).subquery()
    answered = select(Decision.pair_id).where(col(Decision.superseded_at).is_(None))
    total = session.exec(select(func.count()).select_from(everything)).one()
    done = session.exec(select(func.count()).select_from(everything).where(everything.c.id.in_(answered))).one()
    return Place(before, next_of(session, wanted, pair), done, total)


def next_of(session: Session, wanted: PairFilter, pair: Pair) -> int | None:
    """The pair that comes after this one in the queue as it is filtered."""
    order = in_order()
    query = narrowed(select(Pair.id), wanted).where(tuple_(*order) > _here(pair))
    found: int | None = session.exec(query.order_by(*order).limit(1)).first()
    return found


def _here(pair: Pair) -> Any:
    return tuple_(int(pair.reach not in WITHIN_REACH), -pair.weight, -pair.score, pair.pk)


def first_waiting(session: Session, wanted: PairFilter) -> int | None:
    """Where to begin: the first pair of the filtered queue that nobody has answered."""
    query = narrowed(select(Pair.id), replace(wanted, decided=wanted.decided or UNDECIDED))
    found: int | None = session.exec(query.order_by(*in_order()).limit(1)).first()
    return found


def alike(session: Session, pair: Pair) -> list[int]:
    """Undecided pairs whose evidence says the same, but for the offers' own words, in the same subject and reach, the pair itself not among them."""
    subject = session.exec(select(Offer.subject_code).where(Offer.id == pair.a_offer_id)).first()
    if subject is None:
        return []
    same = PairFilter(kind=pair.kind, strength=pair.strength, reach=pair.reach, subject=subject, decided=UNDECIDED)
    query = narrowed(select(Pair.id, Pair.evidence), same).where(Pair.id != pair.pk)
    pattern = _pattern(pair.evidence)
    found = session.exec(query.order_by(*in_order()).limit(5_000)).all()
    return [one for one, evidence in found if _pattern(evidence) == pattern][:_ALIKE_LIMIT]


def waiting(session: Session, wanted: PairFilter) -> list[int]:
    """The pairs of a queue that nobody has answered, as many as may be answered at once."""
    query = narrowed(select(Pair.id), replace(wanted, decided=UNDECIDED)).order_by(*in_order())
    return [one or 0 for one in session.exec(query.limit(_ALIKE_LIMIT))]


def _pattern(evidence: list[dict[str, Any]]) -> frozenset[tuple[str, str, str, bool]]:
    """What the evidence is of, its values, and the kind of sentence: to have words in common is not to say nothing."""
    return frozenset(
        (
            line["what"],
            "" if line["what"] in _OWN_WORDS else str(line["value"]),
            getattr(line["sentence"], "msgid", line["sentence"]),
            line["weight"] > 0,
        )
        for line in evidence
    )


def log_of(session: Session, *pair_ids: int) -> list[Said]:
    """Everything said about some pairs, newest first: answers, what ended them, proposals and their answers, remarks, merges."""
    return _told(session, [*_lines(session, pair_ids), *_merges(merges_told(session, pair_ids))])


def answered_by(session: Session, *pair_ids: int) -> dict[int, Said]:
    """Pair id -> the answer that stands, with who gave it; pairs that wait are not among them."""
    told = (line for line in log_of(session, *pair_ids) if line.event == "decided" and line.pair_id)
    return {line.pair_id or 0: line for line in told if line.thing.superseded_at is None}


def case_log(session: Session, case_id: int, pair_ids: Collection[int], offer_ids: Collection[int]) -> list[Said]:
    """What became of a case, everything said about its pairs, and what went into its offers or was taken out again, newest first."""
    entries = select(AuditEntry).where(AuditEntry.thing == "case", AuditEntry.thing_id == case_id)
    moved = [
        (entry.at, "case", entry, entry.actor, None)
        for entry in session.exec(entries.where(AuditEntry.life == "state").order_by(col(AuditEntry.id)))
    ]
    merged = merges_told(session, (), offer_ids)
    return _told(session, [*moved, *_lines(session, pair_ids), *_merges(merged)])


def _told(session: Session, said: Iterable[Line]) -> list[Said]:
    lines = sorted(said, key=lambda line: moment(line[0]), reverse=True)
    names = names_of(session, (actor for _, _, _, actor, _ in lines))
    voices = {voice for *_, voice in lines if voice}
    voices |= {thing.receiver_id for _, event, thing, _, _ in lines if event == "proposed"}
    institutions = dict(
        session.exec(select(Organisation.id, Organisation.name_nb).where(col(Organisation.id).in_(voices))).all()
    )
    return [
        Said(
            at,
            event,
            thing,
            names.get(actor, ""),
            institutions.get(voice, "") if voice else "",
            institutions[thing.receiver_id] if event == "proposed" else "",
        )
        for at, event, thing, actor, voice in lines
    ]


def _lines(session: Session, pair_ids: Collection[int]) -> Iterator[Line]:
    undone_by = _undone_by(session, pair_ids)
    for decision in session.exec(
        select(Decision).where(col(Decision.pair_id).in_(pair_ids)).order_by(col(Decision.id))
    ):
        yield decision.at, "decided", decision, decision.actor, None
        if decision.superseded_at is not None and decision.superseded_reason in _ENDS:
            event = _ENDS[decision.superseded_reason]
            yield decision.superseded_at, event, decision, undone_by.get(decision.pk, ""), None
    for proposal in proposals_of(session, *pair_ids):
        yield proposal.proposed_at, "proposed", proposal, proposal.proposed_by, proposal.sender_id
        if proposal.answered_at is not None:
            voice = proposal.sender_id if proposal.state is ProposalState.WITHDRAWN else proposal.receiver_id
            yield proposal.answered_at, str(proposal.state), proposal, proposal.answered_by or "", voice
    for remark in session.exec(select(Comment).where(col(Comment.pair_id).in_(pair_ids)).order_by(col(Comment.id))):
        yield remark.at, "comment", remark, remark.actor, remark.organisation_id


def _merges(merges: Iterable[Merged]) -> Iterator[Line]:
    for one in merges:
        if one.made.undone_at is not None:
            yield one.made.undone_at, "unmerged", one, one.made.undone_by or "", None
        yield one.made.at, "merged", one, one.made.actor, None


def _undone_by(session: Session, pair_ids: Collection[int]) -> dict[int, str]:
    """Decision id -> who took it back."""
    query = select(AuditEntry.details, AuditEntry.actor)
    query = query.where(AuditEntry.thing == "pair", col(AuditEntry.thing_id).in_(pair_ids), AuditEntry.event == "undo")
    return {(details or {})["decision"]: actor for details, actor in session.exec(query)}


def reopening(session: Session, pair_id: int) -> Decision | None:
    """The newest decision, where changed data or a no from an institution ended it and nothing stands since."""
    newest = session.exec(
        select(Decision).where(Decision.pair_id == pair_id).order_by(col(Decision.id).desc()).limit(1)
    ).first()
    if newest is None or newest.superseded_reason not in ("data_changed", "declined"):
        return None
    return newest


__all__ = [
    "Place",
    "Said",
    "alike",
    "answered_by",
    "case_log",
    "first_waiting",
    "log_of",
    "place_of",
    "reopening",
    "waiting",
]
