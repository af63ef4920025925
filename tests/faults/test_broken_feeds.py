"""Twelve ways a feed breaks, each for two days on end: not one run is closed that its provider did not close.

The feed is fetched from a service on this machine, as real ones are. Each scenario is told by what the service answers;
the country is 27 offers in one feed, each with a run that people can apply to, and the small feed has five.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlmodel import select

from registry.core.db import Database
from registry.intake.models import Fetch, QuarantinedRow, Source
from registry.intake.operations.fetching import Place, fetch_source
from registry.intake.operations.sources import add_source
from registry.intake.source_checks import SourceDraft
from registry.intake.states import FetchOutcome
from registry.offers.models import Offer, Run
from registry.offers.states import OfferState, RunState
from registry.reference.models import Organisation
from tests.importers.fetch.services import Service, service
from tests.intake.deliveries import rows, sheet
from tests.intake.feeds import SYSTEM

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
Rows = list[dict[str, str]]
Answer = Callable[[Service, Rows], None]


def offers(count: int, *, provider: str = "1150", prefix: str = "T") -> Rows:
    return [
        sheet(
            f"{prefix}{number}", f"Naturfag for lærere {number}", provider=provider, term="2026H",
            **{"Søknad åpner": "2026-02-01", "Søknadsfrist": "2026-04-15"},
        )
        for number in range(count)
    ]  # fmt: skip


def written(feed: Rows) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(feed[0]), delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(feed)
    return stream.getvalue().encode()


def sends(near: Service, feed: Rows) -> None:
    body = written(feed)
    near.says("/ark", body, Content_Type="text/csv; charset=utf-8", ETag=f'"{hash(body)}"')


def empty(near: Service, _: Rows) -> None:
    near.says("/ark", b"", Content_Type="text/csv")


def headings_alone(near: Service, feed: Rows) -> None:
    near.says("/ark", written(feed).splitlines(keepends=True)[0], Content_Type="text/csv")


def page(near: Service, _: Rows) -> None:
    near.says("/ark", b"<!doctype html><title>Logg inn</title>", Content_Type="text/csv")


def cut(near: Service, feed: Rows) -> None:
    body = written(feed)
    near.says("/ark", body[: len(body) * 3 // 10], Content_Type="text/csv")


def cut_in_quotes(near: Service, feed: Rows) -> None:
    near.says("/ark", written(feed).replace(b"Naturfag for l\xc3\xa6rere 3", b'"Naturfag'), Content_Type="text/csv")


def shifted(feed: Rows, days: int) -> Rows:
    return [
        {
            name: str(date.fromisoformat(value) + timedelta(days)) if name.startswith("Søknad") else value
            for name, value in row.items()
        }
        for row in feed
    ]


def renamed(feed: Rows) -> Rows:
    return [{**row, "Tilbudskode": f"NY-{row['Tilbudskode']}"} for row in feed]


def mangled(near: Service, feed: Rows) -> None:
    near.says("/ark", written(feed).decode().encode("utf-16"), Content_Type="text/csv")


def twice_encoded(near: Service, feed: Rows) -> None:
    near.says("/ark", written(feed).decode("latin-1").encode(), Content_Type="text/csv")


def all_cancelled(feed: Rows) -> Rows:
    return [{**row, "Avlyst": "ja"} for row in feed]


def fails(near: Service, _: Rows) -> None:
    near.says("/ark", b"oops", status=500)


@dataclass(frozen=True, slots=True)
class Case:
    """What the service answers, what each fetch ends as, and how many offers there may be afterwards (beside the feed's)."""

    answer: Answer
    ends: set[FetchOutcome]
    more: int = 0  #: offers that are new, as a share of the feed


HELD, REFUSED, FAILED = {FetchOutcome.HELD}, {FetchOutcome.REFUSED}, {FetchOutcome.FAILED}
FINE = {FetchOutcome.TAKEN, FetchOutcome.UNCHANGED}

CASES: dict[str, Case] = {
    "60 per cent gone": Case(lambda near, feed: sends(near, feed[: len(feed) * 2 // 5]), HELD),
    "empty": Case(empty, FAILED),
    "headings alone": Case(headings_alone, REFUSED),
    "not modified": Case(lambda near, _: near.says("/ark", status=304) and None, {FetchOutcome.UNCHANGED}),
    "a page with 200": Case(page, FAILED),
    "cut": Case(cut, HELD | REFUSED),
    "cut in quotes": Case(cut_in_quotes, REFUSED),
    "one left": Case(lambda near, feed: sends(near, feed[:1]), HELD),
    "another provider's file": Case(lambda near, feed: sends(near, offers(len(feed), provider="0238")), REFUSED),
    "the file of before": Case(lambda near, feed: sends(near, feed[:-1]), HELD),
    "every row twice": Case(lambda near, feed: sends(near, [*feed, *feed]), FINE),
    "keys renamed": Case(lambda near, feed: sends(near, renamed(feed)), HELD, more=1),
    "dates a year back": Case(lambda near, feed: sends(near, shifted(feed, -365)), HELD),
    "dates a year on": Case(lambda near, feed: sends(near, shifted(feed, 365)), FINE),
    "encoding broken": Case(mangled, REFUSED),
    "encoded twice": Case(twice_encoded, FINE | HELD | REFUSED),
    "the service fails": Case(fails, FAILED),
}


@pytest.fixture
def near() -> Iterator[Service]:
    with service() as made:
        yield made


class Country:
    """A source that has been fetched whole, and then breaks."""

    def __init__(self, database: Database, near: Service, home: Path, count: int) -> None:
        self.database, self.near, self.feed = database, near, offers(count)
        self.place = Place(home, 10_000_000, loopback=True)
        [provider] = rows(database, select(Organisation).where(Organisation.dbh_code == "1150"))
        draft = SourceDraft("Arket", "offers-sheet", near.url + "/ark", provider=provider.pk, every_minutes=1440)
        with database.write() as session:
            self.source = add_source(session, SYSTEM, draft, loopback=True).pk

    def fetch(self, day: int) -> FetchOutcome:
        client = self.place.client()
        client.sleep = lambda _: None
        with time_machine.travel(START + day * DAY, tick=False):
            found = fetch_source(self.database, SYSTEM, self.source, self.place, client=client)
        assert found is not None
        return found[0].outcome

    def open_runs(self) -> set[str]:
        return {
            run.key for run in rows(self.database, select(Run)) if run.state is RunState.OPEN and not run.left_feed_on
        }


#: Where the size of the feed decides.
SMALL = ("60 per cent gone", "cut", "one left", "the file of before", "keys renamed", "dates a year back")


@pytest.mark.parametrize(("name", "count"), [*((name, 27) for name in CASES), *((name, 5) for name in SMALL)])
def test_a_broken_feed_closes_nothing(database: Database, near: Service, tmp_path: Path, name: str, count: int) -> None:
    case = CASES[name]
    country = Country(database, near, tmp_path, count)
    sends(near, country.feed[:-1])
    country.fetch(-2)
    sends(near, country.feed)
    country.fetch(0)
    before = country.open_runs()
    assert len(before) == count
    case.answer(near, country.feed)
    ends = {country.fetch(day) for day in (1, 2, 3)}
    assert before <= country.open_runs()
    assert ends <= case.ends
    found = rows(database, select(Offer))
    assert len(found) <= count * (1 + case.more)
    assert {offer.state for offer in found} == {OfferState.PUBLISHED}


def test_a_feed_that_is_mended_is_as_before(database: Database, near: Service, tmp_path: Path) -> None:
    country = Country(database, near, tmp_path, 27)
    sends(near, country.feed)
    country.fetch(0)
    before = country.open_runs()
    for day, case in enumerate(CASES.values(), start=1):
        case.answer(near, country.feed)
        country.fetch(day)
    assert before <= country.open_runs()
    sends(near, country.feed)
    country.fetch(20)
    assert before <= country.open_runs()
    titles = {offer.title for offer in rows(database, select(Offer)) if offer.native_code.startswith("T")}
    assert titles == {row["Navn"] for row in country.feed}


def test_garbled_letters_are_put_aside_and_the_rows_are_not_absent(
    database: Database, near: Service, tmp_path: Path
) -> None:
    country = Country(database, near, tmp_path, 5)
    sends(near, country.feed)
    country.fetch(0)
    near.says("/ark", written(country.feed).replace("æ".encode(), "Ã¦".encode()), Content_Type="text/csv")
    for day in (1, 2):
        country.fetch(day)
    assert len(country.open_runs()) == 5
    assert {row.field for row in rows(database, select(QuarantinedRow))} == {"Navn"}
    assert all("Ã" not in offer.title for offer in rows(database, select(Offer)))


def test_what_a_provider_truly_closes_is_closed(database: Database, near: Service, tmp_path: Path) -> None:
    country = Country(database, near, tmp_path, 27)
    sends(near, country.feed)
    country.fetch(0)
    sends(near, country.feed[:-3])
    for day in (1, 2):
        assert country.fetch(day) in FINE
    assert len(country.open_runs()) == 24


def test_the_health_of_a_source_tells_of_it(database: Database, near: Service, tmp_path: Path) -> None:
    country = Country(database, near, tmp_path, 5)
    fails(near, country.feed)
    country.fetch(0)
    [fetch] = rows(database, select(Fetch))
    assert fetch.message
    assert rows(database, select(Source))[0].etag is None
