"""Copies that come back as they were, on either engine and from one to the other; and those that must not."""

import json
import os
import subprocess
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url
from sqlmodel import select

from importers.sentences import Sentence
from registry.core import audit, clock
from registry.core.db import Database
from registry.core.errors import InvalidInput, Refused, Unavailable
from registry.intake.models import ImportRun, Source
from registry.intake.states import ImportOutcome
from registry.migrations.run import upgrade
from registry.reference.models import Organisation, OrganisationKind
from registry.schedule import copies, portable
from registry.web.catalogues import translations


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    """The newest schema and not one row, in SQLite."""
    made = Database(f"sqlite:///{tmp_path}/empty.sqlite3")
    upgrade(made)
    yield made
    made.dispose()


@pytest.fixture
def empty_postgresql() -> Iterator[Database]:
    """The same in PostgreSQL."""
    address, name = os.environ["REGISTRY_TEST_POSTGRESQL"], f"t_{uuid.uuid4().hex}"
    plain = address.replace("+psycopg", "")
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    made = Database(f"{address}/{name}")
    upgrade(made)
    yield made
    made.dispose()
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _tell(database: Database, name: str) -> None:
    with database.write() as session:
        session.add(Organisation(key=name, kind=OrganisationKind.MUNICIPALITY, name_nb=name, name_nn=name))
        audit.record(session, actor="test", thing="organisation", thing_id=1, event="told", details={"æ": [1, None]})


def _say(database: Database) -> None:
    """A delivery that was refused, told in parts: it is said in another language later."""
    now, told = clock.now(), Sentence("Tjenesten svarte med en feil (%(status)s).", status=500)
    with database.write() as session:
        source = Source(key="x", format="ooapi", created_at=now)
        session.add(source)
        session.flush()
        session.add(
            ImportRun(source_id=source.pk, format="ooapi", actor="test", as_of=now.date(), started_at=now,
                      outcome=ImportOutcome.REFUSED, message=told, notices=[told, "En merknad fra før."])
        )  # fmt: skip


def _said(database: Database) -> list[str]:
    with database.read() as session:
        run = session.exec(select(ImportRun)).one()
        return [one.by(translations("en")) if isinstance(one, Sentence) else one for one in (run.message, *run.notices)]


def _all(database: Database) -> dict[str, copies.Digest]:
    with database.engine.connect() as connection:
        return copies.digests(connection)


def test_digests_see_one_changed_row(database: Database) -> None:
    before = _all(database)
    _tell(database, "Ås kommune")
    after = _all(database)
    assert {name for name in after if after[name] != before[name]} == {"organisation", "audit_entry"}
    assert after["organisation"].rows == before["organisation"].rows + 1


def test_an_export_fills_either_engine(
    database: Database, empty: Database, empty_postgresql: Database, tmp_path: Path
) -> None:
    """From SQLite and from PostgreSQL, to SQLite and to PostgreSQL: the same rows, and numbering goes on."""
    _tell(database, "Ås kommune")
    _say(database)
    path = tmp_path / "all.zip"
    rows = portable.export_all(database, path)
    assert rows["organisation"] == _all(database)["organisation"].rows
    for target in (empty, empty_postgresql):
        assert portable.load_all(target, path) == rows
        assert _all(target) == _all(database)
        assert _said(target) == [*["The service answered with an error (500)."] * 2, "En merknad fra før."]
        _tell(target, "Nes kommune")
        with target.read() as session:
            assert audit.first_broken(session) is None
        with pytest.raises(Refused, match="ikke tom"):
            portable.load_all(target, path)


@pytest.mark.parametrize("fault", ["not a zip", "no manifest", "other revision", "changed row", "missing"])
def test_what_is_not_an_export_leaves_nothing(
    sqlite_template: Path, empty: Database, tmp_path: Path, fault: str
) -> None:
    source, path = Database(f"sqlite:///{sqlite_template}"), tmp_path / "all.zip"
    portable.export_all(source, tmp_path / "good.zip")
    source.dispose()
    if fault == "not a zip":
        path.write_bytes(b"PK nothing")
    elif fault != "missing":
        with zipfile.ZipFile(tmp_path / "good.zip") as good, zipfile.ZipFile(path, "w") as bad:
            for name in good.namelist():
                content = good.read(name)
                if name == portable.MANIFEST and fault == "no manifest":
                    continue
                if name == portable.MANIFEST and fault == "other revision":
                    content = json.dumps({**json.loads(content), "revision": "0000"}).encode()
                if name == "county.ndjson" and fault == "changed row":
                    content = content.replace(b"Oslo", b"Olso")
                bad.writestr(name, content)
    with pytest.raises((InvalidInput, Refused)):
        portable.load_all(empty, path)
    assert all(one.rows == 0 for one in _all(empty).values())


def test_a_restore_that_differs_is_told(sqlite_template: Path, tmp_path: Path) -> None:
    place = tmp_path / "registry.sqlite3"
    place.write_bytes(sqlite_template.read_bytes())
    database, copy = Database(f"sqlite:///{place}"), tmp_path / "copy"
    copies.back_up(database, copy)
    _tell(database, "Ås kommune")
    kept = _all(database)
    beside = tmp_path / "copy.digests.json"
    told = json.loads(beside.read_text())
    told["county"]["sha256"] = "0" * 64
    beside.write_text(json.dumps(told))
    with pytest.raises(Refused, match="county"):
        copies.restore(database, copy)
    before = Database(f"sqlite:///{place}.before-restore")
    assert _all(before) == kept  # what stood there is not lost
    before.dispose()
    database.dispose()


@pytest.mark.parametrize("content", [None, b"", b"not a database at all"])
def test_no_copy_changes_nothing(sqlite_template: Path, tmp_path: Path, content: bytes | None) -> None:
    place, copy = tmp_path / "registry.sqlite3", tmp_path / "copy"
    place.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{place}")
    before = _all(database)
    if content is not None:
        copy.write_bytes(content)
    with pytest.raises(InvalidInput):
        copies.restore(database, copy)
    assert _all(database) == before
    database.dispose()


def test_the_password_of_the_database_is_on_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def note(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        seen.update(command=command, **options)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(copies.shutil, "which", lambda program: program)
    monkeypatch.setattr(copies.subprocess, "run", note)
    copies._tool("pg_dump", make_url("postgresql+psycopg://kari:hemmelig@db:5433/registry"), "-Fc")
    assert "hemmelig" not in " ".join(seen["command"])
    assert "postgresql://kari@db:5433/registry" in seen["command"]
    assert seen["env"]["PGPASSWORD"] == "hemmelig"


def test_a_tool_that_is_missing_or_fails_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    url = make_url("postgresql://127.0.0.1:1/nowhere")
    with pytest.raises(Unavailable, match="pg_dump mangler"):
        copies._tool("pg_dump", url)
    (tmp_path / "pg_dump").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "pg_dump").chmod(0o755)
    with pytest.raises(Unavailable, match="lyktes ikke"):
        copies._tool("pg_dump", url)
