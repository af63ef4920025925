"""A run is cancelled or postponed: everybody on it is displaced, and keeps the place in line wherever they go."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, col, select

from registry.applications import operations
from registry.applications.models import Application, Relocation
from registry.applications.nearest import Proposed, nearest_alike
from registry.applications.states import Standing
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import Conflict, IllegalTransition, NeedsReason, NotAllowed, Refused
from registry.core.events import RUN_CANCELLED, OutboxRow
from registry.offers.models import OfferTarget, Run, RunPlace
from registry.offers.states import Delivery, RunState
from tests.applications import making


def nobody(_session: Session, _run: Run, _limit: int) -> list[Proposed]:
    return []


def test_cancelling_displaces_everybody_and_proposes_runs(database: Database) -> None:
    with database.write() as session:
        cast, run, target = making.cast(session), making.run(session), making.run(session)
        stays = making.application(session, target)
        gone = making.application(
            session, run, standing="withdrawn", withdraw_reason="personal", withdrawn_at=clock.now()
        )
        people = [making.application(session, run) for _ in range(3)]

        def proposer(_session: Session, _run: Run, _limit: int) -> list[Proposed]:
            return [Proposed(target.pk, 0.9, "Samme innhold på nett")]

        seen = operations.consequences(session, run, proposer=proposer)
        assert (seen.displaced, seen.accepted, len(seen.proposals), seen.objection) == (3, 0, 1, None)
        assert run.state is RunState.OPEN
        with pytest.raises(NotAllowed):
            operations.cancel(session, cast.other_provider, run, "funding", proposer=proposer)
        with pytest.raises(NeedsReason):
            operations.cancel(session, cast.provider, run, "other", proposer=proposer)
        assert operations.cancel(session, cast.provider, run, "few_applicants", proposer=proposer) == 3
        assert (run.state, run.cancel_reason) == (RunState.CANCELLED, "few_applicants")
        assert {one.standing for one in people} == {Standing.DISPLACED}
        assert (gone.standing, stays.standing) == (Standing.WITHDRAWN, Standing.OPEN)
        proposed = session.exec(select(Relocation)).all()
        assert {one.application_id for one in proposed} == {one.pk for one in people}
    with database.read() as session:
        lines = session.exec(select(AuditEntry).where(AuditEntry.event == "displace")).all()
        assert {line.actor for line in lines} == {cast.provider.name}
        assert session.exec(select(OutboxRow.key).where(OutboxRow.topic == RUN_CANCELLED)).all() == [run.key]


def test_an_empty_run_is_cancelled_without_asking_for_proposals(database: Database) -> None:
    def never(_session: Session, _run: Run, _limit: int) -> list[Proposed]:
        raise AssertionError

    with database.write() as session:
        assert (
            operations.cancel(session, making.cast(session).provider, making.run(session), "funding", proposer=never)
            == 0
        )


def test_taking_a_proposed_run_keeps_the_place_in_line(database: Database) -> None:
    with database.write() as session:
        cast, run, target, full = making.cast(session), making.run(session), making.run(session), making.run(session)
        long_ago = clock.now() - timedelta(days=40)
        me = making.applicant(session, "k1:me")
        made = making.application(session, run, applicant_key="k1:me", applied_at=long_ago, priority=2)
        making.application(session, target)

        def proposer(_session: Session, _run: Run, _limit: int) -> list[Proposed]:
            return [Proposed(one.pk, 0.5, "Nær") for one in (target, full)]

        operations.cancel(session, cast.provider, run, "no_teacher", proposer=proposer)
        first, second = session.exec(select(Relocation).order_by(col(Relocation.position))).all()
        with pytest.raises(NotAllowed):
            operations.take_relocation(session, making.applicant(session, "k1:other"), first)
        moved = operations.take_relocation(session, me, first)
        assert (moved.run_id, moved.applied_at, moved.priority) == (target.pk, long_ago, 2)
        assert (moved.moved_from_id, moved.standing) == (made.pk, Standing.OPEN)
        assert first.chosen_at is not None
        with pytest.raises(Conflict):
            operations.take_relocation(session, me, second)


def test_a_run_that_takes_nobody_is_refused(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), making.run(session)
        target = making.run(session, state="running")
        made = making.application(session, run, applicant_key="k1:me")
        me = making.applicant(session, "k1:me")
        proposal = Relocation(
            application_id=made.pk, run_id=target.pk, position=1, score=0.5, explanation="Nær", proposed_at=clock.now()
        )
        session.add(proposal)
        session.flush()
        with pytest.raises(IllegalTransition):
            operations.take_relocation(session, me, proposal)
        operations.cancel(session, cast.provider, run, "no_teacher", proposer=nobody)
        with pytest.raises(Refused):
            operations.take_relocation(session, me, proposal)


def test_postponing_carries_everybody_along(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), making.run(session, term="2026H")
        people = [
            making.application(session, run, applied_at=clock.now() - timedelta(days=age), owner_rank=age)
            for age in (3, 2, 1)
        ]
        later = operations.postpone(session, cast.provider, run, "2027V", "few_applicants")
        carried = session.exec(
            select(Application).where(Application.run_id == later.pk).order_by(col(Application.applied_at))
        ).all()
        assert [one.applied_at for one in carried] == [one.applied_at for one in people]
        assert [one.owner_rank for one in carried] == [3, 2, 1]
        assert {one.standing for one in people} == {Standing.DISPLACED}


def test_the_nearest_alike_runs(database: Database) -> None:
    """The same content in reach is proposed; other school years, another step and closed lists are not."""
    with database.write() as session:
        same = {"school_years": "5-10", "step": 1, "credits": Decimal(30), "credit_scheme": "ECTS"}
        own = making.run(session, making.offer(session, **same))
        alike = making.run(session, making.offer(session, making.OTHER_INSTITUTION, **same), delivery="online")
        session.add(OfferTarget(offer_id=alike.offer_id, setting="lower_secondary_5_10", role="teacher"))
        session.add(RunPlace(run_id=alike.pk, municipality_code="3403"))
        title = "Matematikk 2, 1.–7. trinn"
        younger = {**same, "title": title, "school_years": "1-7", "step": 2}
        making.run(session, making.offer(session, **younger), delivery="online")
        making.run(session, making.offer(session, **same), state="running", delivery="online")
        making.run(session, making.offer(session, **same), application_closes_on=making.yesterday(), delivery="online")
        found = nearest_alike(session, own)
        assert [one.run_id for one in found] == [alike.pk]
        assert 0.5 <= found[0].score <= 1
        making.run(session, making.offer(session, title="Ukjent", subject_code=None))
        assert (
            nearest_alike(session, making.run(session, making.offer(session, title="Annet", subject_code=None))) == []
        )
        container = making.run(session, making.offer(session, is_container=True))
        assert nearest_alike(session, container) == []


def test_proposed_runs_are_of_the_same_term_or_later_never_of_one_that_has_passed(database: Database) -> None:
    """As text "2026H" comes before "2026V": the order of terms is not the order of letters."""
    with database.write() as session:
        spring, autumn = (making.run(session, term=term, delivery=Delivery.ONLINE) for term in ("2026V", "2026H"))
        assert [one.run_id for one in nearest_alike(session, spring)] == [autumn.pk]
        assert nearest_alike(session, autumn) == []
