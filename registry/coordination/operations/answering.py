"""What follows from an institution's answer to a proposal, and remarks that anybody on the case may make."""

from sqlmodel import Session

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.policy import on_behalf_of
from registry.coordination.models import Comment, Decision, Proposal
from registry.coordination.operations import proposing
from registry.coordination.operations.deciding import NOTE_LIMIT, cases_of, record_agreement
from registry.coordination.operations.reviewing import review_cases
from registry.coordination.policy import readable_pair, scopes_of_pairs
from registry.core import audit, clock
from registry.core.errors import NeedsReason


def answer_proposal(
    session: Session, actor: Actor, proposal_id: int, *, accepted: bool, text: str | None = None
) -> Proposal:
    """Yes: the decision stands, or is made where an institution proposed. No: the pair is undecided again, with the reason.

    Raises as ``proposing.answer``.
    """
    proposal, pair = proposing.answer(session, actor, proposal_id, accepted=accepted, text=text)
    service = on_behalf_of(actor)
    scopes = scopes_of_pairs(session, [pair.pk])
    of = proposal.decision_id
    decision = session.get(Decision, of, populate_existing=True) if of else None
    if not accepted and decision is not None and decision.superseded_at is None:
        decision.superseded_at, decision.superseded_reason = clock.now(), "declined"
        proposing.take_back(session, service, [decision.pk], scopes)
    elif accepted and decision is None:
        proposal.decision_id = record_agreement(session, actor, pair, proposal.answer).pk
        proposing.take_back_crossing(session, service, pair, scopes)
    session.flush()
    review_cases(session, service, cases_of(session, [pair]))
    return proposal


def comment(session: Session, actor: Actor, pair_id: int, text: str) -> Comment:
    """A remark that everybody who sees the pair reads. Raises NotFound, and NeedsReason for an empty one."""
    pair = readable_pair(session, actor, pair_id)
    words = text.strip()[:NOTE_LIMIT]
    if not words:
        raise NeedsReason("Skriv en kommentar.")
    mine = actor.organisations(Permission.CASE_READ)
    theirs = scopes_of_pairs(session, [pair.pk])[pair.pk].organisations
    made = Comment(
        pair_id=pair.pk,
        organisation_id=None if mine is None else min(mine & theirs, default=None),
        text=words,
        actor=actor.name,
        at=clock.now(),
    )
    session.add(made)
    session.flush()
    audit.record(
        session, actor=actor.name, thing="pair", thing_id=pair.pk, event="comment", details={"comment": made.pk}
    )
    return made
