"""A row that is right, and what comes of it when some of its cells are others."""

from pathlib import Path

from importers.formats.offers_sheet.columns import COLUMNS
from importers.protocol import OfferRecord, RejectedRow
from tests.importers.feeds import Desk, as_csv

GOOD = {"Tilbudskode": "ENG1", "Navn": "Engelsk 1", "Termin": "2026H", "Institusjonskode": "1150"}
REPOSITORY = Path(__file__).resolve().parents[4]
REFERENCE = REPOSITORY / "registry" / "reference"
DOCS = REPOSITORY / "docs" / "importers.md"


def only(sheet: Desk, **cells: str) -> OfferRecord:
    row = {**GOOD, **cells}
    (found,) = sheet.read(as_csv(list(row), list(row.values())))
    assert isinstance(found, OfferRecord), found
    return found


def rejected(sheet: Desk, **cells: str) -> RejectedRow:
    row = {**GOOD, **cells}
    (found,) = sheet.read(as_csv(list(row), list(row.values())))
    assert isinstance(found, RejectedRow), found
    return found


def example_row() -> dict[str, str]:
    return {column.nb: column.example for column in COLUMNS} | {"Avlyst": "ja"}
