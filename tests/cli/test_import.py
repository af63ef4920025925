"""Files through the command line: taken, partly taken, refused whole. What is refused changes nothing."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from registry.coordination.guards import remove
from registry.coordination.models import Detection, SubjectStatus
from registry.core import clock, terms
from registry.core.db import Database
from registry.offers.models import Run
from registry.offers.states import RunState
from tests.cli.house import House
from tests.intake.deliveries import dbh
from tests.intake.deliveries import sheet as sheet_row
from tests.reading import digests

KEYS = {"run", "format", "seen", "new", "changed", "unchanged", "quarantined", "vanished", "held", "rejected"}


def everything(house: House) -> dict[str, str]:
    database = Database(f"sqlite:///{house.home}/registry.sqlite3")
    found = digests(database)
    database.dispose()
    return found


def test_a_sheet_is_taken_and_its_fault_is_named(house: House, sheet: Path) -> None:
    found = house.json("import", "offers-sheet", sheet)
    assert set(found) >= KEYS
    assert found["seen"] == found["new"] + found["changed"] + found["unchanged"] + found["quarantined"] == 3
    assert (found["new"], found["quarantined"]) == (2, 1)
    [rejected] = found["rejected"]
    assert {"position", "reason", "field", "value"} <= set(rejected)
    assert (rejected["position"], rejected["value"]) == (4, "ingen termin")


def test_the_same_sheet_again_changes_nothing(house: House, sheet: Path) -> None:
    house.done("import", "offers-sheet", sheet)
    before = everything(house)
    again = house.json("import", "offers-sheet", sheet)
    assert (again["new"], again["changed"]) == (0, 0)
    assert {name for name, digest in everything(house).items() if digest != before[name]} <= {
        "import_run", "source_record", "audit_entry", "outbox", "quarantined_row"
    }  # fmt: skip


def test_a_dry_run_tells_and_changes_nothing(house: House, sheet: Path) -> None:
    before = everything(house)
    found = house.json("import", "offers-sheet", sheet, "--dry-run")
    assert (found["run"], found["new"]) == (None, 2)
    assert everything(house) == before


def test_words_say_the_same(house: House, sheet: Path) -> None:
    told = house.done("import", "offers-sheet", sheet)
    assert told.startswith("3 rader lest: 2 nye, 0 endret, 0 uendret, 1 i karantene.")


def test_a_row_in_quarantine_is_listed_retried_and_put_aside(house: House, sheet: Path) -> None:
    house.done("import", "offers-sheet", sheet)
    [row] = house.json("quarantine", "list")
    assert set(row) == {"id", "payload", "position", "reason", "field", "value", "cure"}
    told = house.done("quarantine", "list")
    assert row["reason"] in told
    assert row["cure"] in told
    assert house.run("quarantine", "retry", str(row["id"])).exit_code == 1  # nothing has changed: it is refused again
    house.done("quarantine", "discard", str(row["id"]), "--reason", "Prøverad")
    assert house.json("quarantine", "list") == []
    assert house.refused("quarantine", "discard", "99999", "--reason", "Ingen")
    assert house.refused("quarantine", "discard", str(row["id"]), "--reason", "Igjen")


def test_several_files_are_one_delivery(house: House, tmp_path: Path) -> None:
    paths = []
    for year in (2023, 2024):
        path = tmp_path / f"347_{year}.json"
        path.write_text(json.dumps([dbh(year=year)]), encoding="utf-8")
        paths.append(path)
    found = house.json("import", "dbh-347", *paths, "--as-of", "2025-10-01")
    assert (found["seen"], found["quarantined"]) == (2, 0)


WRONG: dict[str, bytes] = {
    "empty": b"",
    "white": b" \n\n ",
    "binary": bytes(range(256)) * 20,
    "html": b"<!doctype html><html><body><h1>503 Service Unavailable</h1></body></html>",
    "truncated": json.dumps([dbh(), dbh("NO1", "Norsk 1")]).encode()[:-30],
    "not-rows": b'{"message": "no access"}',
    "words": b"this is not a feed",
    "latin": "Institusjonskode;Navn\n1110;Sm\u00e5barn".encode("utf-16"),
}


@pytest.mark.parametrize("name", list(WRONG))
@pytest.mark.parametrize("form", ["dbh-347", "offers-sheet"])
def test_a_wrong_file_is_refused_whole_in_one_line(house: House, tmp_path: Path, name: str, form: str) -> None:
    path = tmp_path / f"{name}.json"
    path.write_bytes(WRONG[name])
    before = everything(house)
    line = house.refused("import", form, path)
    assert line
    after = everything(house)
    assert {table for table in after if after[table] != before[table]} <= {"import_run", "source", "audit_entry"}


def test_an_unknown_format_is_named_and_changes_nothing(house: House, sheet: Path) -> None:
    before = everything(house)
    result = house.run("import", "papyrus", sheet)
    assert result.exit_code in (1, 2)
    assert "papyrus" in result.stderr
    assert everything(house) == before


def test_an_unknown_provider_is_refused(house: House, sheet: Path) -> None:
    before = everything(house)
    assert "9999" in house.refused("import", "offers-sheet", sheet, "--provider", "9999")
    assert everything(house) == before


def test_a_file_above_the_limit_is_refused(house: House, sheet: Path) -> None:
    house.environment["REGISTRY_MAX_PAYLOAD_MB"] = "1"
    with sheet.open("a", encoding="utf-8") as stream:
        stream.write("1110;NO2;Norsk 2;2026H;30\n" * 50_000)
    before = everything(house)
    assert house.refused("import", "offers-sheet", sheet)
    after = everything(house)
    assert {table for table in after if after[table] != before[table]} <= {"import_run", "source", "audit_entry"}


def test_what_was_imported_is_found_flagged_and_reported(house: House, sheet: Path, tmp_path: Any) -> None:
    """The whole way on the command line."""
    other = tmp_path / "andre.csv"
    other.write_text(
        sheet.read_text().replace("1110", "1120").splitlines(keepends=True)[0]
        + "".join(line.replace("1110", "1120") for line in sheet.read_text().splitlines(keepends=True)[1:3]),
        encoding="utf-8",
    )
    house.done("import", "offers-sheet", sheet)
    house.done("import", "offers-sheet", other)
    house.done("index", "rebuild")
    assert house.json("search", "engelsk 1-7")["total"] == 2
    house.done("detect")
    pairs = json.loads(house.done("report", "overlaps"))["pairs"]
    assert {frozenset((pair["a"]["source_code"], pair["b"]["source_code"])) for pair in pairs} == {
        frozenset({"NO1"}), frozenset({"EN1"})
    }  # fmt: skip
    assert all(line["ok"] for line in house.json("check"))


def test_the_last_offer_of_a_small_subject_is_guarded_here_too(house: House, tmp_path: Path) -> None:
    """The command line and the scheduler are processes of their own: nobody has put an application together there."""
    remove()
    row = {
        **sheet_row("KIN1", "Kinesisk 1", provider="1110", term=terms.shift(terms.of(clock.today()), 1)),
        "Fag": "Kinesisk",
    }
    path = tmp_path / "tilbud.csv"
    path.write_text(f"{';'.join(row)}\n{';'.join(row.values())}\n", encoding="utf-8")
    house.done("import", "offers-sheet", path)
    database = Database(f"sqlite:///{house.home}/registry.sqlite3")
    with database.write() as session:
        newest = Detection(at=clock.now(), as_of=clock.today(), rules={}, seen_entry=0)
        session.add(newest)
        session.flush()
        small = {"is_small": True, "reason": "Liten.", "rule_code": "SMALL_SUBJECT_INSTITUTIONS", "rule_version": 1}
        since = clock.today() - timedelta(days=1)
        session.add(SubjectStatus(subject_code="kinesisk", since=since, detection_id=newest.pk, **small))
    row |= {"Avlyst": "ja", "Grunn til avlysning": "få søkere"}
    path.write_text(f"{';'.join(row)}\n{';'.join(row.values())}\n", encoding="utf-8")
    assert "Uten et vedtak i nettverket" in house.done("import", "offers-sheet", path)
    with database.read() as session:
        assert session.exec(select(Run.state)).one() is not RunState.CANCELLED
    database.dispose()
