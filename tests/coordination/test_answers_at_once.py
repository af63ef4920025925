"""Two answer proposals of one pair at the same moment: each answer stands or is refused, none is lost and nobody is stuck."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import Session, col, select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.coordination.models import Decision, Pair, Proposal
from registry.coordination.operations import answer_proposal, decide, detect, propose, proposing, undo, withdraw
from registry.coordination.operations.deciding import standing_decisions
from registry.coordination.states import ProposalState
from registry.core.db import Database
from registry.core.errors import Conflict, IllegalTransition
from tests.coordination.country import TODAY, add_taught, organisation
from tests.meanwhile import meanwhile

COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)
ACCEPTED, DECLINED, WITHDRAWN = ProposalState.ACCEPTED, ProposalState.DECLINED, ProposalState.WITHDRAWN


@pytest.fixture
def pair(database: Database) -> Pair:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn")
        add_taught(session, "1160", "Engelsk 1, trinn 1-7")
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        return session.exec(select(Pair)).one()


@pytest.fixture
def asked(database: Database, pair: Pair) -> list[int]:
    """The network's proposal to each of the two."""
    with database.write() as session:
        decide(session, COORDINATOR, pair.pk, "coordinate")
    return list(states(database))


def states(database: Database) -> dict[int, ProposalState]:
    with database.read() as session:
        return {one.pk: one.state for one in session.exec(select(Proposal).order_by(col(Proposal.id)))}


def staff(organisation_id: int) -> Actor:
    holding = Holding(Role.PROVIDER_STAFF, organisation=organisation_id)
    return Actor(f"person:{organisation_id}", (holding,), person=organisation_id)


def answer(session: Session, proposal_id: int, *, accepted: bool) -> None:
    receiver = staff(session.get_one(Proposal, proposal_id).receiver_id)
    answer_proposal(session, receiver, proposal_id, accepted=accepted, text="Derfor")


def answering(database: Database, proposal_id: int, *, accepted: bool) -> Callable[[], None]:
    def work() -> None:
        with database.write() as session:
            answer(session, proposal_id, accepted=accepted)

    return work


def test_the_coordinator_does_not_undo_what_is_accepted_at_that_moment(database: Database, asked: list[int]) -> None:
    with database.read() as session:
        decision_id = session.exec(select(Decision)).one().pk

    def take_back() -> None:
        with database.write() as session:
            undo(session, COORDINATOR, decision_id)

    with ThreadPoolExecutor(1) as second:
        with database.write() as session:
            answer(session, asked[0], accepted=True)
            undone = meanwhile(database, second, take_back)
        assert isinstance(undone.exception(60), Conflict)
    assert list(states(database).values()) == [ACCEPTED, ProposalState.WAITING]
    with database.read() as session:
        assert session.get_one(Decision, decision_id).superseded_at is None


def test_a_no_leaves_the_yes_that_was_said_at_that_moment(database: Database, asked: list[int]) -> None:
    with ThreadPoolExecutor(1) as second:
        with database.write() as session:
            answer(session, asked[0], accepted=True)
            other = meanwhile(database, second, answering(database, asked[1], accepted=False))
        assert other.exception(60) is None
    assert states(database) == {asked[0]: ACCEPTED, asked[1]: DECLINED}
    with database.read() as session:
        assert standing_decisions(session, [session.exec(select(Pair)).one().pk]) == {}


def in_the_midst(
    monkeypatch: pytest.MonkeyPatch, settles: str, begin: Callable[[], Future[None]]
) -> list[Future[None]]:
    """Lets ``begin`` come when the first who answers has answered, and not yet settled what follows for the other one."""
    to_come, begun = [begin], list[Future[None]]()
    real = getattr(proposing, settles)

    def settle(*given: Any) -> None:
        if to_come:
            begun.append(to_come.pop()())
        real(*given)

    monkeypatch.setattr(proposing, settles, settle)
    return begun


def test_both_may_say_no_at_once(database: Database, asked: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(1) as second:
        other = answering(database, asked[1], accepted=False)
        begun = in_the_midst(monkeypatch, "take_back", lambda: meanwhile(database, second, other))
        answering(database, asked[0], accepted=False)()
        assert isinstance(begun[0].exception(60), IllegalTransition)
    assert states(database) == {asked[0]: DECLINED, asked[1]: WITHDRAWN}


@pytest.fixture
def crossing(database: Database, pair: Pair) -> list[int]:
    """Each of the two has proposed to the other one."""
    with database.write() as session:
        for key in ("0238", "1160"):
            sender = organisation(session, key).pk
            propose(session, staff(sender), pair.pk, sender, "talk")
    return list(states(database))


def test_of_two_crossing_proposals_one_is_agreed_on(
    database: Database, crossing: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadPoolExecutor(1) as second:
        other = answering(database, crossing[1], accepted=True)
        begun = in_the_midst(monkeypatch, "take_back_crossing", lambda: meanwhile(database, second, other))
        answering(database, crossing[0], accepted=True)()
        assert isinstance(begun[0].exception(60), IllegalTransition)
    assert states(database) == {crossing[0]: ACCEPTED, crossing[1]: WITHDRAWN}
    with database.read() as session:
        assert len(session.exec(select(Decision)).all()) == 1


def test_what_was_taken_back_at_that_moment_is_not_accepted(database: Database, crossing: list[int]) -> None:
    with ThreadPoolExecutor(1) as second:
        with database.write() as session:
            withdraw(session, staff(session.get_one(Proposal, crossing[0]).sender_id or 0), crossing[0])
            other = meanwhile(database, second, answering(database, crossing[1], accepted=True))
        assert other.exception(60) is None
    assert states(database) == {crossing[0]: WITHDRAWN, crossing[1]: ACCEPTED}
