"""The index follows the database: after a crash at any step, over bad rows, and when the engine has been away."""

import contextlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import count

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from registry.coordination.models import Detection, SubjectStatus
from registry.core import clock, events
from registry.core.db import Database
from registry.core.events import OFFER_CHANGED, RUN_CANCELLED, OutboxRow
from registry.offers.models import Offer, Run
from registry.offers.states import CancelReason, OfferState, RunState
from registry.schedule import outbox
from search.embedded import EmbeddedEngine
from search.protocol import SearchDocument, SearchEngine, SearchUnavailable
from tests.catalogue.making import make_offer, make_run


class Killed(BaseException):
    """The worker's process is gone: nothing catches this."""


def add(database: Database, key: str, **values: object) -> None:
    with database.write() as session:
        make_offer(session, key=key, **values)
        events.publish(session, OFFER_CHANGED, key)


def in_step(database: Database, engine: SearchEngine) -> bool:
    drift = outbox.check(database, engine)
    return not drift.differs and drift.waiting == 0


def test_a_change_reaches_the_index_once_and_its_row_is_done(database: Database, engine: EmbeddedEngine) -> None:
    add(database, "a")
    assert outbox.waiting(database) == 1
    assert outbox.check(database, engine).missing != ()
    assert outbox.drain(database, engine) == 1
    assert in_step(database, engine)
    assert outbox.drain(database, engine) == 0


def test_what_is_no_longer_shown_is_dropped(database: Database, engine: EmbeddedEngine) -> None:
    add(database, "a", runs=({"key": "a1"}, {"key": "a2", "term": "2027V"}))
    add(database, "b", runs=({"key": "b1"},))
    outbox.drain(database, engine)
    with database.write() as session:
        run = session.exec(select(Run).where(Run.key == "a1")).one()
        run.state, run.cancel_reason, run.cancelled_at = RunState.CANCELLED, CancelReason.FEW_APPLICANTS, clock.now()
        run.version += 1
        offer = session.exec(select(Offer).where(Offer.key == "b")).one()
        offer.state, offer.discontinued_on, offer.discontinue_reason = OfferState.DISCONTINUED, clock.today(), "other"
        events.publish(session, RUN_CANCELLED, "a1")
        events.publish(session, OFFER_CHANGED, "b")
        events.publish(session, OFFER_CHANGED, "never-was")
    outbox.drain(database, engine)
    assert set(engine.digests()) == {"a2"}
    assert in_step(database, engine)


def test_a_run_that_moves_to_another_offer_moves_in_the_index(database: Database, engine: EmbeddedEngine) -> None:
    add(database, "a", runs=({"key": "r"},))
    add(database, "b")
    outbox.drain(database, engine)
    with database.write() as session:
        run = session.exec(select(Run).where(Run.key == "r")).one()
        run.offer_id = session.exec(select(Offer).where(Offer.key == "b")).one().pk
        run.version += 1
        events.publish(session, OFFER_CHANGED, "a")
        events.publish(session, OFFER_CHANGED, "b")
    outbox.drain(database, engine)
    assert in_step(database, engine)


class Stumbling(EmbeddedEngine):
    """Dies or is away before or after a chosen call."""

    def __init__(self, inner: EmbeddedEngine, at: int, error: type[BaseException]) -> None:
        super().__init__(None, inner._settings)
        self.inner, self.at, self.error = inner, at, error
        self.step = count(1)

    def stumble(self) -> None:
        if next(self.step) == self.at:
            raise self.error("here")

    def put(self, documents: Iterable[SearchDocument]) -> int:
        self.stumble()
        written = self.inner.put(documents)
        self.stumble()
        return written

    def drop(self, ids: Iterable[str]) -> int:
        self.stumble()
        dropped = self.inner.drop(ids)
        self.stumble()
        return dropped


@pytest.mark.parametrize("error", [Killed, SearchUnavailable, RuntimeError])
@pytest.mark.parametrize("at", range(1, 9))
def test_a_crash_at_any_step_leaves_nothing_behind(
    database: Database, engine: EmbeddedEngine, at: int, error: type[BaseException]
) -> None:
    for key in "abc":
        add(database, key, runs=({"key": f"{key}1"}, {"key": f"{key}2", "term": "2027V"}))
    with database.write() as session:
        session.exec(select(Run).where(Run.key == "a1")).one().term = "2024H"
    with contextlib.suppress(Killed):
        outbox.drain(database, Stumbling(engine, at, error), batch=2)
    outbox.drain(database, engine)
    assert in_step(database, engine)
    assert set(engine.digests()) == {"a2", "b1", "b2", "c1", "c2"}


def test_a_crash_before_the_row_is_marked_applies_it_again(
    database: Database, engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(database, "a")
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_note", lambda *_: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            outbox.drain(database, engine)
    assert outbox.waiting(database) == 1
    assert outbox.drain(database, engine) == 1
    assert in_step(database, engine)


def test_a_bad_row_waits_with_its_error_and_stops_nobody(database: Database, engine: EmbeddedEngine) -> None:
    class Choosy(EmbeddedEngine):
        def put(self, documents: Iterable[SearchDocument]) -> int:
            listed = list(documents)
            if any(document.group == "bad" for document in listed):
                raise ValueError("cannot be written")
            return engine.put(listed)

        def drop(self, ids: Iterable[str]) -> int:
            return engine.drop(ids)

    for key in ("a", "bad", "c"):
        add(database, key)
    choosy = Choosy(None, engine._settings)
    assert outbox.drain(database, choosy) == 2
    assert outbox.drain(database, choosy) == 0
    with database.read() as session:
        (row,) = session.exec(select(OutboxRow).where(col(OutboxRow.done_at).is_(None))).all()
        assert (row.key, row.attempts, row.last_error) == ("bad", 2, "ValueError: cannot be written")
    assert len(engine.digests()) == 2
    assert outbox.drain(database, engine) == 1, "mended, it goes through"
    assert in_step(database, engine)


def test_while_the_engine_is_away_everything_waits_and_nothing_is_blamed(
    database: Database, engine: EmbeddedEngine
) -> None:
    add(database, "a")
    assert outbox.drain(database, Stumbling(engine, 1, SearchUnavailable)) == 0
    with database.read() as session:
        (row,) = session.exec(select(OutboxRow)).all()
        assert (row.done_at, row.attempts, row.last_error) == (None, 0, None)


def test_others_are_told_too_and_their_failure_keeps_the_row(database: Database, engine: EmbeddedEngine) -> None:
    told: list[str] = []
    with database.write() as session:
        for key in ("1", "2"):
            events.publish(session, events.APPLICATION_CHANGED, key)

    def post(_: Database, rows: Iterable[OutboxRow]) -> None:
        for row in rows:
            if row.key == "2":
                raise OSError("no post today")
            told.append(row.key)

    assert outbox.drain(database, engine, listeners={events.APPLICATION_CHANGED: post}) == 1
    assert set(told) == {"1"}
    assert outbox.waiting(database) == 1


def test_the_day_after_a_deadline_only_what_it_concerns_is_mended(
    database: Database, engine: EmbeddedEngine, first_of_march: time_machine.Traveller
) -> None:
    deadline = datetime(2026, 4, 15, 12, tzinfo=UTC)
    add(database, "a", runs=({"key": "a1", "state": RunState.OPEN, "application_closes_on": deadline.date()},))
    add(database, "b")
    outbox.drain(database, engine)
    first_of_march.move_to(datetime(2026, 4, 16, 12, tzinfo=UTC))
    assert outbox.check(database, engine).stale == ("a1",)
    assert outbox.check(database, engine, repair=True).differs
    assert in_step(database, engine)


def test_repair_mends_what_differs_in_every_way(database: Database, engine: EmbeddedEngine) -> None:
    for key in ("a", "b", "c"):
        add(database, key, runs=({"key": f"{key}1"},))
    outbox.drain(database, engine)
    engine.drop(["a1"])
    engine.put(
        [
            SearchDocument("x1", "x", {"title": "Finnes ikke"}, {}, version=1),
            SearchDocument("b1", "b", {"title": "Fra fremtiden"}, {}, version=10**15),
        ]
    )
    drift = outbox.check(database, engine, repair=True)
    assert (drift.missing, drift.surplus, drift.stale) == (("a1",), ("x1",), ("b1",))
    assert in_step(database, engine)
    assert drift.to_json()["repaired"] is True
    assert drift.summary() == "1 mangler, 1 er for mange, 1 er utdaterte; rettet"


def test_rebuilding_starts_from_nothing_and_takes_along_what_came_meanwhile(
    database: Database, engine: EmbeddedEngine
) -> None:
    add(database, "a", runs=({"key": "a1"}, {"key": "a2", "term": "2027V"}))
    engine.put([SearchDocument("x1", "x", {}, {}, version=1)])
    seen: list[tuple[int, int]] = []
    assert outbox.rebuild(database, engine, progress=lambda done, total: seen.append((done, total))) == 2
    assert in_step(database, engine)
    assert seen[-1] == (1, 1)


def test_a_rebuild_that_fails_leaves_the_old_index(database: Database, engine: EmbeddedEngine) -> None:
    add(database, "a")
    outbox.drain(database, engine)

    def fails(*_: object) -> dict[int, dict[str, tuple[str, ...]]]:
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        outbox.rebuild(database, engine, enrichers=[fails])
    assert in_step(database, engine)


def test_small_subjects_are_told(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as session:
        detection = Detection(at=clock.now(), as_of=clock.today())
        session.add(detection)
        session.flush()
        for code, until in (("samisk", None), ("norsk", date(2026, 2, 28))):
            session.add(
                SubjectStatus(
                    subject_code=code, is_small=True, since=date(2026, 1, 1), until=until, reason="få tilbud",
                    rule_code="SMALL_SUBJECT", rule_version=1, detection_id=detection.pk,
                )
            )  # fmt: skip
    add(database, "a", subject_code="samisk")
    add(database, "b", subject_code="norsk")
    told: list[SearchDocument] = []

    class Listening(EmbeddedEngine):
        def put(self, documents: Iterable[SearchDocument]) -> int:
            told.extend(documents)
            return len(told)

    outbox.drain(database, Listening(None, engine._settings))
    assert {document.group: document.facets.get("small_subject", ()) for document in told} == {"a": ("1",), "b": ()}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["run", "past", "stop", "start", "drain"])), max_size=12
    )
)
def test_any_history_ends_in_step(database: Database, engine: EmbeddedEngine, steps: list[tuple[str, str]]) -> None:
    with database.write() as session:
        for key in "abc":
            if session.exec(select(Offer).where(Offer.key == key)).first() is None:
                make_offer(session, key=key)
                events.publish(session, OFFER_CHANGED, key)
    for key, step in steps:
        if step == "drain":
            outbox.drain(database, engine, batch=1)
            continue
        with database.write() as session:
            offer = session.exec(select(Offer).where(Offer.key == key)).one()
            if step in ("run", "past"):
                make_run(session, offer, term="2026H" if step == "run" else "2023V")
            else:
                offer.state = OfferState.DISCONTINUED if step == "stop" else OfferState.PUBLISHED
                offer.discontinued_on = clock.today() if step == "stop" else None
                offer.discontinue_reason = "other" if step == "stop" else None
            offer.version += 1
            events.publish(session, OFFER_CHANGED, key)
    outbox.drain(database, engine)
    assert in_step(database, engine)
