"""The cells: every fault is told with row, column, value and cure, and values are read as people write them."""

from datetime import date
from decimal import Decimal

import pytest

from tests.importers.feeds import Desk, as_csv, rejections
from tests.importers.formats.offers_sheet.given import only, rejected


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
