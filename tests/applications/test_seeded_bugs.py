"""A test of the tests: each fault below has been a real one somewhere, and the machine must find it."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import literal, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from registry.applications.operations import answering, correcting, deciding, displacing, moving, places, waiting
from registry.applications.states import Answer
from registry.core import audit, clock, events, transitions
from registry.core.db import Database
from tests.applications.machines import walk
from tests.applications.walking import World


class Found(BaseException):
    """Something untrue was seen. No Exception: Hypothesis would run the example again, in a world that has moved on."""


class Watched(World):
    """A world that ends at once where its own word, the code's or the database's says that something is wrong."""

    def step(self, act: Callable[[Session], object]) -> bool:
        try:
            return super().step(act)
        except (AssertionError, IntegrityError) as fault:  # Untrue is an AssertionError
            raise Found from fault


Patch = Callable[[pytest.MonkeyPatch], None]


def unanswered_offers_are_not_counted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(places, "HOLDING", frozenset({Answer.ACCEPTED}))


def one_place_too_many(patch: pytest.MonkeyPatch) -> None:
    right = places.free_places

    def wrong(*given: Any, **named: Any) -> int | None:
        free = right(*given, **named)
        return None if free is None else free + 1

    for module in (deciding, waiting):
        patch.setattr(module, "free_places", wrong)


def places_that_come_back_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(answering, "fill_places", lambda *_: [])


def a_correction_forgets_who_waits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(correcting, "fill_places", lambda *_: [])


def the_line_is_turned_round(patch: pytest.MonkeyPatch) -> None:
    right = waiting.place_in_line

    def wrong(application: Any) -> Any:
        return tuple(-float(part) for part in right(application))

    patch.setattr(waiting, "place_in_line", wrong)


def the_owners_order_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(waiting, "place_in_line", lambda one: (one.applied_at.timestamp(), one.pk))


def the_latest_goes_first_among_unranked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(waiting, "place_in_line", lambda one: (one.owner_rank is None, one.owner_rank or 0, -one.pk))


def a_decline_is_not_in_the_ledger(patch: pytest.MonkeyPatch) -> None:
    right = audit.record

    def wrong(session: Any, **given: Any) -> None:
        if given["event"] != "decline":
            right(session, **given)

    patch.setattr(transitions.audit, "record", wrong)


def a_change_is_not_told(patch: pytest.MonkeyPatch) -> None:
    right = events.publish

    def wrong(session: Any, topic: str, key: str) -> None:
        if topic != events.APPLICATION_CHANGED:
            right(session, topic, key)

    patch.setattr(transitions.events, "publish", wrong)


def the_version_is_not_counted(patch: pytest.MonkeyPatch) -> None:
    right = answering.change

    def wrong(session: Any, actor: Any, application: Any, *given: Any, **named: Any) -> None:
        right(session, actor, application, *given, **named)
        application.version -= 1

    patch.setattr(answering, "change", wrong)


def cancelling_leaves_applications_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(moving, "displace", lambda *_: [])


def withdrawing_loses_the_place_in_line(patch: pytest.MonkeyPatch) -> None:
    right = answering.change

    def wrong(session: Any, actor: Any, application: Any, life: Any, event: str, **named: Any) -> None:
        right(session, actor, application, life, event, **named)
        if event == "withdraw":
            application.applied_at = clock.now() + timedelta(seconds=1)

    patch.setattr(answering, "change", wrong)


def the_ledger_says_where_it_was(patch: pytest.MonkeyPatch) -> None:
    """Source and target changed places in the audit row."""
    right = audit.record

    def wrong(session: Any, **given: Any) -> None:
        if given.get("from_state") and given["life"] == "decision":
            given["from_state"], given["to_state"] = given["to_state"], given["from_state"]
        right(session, **given)

    patch.setattr(transitions.audit, "record", wrong)


def a_refusal_is_half_done(patch: pytest.MonkeyPatch) -> None:
    """Somebody commits on their way: what came before a refusal stays."""
    right = deciding.give

    def wrong(session: Any, actor: Any, run: Any, applications: Any, verdict: Any) -> None:
        applications[0].priority += 1
        session.flush()
        session.commit()
        right(session, actor, run, applications, verdict)

    patch.setattr(deciding, "give", wrong)


def a_sent_batch_forgets_the_places(patch: pytest.MonkeyPatch) -> None:
    """What is prepared is not held, so that two batches give the same place."""
    patch.setattr(places, "_prepared", lambda *_: select(literal(-1)))


def displaced_is_not_told_in_the_ledger(patch: pytest.MonkeyPatch) -> None:
    def wrong(session: Any, actor: Any, application: Any, life: Any, event: str, **_: Any) -> None:
        setattr(application, life.column, life.find(event, getattr(application, life.column)).target)

    patch.setattr(displacing, "change", wrong)


BUGS: tuple[Patch, ...] = (
    unanswered_offers_are_not_counted,
    one_place_too_many,
    places_that_come_back_are_forgotten,
    a_correction_forgets_who_waits,
    the_line_is_turned_round,
    the_owners_order_is_ignored,
    the_latest_goes_first_among_unranked,
    a_decline_is_not_in_the_ledger,
    a_change_is_not_told,
    the_version_is_not_counted,
    cancelling_leaves_applications_open,
    withdrawing_loses_the_place_in_line,
    the_ledger_says_where_it_was,
    a_refusal_is_half_done,
    a_sent_batch_forgets_the_places,
    displaced_is_not_told_in_the_ledger,
)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_the_machine_finds_it(
    bug: Patch, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(sqlite_template, tmp_path / "registry.sqlite3")
    database = Database(f"sqlite:///{tmp_path / 'registry.sqlite3'}")
    bug(monkeypatch)
    with pytest.raises(Found):
        walk(database, examples=3, steps=15, world=Watched(database), shrink=False)
    database.dispose()
