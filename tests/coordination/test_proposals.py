"""A decision that touches another institution is a proposal until that institution has answered."""

import pytest
from sqlmodel import Session, col, select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.coordination.models import Case, Comment, Decision, Pair, Proposal
from registry.coordination.operations import answer_proposal, comment, decide, detect, propose, undo, withdraw
from registry.coordination.operations.deciding import standing_decisions
from registry.coordination.queries.desk.proposals import waiting_for
from registry.coordination.states import CaseState, PairKind, ProposalState, Way
from registry.core.db import Database
from registry.core.errors import Conflict, IllegalTransition, InvalidInput, NeedsReason, NotAllowed, NotFound
from tests.coordination.country import TODAY, add_taught, organisation

COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)


@pytest.fixture
def pair(database: Database) -> Pair:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn")
        add_taught(session, "1160", "Engelsk 1, trinn 1-7")
        add_taught(session, "1110", "Kinesisk")
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        return session.exec(select(Pair)).one()


def staff(session: Session, key: str) -> Actor:
    one = organisation(session, key).pk
    return Actor(f"person:{one}", (Holding(Role.PROVIDER_STAFF, organisation=one),), person=one)


def proposals(session: Session) -> list[Proposal]:
    return list(session.exec(select(Proposal).order_by(col(Proposal.id))))


def case_state(session: Session) -> CaseState:
    return session.exec(select(Case)).one().state


def test_to_coordinate_is_put_to_both_and_decided_when_both_have_said_yes(database: Database, pair: Pair) -> None:
    with database.write() as session:
        decide(session, COORDINATOR, pair.pk, "coordinate", "Annenhver vår?", way="alternate_terms")
        assert [(one.state, one.way, one.text) for one in proposals(session)] == [
            (ProposalState.WAITING, Way.ALTERNATE_TERMS, "Annenhver vår?")
        ] * 2
        assert case_state(session) is CaseState.OPEN
        first, second = proposals(session)
        answer_proposal(session, staff_of(session, first), first.pk, accepted=True)
        assert case_state(session) is CaseState.OPEN
        answer_proposal(session, staff_of(session, second), second.pk, accepted=True, text="Gjerne")
        assert case_state(session) is CaseState.DECIDED
        assert second.answer == "Gjerne"


def staff_of(session: Session, proposal: Proposal) -> Actor:
    holding = Holding(Role.PROVIDER_STAFF, organisation=proposal.receiver_id)
    return Actor(f"person:{proposal.receiver_id}", (holding,), person=proposal.receiver_id)


def test_a_no_needs_a_reason_and_takes_the_pair_back_to_the_queue(database: Database, pair: Pair) -> None:
    with database.write() as session:
        decision = decide(session, COORDINATOR, pair.pk, "coordinate")
        first, second = proposals(session)
        who = staff_of(session, first)
        with pytest.raises(NeedsReason):
            answer_proposal(session, who, first.pk, accepted=False, text=" ")
        answer_proposal(session, who, first.pk, accepted=False, text="Vi har egne søkere")
        assert decision.superseded_reason == "declined"
        assert standing_decisions(session, [pair.pk]) == {}
        assert (first.state, first.answer) == (ProposalState.DECLINED, "Vi har egne søkere")
        assert second.state is ProposalState.WITHDRAWN
        with pytest.raises(IllegalTransition):
            answer_proposal(session, who, first.pk, accepted=True)


def test_only_the_receiver_answers_and_strangers_find_nothing(database: Database, pair: Pair) -> None:
    with database.write() as session:
        decide(session, COORDINATOR, pair.pk, "coordinate")
        first, second = proposals(session)
        with pytest.raises(NotAllowed):
            answer_proposal(session, staff_of(session, second), first.pk, accepted=True)
        with pytest.raises(NotAllowed):
            answer_proposal(session, COORDINATOR, first.pk, accepted=True)
        with pytest.raises(NotFound):
            answer_proposal(session, staff(session, "1110"), first.pk, accepted=True)
        with pytest.raises(NotFound):
            answer_proposal(session, COORDINATOR, 987, accepted=True)


def test_undo_takes_waiting_proposals_back_but_not_what_somebody_built_on(database: Database, pair: Pair) -> None:
    with database.write() as session:
        one = decide(session, COORDINATOR, pair.pk, "coordinate")
        undo(session, COORDINATOR, one.pk)
        assert {proposal.state for proposal in proposals(session)} == {ProposalState.WITHDRAWN}
        two = decide(session, COORDINATOR, pair.pk, "coordinate")
        waiting = waiting_for(session, None)
        answer_proposal(session, staff_of(session, waiting[0]), waiting[0].pk, accepted=True)
        with pytest.raises(Conflict):
            undo(session, COORDINATOR, two.pk)


def test_undo_restores_the_proposal_that_was_replaced(database: Database, pair: Pair) -> None:
    with database.write() as session:
        decide(session, COORDINATOR, pair.pk, "coordinate", "Snakk sammen")
        accepted, _other = proposals(session)
        answer_proposal(session, staff_of(session, accepted), accepted.pk, accepted=True)
        replacing = decide(session, COORDINATOR, pair.pk, "keep_both")
        assert waiting_for(session, None) == []
        undo(session, COORDINATOR, replacing.pk)
        standing = standing_decisions(session, [pair.pk])[pair.pk]
        assert (standing.verdict, standing.note) == ("coordinate", "Snakk sammen")
        states = sorted(one.state for one in proposals(session) if one.decision_id == standing.pk)
        assert states == [ProposalState.ACCEPTED, ProposalState.WAITING, ProposalState.WITHDRAWN]


def test_an_institution_proposes_and_the_others_yes_is_the_decision(database: Database, pair: Pair) -> None:
    with database.write() as session:
        mine, theirs = staff(session, "0238"), staff(session, "1160")
        [put] = propose(session, mine, pair.pk, mine.person or 0, "joint_offer", " Fellestilbud ")
        assert (put.sender_id, put.receiver_id, put.text) == (mine.person, theirs.person, "Fellestilbud")
        assert standing_decisions(session, [pair.pk]) == {}
        with pytest.raises(Conflict):
            propose(session, mine, pair.pk, mine.person or 0, "merge")
        [crossing] = propose(session, theirs, pair.pk, theirs.person or 0, "merge")
        answer_proposal(session, theirs, put.pk, accepted=True, text=" Det passer oss ")
        decision = session.exec(select(Decision)).one()
        assert (decision.verdict, decision.actor, put.decision_id) == ("coordinate", theirs.name, decision.pk)
        assert decision.note == "Det passer oss"  # hers who answered, not theirs who asked
        assert crossing.state is ProposalState.WITHDRAWN
        assert case_state(session) is CaseState.DECIDED


def test_who_may_propose_and_what(database: Database, pair: Pair) -> None:
    with database.write() as session:
        mine, stranger = staff(session, "0238"), staff(session, "1110")
        with pytest.raises(NotFound):
            propose(session, stranger, pair.pk, stranger.person or 0, "talk")
        with pytest.raises(NotAllowed):
            propose(session, mine, pair.pk, organisation(session, "1160").pk, "talk")
        with pytest.raises(InvalidInput):
            propose(session, mine, pair.pk, mine.person or 0, "fight")
        both = Actor("person:9", (*mine.holdings, *stranger.holdings), person=9)
        with pytest.raises(NotAllowed):
            propose(session, both, pair.pk, stranger.person or 0, "talk")
        session.get_one(Pair, pair.pk).kind = PairKind.DUPLICATE
        with pytest.raises(InvalidInput):
            propose(session, mine, pair.pk, mine.person or 0, "talk")


def test_who_proposed_may_take_it_back(database: Database, pair: Pair) -> None:
    with database.write() as session:
        mine, theirs = staff(session, "0238"), staff(session, "1160")
        [put] = propose(session, mine, pair.pk, mine.person or 0, "talk")
        with pytest.raises(NotAllowed):
            withdraw(session, theirs, put.pk)
        assert withdraw(session, mine, put.pk).state is ProposalState.WITHDRAWN
        assert session.exec(select(Decision)).all() == []
        decide(session, COORDINATOR, pair.pk, "coordinate")
        with pytest.raises(Conflict):
            withdraw(session, mine, waiting_for(session, frozenset({mine.person or 0}))[0].pk)


def test_a_remark_is_signed_by_the_institution_or_by_nobody_for_the_network(database: Database, pair: Pair) -> None:
    with database.write() as session:
        comment(session, staff(session, "0238"), pair.pk, " Vi snakker med dem ")
        comment(session, COORDINATOR, pair.pk, "Fint")
        told = [(one.organisation_id, one.text) for one in session.exec(select(Comment).order_by(col(Comment.id)))]
        assert told == [(organisation(session, "0238").pk, "Vi snakker med dem"), (None, "Fint")]
        with pytest.raises(NeedsReason):
            comment(session, COORDINATOR, pair.pk, "  ")
        with pytest.raises(NotFound):
            comment(session, staff(session, "1110"), pair.pk, "Hei")
