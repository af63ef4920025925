"""The file itself: kinds, headings in three languages, and sheets that are refused whole."""

import io
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from importers.formats.offers_sheet.columns import COLUMNS
from importers.protocol import ProviderRef
from tests.importers.feeds import Desk, as_csv, as_xlsx, notices, offers, rejections
from tests.importers.formats.offers_sheet.given import GOOD, example_row, rejected


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_headings_in_three_languages_any_order_any_case_give_the_same_offer(sheet: Desk, language: str) -> None:
    row = example_row()
    (expected,) = offers(sheet.read(as_csv(list(row), list(row.values()))))
    pairs = [(getattr(column, language), row[column.nb]) for column in reversed(COLUMNS)]
    headings = [f"  {heading.upper().replace(' ', '  ')} *" for heading, _ in pairs]
    (found,) = offers(sheet.read(as_csv(headings, [value for _, value in pairs])))
    if language == "en":  # "Credits" does not say which
        assert found.credit_scheme == expected.credit_scheme == "ECTS"  # the column for it does
    assert {f.name: getattr(found, f.name) for f in fields(found) if f.name != "raw"} == {
        f.name: getattr(expected, f.name) for f in fields(expected) if f.name != "raw"
    }


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff", "sep"])
def test_csv_in_every_dress(sheet: Desk, delimiter: str, start: str) -> None:
    start = f"sep={delimiter}\r\n" if start == "sep" else start
    text = start + as_csv(list(GOOD), ["ENG1", "Engelsk, muntlig; skriftlig", "2026H", "1150"], delimiter=delimiter)
    (row,) = offers(sheet.read(text))
    assert (row.title, row.position) == ("Engelsk, muntlig; skriftlig", 2)


def test_xlsx_with_real_dates_numbers_truth_values_and_formulas(sheet: Desk) -> None:
    headings = [*GOOD, "Starter", "Slutter", "Studiepoeng", "Plasser", "Avlyst", "Organisasjonsnummer", "Kommuner"]
    row = [
        "ENG1",
        "Engelsk",
        "2026H",
        238,
        date(2026, 8, 17),
        datetime(2027, 6, 18, 12),
        7.5,
        30.0,
        False,
        974767880,
        301,
    ]
    (found,) = offers(sheet.read(as_xlsx(headings, [None] * 11, row)))
    (run,) = found.runs
    assert found.position == 3
    assert found.provider == ProviderRef(dbh_code="0238", orgnr="974767880")
    assert (run.starts_on, run.ends_on, run.places, run.cancelled) == (date(2026, 8, 17), date(2027, 6, 18), 30, False)
    assert (found.credits, run.municipalities) == (Decimal("7.5"), ("0301",))
    assert found.raw["Starter"] == "2026-08-17"
    # A formula without a computed value is an empty cell, never its own text.
    (lacking,) = rejections(sheet.read(as_xlsx(list(GOOD), ["ENG1", "=A2&B2", "2026H", "1150"])))
    assert "Navn: Verdien mangler." in lacking.reason


def test_a_range_that_the_spreadsheet_made_a_date_is_told_as_such(sheet: Desk) -> None:
    headings = [*GOOD, "Skoletrinn"]
    (row,) = rejections(sheet.read(as_xlsx(headings, [*GOOD.values(), datetime(2026, 7, 1)])))
    assert "regnearket har gjort om trinnene" in row.reason
    assert "formatet tekst" in row.cure
    assert "regnearket har gjort om" in rejected(sheet, Skoletrinn="01.jul").reason


def test_an_unknown_heading_gives_a_notice_with_the_nearest(sheet: Desk) -> None:
    rows = sheet.read(as_csv([*GOOD, "Studepoeng", "Saksbehandler"], [*GOOD.values(), "30", "Kari"]))
    near, far = notices(rows)
    assert near == "Kolonnen «Studepoeng» er ikke kjent og blir ikke lest. Mente du «Studiepoeng»?"
    assert far == "Kolonnen «Saksbehandler» er ikke kjent og blir ikke lest."
    assert offers(rows)[0].raw["Saksbehandler"] == "Kari"


@pytest.mark.parametrize(
    ("headings", "reason"),
    [
        (["Tilbudskode", "Navn", "Institusjonskode"], "Arket mangler kolonnen «Termin»."),
        (["Navn", "Tilbyder"], "Arket mangler kolonnene «Tilbudskode» og «Termin»."),
        (["Tilbudskode", "Navn", "Termin"], "Arket mangler tilbyderen"),
        ([*GOOD, "termin"], "Overskriften «termin» står i både kolonne C og E."),
        ([*GOOD, "Term"], "Overskriften «Term» står i både kolonne C og E."),
        ([*GOOD, "Merknad", "Merknad"], "Overskriften «Merknad» står i både kolonne E og F."),
        (["Epler", "Pærer"], "ingen kjente overskrifter. Den begynner slik: «Epler Pærer»."),
    ],
)
def test_headings_that_make_the_sheet_unreadable(sheet: Desk, headings: list[str], reason: str) -> None:
    refusal = sheet.refused(as_csv(headings, ["x"] * len(headings)))
    assert reason in refusal.reason
    assert refusal.cure.endswith(".")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Filen er tom."),
        (as_xlsx(), "Arket er tomt."),
        (as_xlsx([None, " "]), "Arket er tomt."),
        (as_xlsx(list(GOOD)), "ingen rader"),
        (as_xlsx(list(GOOD), title="Hjelp"), "Arket er tomt."),
        (as_csv(list(GOOD), ["", "", ""]), "ingen rader"),
        (b'[{"Tilbudskode": "A"}]', "JSON"),
        (b"<html><body>", "nettside"),
        (as_csv(list(GOOD)) + 'A;"B;2026H;1150\n', "midt i en tekst"),
    ],
)
def test_sheets_that_are_refused_whole(sheet: Desk, content: bytes | str, reason: str) -> None:
    assert reason in sheet.refused(content).reason


def test_content_beside_the_headings_is_rejected_and_kept(sheet: Desk) -> None:
    (row,) = rejections(sheet.read(as_csv(list(GOOD), [*GOOD.values(), "løst", ""])))
    assert "flere felt enn overskriften" in row.reason
    assert row.raw["kolonne E"] == "løst"


def test_empty_rows_are_skipped_but_counted(sheet: Desk) -> None:
    rows = sheet.read(as_csv([""], list(GOOD), [""], [" "], list(GOOD.values())))
    assert [row.position for row in offers(rows)] == [5]


def test_the_sheet_named_tilbud_is_read_before_others(sheet: Desk) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Notater"
    book.active.append(["hei"])
    hidden = book.create_sheet("Skjult")
    hidden.sheet_state = "hidden"
    named = book.create_sheet(" tilbud ")
    named.append(list(GOOD))
    named.append(list(GOOD.values()))
    stream = io.BytesIO()
    book.save(stream)
    assert len(offers(sheet.read(stream.getvalue()))) == 1
