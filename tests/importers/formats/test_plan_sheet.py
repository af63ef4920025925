"""The sheet of a competence plan: one line a need, the same need once."""

from pathlib import Path

import pytest

from importers.formats import plan_sheet
from importers.protocol import NeedRecord, ProviderRef, Row
from importers.sheets.columns import plain
from tests.importers.feeds import Desk, as_csv, rejections

HEAD = ("Organisasjonsnummer", "År", "Fag", "Målgruppe", "Antall personer", "Prioritet")


@pytest.fixture
def sheet(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "plan-sheet")


def needs(rows: list[Row]) -> list[NeedRecord]:
    return [row for row in rows if isinstance(row, NeedRecord)]


def test_a_row_is_a_need(sheet: Desk) -> None:
    [found] = needs(sheet.read(as_csv(HEAD, ("964338531", "2027", "Matematikk", "kindergarten:teacher", "4", "høy"))))
    assert (found.owner, found.year, found.subject) == (ProviderRef(orgnr="964338531"), 2027, "Matematikk")
    assert (found.target, found.head_count, found.priority) == ("kindergarten:teacher", 4, 2)


def test_owner_target_and_priority_may_be_left_out(sheet: Desk) -> None:
    [found] = needs(sheet.read(as_csv(("År", "Fag", "Antall"), ("2027", "Norsk", "1"))))
    assert (found.owner, found.target, found.priority) == (None, None, 3)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("", "2020", "Norsk", "", "1", ""), "År"),
        (("", "2027", "", "", "1", ""), "Fag"),
        (("", "2027", "Norsk", "a; b", "1", ""), "Målgruppe"),
        (("", "2027", "Norsk", "", "0", ""), "Antall personer"),
        (("", "2027", "Norsk", "", "1", "6"), "Prioritet"),
        (("964338532", "2027", "Norsk", "", "1", ""), "Organisasjonsnummer"),
    ],
)
def test_faults_name_the_column(sheet: Desk, row: tuple[str, ...], column: str) -> None:
    [found] = rejections(sheet.read(as_csv(HEAD, row)))
    assert found.field == column
    assert found.cure


def test_the_same_need_twice_is_told(sheet: Desk) -> None:
    rows = sheet.read(as_csv(HEAD, ("", "2027", "Norsk", "", "1", ""), ("", "2027", " norsk ", "", "2", "")))
    assert len(needs(rows)) == 1
    assert rejections(rows)[0].reason == "Rad 3, Fag: Rad 2 har samme år, fag og målgruppe."


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_the_template_has_every_heading(sheet: Desk, kind: str) -> None:
    assert "ingen rader" in sheet.refused(plan_sheet.template(kind), f"mal.{kind}").reason


def test_headings_are_told_apart_in_three_languages() -> None:
    headings = [plain(heading) for column in plan_sheet.COLUMNS for heading in {plain(h) for h in column.headings}]
    assert len(headings) == len(set(headings))
