"""One source asked for its data, once per slot, and what came taken in."""

import base64
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from importers.fetch import Client, FetchFailed, Known, Limits, Reply, crawl, forget, walk
from importers.protocol import Payload
from importers.sentences import Sentence
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NotFound
from registry.intake.models import Fetch, ImportRun, Source
from registry.intake.operations.import_payloads import import_payloads
from registry.intake.operations.telling import tell_keepers
from registry.intake.policy import scope_of_provider
from registry.intake.reading.delivery import Progress, kept_at
from registry.intake.reading.result import ImportResult
from registry.intake.states import FetchOutcome, ImportOutcome, SourceAuth, Walk

_OUTCOMES = {
    ImportOutcome.DONE: FetchOutcome.TAKEN,
    ImportOutcome.HELD: FetchOutcome.HELD,
    ImportOutcome.REFUSED: FetchOutcome.REFUSED,
}
_BROKEN = Sentence("Hentingen stoppet av en feil hos oss. Driften kan se i loggen hva som skjedde.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where fetched data are kept, and how much may be fetched. ``secrets`` are the environment's variables."""

    home: Path
    max_bytes: int
    loopback: bool = False  #: for tests: sources on this machine
    secrets: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def payloads(self) -> Path:
        return self.home / "payloads"

    def working(self, source_id: int) -> Path:
        return self.home / "fetching" / str(source_id)

    def client(self) -> Client:
        return Client(Limits(bytes=self.max_bytes), loopback=self.loopback)


@dataclass(frozen=True, slots=True)
class _Came:
    """What came; ``replies`` is empty where the source has nothing new since the payloads that are kept."""

    payloads: list[Payload]
    replies: list[Reply] = field(default_factory=list)


def fetch_source(
    database: Database,
    actor: Actor,
    source_id: int,
    place: Place,
    *,
    slot: datetime | None = None,
    client: Client | None = None,
    progress: Progress | None = None,
    alone: AbstractContextManager[object] | None = None,
) -> tuple[Fetch, ImportResult | None] | None:
    """Fetch the source for a slot, now where none is given, and take in what came. None where somebody has the slot.

    A failure is recorded and told to the feed's keepers, never raised. ``alone`` is held while rows are taken in, so that
    many sources may be fetched at once and no transaction waits for another's.

    Raises NotFound, NotAllowed, InvalidInput where the source has no address.
    """
    source = _asked(database, actor, source_id)
    fetch_id = _take_slot(database, source_id, slot or clock.now())
    if fetch_id is None:
        return None
    client = client or place.client()
    client.redirects = source.redirects
    result: ImportResult | None = None
    outcome: FetchOutcome = FetchOutcome.FAILED
    message: str = _BROKEN
    try:
        came = _fetch(database, source, place, client)
        with alone or nullcontext():
            result = _take_in(database, actor, source, came, place, progress)
        outcome, message = _OUTCOMES[result.outcome], result.message or ""
        if outcome is FetchOutcome.TAKEN and not came.replies:
            outcome = FetchOutcome.UNCHANGED
        if outcome is not FetchOutcome.REFUSED:
            _remember(database, source_id, came.replies)
        forget(place.working(source_id))
    except FetchFailed as failed:
        message = failed.message
    except (Conflict, InvalidInput) as refused:
        message = refused.said
    finally:
        fetch = _finish(database, fetch_id, outcome, message, client, result)
    return fetch, result


def _asked(database: Database, actor: Actor, source_id: int) -> Source:
    with database.read() as session:
        source = session.get(Source, source_id)
        if source is None:
            raise NotFound("Kilden finnes ikke.")
        actor.require(Permission.IMPORT_RUN, scope_of_provider(source.organisation_id))
        if source.url is None:
            raise InvalidInput("Kilden har ingen adresse. Last opp filen i stedet.")
        return source


def _take_slot(database: Database, source_id: int, slot: datetime) -> int | None:
    try:
        with database.write() as session:
            fetch = Fetch(source_id=source_id, scheduled_for=slot, started_at=clock.now())
            session.add(fetch)
            session.flush()
            source = session.get_one(Source, source_id, with_for_update=True)
            if source.wanted_at is not None and source.wanted_at <= clock.now():
                source.wanted_at = None
            return fetch.pk
    except IntegrityError:
        return None


def _fetch(database: Database, source: Source, place: Place, client: Client) -> _Came:
    folder = place.working(source.pk)
    folder.mkdir(parents=True, exist_ok=True)
    headers = _credentials(source, place.secrets)
    url = source.url or ""
    if source.walk is Walk.SITEMAP:
        found = crawl(client, url, folder)
        if not found:
            raise FetchFailed(Sentence("Nettstedskartet har ingen sider som kan leses."))
        pages = [Payload(reply.path, address, reply.media_type, place.max_bytes) for address, reply in found]
        return _Came(pages, [reply for _, reply in found])
    if source.walk is not Walk.SINGLE:
        reply = walk(client, str(source.walk), url, folder, headers=headers)
        return _Came([Payload(reply.path, _name(url), reply.media_type, place.max_bytes)], [reply])
    kept = _kept(database, source, place)
    known = Known(source.etag, source.last_modified) if kept and (source.etag or source.last_modified) else None
    single = client.get(url, folder / "reply", headers=headers, known=known, pages=source.format == "schema-org")
    if single is None or (kept and single.sha256 == source.body_sha256):
        return _Came(kept)
    return _Came([Payload(single.path, _name(url), single.media_type, place.max_bytes)], [single])


def _credentials(source: Source, secrets: Mapping[str, str]) -> dict[str, str]:
    if source.auth is SourceAuth.NONE:
        return {}
    secret = secrets.get(source.secret_name or "", "").strip()
    if not secret or any(sign in secret for sign in "\r\n"):
        raise FetchFailed(
            Sentence(
                "Nøkkelen til kilden mangler: miljøvariabelen %(name)s er ikke satt.", name=source.secret_name or ""
            )
        )
    if source.auth is SourceAuth.BEARER:
        return {"Authorization": f"Bearer {secret}"}
    if source.auth is SourceAuth.BASIC:
        return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
    return {"X-API-Key": secret}


def _kept(database: Database, source: Source, place: Place) -> list[Payload]:
    """The payloads of the newest delivery, where all of them are kept: what "not modified" speaks of."""
    with database.read() as session:
        run = _newest(session, source.pk)
        told = run.payloads if run is not None else []
    found = [
        Payload(kept_at(one["sha256"], place.payloads), one["name"], one.get("media_type"), place.max_bytes)
        for one in told
    ]
    return found if all(payload.path.exists() for payload in found) else []


def _newest(session: Session, source_id: int) -> ImportRun | None:
    query = select(ImportRun).where(
        ImportRun.source_id == source_id,
        col(ImportRun.complete),
        col(ImportRun.outcome).in_((ImportOutcome.DONE, ImportOutcome.HELD)),
    )
    return session.exec(query.order_by(col(ImportRun.id).desc()).limit(1)).first()


def _name(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"[:200]


def _take_in(
    database: Database, actor: Actor, source: Source, came: _Came, place: Place, progress: Progress | None
) -> ImportResult:
    return import_payloads(
        database,
        actor,
        source.format,
        came.payloads,
        source_id=source.pk,
        progress=progress,
        payload_folder=place.payloads,
    )


def _remember(database: Database, source_id: int, replies: list[Reply]) -> None:
    """What to ask with next time; only of one reply that was taken in."""
    if len(replies) != 1:
        return
    with database.write() as session:
        source = session.get_one(Source, source_id, with_for_update=True)
        source.etag = (replies[0].etag or "")[:300] or None
        source.last_modified = (replies[0].last_modified or "")[:60] or None
        source.body_sha256 = replies[0].sha256


def _finish(
    database: Database,
    fetch_id: int,
    outcome: FetchOutcome,
    message: str,
    client: Client,
    result: ImportResult | None,
) -> Fetch:
    with database.write() as session:
        fetch = session.get_one(Fetch, fetch_id, with_for_update=True)
        fetch.finished_at, fetch.outcome = clock.now(), outcome
        fetch.message = message or None
        fetch.requests, fetch.bytes = client.requests, client.bytes
        fetch.import_run_id = result.run if result else None
        if outcome in (FetchOutcome.FAILED, FetchOutcome.REFUSED, FetchOutcome.HELD):
            tell_keepers(session, session.get_one(Source, fetch.source_id), fetch)
        session.flush()
        return fetch
