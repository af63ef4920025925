"""The sheet of counts: unknown is not zero, and figures that cannot stand together are refused."""

from datetime import date
from pathlib import Path

import pytest

from importers.formats import counts_sheet
from importers.protocol import ProviderRef, Row, RunCountRecord, RunRef
from importers.sheets.columns import plain
from tests.importers.feeds import Desk, as_csv, rejections

HEAD = (
    "Institusjonskode",
    "Tilbudskode",
    "Termin",
    "Telledato",
    "Søkt",
    "Kvalifisert",
    "Takket ja",
    "Startet",
    "Fullført",
)


@pytest.fixture
def sheet(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "counts-sheet")


def counts(rows: list[Row]) -> list[RunCountRecord]:
    return [row for row in rows if isinstance(row, RunCountRecord)]


def test_a_row_is_a_run_a_day_and_figures(sheet: Desk) -> None:
    row = ("238", "KENG1", "Høst 2026", "15.04.2026", "42", "", "0", "", "")
    [found] = counts(sheet.read(as_csv(HEAD, row)))
    assert (found.provider, found.run) == (ProviderRef(dbh_code="0238"), RunRef(offer_key="KENG1", term="2026H"))
    assert found.counted_on == date(2026, 4, 15)
    assert found.counts == {"applied": 42, "accepted": 0}


@pytest.mark.parametrize(
    ("figures", "column"),
    [
        (("10", "11", "", "", ""), "Kvalifisert"),
        (("10", "", "11", "", ""), "Takket ja"),  # nothing between them is known
        (("", "", "", "5", "6"), "Fullført"),
        (("-1", "", "", "", ""), "Søkt"),
        (("", "", "", "", ""), "Søkt"),
    ],
)
def test_figures_that_cannot_be(sheet: Desk, figures: tuple[str, ...], column: str) -> None:
    [found] = rejections(sheet.read(as_csv(HEAD, ("1176", "K", "2026H", "15.04.2026", *figures))))
    assert found.field == column
    assert found.cure


def test_somebody_may_start_without_having_accepted(sheet: Desk) -> None:
    assert counts(sheet.read(as_csv(HEAD, ("1176", "K", "2026H", "15.04.2026", "9", "9", "5", "6", ""))))


def test_a_run_has_a_day_once(sheet: Desk) -> None:
    row = ("1176", "K", "2026H", "15.04.2026", "9", "", "", "", "")
    rows = sheet.read(as_csv(HEAD, row, row, (*row[:3], "16.04.2026", *row[4:])))
    assert [one.position for one in counts(rows)] == [2, 4]
    assert rejections(rows)[0].reason == "Rad 3, Telledato: Rad 2 gjelder det samme kullet og den samme dagen."


def test_a_row_without_a_run_or_a_day_says_so(sheet: Desk) -> None:
    [found] = rejections(sheet.read(as_csv(("Kull", "Telledato", "Søkt"), ("", "", "3"))))
    assert "Kull: Verdien mangler" in found.reason
    assert "Telledato: Verdien mangler" in found.reason


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_the_template_has_every_heading(sheet: Desk, kind: str) -> None:
    assert "ingen rader" in sheet.refused(counts_sheet.template(kind), f"mal.{kind}").reason


def test_headings_are_told_apart_in_three_languages() -> None:
    headings = [plain(heading) for column in counts_sheet.COLUMNS for heading in {plain(h) for h in column.headings}]
    assert len(headings) == len(set(headings))
