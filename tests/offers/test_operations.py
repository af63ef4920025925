"""Offers and runs: what may be done, by whom, and what is refused."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlmodel import Session, select

from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import (
    IllegalTransition,
    InvalidInput,
    NeedsDecision,
    NeedsReason,
    NotAllowed,
    NotFound,
    Refused,
)
from registry.offers import guards, operations, policy, queries
from registry.offers.models import Offer, Run, RunPlace
from registry.offers.states import OfferState, RunState
from tests.applications import making


@pytest.fixture
def guard() -> Iterator[list[bool]]:
    """Says no to every loss; remembers whether the use was to be kept."""
    asked: list[bool] = []

    def says_no(_session: Session, _offer: Offer, _run: Run | None, commit_use: bool) -> None:
        asked.append(commit_use)
        raise NeedsDecision("Siste nasjonale tilbud.")

    guards.install_loss_guard(says_no)
    guards.install_loss_guard(says_no)
    yield asked
    guards.remove_loss_guard(says_no)
    guards.remove_loss_guard(says_no)


def test_the_life_of_an_offer(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        offer = making.offer(session, state=OfferState.DRAFT)
        operations.publish(session, cast.provider, offer)
        operations.discontinue(session, cast.provider, offer, "replaced")
        assert (offer.discontinued_on, offer.discontinue_reason) == (clock.today(), "replaced")
        operations.reinstate(session, cast.provider, offer)
        assert offer.discontinued_on is None
        operations.discontinue(session, cast.provider, offer, "other", "Fagmiljøet er borte", on=date(2026, 1, 1))
        operations.archive(session, cast.provider, offer)
        key = offer.key
    with database.read() as session:
        kept = operations.get_offer(session, key)
        assert (kept.state, kept.version, kept.discontinued_on) == (OfferState.ARCHIVED, 6, None)
        lines = session.exec(select(AuditEntry).where(AuditEntry.thing == "offer").order_by(AuditEntry.id)).all()
        assert [line.event for line in lines] == ["publish", "discontinue", "reinstate", "discontinue", "archive"]
        assert [line.reason_code for line in lines] == [None, "replaced", None, "other", None]


def test_an_offer_needs_a_title_to_be_published(database: Database) -> None:
    with pytest.raises(Refused), database.write() as session:
        operations.publish(session, making.cast(session).provider, making.offer(session, state="draft", title=" "))


@pytest.mark.parametrize(
    ("code", "text", "fault"),
    [("", None, NeedsReason), ("other", " ", NeedsReason), ("weather", "Regn", InvalidInput)],
)
def test_reasons_are_known_and_explained(
    database: Database, code: str, text: str | None, fault: type[Exception]
) -> None:
    with pytest.raises(fault), database.write() as session:
        operations.discontinue(session, making.cast(session).provider, making.offer(session), code, text)


def test_an_offer_with_live_runs_is_not_discontinued(database: Database) -> None:
    with pytest.raises(Refused), database.write() as session:
        offer = making.offer(session)
        making.run(session, offer)
        operations.discontinue(session, making.cast(session).provider, offer, "merged")


def test_the_last_national_offer_needs_a_decision(database: Database, guard: list[bool]) -> None:
    with database.write() as session:
        cast, offer = making.cast(session), making.offer(session)
        objection = guards.objection(session, offer)
        assert objection is not None
        assert objection.message == "Siste nasjonale tilbud."
        with pytest.raises(NeedsDecision):
            operations.discontinue(session, cast.provider, offer, "merged")
        assert offer.state is OfferState.PUBLISHED
        run = making.run(session, offer)
        with pytest.raises(NeedsDecision):
            operations.mark_cancelled(session, cast.provider, run, "funding", None, clock.now())
        assert run.state is RunState.OPEN
    assert guard == [False, True, True]


def test_a_stranger_is_not_told_about_decisions(database: Database, guard: list[bool]) -> None:
    with pytest.raises(NotAllowed), database.write() as session:
        operations.discontinue(session, making.cast(session).other_provider, making.offer(session), "merged")
    assert guard == []


def test_without_a_guard_nothing_is_in_the_way(database: Database) -> None:
    with database.write() as session:
        assert guards.objection(session, making.offer(session)) is None


def test_the_life_of_a_run(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        run = making.run(session, state=RunState.PLANNED)
        for step in (
            operations.open_run,
            operations.close_run,
            operations.confirm_run,
            operations.start_run,
            operations.complete_run,
        ):
            with pytest.raises(NotAllowed):
                step(session, cast.other_provider, run)
            step(session, cast.provider, run)
        assert (run.state, run.version) == (RunState.COMPLETED, 6)


def test_a_run_of_a_draft_is_not_opened(database: Database) -> None:
    with database.write() as session:
        run = making.run(session, making.offer(session, state="draft"), state="planned")
        with pytest.raises(Refused):
            operations.open_run(session, making.cast(session).provider, run)
        assert run.state == RunState.PLANNED


def test_postponing_makes_a_planned_run_later(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), making.run(session, term="2026H")
        session.add(RunPlace(run_id=run.pk, municipality_code="0301"))
        later = operations.mark_postponed(session, cast.provider, run, "2027H", "alternates", None, clock.now())
        session.flush()
        assert (run.state, run.postponed_to_id) == (RunState.POSTPONED, later.pk)
        assert (later.state, later.term, later.places) == (RunState.PLANNED, "2027H", run.places)
        assert later.key.endswith("-2027h")
        assert session.exec(select(RunPlace.municipality_code).where(RunPlace.run_id == later.pk)).all() == ["0301"]
        again = making.run(session, session.get_one(Offer, run.offer_id), term="2026H")
        second = operations.mark_postponed(session, cast.provider, again, "2027H", "funding", None, clock.now())
        assert second.key == f"{later.key}-2"


@pytest.mark.parametrize("term", ["2026H", "2026V", "neste år"])
def test_a_run_is_only_postponed_to_a_later_term(database: Database, term: str) -> None:
    with pytest.raises(InvalidInput), database.write() as session:
        run = making.run(session, term="2026H")
        operations.mark_postponed(session, making.cast(session).provider, run, term, "funding", None, clock.now())


def test_what_is_finished_is_not_cancelled(database: Database) -> None:
    with pytest.raises(IllegalTransition), database.write() as session:
        run = making.run(session, state="completed")
        operations.mark_cancelled(session, making.cast(session).provider, run, "funding", None, clock.now())


def test_what_is_not_there_is_not_found(database: Database) -> None:
    with database.write() as session:
        for ask in (operations.get_offer, operations.get_run):
            with pytest.raises(NotFound):
                ask(session, "nothing")
        with pytest.raises(NotFound):
            operations.lock_run(session, 0)
        run = making.run(session)
        assert operations.get_run(session, run.key, lock=True) is run


def test_whose_an_offer_is(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        offer, other = making.offer(session), making.offer(session, making.OTHER_INSTITUTION)
        scope = policy.scope_of(session, making.run(session, offer))
        assert scope.organisations == {cast.organisations[making.INSTITUTION]}
        assert scope.counties == {"34"}
        assert policy.scopes_of(session, [offer.pk, other.pk])[other.pk].organisations == {
            cast.organisations[making.OTHER_INSTITUTION]
        }


def test_the_institutions_own_list(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        mine = making.offer(session, title="Åpen", state="draft")
        first = making.offer(session, title="Begynner")
        making.offer(session, making.OTHER_INSTITUTION)
        runs = [making.run(session, first, term=term) for term in ("2026H", "2027V")]
        own = frozenset({cast.organisations[making.INSTITUTION]})
        page = queries.kept_offers(session, own)
        assert [item.offer.pk for item in page.items] == [first.pk, mine.pk]
        assert [run.pk for run in page.items[0].runs] == [runs[1].pk, runs[0].pk]
        assert [item.offer.pk for item in queries.kept_offers(session, own, "draft").items] == [mine.pk]
        assert queries.kept_offers(session, None).total == 3
