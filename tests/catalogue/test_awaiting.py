"""Who follows what opens soon is told on the day that it opens, when the search no longer finds it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from registry.access.models import Person
from registry.catalogue.documents import build_documents
from registry.catalogue.jobs import look
from registry.catalogue.models import Rhythm, SavedSearch
from registry.core import clock
from registry.core.db import Database
from registry.messages.models import Message
from registry.offers.models import Offer, Run
from search.embedded import EmbeddedEngine
from tests.catalogue.making import TODAY, make_offer

Told = list[tuple[str, str]]
OPENS = date(2026, 3, 10)


@pytest.fixture
def follow(database: Database, engine: EmbeddedEngine) -> Callable[..., Callable[[date], Told]]:
    """Follow a search from the first of March; looking at it on a later day gives what is told: (run's term, kind)."""

    def looking_at(query: str) -> Callable[[date], Told]:
        with database.write() as session:
            kari = Person(
                issuer="demo", subject="kari", display_name="Kari", email="kari@skole.example", created_at=clock.now()
            )
            session.add(kari)
            session.flush()
            saved = SavedSearch(
                person_id=kari.pk, name="Åpner", query=query, rhythm=Rhythm.DAILY, created_at=clock.now(), token="t",
                expires_on=date(2027, 3, 1), next_look_on=TODAY, seen=None,
            )  # fmt: skip
            session.add(saved)
            session.flush()
            number = saved.pk

        def on(day: date) -> Told:
            with database.read() as session:
                engine.rebuild(build_documents(session, today=day))
            with database.write() as session:
                session.exec(select(SavedSearch)).one().next_look_on = day
                known = set(session.exec(select(Message.id)))
                look(session, engine, number, day)
                letters: list[Any] = [one.context for one in session.exec(select(Message)) if one.pk not in known]
            return [
                (news["term"], news["kind"])
                for letter in letters
                for offer in letter["offers"]
                for news in offer["news"]
            ]

        assert on(TODAY) == []
        return on

    return looking_at


def seen(database: Database) -> Any:
    with database.read() as session:
        return session.exec(select(SavedSearch)).one().seen


def change(database: Database, **values: Any) -> None:
    with database.write() as session:
        run = session.exec(select(Run).where(Run.key == "norsk-h")).one()
        for name, value in values.items():
            setattr(run, name, value)


@pytest.fixture
def norsk(database: Database) -> None:
    with database.write() as session:
        make_offer(
            session, "Norsk 1", key="norsk",
            runs=({"key": "norsk-h", "places": ("4601",), "application_opens_on": OPENS},
                  {"key": "norsk-v", "term": "2027V"}),
        )  # fmt: skip


@pytest.mark.usefixtures("norsk")
@pytest.mark.parametrize(("status", "at_first"), [("soon", OPENS), ("later", date(2026, 5, 1)), ("unknown", None)])
def test_it_is_told_once_on_its_day(
    database: Database, follow: Callable[..., Callable[[date], Told]], status: str, at_first: date | None
) -> None:
    change(database, application_opens_on=at_first)
    on = follow(f"q=norsk&fylke=46&status={status}&termin=2026H")
    assert list(seen(database)["norsk"]) == ["norsk-h"]
    change(database, application_opens_on=OPENS, application_closes_on=date(2026, 6, 1))
    told = {day: on(day) for day in (date(2026, 3, 2), date(2026, 3, 9), OPENS, date(2026, 3, 11))}
    assert {day: news for day, news in told.items() if news and ("2026H", "opens") in news} == {
        OPENS: [("2026H", "opens")]
    }
    assert seen(database) == {}, "then it is let go"


@pytest.mark.usefixtures("norsk")
@pytest.mark.parametrize("other", [{"term": "2027V"}, {"left_feed_on": TODAY, "state": "completed"}])
def test_what_no_longer_fits_for_another_reason_is_let_go(
    database: Database, follow: Callable[..., Callable[[date], Told]], other: dict[str, Any]
) -> None:
    on = follow("status=soon&termin=2026H")
    change(database, application_opens_on=TODAY + timedelta(days=1), **other)
    assert on(TODAY + timedelta(days=1)) == []
    assert seen(database) == {}


@pytest.mark.usefixtures("norsk")
def test_a_search_that_asks_for_no_state_waits_for_nothing(
    database: Database, follow: Callable[..., Callable[[date], Told]]
) -> None:
    on = follow("q=norsk&termin=2026H")
    with database.write() as session:
        session.exec(select(Offer)).one().title = "Lesing"
    assert on(OPENS) == []
    assert seen(database) == {}
