"""The sheet of applications: persons become pseudonyms before anything is read, and nothing else gives them away."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.formats import applications_sheet
from importers.persons import REMOVED, UNREADABLE, national_id, without_persons
from importers.protocol import ApplicationRecord, Payload, PayloadRefused, Row, RunRef
from importers.sheets.columns import plain
from tests.importers.feeds import Desk, as_csv, as_xlsx, rejections

# Invented as Skatteetaten invents test persons (80 added to the month); the second is a D-number.
ANNE, BODIL, SHORT = "01810190090", "41810190165", "1810190090"
HEAD = ("Kull", "Fødselsnummer", "Status")


@pytest.fixture
def sheet(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "applications-sheet")


def pseudonyms(number: str) -> tuple[str, ...]:
    """Two keys, the newer first; a test can tell whose they are."""
    return (f"k2:{int(number):064x}", f"k1:{int(number) + 1:064x}")


def protect(sheet: Desk, content: bytes | str, name: str = "søknader.csv") -> tuple[str, Payload, list[str]]:
    target = sheet.folder / "protected.csv"
    copy, told = applications_sheet.protect(sheet.payload(content, name), target, pseudonyms)
    return target.read_text(encoding="utf-8"), copy, [notice.text for notice in told]


def through(sheet: Desk, content: bytes | str) -> list[Row]:
    _, copy, _ = protect(sheet, content)
    return list(sheet.format.read(copy))


def applications(rows: list[Row]) -> list[ApplicationRecord]:
    return [row for row in rows if isinstance(row, ApplicationRecord)]


def test_a_row_is_told_by_pseudonym_run_and_status(sheet: Desk) -> None:
    head = (*HEAD, "Statusdato", "Svarfrist", "Prioritet", "Arbeidsgiver", "Søknadsnummer")
    values = ("r-1", ANNE, "Tilbudt plass", "15.05.2026", "01.06.2026", "2", "964338531", "S-1")
    [row] = applications(through(sheet, as_csv(head, values)))
    assert (row.applicant, row.formerly) == (pseudonyms(ANNE)[0], pseudonyms(ANNE)[1:])
    assert (row.run, row.provider, row.status) == (RunRef(key="r-1"), None, "offered")
    assert (row.status_on.isoformat(), row.answer_by.isoformat()) == ("2026-05-15", "2026-06-01")
    assert (row.priority, row.owner, row.reference) == (2, "964338531", "S-1")


@pytest.mark.parametrize("written", [ANNE, f"{ANNE[:6]} {ANNE[6:]}", "01.81.01.90090", SHORT, f" {ANNE} "])
def test_the_number_may_be_written_in_the_usual_ways(sheet: Desk, written: str) -> None:
    [row] = applications(through(sheet, as_csv(HEAD, ("r", written, "søkt"))))
    assert row.applicant == pseudonyms(ANNE)[0]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_number_is_left_anywhere_in_the_copy(sheet: Desk, kind: str) -> None:
    rows = [
        (*HEAD, "Søknadsnummer", f"Notat {BODIL}"),
        ("r", ANNE, "søkt", BODIL, "ring 55 55 55 55"),
        ("r", BODIL[:-1] + "9", "søkt", "", f"fødd {ANNE[:6]}-{ANNE[6:]}"),
        ("r", BODIL, "søkt", SHORT, ""),
    ]
    text, copy, _ = protect(sheet, as_csv(*rows) if kind == "csv" else as_xlsx(*rows), f"{ANNE}.{kind}")
    for number in (ANNE, BODIL, BODIL[:-1], SHORT, ANNE[6:]):
        assert number not in text
        assert number not in copy.name
    assert "55 55 55 55" in text
    assert text.count(REMOVED) == 4
    [unread] = rejections(list(sheet.format.read(copy)))
    assert (unread.position, unread.value, unread.raw["Fødselsnummer"]) == (3, None, UNREADABLE)


def test_rows_keep_their_numbers_and_torn_rows_are_torn_in_the_copy(sheet: Desk) -> None:
    content = (
        as_csv(HEAD)
        + "\r\n\r\n"
        + as_csv(("r", ANNE, "søkt"))
        + f'r;"{BODIL}"x;søkt\r\n'
        + as_csv(("r", BODIL, "søkt"))
    )
    rows = through(sheet, content)
    assert [row.position for row in applications(rows)] == [4, 6]
    [torn] = rejections(rows)
    assert torn.position == 5
    assert "Anførselstegnene" in torn.reason
    assert BODIL not in repr(torn)


def test_the_copy_of_the_same_sheet_is_the_same_whatever_the_kind(sheet: Desk) -> None:
    rows = [HEAD, ("r", ANNE, "søkt"), ("r", BODIL, "avslag")]
    assert protect(sheet, as_csv(*rows))[0] == protect(sheet, as_xlsx(*rows, title="Søknader"))[0]


def test_an_unprotected_sheet_gives_nothing_away(sheet: Desk) -> None:
    [row] = rejections(sheet.read(as_csv((*HEAD, "Notat"), ("r", ANNE, BODIL, ANNE))))
    assert ANNE not in repr(row)
    assert BODIL not in repr(row)
    assert "Den er slettet hos oss" in row.reason


def test_a_pseudonym_that_somebody_typed_is_nobodys(sheet: Desk) -> None:
    """Else a sheet could claim another person's applications."""
    [row] = rejections(through(sheet, as_csv(HEAD, ("r", pseudonyms(ANNE)[0], "søkt"))))
    assert row.raw["Fødselsnummer"] == UNREADABLE


def test_a_pseudonym_in_quarantine_is_whole_though_it_holds_eleven_digits_in_a_row(sheet: Desk) -> None:
    pseudonym = f"k1:{'ab' * 20}{ANNE}{'cd' * 6}e"
    target = sheet.folder / "protected.csv"
    content = as_csv(HEAD, ("r", ANNE, "what?"))
    copy, _ = applications_sheet.protect(sheet.payload(content, "one.csv"), target, lambda _: (pseudonym,))
    [row] = rejections(list(sheet.format.read(copy)))
    assert row.raw["Fødselsnummer"] == pseudonym


@pytest.mark.parametrize("content", [f"{ANNE};{BODIL}\r\n{ANNE};søkt\r\n", ""])
def test_a_refusal_quotes_no_number(sheet: Desk, content: str) -> None:
    with pytest.raises(PayloadRefused) as refused:
        protect(sheet, content)
    assert ANNE not in str(refused.value)
    assert BODIL not in str(refused.value)


def test_what_is_worth_telling_of_the_file_itself_is_told(sheet: Desk) -> None:
    _, _, told = protect(sheet, as_csv(HEAD, ("r", ANNE, "søkt")).encode("cp1252"))
    assert len(told) == 1
    assert "cp1252" in told[0]


@pytest.mark.parametrize(
    ("changed", "column", "part"),
    [
        ({"Status": "avslag"}, "Grunn", "mangler"),
        ({"Status": "trukket"}, "Grunn", "mangler"),
        ({"Status": "vet ikke"}, "Status", "ikke en gyldig verdi"),
        ({"Status": ""}, "Status", "mangler"),
        ({"Fødselsnummer": ""}, "Fødselsnummer", "mangler"),
        ({"Kull": ""}, "Kull", "mangler"),
        ({"Kull": "", "Tilbudskode": "T"}, "Termin", "mangler"),
        ({"Prioritet": "0"}, "Prioritet", "utenfor"),
        ({"Arbeidsgiver": "123"}, "Arbeidsgiver", "ni sifre"),
    ],
)
def test_faults_name_the_column_and_the_cure(sheet: Desk, changed: dict[str, str], column: str, part: str) -> None:
    row = {"Kull": "r", "Tilbudskode": "", "Termin": "", "Fødselsnummer": ANNE, "Status": "søkt", "Grunn": "",
           "Prioritet": "", "Arbeidsgiver": "", **changed}  # fmt: skip
    [found] = rejections(through(sheet, as_csv(list(row), list(row.values()))))
    assert found.field == column
    assert part in found.reason
    assert found.cure


def test_the_same_person_twice_on_one_run_is_told(sheet: Desk) -> None:
    rows = through(sheet, as_csv(HEAD, ("r", ANNE, "søkt"), ("r", ANNE, "takket ja"), ("s", ANNE, "søkt")))
    assert [row.position for row in applications(rows)] == [2, 4]
    [again] = rejections(rows)
    assert (again.field, again.reason) == (
        "Fødselsnummer",
        "Rad 3, Fødselsnummer: Rad 2 gjelder den samme søkeren og det samme kullet.",
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_the_template_has_every_heading(sheet: Desk, kind: str) -> None:
    assert "ingen rader" in sheet.refused(applications_sheet.template(kind), f"mal.{kind}").reason


def test_headings_are_told_apart_in_three_languages() -> None:
    headings = [
        plain(heading) for column in applications_sheet.COLUMNS for heading in {plain(h) for h in column.headings}
    ]
    assert len(headings) == len(set(headings))


@given(st.text(max_size=30), st.from_regex(r"[0-9]{6}[ .-]?[0-9]{5}", fullmatch=True), st.text(max_size=30))
def test_eleven_digits_never_stay(before: str, number: str, after: str) -> None:
    if before[-1:].isdigit() or after[:1].isdigit():
        return
    assert number not in without_persons(before + number + after)


@given(st.integers(0, 99_999_999_999))
def test_a_number_is_right_by_both_control_digits(number: int) -> None:
    digits = f"{number:011}"
    found = national_id(digits)
    assert found in (None, digits)
    if found is not None:
        wrong = [f"{digits[:place]}{(int(digits[place]) + 1) % 10}{digits[place + 1 :]}" for place in range(11)]
        assert [national_id(other) for other in wrong] == [None] * 11
