"""The registry's own sheet: one line is one run, every fault is told with row, column, value and cure."""

import csv
import io
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from importers.formats import offers_sheet
from importers.formats.offers_sheet.choices import LEVELS, ROLES, SETTINGS, cancel_reason, measure
from importers.formats.offers_sheet.columns import COLUMNS, OFFER, PROVIDER, RUN
from importers.protocol import OfferRecord, Payload, ProviderRef, RejectedRow, RunRecord
from tests.importers.feeds import SAMPLES, Desk, as_csv, as_xlsx, notices, offers, rejections

GOOD = {"Tilbudskode": "ENG1", "Navn": "Engelsk 1", "Termin": "2026H", "Institusjonskode": "1150"}
REFERENCE = Path(__file__).resolve().parents[3] / "registry" / "reference"
DOCS = Path(__file__).resolve().parents[3] / "docs" / "importers.md"


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


def test_the_sample_shows_every_kind_of_column() -> None:
    rows = list(offers_sheet.read(Payload(SAMPLES / "offers-sheet" / "offers.csv", "offers.csv")))
    english, again, mentors = offers(rows)
    assert english == OfferRecord(
        position=2,
        key="ENG1-1-7/2026H",
        offer_key="ENG1-1-7",
        provider=ProviderRef(dbh_code="1150"),
        title="Engelsk 1, 1.–7. trinn",
        raw=english.raw,
        title_language="nb",
        other_titles={"se": "Eaŋgalsgiella 1"},
        partners=(ProviderRef(dbh_code="0238"), ProviderRef(orgnr="974767880"), ProviderRef(name="Nord universitet")),
        level_code="LN",
        credits=Decimal(30),
        credit_scheme="ECTS",
        subject="Engelsk",
        target_groups=("primary_1_7:teacher", "Lærere på barnetrinnet"),
        school_years="1-7",
        step=1,
        measure="further_education",
        languages=("nb", "en"),
        tags=("desentralisert",),
        url="https://www.eksempel.no/engelsk-1",
        runs=(
            RunRecord(
                term="2026H",
                starts_on=date(2026, 8, 17),
                ends_on=date(2027, 6, 18),
                application_opens_on=date(2026, 2, 1),
                application_closes_on=date(2026, 4, 15),
                places=30,
                minimum=12,
                delivery="gatherings",
                municipalities=("5001", "Bodø"),
                apply_url="https://www.eksempel.no/sok",
            ),
        ),
    )
    assert english.raw["Navn"] == "Engelsk 1,  1.–7. trinn"
    assert (again.key, again.title, again.credits, again.position) == ("ENG1-1-7/2027H", english.title, Decimal(30), 3)
    assert (again.runs[0].cancelled, again.runs[0].cancel_reason, again.runs[0].delivery) == (
        True, "few_applicants", "online",
    )  # fmt: skip
    assert (mentors.key, mentors.runs[0].native_key) == ("VEIL/2026H/A", "A")
    assert mentors.runs[0].municipalities == ("0301",)
    (bad,) = rejections(rows)
    assert bad.reason == "Rad 5, Studiepoeng: «tretti» er ikke et tall."
    assert (bad.field, bad.value, bad.cure) == ("Studiepoeng", "tretti", "Skriv for eksempel 30 eller 7,5.")


def test_every_field_of_the_records_has_a_column() -> None:
    made_by_the_reader = {"position", "key", "raw", "provider", "runs", "other_titles", "term_assumed"}
    columns = [column.field for column in COLUMNS]
    assert len(columns) == len(set(columns))
    wanted = {f.name for kind in (OfferRecord, RunRecord, ProviderRef) for f in fields(kind)} - made_by_the_reader
    assert wanted | {"title_nb", "title_nn", "title_se", "title_en"} == set(columns)
    assert {c.field for c in PROVIDER} == {f.name for f in fields(ProviderRef)}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.field)
def test_examples_are_readable_and_columns_are_in_the_docs(column: offers_sheet.columns.Column) -> None:
    column.read(column.example)
    assert column.explained.endswith(".")
    assert f"| {column.nb} | {column.nn} | {column.en} | `{column.field}` |" in DOCS.read_text(encoding="utf-8")


def example_row() -> dict[str, str]:
    return {column.nb: column.example for column in COLUMNS} | {"Avlyst": "ja"}


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


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_the_template_has_every_heading_and_can_be_filled_in(sheet: Desk, kind: str) -> None:
    empty = offers_sheet.template(kind)
    assert "ingen rader" in sheet.refused(empty, f"mal.{kind}").reason
    assert notices(sheet.read(fill_in(kind, empty, [column.example for column in COLUMNS]))) == []


def fill_in(kind: str, empty: bytes, values: list[str]) -> bytes:
    values = ["ja" if column.field == "cancelled" else value for column, value in zip(COLUMNS, values, strict=True)]
    if kind == "csv":
        return empty + as_csv(values).encode()
    if kind == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(empty))
        for place, value in enumerate(values, start=1):
            book["Tilbud"].cell(row=2, column=place).value = value
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()
    from odf import opendocument, table, text

    document = opendocument.load(io.BytesIO(empty))
    row = table.TableRow()
    for value in values:
        cell = table.TableCell(valuetype="string")
        cell.addElement(text.P(text=value))
        row.addElement(cell)
    document.spreadsheet.getElementsByType(table.Table)[0].addElement(row)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_the_three_templates_filled_in_alike_are_read_alike(sheet: Desk) -> None:
    found = [
        offers(sheet.read(fill_in(kind, offers_sheet.template(kind), [column.example for column in COLUMNS])))
        for kind in ("csv", "xlsx", "ods")
    ]
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 1


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_workbook_templates_explain_every_column(kind: str) -> None:
    import tablib

    book = tablib.Databook().load(offers_sheet.template(kind), format=kind)
    offers_in, guide = book.sheets()
    assert (offers_in.title, guide.title) == ("Tilbud", "Hjelp")
    assert [row[0] for row in guide] == [column.nb for column in COLUMNS]
    assert all(all(cell for cell in row) for row in guide)


def test_the_csv_template_opens_in_norwegian_excel() -> None:
    template = offers_sheet.template("csv")
    assert template.startswith(b"\xef\xbb\xbf")
    (headings,) = csv.reader(io.StringIO(template.decode("utf-8-sig")), delimiter=";")
    assert [heading.removesuffix(" *") for heading in headings] == [column.nb for column in COLUMNS]


def test_an_unknown_kind_of_template_is_told() -> None:
    with pytest.raises(ValueError, match="csv, xlsx, ods"):
        offers_sheet.template("pdf")


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


@pytest.mark.parametrize(
    ("cells", "field", "reason"),
    [
        ({"Navn": " "}, "Navn", "Verdien mangler."),
        ({"Tilbudskode": ""}, "Tilbudskode", "Verdien mangler."),
        ({"Termin": ""}, "Termin", "Verdien mangler."),
        ({"Institusjonskode": ""}, "Institusjonskode", "Verdien mangler."),
        ({"Termin": "sommer 2026"}, "Termin", "«sommer 2026» er ikke en termin."),
        ({"Termin": "2026"}, "Termin", "«2026» er ikke en termin."),
        ({"Termin": "1789H"}, "Termin", "utenfor årene 1990 til 2100"),
        ({"Institusjonskode": "NTNU"}, "Institusjonskode", "er ikke en institusjonskode"),
        ({"Organisasjonsnummer": "974767881"}, "Organisasjonsnummer", "er ikke et gyldig organisasjonsnummer"),
        ({"Organisasjonsnummer": "97476788"}, "Organisasjonsnummer", "er ikke ni sifre"),
        ({"Samarbeidspartnere": "0238; 123456789"}, "Samarbeidspartnere", "«123456789» er ikke et gyldig"),
        ({"Studiepoeng": "0"}, "Studiepoeng", "utenfor 0,5 til 360"),
        ({"Studiepoeng": "361"}, "Studiepoeng", "utenfor 0,5 til 360"),
        ({"Studiepoeng": "-30"}, "Studiepoeng", "er ikke et tall"),
        ({"Studiepoeng": "#REF!"}, "Studiepoeng", "«#REF!» er en feil fra en formel."),
        ({"Studiepoeng": "15", "Nivå": "FS"}, "Poengordning", "Verdien mangler."),
        ({"Poengordning": "sølvpenger"}, "Poengordning", "ikke en gyldig verdi"),
        ({"Nivå": "XX"}, "Nivå", "«XX» er ikke en gyldig verdi."),
        ({"NUS-kode": "A1"}, "NUS-kode", "er ikke en NUS-kode"),
        ({"Skoletrinn": "7-1"}, "Skoletrinn", "i stigende rekkefølge"),
        ({"Skoletrinn": "11-14"}, "Skoletrinn", "trinn fra 1 til 13"),
        ({"Skoletrinn": "0-4"}, "Skoletrinn", "trinn fra 1 til 13"),
        ({"Skoletrinn": "småtrinn"}, "Skoletrinn", "er ikke skoletrinn"),
        ({"Del": "9"}, "Del", "er ikke en del av et fag"),
        ({"Tiltak": "kurs"}, "Tiltak", "ikke en gyldig verdi"),
        ({"Undervisningsspråk": "norsk; klingon"}, "Undervisningsspråk", "«klingon» er ikke en gyldig verdi."),
        ({"Språk i navnet": "svensk"}, "Språk i navnet", "ikke en gyldig verdi"),
        ({"Målgrupper": "kindergarten:teachr"}, "Målgrupper", "er ikke en kjent målgruppe"),
        ({"Nettside": "www.eksempel.no"}, "Nettside", "er ikke en nettadresse"),
        ({"Søknadslenke": "javascript:alert(1)"}, "Søknadslenke", "er ikke en nettadresse"),
        ({"Søknadslenke": "https://ola:pass@eksempel.no"}, "Søknadslenke", "er ikke en nettadresse"),
        ({"Søknadslenke": "http://[::1"}, "Søknadslenke", "er ikke en nettadresse"),
        ({"Søknadslenke": "https://eksempel.no:port/"}, "Søknadslenke", "er ikke en nettadresse"),
        ({"Starter": "i høst"}, "Starter", "«i høst» er ikke en dato."),
        ({"Starter": "31.02.2026"}, "Starter", "finnes ikke i kalenderen"),
        ({"Starter": "01.01.1066"}, "Starter", "utenfor årene"),
        ({"Starter": "17.08.2026", "Slutter": "2026-08-16"}, "Slutter", "16.08.2026 er før gjennomføringen starter (17.08.2026)."),
        ({"Søknad åpner": "16.04.2026", "Søknadsfrist": "15.04.2026"}, "Søknadsfrist", "er før søknaden åpner"),
        ({"Plasser": "0"}, "Plasser", "utenfor 1 til"),
        ({"Plasser": "mange"}, "Plasser", "er ikke et helt tall"),
        ({"Plasser": "7,5"}, "Plasser", "er ikke et helt tall"),
        ({"Plasser": "10", "Minste antall": "12"}, "Minste antall", "12 er mer enn 10 plasser."),
        ({"Undervisningsform": "telepati"}, "Undervisningsform", "ikke en gyldig verdi"),
        ({"Kommuner": "50011"}, "Kommuner", "er ikke et kommunenummer"),
        ({"Avlyst": "kanskje"}, "Avlyst", "ikke en gyldig verdi"),
        ({"Avlyst": "ja", "Grunn til avlysning": ""}, "Grunn til avlysning", "Verdien mangler."),
        ({"Avlyst": "nei", "Grunn til avlysning": "for få søkere"}, "Avlyst", "men er ikke avlyst"),
        ({"Navn": "x" * 301}, "Navn", "Teksten har 301 tegn."),
        ({"Beskrivelse": "a\x00b"}, "Beskrivelse", "usynlig tegn"),
    ],
)  # fmt: skip
def test_every_fault_names_row_column_value_and_cure(
    sheet: Desk, cells: dict[str, str], field: str, reason: str
) -> None:
    row = rejected(sheet, **cells)
    assert row.field == field
    assert row.reason.startswith(f"Rad 2, {field}: ")
    assert reason in row.reason
    assert row.cure.endswith(".")
    assert row.reason.count(": ") == 1 or "«" in row.reason


def test_all_faults_of_a_row_are_told_together(sheet: Desk) -> None:
    row = rejected(sheet, Navn="", Studiepoeng="tretti", Plasser="mange", Starter="snart")
    for column in ("Navn", "Studiepoeng", "Plasser", "Starter"):
        assert f"{column}: " in row.reason
        assert column in row.cure
    assert row.reason.count("Rad 2") == 1


def test_faults_use_the_headings_of_the_sheet(sheet: Desk) -> None:
    (row,) = rejections(
        sheet.read(as_csv(["Offer code", "Title", "Term", "Provider", "Places"], ["A", "", "2026V", "X", "x"]))
    )
    assert "Title: Verdien mangler." in row.reason
    assert "Places: «x»" in row.reason


@pytest.mark.parametrize(
    "text",
    [
        "2026H",
        "2026h",
        " Høst 2026 ",
        "haust 2026",
        "autumn 2026",
        "Hausten 2026",
        "2026 høst",
        "H2026",
        "2026-H",
        "FALL 2026",
    ],
)
def test_terms(sheet: Desk, text: str) -> None:
    assert only(sheet, Termin=text).runs[0].term == "2026H"
    assert only(sheet, Termin="våren 2027").runs[0].term == only(sheet, Termin="Spring 2027").runs[0].term == "2027V"


@pytest.mark.parametrize(
    ("text", "years"),
    [("1-7", "1-7"), ("1.–7. trinn", "1-7"), ("5. til 10. trinn", "5-10"), ("trinn 8", "8"), ("8.", "8"), ("Years 1 to 7", "1-7"),
     ("8.-13.trinn", "8-13"), ("3-3", "3")],
)  # fmt: skip
def test_school_years(sheet: Desk, text: str, years: str) -> None:
    assert only(sheet, Skoletrinn=text).school_years == years


@pytest.mark.parametrize(("text", "step"), [("1", 1), ("II", 2), ("del 2", 2), ("Del III", 3)])
def test_steps(sheet: Desk, text: str, step: int) -> None:
    assert only(sheet, Del=text).step == step


@pytest.mark.parametrize(
    ("text", "delivery"),
    [("Campus", "campus"), ("samlinger", "gatherings"), ("Nettbasert", "online"), ("kombinert", "hybrid"),
     ("Nett- og samlingsbasert", "hybrid"), ("samlingar", "gatherings"), ("online", "online")],
)  # fmt: skip
def test_deliveries(sheet: Desk, text: str, delivery: str) -> None:
    assert only(sheet, Undervisningsform=text).runs[0].delivery == delivery


def test_numbers_dates_and_addresses_as_people_write_them(sheet: Desk) -> None:
    offer = only(
        sheet, Studiepoeng="7,5", Plasser="1 000", Starter="1/2/2026", Organisasjonsnummer="974 767 880",
        Nettside="http://eksempel.no/a?b=1#c", Beskrivelse="En  linje\n\n\n\nog en til ",
    )  # fmt: skip
    assert (offer.credits, offer.runs[0].places, offer.runs[0].starts_on) == (Decimal("7.5"), 1000, date(2026, 2, 1))
    assert offer.provider.orgnr == "974767880"
    assert offer.description == "En linje\n\nog en til"


def test_what_lies_on_the_bounds_is_accepted(sheet: Desk) -> None:
    day = {"Starter": "17.08.2026", "Slutter": "17.08.2026", "Søknad åpner": "2026-02-01", "Søknadsfrist": "2026-02-01"}
    offer = only(
        sheet, Plasser="12", Studiepoeng="360", Skoletrinn="1-13", Navn="x" * 300, **{"Minste antall": "12"}, **day
    )
    (run,) = offer.runs
    assert (run.places, run.minimum, run.starts_on) == (12, 12, run.ends_on)
    assert (offer.credits, offer.school_years) == (Decimal(360), "1-13")


def test_the_scheme_of_credits_is_never_guessed(sheet: Desk) -> None:
    assert only(sheet, Studiepoeng="30").credit_scheme == "ECTS"
    assert only(sheet, Poeng="30").credit_scheme is None
    assert only(sheet, Credits="30").credit_scheme is None
    assert only(sheet, Studiepoeng="30", Nivå="FS", Poengordning="fagskolepoeng").credit_scheme == "fagskolepoeng"
    assert only(sheet, Nivå="fagskole").credit_scheme is None


def test_a_reason_in_own_words_is_kept_and_known_ones_become_codes(sheet: Desk) -> None:
    run = only(sheet, Avlyst="ja", **{"Grunn til avlysning": "Brann i  bygget"}).runs[0]
    assert (run.cancelled, run.cancel_reason) == (True, "Brann i bygget")


class TestLinesOfOneOffer:
    HEADINGS = (
        "Tilbudskode",
        "Navn",
        "Termin",
        "Institusjonskode",
        "Studiepoeng",
        "Gjennomføringskode",
        "Nivå",
        "Poengordning",
    )

    def read(self, sheet: Desk, *rows: tuple[str, ...]) -> Iterator[OfferRecord | RejectedRow]:
        for row in sheet.read(as_csv(self.HEADINGS, *rows)):
            assert isinstance(row, OfferRecord | RejectedRow)
            yield row

    def test_follow_on_lines_inherit_what_they_leave_empty(self, sheet: Desk) -> None:
        _, second = self.read(sheet, ("A", "Norsk", "2026H", "1150", "30"), ("A", "", "2027H", "1150", ""))
        assert isinstance(second, OfferRecord)
        assert (second.title, second.credits, second.credit_scheme) == ("Norsk", Decimal(30), "ECTS")

    def test_a_scheme_is_inherited_too(self, sheet: Desk) -> None:
        rows = self.read(
            sheet, ("A", "Norsk", "2026H", "1150", "30", "", "FS", "fagskolepoeng"), ("A", "", "2027H", "1150", "30")
        )
        assert [row.credit_scheme for row in rows if isinstance(row, OfferRecord)] == ["fagskolepoeng"] * 2

    def test_lines_that_disagree_are_told_with_both_values(self, sheet: Desk) -> None:
        _, second = self.read(sheet, ("A", "Norsk", "2026H", "1150", "30"), ("A", "Norsk 2", "2027H", "1150", "15"))
        assert isinstance(second, RejectedRow)
        assert "Navn: «Norsk 2» er ikke likt rad 2, som har samme tilbudskode og «Norsk»." in second.reason
        assert "Studiepoeng: «15» er ikke likt rad 2" in second.reason

    def test_partners_that_disagree_are_told_by_name(self, sheet: Desk) -> None:
        headings = [*GOOD, "Samarbeidspartnere"]
        rows = sheet.read(as_csv(headings, [*GOOD.values(), "0238; Nord"], ["ENG1", "", "2027H", "1150", "974767880"]))
        (row,) = rejections(rows)
        assert "«974767880» er ikke likt rad 2, som har samme tilbudskode og «0238; Nord»." in row.reason

    def test_one_run_twice_is_rejected_the_second_time(self, sheet: Desk) -> None:
        first, second = self.read(sheet, ("A", "Norsk", "2026H", "1150"), ("A", "Norsk", "2026H", "1150"))
        assert isinstance(first, OfferRecord)
        assert isinstance(second, RejectedRow)
        assert "Rad 2 har samme tilbudskode, termin" in second.reason

    def test_runs_in_one_term_are_told_apart_by_their_codes(self, sheet: Desk) -> None:
        rows = self.read(sheet, *[("A", "Norsk", "2026H", "1150", "30", code) for code in ("", "K1", "K2", "K2")])
        assert [getattr(row, "key", "rejected") for row in rows] == ["A/2026H", "A/2026H/K1", "A/2026H/K2", "rejected"]

    def test_another_provider_may_use_the_same_code(self, sheet: Desk) -> None:
        rows = list(self.read(sheet, ("A", "Norsk", "2026H", "1150"), ("A", "Engelsk", "2026H", "0238")))
        assert all(isinstance(row, OfferRecord) for row in rows)

    def test_a_rejected_first_line_lends_nothing(self, sheet: Desk) -> None:
        rows = list(self.read(sheet, ("A", "Norsk", "2026H", "1150", "x"), ("A", "", "2027H", "1150")))
        assert [type(row) for row in rows] == [RejectedRow, RejectedRow]


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


def test_the_lists_are_those_of_the_registry() -> None:
    """The names that the registry shows are understood as they stand; the lists have the same codes."""

    def rows(name: str) -> list[dict[str, str]]:
        with (REFERENCE / name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    assert {row["code"] for row in rows("dbh_levels.csv")} == set(LEVELS)
    assert {row["code"] for row in rows("target_settings.csv")} == set(SETTINGS)
    assert {row["code"] for row in rows("target_roles.csv")} == set(ROLES)
    for row in rows("measures.csv"):
        assert {measure(row[column]) for column in ("code", "name_nb", "name_nn", "name_en")} == {row["code"]}
    for row in rows("reasons.csv"):
        if row["life"] == "run_cancel":
            assert {cancel_reason(row[c]) for c in ("code", "name_nb", "name_nn", "name_en")} == {row["code"]}


def test_offer_and_run_columns_are_fields_of_their_records() -> None:
    assert {c.field for c in RUN} <= {f.name for f in fields(RunRecord)}
    assert {c.field for c in OFFER if not c.field.startswith("title_")} <= {f.name for f in fields(OfferRecord)}
