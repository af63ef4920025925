"""Every cell of every life, legal and illegal, on both databases."""

from enum import StrEnum
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.access.permissions import Permission
from registry.access.policy import ANYONE
from registry.applications.models import Application
from registry.applications.states import ATTENDANCE, LIVES
from registry.core import clock, transitions
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import IllegalTransition, NeedsReason, NotAllowed
from registry.core.transitions import Life
from registry.offers.models import Offer, Run
from registry.offers.states import OFFER, RUN
from tests.applications import making

ALL = (OFFER, RUN, *LIVES)
_TODAY = clock.today()
#: What a row needs beside a status for the database's checks to hold.
COMPANIONS: dict[tuple[str, str, str], dict[str, Any]] = {
    ("offer", "state", "discontinued"): {"discontinued_on": _TODAY, "discontinue_reason": "funding"},
    ("run", "state", "cancelled"): {"cancel_reason": "funding", "cancelled_at": clock.now()},
    ("application", "endorsement", "declined"): {"endorsement_reason": "no_budget"},
    ("application", "decision", "rejected"): {"reject_reason": "late"},
    ("application", "standing", "withdrawn"): {"withdraw_reason": "personal", "withdrawn_at": clock.now()},
    ("application", "standing", "displaced"): {"displaced_at": clock.now()},
    ("application", "answer", "offered"): {"decision": "offered", "answer_by": _TODAY},
    ("application", "answer", "declined"): {"decision": "offered"},
    ("application", "answer", "lapsed"): {"decision": "offered"},
    ("application", "answer", "accepted"): {"decision": "offered", "attendance": "accepted"},
}
_HAS_PLACE = {"decision": "offered", "answer": "accepted"}


def thing(session: Session, life: Life, state: StrEnum) -> Any:
    """A row that stands in ``state`` of ``life``."""
    given = {life.column: state, **COMPANIONS.get((life.thing, life.name, str(state)), {})}
    if life is ATTENDANCE and state != "none":
        given |= _HAS_PLACE
        if state in ("completed", "failed", "dropped_out", "deferred"):
            given["result_on"] = _TODAY
    if life is OFFER:
        return making.offer(session, **given)
    if life is RUN:
        if state in ("postponed", "absorbed"):
            given[f"{state}_{'to' if state == 'postponed' else 'into'}_id"] = making.run(session).pk
        return making.run(session, **given)
    return making.application(session, making.run(session), **given)


@pytest.mark.parametrize("life", ALL, ids=lambda life: f"{life.thing}.{life.name}")
def test_every_cell(database: Database, life: Life) -> None:
    """A legal cell moves the row to its target and writes one line; an illegal one changes nothing."""
    walked = 0
    with database.write() as session:
        actor = making.cast(session).system
        for event, rows in life.by_event.items():
            for state in life.states:
                made = thing(session, life, state)
                session.info.pop("audit", None)
                row = next((row for row in rows if state in row.sources), None)
                given: dict[str, Any] = {"scope": None, "key": "k", "reason_code": "why"}
                with session.no_autoflush:
                    if row is None:
                        with pytest.raises(IllegalTransition):
                            transitions.apply(session, actor, made, life, event, **given)
                        assert getattr(made, life.column) == state
                        assert "audit" not in session.info
                    else:
                        transitions.apply(session, actor, made, life, event, **given)
                        assert getattr(made, life.column) is row.target
                        [line] = session.info.pop("audit")
                        assert (line["thing"], line["thing_id"], line["life"]) == (life.thing, made.pk, life.name)
                        assert (line["event"], line["from_state"], line["to_state"]) == (event, state, row.target)
                    session.refresh(made)
                walked += 1
    assert walked == len(life.by_event) * len(life.states)


LEGAL = [(life, row) for life in ALL for row in life.transitions]


@pytest.mark.parametrize(("life", "row"), LEGAL, ids=lambda value: getattr(value, "event", getattr(value, "name", "")))
def test_nobody_in_particular_may_do_nothing(life: Life, row: transitions.Transition) -> None:
    """Permission is asked before anything is set."""
    model = {"offer": Offer, "run": Run, "application": Application}[life.thing]
    made = model(id=1)
    setattr(made, life.column, next(iter(row.sources)))
    with pytest.raises(NotAllowed):
        transitions.apply(Session(), ANYONE, made, life, row.event, scope=None, key="k", reason_code="why")
    assert getattr(made, life.column) in row.sources


@pytest.mark.parametrize(
    ("life", "event"), [(life, row.event) for life, row in LEGAL if row.needs_reason], ids=lambda v: str(v)[:12]
)
def test_what_needs_a_reason_is_refused_without_one(database: Database, life: Life, event: str) -> None:
    with pytest.raises(NeedsReason), database.write() as session:
        source = next(iter(life.by_event[event][0].sources))
        made = thing(session, life, source)
        transitions.apply(session, making.cast(session).system, made, life, event, scope=None, key="k")
    with database.read() as session:
        assert session.exec(select(AuditEntry)).all() == []


def test_every_state_can_be_reached_and_every_permission_is_a_real_one() -> None:
    for life in ALL:
        reached = {life.start}
        reached |= {state for state in life.states if str(state) == "not_needed"}
        for _ in life.states:
            reached |= {row.target for row in life.transitions if row.sources & reached}
        assert reached == set(life.states), life.name
        assert all(row.permission in set(Permission) for row in life.transitions)
