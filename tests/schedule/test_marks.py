"""What detection finds of small subjects and few applicants can be searched for, and no longer when it has passed."""

from datetime import UTC, datetime

import time_machine

from registry.access.policy import system
from registry.coordination.operations import detect
from registry.core import clock
from registry.core.db import Database
from registry.offers.states import RunState
from registry.schedule import outbox
from search.embedded import EmbeddedEngine
from search.protocol import SearchQuery
from tests.coordination.country import TODAY, add_offer, add_run


def detected(database: Database, engine: EmbeddedEngine) -> int:
    """Detection, and what it told the index."""
    detect(database, system("detect"), today=clock.today())
    return outbox.drain(database, engine)


def found(engine: EmbeddedEngine, facet: str, value: str) -> list[str]:
    return [hit.id for hit in engine.search(SearchQuery(filters={facet: (value,)})).hits]


@time_machine.travel(datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC), tick=False)
def test_few_applicants_can_be_searched_for_until_enough_have_come(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as session:
        norwegian, english = (add_offer(session, "0238", title) for title in ("Norsk 1", "Engelsk 1"))
        low = add_run(session, norwegian, "2027V", applicants=1, minimum=3, state=RunState.OPEN)
        full = add_run(session, english, "2027V", applicants=3, minimum=3, state=RunState.OPEN)
    outbox.rebuild(database, engine)
    assert found(engine, "applying", "few") == []

    assert detected(database, engine) == 1
    assert found(engine, "applying", "few") == [low.key]
    assert {low.key, full.key} == set(found(engine, "applying", "open")), "it stands beside what it was"
    assert detected(database, engine) == 0, "nothing is told twice"

    with database.write() as session:
        low = session.merge(low)
        low.minimum = 1
    assert detected(database, engine) == 1
    assert found(engine, "applying", "few") == []


@time_machine.travel(datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC), tick=False)
def test_a_subject_that_becomes_small_can_be_searched_for(database: Database, engine: EmbeddedEngine) -> None:
    with database.write() as session:
        alone = add_run(session, add_offer(session, "1120", "Kinesisk", subject_code="kinesisk"), "2026H")
        for provider in ("0238", "1160"):
            add_run(session, add_offer(session, provider, "Engelsk 1", subject_code="engelsk"), "2026H")
    outbox.rebuild(database, engine)
    assert found(engine, "small_subject", "1") == []
    assert detected(database, engine) == 1
    assert found(engine, "small_subject", "1") == [alone.key]
