"""A source asked for its data: what comes is taken in, what is not new is known, what goes wrong is told."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlmodel import select

from registry.access.models import Membership, Person
from registry.access.roles import Role
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from registry.intake.models import Fetch, ImportRun, Source, SourceRecord
from registry.intake.operations.fetching import fetch_source
from registry.intake.operations.import_payloads import import_payloads
from registry.intake.operations.sources import ask_for_source
from registry.intake.states import FetchOutcome, ImportOutcome, SourceAuth, Walk
from registry.messages.models import Message
from registry.reference.models import Organisation
from tests.importers.fetch.services import Service, service
from tests.intake.deliveries import dbh, rows, staff
from tests.intake.feeds import SYSTEM, FetchedFeed

Make = Callable[..., FetchedFeed]


@pytest.fixture
def near() -> Iterator[Service]:
    with service() as made:
        yield made


@pytest.fixture
def make(database: Database, near: Service, tmp_path: Path) -> Make:
    def made(**more: Any) -> FetchedFeed:
        return FetchedFeed(database, near, tmp_path / "home", **more)

    return made


def test_what_comes_is_taken_in_and_kept(make: Make, database: Database) -> None:
    feed = make()
    feed.answers(dbh("A"), dbh("B"), ETag='"v1"', Last_Modified="Mon, 05 Oct 2026 08:00:00 GMT")
    fetch, result = feed.fetch()
    assert (fetch.outcome, fetch.requests, fetch.bytes > 0) == (FetchOutcome.TAKEN, 1, True)
    assert result is not None
    assert (result.seen, result.new) == (2, 2)
    assert (feed.source.etag, feed.source.last_modified) == ('"v1"', "Mon, 05 Oct 2026 08:00:00 GMT")
    [run] = rows(database, select(ImportRun))
    assert (run.source_id, fetch.import_run_id) == (feed.id, run.id)
    kept = feed.place.payloads / run.payloads[0]["sha256"][:2] / run.payloads[0]["sha256"]
    assert len(json.loads(kept.read_text(encoding="utf-8"))) == 2
    assert not feed.place.working(feed.id).exists()


def test_a_redirect_is_followed_where_the_source_says_so(make: Make, database: Database, near: Service) -> None:
    feed = make()
    feed.answers(dbh("A"))
    path = urlsplit(feed.source.url).path
    near.answers["/flyttet"] = near.answers[path]
    near.says(path, status=301, Location="/flyttet")
    fetch, _ = feed.fetch()
    assert (fetch.outcome, "flyttet" in (fetch.message or "")) == (FetchOutcome.FAILED, True)
    with database.write() as session:
        session.get_one(Source, feed.id).redirects = 1
    fetch, result = feed.fetch()
    assert (fetch.outcome, fetch.requests, result.new) == (FetchOutcome.TAKEN, 2, 1)


def test_not_modified_is_unchanged_and_never_empty(make: Make, database: Database) -> None:
    feed = make()
    feed.answers(dbh("A"), dbh("B"), ETag='"v1"')
    feed.fetch()
    feed.near.says("/feed", status=304)
    fetch, result = feed.fetch()
    assert fetch.outcome is FetchOutcome.UNCHANGED
    assert result is not None
    assert (result.seen, result.unchanged, result.vanished) == (2, 2, 0)
    assert feed.near.asked[-1].headers["if-none-match"] == '"v1"'
    assert all(record.absent_since is None for record in rows(database, select(SourceRecord)))


def test_the_same_bytes_without_marks_are_unchanged_too(make: Make) -> None:
    feed = make()
    feed.answers(dbh("A"))
    feed.fetch()
    fetch, _ = feed.fetch()
    assert fetch.outcome is FetchOutcome.UNCHANGED
    assert fetch.bytes > 0


def test_where_the_kept_bytes_are_gone_the_whole_is_asked_for(make: Make) -> None:
    feed = make()
    feed.answers(dbh("A"), ETag='"v1"')
    feed.fetch()
    for path in feed.place.payloads.rglob("*"):
        if path.is_file():
            path.unlink()
    fetch, _ = feed.fetch()
    assert "if-none-match" not in feed.near.asked[-1].headers
    assert fetch.outcome is FetchOutcome.TAKEN


def test_a_delivery_that_was_refused_is_not_remembered(make: Make) -> None:
    feed = make()
    feed.near.says("/feed", b'[{"Institusjonskode": "1150"', ETag='"broken"')
    fetch, result = feed.fetch()
    assert (fetch.outcome, feed.source.etag) == (FetchOutcome.REFUSED, None)
    assert result is not None
    assert fetch.message == result.message


def test_a_service_that_fails_leaves_everything_as_it_was(make: Make, database: Database) -> None:
    feed = make()
    feed.answers(dbh("A"))
    feed.fetch()
    feed.near.says("/feed", status=500)
    fetch, result = feed.fetch()
    assert (fetch.outcome, result) == (FetchOutcome.FAILED, None)
    assert "500" in (fetch.message or "")
    assert len(rows(database, select(ImportRun))) == 1


def test_a_slot_is_fetched_once(make: Make, database: Database) -> None:
    feed = make()
    feed.answers(dbh("A"))
    slot = datetime(2026, 10, 5, 8, tzinfo=UTC)
    assert fetch_source(database, SYSTEM, feed.id, feed.place, slot=slot) is not None
    assert fetch_source(database, SYSTEM, feed.id, feed.place, slot=slot) is None
    assert len(rows(database, select(Fetch))) == 1


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (SourceAuth.BEARER, "authorization", "Bearer kari:s3cret"),
        (SourceAuth.BASIC, "authorization", "Basic a2FyaTpzM2NyZXQ="),
        (SourceAuth.API_KEY, "x-api-key", "kari:s3cret"),
    ],
)
def test_the_secret_is_read_from_the_environment_alone(
    make: Make, database: Database, auth: SourceAuth, header: str, value: str
) -> None:
    feed = make(auth=auth, secret_name="REGISTRY_FEED_KILDEN")
    feed.answers(dbh("A"))
    fetch, _ = feed.fetch()
    assert fetch.outcome is FetchOutcome.FAILED
    assert "REGISTRY_FEED_KILDEN" in (fetch.message or "")
    feed.secrets["REGISTRY_FEED_KILDEN"] = "kari:s3cret\n"
    fetch, _ = feed.fetch()
    assert (fetch.outcome, feed.near.asked[-1].headers[header]) == (FetchOutcome.TAKEN, value)
    for model in (Source, Fetch, ImportRun):
        assert "s3cret" not in " ".join(row.model_dump_json() for row in rows(database, select(model)))


def test_a_source_of_one_provider_takes_no_others_rows(make: Make, database: Database) -> None:
    [provider] = rows(database, select(Organisation).where(Organisation.dbh_code == "1150"))
    feed = make(provider=provider.pk)
    feed.answers(dbh("A"), dbh("B", institution="0238"))
    _, result = feed.fetch()
    assert result is not None
    assert (result.new, result.quarantined) == (1, 1)
    feed.answers(dbh("B", institution="0238"))
    fetch, _ = feed.fetch()
    assert fetch.outcome is FetchOutcome.REFUSED
    assert "riktig fil" in (fetch.message or "")


def test_pages_become_one_delivery(make: Make, near: Service) -> None:
    feed = make(walk=Walk.OOAPI)
    near.does(
        "/feed",
        lambda asked: (
            200,
            {"Content-Type": "application/json"},
            json.dumps(
                {"items": [dbh(asked.query["pageNumber"])], "hasNextPage": asked.query["pageNumber"] == "1"}
            ).encode(),
        ),
    )
    fetch, _ = feed.fetch()
    assert fetch.requests == 2  # that these pages are no rows of DBH's is the format's to say


_PAGE = """<!doctype html><html lang="nb"><title>Kurs</title><script type="application/ld+json">
{"@context": "https://schema.org/", "@type": "Course", "name": "Kurs %(code)s", "courseCode": "%(code)s", "provider":
{"@type": "Organization", "name": "Norges teknisk-naturvitenskapelige universitet"}}</script></html>"""


def _sitemap(near: Service, *codes: str) -> None:
    for code in codes:
        near.says(f"/{code}", (_PAGE % {"code": code}).encode(), Content_Type="text/html")
    places = "".join(f"<url><loc>{near.url}/{code}</loc></url>" for code in codes)
    body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'
    near.says("/feed", body.encode(), Content_Type="application/xml")


def test_the_pages_of_a_sitemap_become_one_delivery(make: Make, database: Database, near: Service) -> None:
    feed = make(format_name="schema-org", walk=Walk.SITEMAP)
    _sitemap(near, "A1", "B1")
    fetch, result = feed.fetch()
    assert (fetch.outcome, fetch.message) == (FetchOutcome.TAKEN, None)
    assert result is not None
    assert (result.seen, result.new) == (2, 2)
    [run] = rows(database, select(ImportRun))
    assert [payload["name"] for payload in run.payloads] == [f"{near.url}/A1", f"{near.url}/B1"]


def test_a_sitemap_without_pages_is_no_empty_delivery(make: Make, database: Database, near: Service) -> None:
    feed = make(format_name="schema-org", walk=Walk.SITEMAP)
    _sitemap(near, "A1")
    feed.fetch()
    _sitemap(near)
    fetch, result = feed.fetch()
    assert (fetch.outcome, result) == (FetchOutcome.FAILED, None)
    assert "ingen sider" in (fetch.message or "")
    assert all(record.absent_since is None for record in rows(database, select(SourceRecord)))


def test_what_somebody_asked_for_has_been_fetched_once_it_is(make: Make, database: Database) -> None:
    feed = make()
    feed.answers(dbh("A"))
    with database.write() as session:
        ask_for_source(session, SYSTEM, feed.id)
    assert feed.source.wanted_at is not None
    feed.fetch()
    assert feed.source.wanted_at is None


def test_bytes_that_another_source_gave_are_new_to_this_one(make: Make, database: Database, tmp_path: Path) -> None:
    feed = make()
    feed.answers(dbh("A"))
    path = tmp_path / "opplastet.json"
    path.write_bytes(json.dumps([dbh("A")], ensure_ascii=False).encode())
    uploaded = import_payloads(database, SYSTEM, "dbh-347", [path], as_of=date(2025, 10, 1))
    fetch, result = feed.fetch()
    assert fetch.outcome is FetchOutcome.TAKEN
    assert result is not None
    assert (result.new, result.unchanged) == (1, 0)
    runs = {run.id: run for run in rows(database, select(ImportRun))}
    assert runs[uploaded.run].payloads[0]["sha256"] == runs[result.run].payloads[0]["sha256"]
    assert runs[result.run].source_id == feed.id != runs[uploaded.run].source_id


def test_somebody_must_be_allowed_and_there_must_be_an_address(make: Make, database: Database) -> None:
    feed = make()
    with pytest.raises(NotAllowed):
        feed.fetch(actor=staff(1))
    with pytest.raises(NotFound):
        fetch_source(database, SYSTEM, 999, feed.place)
    path = feed.place.home / "a.json"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(json.dumps([dbh()]), encoding="utf-8")
    import_payloads(database, SYSTEM, "dbh-347", [path], as_of=date(2025, 10, 1))
    [uploads] = rows(database, select(Source).where(Source.key == "dbh-347"))
    with pytest.raises(InvalidInput):
        fetch_source(database, SYSTEM, uploads.pk, feed.place)


def keeper(database: Database, role: Role, organisation: int | None = None, **more: Any) -> None:
    with database.write() as session:
        person = Person(
            issuer="test", subject=f"{role}{organisation}", display_name="K", email=f"{role}@example.no",
            created_at=clock.now(), **more,
        )  # fmt: skip
        session.add(person)
        session.flush()
        session.add(
            Membership(
                person_id=person.pk, role=role, organisation_id=organisation, valid_from=date(2020, 1, 1)
            )
        )  # fmt: skip


def test_the_keepers_are_told_once_a_day(make: Make, database: Database) -> None:
    providers = {one.dbh_code: one.pk for one in rows(database, select(Organisation)) if one.dbh_code}
    keeper(database, Role.OPERATOR)
    keeper(database, Role.PROVIDER_STAFF, providers["1150"])
    keeper(database, Role.PROVIDER_STAFF, providers["0238"])
    keeper(database, Role.DIRECTORATE)
    feed = make(provider=providers["1150"])
    feed.near.says("/feed", status=503)
    for _ in range(3):
        feed.fetch()
    told = rows(database, select(Message))
    assert sorted(message.recipient or "" for message in told) == ["operator@example.no", "provider_staff@example.no"]
    assert {message.kind for message in told} == {"feed-failed"}
    assert told[0].context is not None
    assert told[0].context["message"]["values"] == {"status": 503}


def test_what_is_held_is_told_too(make: Make, database: Database) -> None:
    keeper(database, Role.OPERATOR)
    feed = make()
    feed.answers(*(dbh(f"P{number}") for number in range(10)))
    feed.fetch()
    feed.answers(dbh("P0"))
    fetch, result = feed.fetch()
    assert (fetch.outcome, result and result.outcome) == (FetchOutcome.HELD, ImportOutcome.HELD)
    [message] = rows(database, select(Message))
    assert message.context is not None
    assert (message.context["held"], message.context["run"]) == (True, fetch.import_run_id)


def test_a_delivery_of_the_same_source_under_way_is_told_of_in_its_words(
    make: Make, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object, **__: object) -> None:
        raise Conflict("En annen leveranse fra samme kilde tas inn nå. Prøv igjen om litt.")

    feed = make()
    feed.answers(dbh("A"))
    monkeypatch.setattr("registry.intake.operations.fetching.import_payloads", taken)
    assert feed.fetch()[1] is None
    [fetch] = rows(database, select(Fetch))
    assert fetch.outcome is FetchOutcome.FAILED
    assert fetch.message == "En annen leveranse fra samme kilde tas inn nå. Prøv igjen om litt."


def test_a_fault_of_our_own_is_recorded_before_it_is_raised(
    make: Make, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("oops")

    feed = make()
    feed.answers(dbh("A"))
    monkeypatch.setattr("registry.intake.operations.fetching.import_payloads", broken)
    with pytest.raises(RuntimeError):
        feed.fetch()
    [fetch] = rows(database, select(Fetch))
    assert (fetch.outcome, "oops" in (fetch.message or "")) == (FetchOutcome.FAILED, False)
    assert fetch.finished_at is not None
    assert fetch.finished_at - fetch.started_at < timedelta(minutes=1)
