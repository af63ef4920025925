"""Proposals to coordinate: put to an institution, answered by it, taken back by who put it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.coordination.models import Decision, Pair, Proposal
from registry.coordination.policy import readable_pair, scopes_of_pairs
from registry.coordination.queries.desk.proposals import leading
from registry.coordination.states import PROPOSAL, PairKind, ProposalState, Way
from registry.core import audit, clock, transitions
from registry.core.errors import Conflict, InvalidInput, NeedsReason, NotAllowed, NotFound
from registry.offers.models import Offer

TEXT_LIMIT = 2_000  # characters


def propose(
    session: Session, actor: Actor, pair_id: int, sender_id: int, way: str, text: str | None = None
) -> list[Proposal]:
    """An institution proposes to the other one to coordinate. Nothing is decided before that one has accepted.

    Raises NotFound, NotAllowed where the actor does not speak for ``sender_id``, InvalidInput for an unknown way or a
    pair of one institution, Conflict where a proposal of the same institution already waits.
    """
    pair = readable_pair(session, actor, pair_id)
    actor.require(Permission.CASE_ANSWER, Scope(organisations=frozenset({sender_id})))
    leads = leading(session, (pair.a_offer_id, pair.b_offer_id))
    if sender_id not in scopes_of_pairs(session, [pair.pk])[pair.pk].organisations:
        raise NotAllowed("Du har ikke tilgang til dette.")
    receivers = sorted(set(leads.values()) - {sender_id})
    if pair.kind is not PairKind.OVERLAP or not receivers:
        raise InvalidInput("Dette paret har ingen annen institusjon å foreslå noe for.")
    try:
        chosen = Way(way)
    except ValueError as error:
        raise InvalidInput("Velg en måte å samordne på.") from error
    session.refresh(pair, with_for_update=True)
    if any(one.sender_id == sender_id for one in _waiting(session, Proposal.pair_id == pair.pk)):
        raise Conflict("Dere har allerede et forslag som venter på svar.")
    return _put(session, actor, [(pair, None, receivers)], chosen, _told(text), sender_id)


def put_to_institutions(
    session: Session, actor: Actor, asked: Sequence[tuple[Pair, Decision]], way: Way, text: str | None
) -> list[Proposal]:
    """The network's decision to coordinate, as a proposal to the leading institution of each of the two offers."""
    leads = leading(session, {one for pair, _ in asked for one in (pair.a_offer_id, pair.b_offer_id)})
    rows = [
        (pair, decision.pk, sorted({leads[one] for one in (pair.a_offer_id, pair.b_offer_id) if one in leads}))
        for pair, decision in asked
    ]
    return _put(session, actor, rows, way, text, None)


def take_up_again(session: Session, actor: Actor, restored: Sequence[tuple[Pair, Decision, Decision]]) -> None:
    """What was proposed by a decision that stands again: yes stays yes, what was taken back is put once more."""
    old_ids = {old.pk: new.pk for _, old, new in restored}
    before: dict[int, list[Proposal]] = {}
    for one in session.exec(select(Proposal).where(col(Proposal.decision_id).in_(old_ids)).order_by(col(Proposal.id))):
        before.setdefault(one.decision_id or 0, []).append(one)
    for pair, old, new in restored:
        mine = before.get(old.pk, [])
        for one in mine:
            one.decision_id = new.pk
        said = {one.receiver_id for one in mine if one.state is ProposalState.ACCEPTED}
        again = sorted({one.receiver_id for one in mine} - said)
        if again:
            _put(session, actor, [(pair, new.pk, again)], mine[0].way, mine[0].text, mine[0].sender_id)
    session.flush()


def take_back(session: Session, actor: Actor, decision_ids: Collection[int], scopes: Mapping[int, Scope]) -> None:
    """Whatever still waits for an answer to these decisions is withdrawn. ``scopes``: pair id -> whose it is."""
    ids = list(decision_ids)
    for proposal in _waiting(session, col(Proposal.decision_id).in_(ids)) if ids else ():
        _move(session, actor, proposal, "withdraw", scopes[proposal.pair_id])


def take_back_crossing(session: Session, actor: Actor, pair: Pair, scopes: Mapping[int, Scope]) -> None:
    """Two institutions that proposed to each other have agreed: the proposal that still waits says nothing more."""
    for proposal in _waiting(session, (col(Proposal.pair_id) == pair.pk) & col(Proposal.decision_id).is_(None)):
        _move(session, actor, proposal, "withdraw", scopes[pair.pk])


def withdraw(session: Session, actor: Actor, proposal_id: int) -> Proposal:
    """Who proposed takes it back. Raises NotFound, NotAllowed for anybody else, IllegalTransition once answered."""
    proposal, pair = _held(session, actor, proposal_id)
    if proposal.decision_id is not None:
        raise Conflict("Forslaget følger av et svar. Angre svaret for å trekke det.")
    sender = Scope(organisations=frozenset({proposal.sender_id or 0}))
    actor.require(Permission.CASE_ANSWER, sender)
    _move(session, actor, proposal, "withdraw", scopes_of_pairs(session, [pair.pk])[pair.pk])
    return proposal


def answer(
    session: Session, actor: Actor, proposal_id: int, *, accepted: bool, text: str | None = None
) -> tuple[Proposal, Pair]:
    """The institution's answer. Returns the proposal and its pair, held; the caller settles what follows from it.

    Raises NotFound, NotAllowed for others than the receiver, NeedsReason for a no without words, IllegalTransition
    where it was answered or withdrawn before.
    """
    proposal, pair = _held(session, actor, proposal_id)
    words = _told(text)
    if not accepted and words is None:
        raise NeedsReason("Skriv hvorfor dere sier nei.")
    receiver = Scope(organisations=frozenset({proposal.receiver_id}))
    _move(session, actor, proposal, "accept" if accepted else "decline", receiver, words)
    return proposal, pair


def _held(session: Session, actor: Actor, proposal_id: int) -> tuple[Proposal, Pair]:
    """The proposal and its pair as they are now. The pair first, as whoever decides or undoes holds it: an answer settles the
    pair's other proposals too, and two who answer at the same moment must not wait for each other.
    """
    pair_id = session.exec(select(Proposal.pair_id).where(Proposal.id == proposal_id)).first()
    if pair_id is None:
        raise NotFound("Forslaget finnes ikke.")
    pair = readable_pair(session, actor, pair_id)
    session.refresh(pair, with_for_update=True)
    query = select(Proposal).where(Proposal.id == proposal_id).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one(), pair


def _put(
    session: Session,
    actor: Actor,
    rows: Sequence[tuple[Pair, int | None, Sequence[int]]],
    way: Way,
    text: str | None,
    sender_id: int | None,
) -> list[Proposal]:
    moment: datetime = clock.now()
    made = [
        Proposal(
            pair_id=pair.pk,
            decision_id=decision_id,
            way=way,
            text=text,
            sender_id=sender_id,
            receiver_id=receiver,
            proposed_by=actor.name,
            proposed_at=moment,
        )
        for pair, decision_id, receivers in rows
        for receiver in receivers
    ]
    session.add_all(made)
    session.flush()
    for one in made:
        audit.record(
            session,
            actor=actor.name,
            thing=PROPOSAL.thing,
            thing_id=one.pk,
            life=PROPOSAL.name,
            event="propose",
            to_state=PROPOSAL.start,
            details={"pair": one.pair_id, "receiver": one.receiver_id, "way": str(way)},
        )
    return made


def _move(
    session: Session, actor: Actor, proposal: Proposal, event: str, scope: Scope, words: str | None = None
) -> None:
    pair = session.get_one(Pair, proposal.pair_id)
    key = session.get_one(Offer, pair.a_offer_id).key
    with session.no_autoflush:  # the status and what belongs to it reach the database together
        transitions.apply(
            session,
            actor,
            proposal,
            PROPOSAL,
            event,
            scope=scope,
            key=key,
            reason_code="declined" if event == "decline" else None,
            reason_text=words,
        )
        proposal.answered_at, proposal.answered_by, proposal.answer = clock.now(), actor.name, words
    session.flush()


def _waiting(session: Session, condition: ColumnElement[bool] | bool) -> Sequence[Proposal]:
    """Those that still wait, held and as they are now. The caller holds their pairs."""
    query = select(Proposal).where(Proposal.state == ProposalState.WAITING, condition).order_by(col(Proposal.id))
    return session.exec(query.with_for_update().execution_options(populate_existing=True)).all()


def _told(text: str | None) -> str | None:
    return (text or "").strip()[:TEXT_LIMIT] or None
