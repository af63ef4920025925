"""Sources on this machine for tests of fetching."""

import json
from pathlib import Path
from typing import Any

from registry.access.policy import Actor, system
from registry.core.db import Database
from registry.intake.models import Fetch, Source
from registry.intake.operations.fetching import Place, fetch_source
from registry.intake.operations.sources import add_source
from registry.intake.reading.result import ImportResult
from registry.intake.source_checks import SourceDraft
from tests.importers.fetch.services import Service

SYSTEM = system("test")


class FetchedFeed:
    """One source at a service on loopback: what it answers is set, and it is fetched."""

    def __init__(
        self, database: Database, near: Service, home: Path, format_name: str = "dbh-347", **more: Any
    ) -> None:
        self.database, self.near = database, near
        self.secrets: dict[str, str] = {}
        self.place = Place(home, 50_000_000, loopback=True, secrets=self.secrets)
        draft = SourceDraft("Kilden", format_name, near.url + "/feed", every_minutes=60, **more)
        with database.write() as session:
            self.id = add_source(session, SYSTEM, draft, loopback=True).pk

    def answers(self, *rows: dict[str, str], **headers: str) -> None:
        self.near.says("/feed", json.dumps(list(rows), ensure_ascii=False).encode(), **headers)

    def fetch(self, actor: Actor = SYSTEM, **options: Any) -> tuple[Fetch, ImportResult | None]:
        client = self.place.client()
        client.sleep = lambda _: None
        found = fetch_source(self.database, actor, self.id, self.place, client=client, **options)
        assert found is not None
        return found

    @property
    def source(self) -> Source:
        with self.database.read() as session:
            return session.get_one(Source, self.id)
