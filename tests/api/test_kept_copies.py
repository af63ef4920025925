"""Whoever keeps a copy of the offers by ``changed_since`` has in the end what the registry has."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlmodel import Session, select

from registry.api import queries
from registry.api.requests import OfferOut
from registry.coordination.operations import merge, unmerge
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import NotFound
from registry.offers.models import Offer
from registry.offers.operations import archive, discontinue
from registry.offers.states import OfferState
from tests.applications import making

HOUR = timedelta(hours=1)


def period() -> dict[str, Any]:
    """Since a copy that was brought up to date an hour ago."""
    return {"until": clock.now() + HOUR, "since": clock.now() - HOUR / 2, "limit": 200}


def told(session: Session) -> dict[str, OfferOut]:
    """What a copy learns that was last brought up to date an hour ago."""
    found, _ = queries.offers(session, cursor=None, provider=None, **period())
    return {one.key: one for one in found}


def test_an_offer_that_goes_into_another_is_told_with_where_it_went(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        kept, gone = making.offer(session, key="kept"), making.offer(session, key="gone")
        making.offer(session, making.OTHER_INSTITUTION, key="noise")
        making.run(session, gone, key="moves", term="2027V")
        making.run(session, kept, key="stays", term="2027H")
        twin = making.run(session, gone, key="twin", term="2027H")
        ours = cast.organisations[making.INSTITUTION]
    with time_machine.travel(clock.now() + HOUR), database.write() as session:
        made = merge(session, cast.coordinator, kept.pk, gone.pk, twins={twin.pk: {}})
    with time_machine.travel(clock.now() + HOUR), database.read() as session:
        assert told(session).keys() == {"kept", "gone"}
        alone = queries.offer(session, "gone")
        assert (alone.state, alone.merged_into) == ("archived", "kept")
        assert [(run.key, run.state, run.absorbed_into) for run in alone.runs] == [("twin", "absorbed", "stays")]
        assert told(session)["gone"] == alone
        assert [(run.key, run.absorbed_into) for run in told(session)["kept"].runs] == [
            ("moves", None),
            ("stays", None),
        ]
        own, _ = queries.own_runs(session, ours, cursor=None, term=None, **period())
        assert {(run.key, run.offer) for run in own} == {("moves", "kept"), ("stays", "kept"), ("twin", "gone")}
        assert told(session)["kept"].merged_into is None
    with time_machine.travel(clock.now() + 2 * HOUR), database.write() as session:
        unmerge(session, cast.coordinator, made.pk)
    with time_machine.travel(clock.now() + 2 * HOUR), database.read() as session:
        again = told(session)["gone"]
        assert (again.state, again.merged_into) == ("published", None)
        assert [(run.key, run.absorbed_into) for run in again.runs] == [("moves", None), ("twin", None)]
        own, _ = queries.own_runs(session, ours, cursor=None, term=None, **period())
        assert ("moves", "gone") in {(run.key, run.offer) for run in own}, "whose it is has changed"


def test_what_was_public_is_told_when_it_is_put_away_and_a_draft_never(database: Database) -> None:
    with database.write() as session:
        making.offer(session, key="ended")
        making.offer(session, key="draft", state=OfferState.DRAFT)
        making.offer(session, key="noise")
    with time_machine.travel(clock.now() + HOUR), database.write() as session:
        cast = making.cast(session)
        ended, draft = (session.exec(select(Offer).where(Offer.key == key)).one() for key in ("ended", "draft"))
        discontinue(session, cast.provider, ended, "replaced")
        archive(session, cast.provider, draft)
    with time_machine.travel(clock.now() + 2 * HOUR), database.write() as session:
        archive(session, making.cast(session).provider, session.merge(ended))
    with time_machine.travel(clock.now() + 2 * HOUR), database.read() as session:
        assert {key: one.state for key, one in told(session).items()} == {"ended": "archived"}
        assert queries.offer(session, "ended").state == "archived"
        with pytest.raises(NotFound):
            queries.offer(session, "draft")


def test_what_a_long_transaction_commits_late_is_not_skipped(database: Database) -> None:
    """A reader who has been told of everything there was asks again from the newest moment it knows."""
    start = clock.now()
    other = Database(database.url)  # as another process has it

    def learn(minutes: int, since: datetime | None) -> list[OfferOut]:
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            until = other.settled()
            with other.read() as session:
                return queries.offers(session, until=until, since=since, cursor=None, provider=None, limit=200)[0]

    with time_machine.travel(start, tick=False), database.write() as session:
        making.offer(session, key="old")
    with time_machine.travel(start + timedelta(minutes=5), tick=False) as now, database.write() as late:
        making.offer(late, key="late")
        now.shift(timedelta(minutes=5))
        if not other.is_sqlite:  # where others may write at the same time, and be done first
            with other.write() as session:
                making.offer(session, key="quick")
        known = learn(15, None)
        assert [one.key for one in known] == ["old"]
    newest = datetime.fromisoformat(known[-1].changed_at)
    expected = ["old", "late"] if other.is_sqlite else ["old", "late", "quick"]
    assert [one.key for one in learn(20, newest)] == expected
    other.dispose()


def test_a_run_that_both_had_is_told_with_the_one_that_stands_for_both(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        stays, goes = making.run(session, key="stays"), making.run(session, key="goes")
    with time_machine.travel(clock.now() + HOUR), database.write() as session:
        merge(session, cast.provider, stays.offer_id, goes.offer_id, twins={goes.pk: {}})
    with time_machine.travel(clock.now() + HOUR), database.read() as session:
        runs = {run.key: (run.state, run.absorbed_into) for one in told(session).values() for run in one.runs}
    assert runs == {"stays": ("open", None), "goes": ("absorbed", "stays")}
