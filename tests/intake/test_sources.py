"""Sources: who may add them, what they may be, and how they are."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from registry.core import audit
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Stale
from registry.intake.models import Fetch, Source
from registry.intake.operations import add_source, ask_for_source, change_source, pause_source, wake_source
from registry.intake.queries.health import Condition, SourceHealth, due_sources, fetches, slot_start, source_health
from registry.intake.source_checks import SourceDraft
from registry.intake.states import FetchOutcome, SourceAuth, Walk
from registry.reference.models import Organisation, OrganisationKind
from tests.intake.deliveries import operator, rows, staff

DRAFT = SourceDraft(
    "Kurskatalogen", "ooapi", "https://kurs.example.no/v5/courses?nokkel=x", walk=Walk.OOAPI, every_minutes=60
)
NOON = datetime(2026, 10, 5, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def added(database: Database, **more: Any) -> Source:
    values = {name: getattr(DRAFT, name) for name in SourceDraft.__slots__}
    with database.write() as session:
        return add_source(session, operator(), SourceDraft(**{**values, **more}))


def test_an_operator_adds_a_source(database: Database) -> None:
    source = added(database)
    assert (source.key, source.version, source.is_scheduled) == ("ooapi:kurskatalogen", 1, True)
    [entry] = rows(database, select(audit.AuditEntry).where(audit.AuditEntry.thing == "source"))
    assert entry.details is not None
    assert (entry.event, entry.details["url"]) == ("added", "https://kurs.example.no/v5/courses")
    with pytest.raises(Conflict):
        added(database)


def test_nobody_else_does(database: Database) -> None:
    source = added(database)
    for verb in (pause_source, wake_source):
        with pytest.raises(NotAllowed), database.write() as session:
            verb(session, staff(1), source.pk)
    with pytest.raises(NotAllowed), database.write() as session:
        add_source(session, staff(1), DRAFT)
    with pytest.raises(NotAllowed), database.write() as session:
        change_source(session, staff(1), source.pk, 1, DRAFT)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "  ", "name"),
        ("name", "x" * 121, "name"),
        ("format", "finnes-ikke", "format"),
        ("url", "http://kurs.example.no/", "url"),
        ("url", "https://kari:hemmelig@kurs.example.no/", "url"),
        ("url", "https://", "url"),
        ("url", "https://[::1", "url"),
        ("url", "https://a.no/x y", "url"),
        ("url", "https://a.no/" + "x" * 1000, "url"),
        ("every_minutes", 4, "every_minutes"),
        ("every_minutes", 100_000, "every_minutes"),
        ("auth", SourceAuth.BEARER, "secret_name"),
        ("secret_name", "REGISTRY_FEED_X", "secret_name"),
        ("provider", 99_999, "provider"),
        ("redirects", 6, "redirects"),
        ("redirects", -1, "redirects"),
    ],
)
def test_what_a_source_cannot_be(database: Database, field: str, value: Any, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        added(database, **{field: value})
    assert refused.value.details["field"] == told


def test_a_site_map_stays_where_its_robots_are_obeyed(database: Database) -> None:
    with pytest.raises(InvalidInput, match=re.escape("robots.txt")):
        added(database, walk=Walk.SITEMAP, redirects=1)
    assert added(database, redirects=1).redirects == 1


@pytest.mark.parametrize(
    "name", ["REGISTRY_SECRET_KEY", "REGISTRY_PSEUDONYM_KEY", "PATH", "REGISTRY_FEED_", "registry_feed_x"]
)
def test_the_services_own_secrets_cannot_be_sent_to_a_source(database: Database, name: str) -> None:
    with pytest.raises(InvalidInput):
        added(database, auth=SourceAuth.BEARER, secret_name=name)


def test_an_owner_is_no_provider(database: Database) -> None:
    with database.write() as session:
        owner = Organisation(
            key="kommune-x", name_nb="X kommune", name_nn="X kommune", kind=OrganisationKind.MUNICIPALITY
        )
        session.add(owner)
        session.flush()
        owner_id = owner.pk
    with pytest.raises(InvalidInput):
        added(database, provider=owner_id)


def test_a_change_is_seen_by_whoever_comes_second(database: Database) -> None:
    source = added(database)
    with database.write() as session:
        held = session.get_one(Source, source.pk)
        held.etag = held.body_sha256 = "x"
        draft = SourceDraft("Katalogen", "ooapi", DRAFT.url, walk=Walk.OOAPI, every_minutes=None)
        changed = change_source(session, operator(), source.pk, 1, draft)
        assert (changed.version, changed.etag, changed.is_scheduled) == (2, "x", False)
    with pytest.raises(Stale), database.write() as session:
        change_source(session, operator(), source.pk, 1, DRAFT)
    with database.write() as session:
        moved = SourceDraft("Katalogen", "ooapi", "https://ny.example.no/", walk=Walk.OOAPI)
        assert change_source(session, operator(), source.pk, 2, moved).etag is None
    with database.write() as session:
        change_source(session, operator(), source.pk, 3, moved)
    with pytest.raises(InvalidInput), database.write() as session:
        change_source(session, operator(), source.pk, 4, SourceDraft("K", "kouta", DRAFT.url))
    entries = rows(database, select(audit.AuditEntry).where(audit.AuditEntry.event == "changed"))
    assert [sorted(entry.details["fields"]) for entry in entries if entry.details] == [
        ["every_minutes", "name"], ["url"],
    ]  # fmt: skip


def test_rest_and_waking(database: Database) -> None:
    source = added(database)
    with database.write() as session:
        assert not pause_source(session, operator(), source.pk).is_scheduled
    with pytest.raises(Conflict), database.write() as session:
        pause_source(session, operator(), source.pk)
    with database.read() as session:
        assert due_sources(session, NOON) == []
    with database.write() as session:
        assert wake_source(session, operator(), source.pk).is_scheduled
    with pytest.raises(Conflict), database.write() as session:
        wake_source(session, operator(), source.pk)
    with pytest.raises(NotFound), database.write() as session:
        wake_source(session, operator(), 999)


def test_whoever_may_deliver_may_ask(database: Database) -> None:
    [provider] = rows(database, select(Organisation).where(Organisation.dbh_code == "1150"))
    source = added(database, provider=provider.pk)
    with pytest.raises(NotAllowed), database.write() as session:
        ask_for_source(session, staff(provider.pk + 1), source.pk)
    with database.write() as session:
        ask_for_source(session, staff(provider.pk), source.pk)
    with pytest.raises(Conflict), database.write() as session:
        ask_for_source(session, staff(provider.pk), source.pk)
    with pytest.raises(NotFound), database.write() as session:
        ask_for_source(session, operator(), 999)
    with database.write() as session:
        uploads = Source(key="offers-sheet:1150", format="offers-sheet", created_at=NOON)
        session.add(uploads)
        session.flush()
        with pytest.raises(Conflict):
            ask_for_source(session, operator(), uploads.pk)
    with database.read() as session:
        [(due, _)] = due_sources(session, NOON)
    assert due == source.pk


@pytest.mark.parametrize(
    ("every", "moment", "start"),
    [
        (60, NOON, datetime(2026, 10, 5, 12, tzinfo=UTC)),
        (1440, NOON, datetime(2026, 10, 5, tzinfo=UTC)),
        (
            60,
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 0, tzinfo=UTC),
        ),  # 02:30 comes twice here
        (7 * 1440, datetime(1970, 1, 15, 3, tzinfo=UTC), datetime(1970, 1, 15, tzinfo=UTC)),
    ],
)
def test_slots_are_counted_in_utc(every: int, moment: datetime, start: datetime) -> None:
    assert slot_start(every, moment) == start


def fetched(database: Database, source: Source, at: datetime, outcome: FetchOutcome) -> None:
    with database.write() as session:
        ended = None if outcome is FetchOutcome.RUNNING else at
        session.add(
            Fetch(
                source_id=source.pk, scheduled_for=at, started_at=at, finished_at=ended, outcome=outcome, message="Nei."
            )
        )  # fmt: skip


def test_a_slot_is_due_once_and_after_a_stop_only_the_newest(database: Database) -> None:
    source, other = added(database), added(database, name="Den andre")
    with database.read() as session:
        slot = datetime(2026, 10, 5, 12, tzinfo=UTC)
        assert due_sources(session, NOON) == [(source.pk, slot), (other.pk, slot)]
    fetched(database, source, slot - 5 * HOUR, FetchOutcome.TAKEN)
    fetched(database, other, slot, FetchOutcome.RUNNING)
    with database.read() as session:
        assert due_sources(session, NOON) == [(source.pk, slot)]


Past = list[tuple[timedelta, FetchOutcome]]


@pytest.mark.parametrize(
    ("past", "condition", "bad"),
    [
        ([], Condition.UNTRIED, 0),
        ([(HOUR, FetchOutcome.TAKEN)], Condition.GOOD, 0),
        ([(HOUR, FetchOutcome.UNCHANGED)], Condition.GOOD, 0),
        ([(3 * HOUR, FetchOutcome.TAKEN)], Condition.LATE, 0),
        ([(2 * HOUR, FetchOutcome.TAKEN), (HOUR, FetchOutcome.HELD)], Condition.HELD, 0),
        (
            [(3 * HOUR, FetchOutcome.TAKEN), (2 * HOUR, FetchOutcome.FAILED), (HOUR, FetchOutcome.REFUSED)],
            Condition.FAILING,
            2,
        ),
        ([(2 * HOUR, FetchOutcome.FAILED), (HOUR, FetchOutcome.TAKEN)], Condition.GOOD, 0),
    ],
)
def test_how_a_source_is(database: Database, past: Past, condition: Condition, bad: int) -> None:
    source = added(database)
    with database.write() as session:
        session.get_one(Source, source.pk).created_at = NOON
    for ago, outcome in past:
        fetched(database, source, NOON - ago, outcome)
    health = one_health(database)
    assert (health.condition, health.bad_in_a_row) == (condition, bad)
    good = [NOON - ago for ago, outcome in past if outcome in (FetchOutcome.TAKEN, FetchOutcome.UNCHANGED)]
    assert health.last_good == (max(good) if good else None)
    assert (health.expected, health.next_at) == (2 * HOUR, datetime(2026, 10, 5, 13, tzinfo=UTC))
    with database.read() as session:
        assert [fetch.outcome for fetch in fetches(session, source.pk).items] == [
            outcome for _, outcome in reversed(past)
        ]


def one_health(database: Database, reach: frozenset[int] | None = None) -> SourceHealth:
    with database.read() as session:
        [health] = source_health(session, NOON, reach)
        return health


def test_a_source_at_rest_and_one_that_nobody_expects(database: Database) -> None:
    source = added(database, every_minutes=None)
    health = one_health(database)
    assert (health.condition, health.expected, health.next_at) == (Condition.UNTRIED, None, None)
    with database.write() as session:
        pause_source(session, operator(), source.pk)
    assert one_health(database).condition is Condition.PAUSED


def test_each_sees_their_own(database: Database) -> None:
    [provider] = rows(database, select(Organisation).where(Organisation.dbh_code == "1150"))
    added(database)
    mine = added(database, name="Min", provider=provider.pk)
    assert one_health(database, frozenset({provider.pk})).source.pk == mine.pk
