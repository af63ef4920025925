"""The same commands on both databases, and what a terminal is shown."""

import io
import os
from pathlib import Path

import pytest
from sqlmodel import select

from registry.cli import context
from registry.core.db import Database
from registry.reference.models import Organisation, OrganisationKind
from tests.cli.house import House
from tests.databases import find_binaries
from tests.reading import digests


@pytest.fixture
def either(database: Database, tmp_path: Path) -> House:
    """Commands over this test's own database, on either engine."""
    return House(tmp_path / "home", REGISTRY_DATABASE_URL=database.url)


def test_taken_found_and_whole(either: House, sheet: Path) -> None:
    either.done("init")
    assert either.json("import", "offers-sheet", sheet)["new"] == 2
    either.done("index", "rebuild")
    assert either.json("search", "engelsk")["total"] == 1
    assert all(line["ok"] for line in either.json("check"))
    assert "hel" in either.done("audit", "verify")


@pytest.fixture
def client_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server that the tests run on."""
    binaries = find_binaries()
    if binaries is not None:
        monkeypatch.setenv("PATH", f"{binaries}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("client_tools")
def test_a_copy_is_put_back(either: House, database: Database, sheet: Path, tmp_path: Path) -> None:
    path = tmp_path / "copy"
    either.done("import", "offers-sheet", sheet)
    either.done("index", "rebuild")  # else the rebuild after the restore would empty the outbox
    before = digests(database)
    either.done("backup", path)
    assert path.read_bytes().startswith(b"SQLite format 3" if database.is_sqlite else b"PGDMP")
    with database.write() as session:
        session.add(
            Organisation(
                key="Etterpå kommune",
                kind=OrganisationKind.MUNICIPALITY,
                name_nb="Etterpå kommune",
                name_nn="Etterpå kommune",
            )
        )
    assert digests(database) != before
    assert "Søkeindeksen er bygd på nytt" in either.done("restore", path, "--yes")
    assert digests(database) == before
    assert either.json("search", "engelsk")["total"] == 1


def test_an_export_moves_house(house: House, sheet: Path, tmp_path: Path) -> None:
    house.done("import", "offers-sheet", sheet)
    path = tmp_path / "everything.zip"
    assert "rader fra" in house.done("export", path)
    assert str(path) in house.refused("export", path)
    new = House(tmp_path / "new")
    assert "Lastet inn" in new.done("load", path)
    assert new.json("search", "engelsk")["total"] == 1
    assert "ikke tom" in new.refused("load", path)


def test_an_index_that_differs_is_1_and_is_mended(house: House, sheet: Path) -> None:
    house.done("index", "rebuild")
    house.done("import", "offers-sheet", sheet)
    result = house.run("index", "check")
    assert result.exit_code == 1
    assert "2 mangler" in result.stdout
    house.done("index", "check", "--repair")
    assert "som i databasen" in house.done("index", "check")


def test_a_row_is_taken_once_its_provider_is_known(house: House, tmp_path: Path) -> None:
    path = tmp_path / "ny.csv"
    path.write_text("Institusjonskode;Tilbudskode;Navn;Termin\n9998;X1;Norsk 1;2026H\n", encoding="utf-8")
    house.run("import", "offers-sheet", path)
    [row] = house.json("quarantine", "list")
    database = Database(f"sqlite:///{house.home}/registry.sqlite3")
    with database.write() as session:
        assert session.exec(select(Organisation).where(Organisation.dbh_code == "9998")).first() is None
        session.add(
            Organisation(key="9998", kind=OrganisationKind.UNIVERSITY, name_nb="Ny", name_nn="Ny", dbh_code="9998")
        )
    database.dispose()
    assert "1 nye" in house.done("quarantine", "retry", str(row["id"]))
    assert house.json("quarantine", "list") == []


def test_many_refused_rows_are_told_in_part(house: House, tmp_path: Path) -> None:
    path = tmp_path / "feil.csv"
    rows = "".join(f"1110;N{number};Norsk 1;aldri\n" for number in range(40))
    path.write_text(f"Institusjonskode;Tilbudskode;Navn;Termin\n1110;OK;Norsk 2;2026H\n{rows}", encoding="utf-8")
    result = house.run("import", "offers-sheet", path)
    assert "40 i karantene" in result.stdout
    assert "registry quarantine list" in result.stdout
    assert len(result.stdout.splitlines()) < 30


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_shown_progress_and_a_pipe_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        with context.progress("Leser") as report:
            report(1, 2)
        with context.steps() as tale:
            tale("Skriver tilbud", 0.5)
        assert ("Leser" in stream.getvalue()) is shown
        assert ("Skriver tilbud" in stream.getvalue()) is shown
