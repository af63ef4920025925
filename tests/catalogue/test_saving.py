"""A search is asked before it is saved: whoever writes waits for no engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.access.roles import Role
from registry.catalogue.models import SavedSearch
from registry.core.db import Database
from tests.site import open_site


def test_the_engine_is_asked_while_nothing_is_being_written(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing: list[Session] = []
    seen: list[int] = []
    write = Database.write

    @contextmanager
    def watched(self: Database, *given: Any, **more: Any) -> Iterator[Session]:
        with write(self, *given, **more) as session:
            writing.append(session)
            try:
                yield session
            finally:
                writing.pop()

    with open_site(database, tmp_path) as site:
        visitor = site.signed_in(Role.SEARCHER)
        search = site.search.search

        def slow(*given: Any, **more: Any) -> Any:
            seen.append(len(writing))
            return search(*given, **more)

        monkeypatch.setattr(Database, "write", watched)
        monkeypatch.setattr(site.search, "search", slow)
        visitor.post("/nb/lagre-sok", q="norsk", navn="Norsk", rytme="daily")
    assert seen == [0]
    with database.read() as session:
        assert session.exec(select(SavedSearch.name)).all() == ["Norsk"]
