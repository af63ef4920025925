"""CDM 2.1: names by language, credits in an attribute, starts by day only. The sample is written by us after the schema."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importers.formats import cdm
from importers.protocol import Payload, ProviderRef, RunRecord
from tests.importers.feeds import SAMPLES, Desk, notices, offers, rejections

UNIT = "<orgUnit><orgUnitName>Høgskolen</orgUnitName></orgUnit>"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "cdm")


def course(inside: str) -> str:
    return f"<CDM>{UNIT}<course><courseID>K1</courseID><courseName>Kurs</courseName>{inside}</course></CDM>"


def runs(desk: Desk, inside: str) -> tuple[RunRecord, ...]:
    (offer,) = offers(desk.read(course(inside)))
    return offer.runs


def sample() -> list[Any]:
    return list(cdm.read(Payload(SAMPLES / "cdm" / "catalogue.xml", "catalogue.xml")))


def test_a_course_and_a_programme_are_offers_of_the_unit_around_them_or_the_first() -> None:
    rows = sample()
    reading, guidance = offers(rows)
    assert (reading.key, reading.offer_key, reading.title) == ("LES1-2026", "LES1", "Lesing i første klasse")
    assert (reading.title_language, reading.other_titles) == ("nb", {"en": "Reading"})
    assert reading.provider == guidance.provider == ProviderRef(orgnr="974767880", name="Høgskolen i Eksempel")
    assert (reading.credits, reading.credit_scheme, reading.nus_code) == (Decimal(15), "ECTS", "625303")
    assert (reading.description, reading.learning_outcomes) == ("Om emnet\nTo samlinger.", "Kan undervise i lesing.")
    assert (reading.languages, reading.target_groups, reading.url) == (
        ("nb",), ("Lærer",), "https://www.example.no/les1",
    )  # fmt: skip
    assert reading.tags == ("lesing", "begynneropplæring")
    (run,) = reading.runs
    assert (run.term, run.starts_on, run.application_closes_on) == ("2026H", date(2026, 8, 17), date(2026, 4, 15))
    assert (run.places, run.delivery, run.municipalities) == (30, "online", ("Bodø",))
    assert not any("contact" in name or "person" in name for name in reading.raw)
    assert (guidance.credits, guidance.runs) == (None, ())
    assert [row.field for row in rejections(rows)] == ["courseName"]
    assert notices(rows) == [
        "Poengene står i løpende tekst uten poengordning, så de er utelatt (1 gang: «30 studiepoeng»).",
        "Studier uten startdag er uten gjennomføring (1 gang: «PED»).",
    ]


@pytest.mark.parametrize(
    ("inside", "term"),
    [
        ('<teachingTerm start="2027-01-11"/>', "2027V"),
        ('<teachingTerm start="uke 34" term="autumn"/>', None),
        ('<teachingTerm term="autumn"/>', None),
        ("<admissionInfo><teachingStart>2026-08-17</teachingStart></admissionInfo>", "2026H"),
        ('<admissionInfo><teachingStart date="17.8."/></admissionInfo>', None),
    ],
)
def test_only_a_day_starts_a_run(desk: Desk, inside: str, term: str | None) -> None:
    assert [run.term for run in runs(desk, inside)] == ([term] if term else [])


@pytest.mark.parametrize(
    ("org", "delivery"),
    [("distanceLearning", "online"), ("classroom", "campus"), ("mixedDistance", "hybrid"), ("other", None)],
)
def test_forms_of_teaching(desk: Desk, org: str, delivery: str | None) -> None:
    start = '<admissionInfo><teachingStart date="2026-08-17"/></admissionInfo>'
    assert runs(desk, f'{start}<formOfTeaching org="{org}"/>')[0].delivery == delivery


@pytest.mark.parametrize("namespace", ["", ' xmlns="http://cdm.example/2.0"'])
def test_names_are_met_in_any_namespace(desk: Desk, namespace: str) -> None:
    assert [offer.key for offer in offers(desk.read(course("").replace("<CDM", f"<CDM{namespace}")))] == ["K1"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<CDM/>", "Filen har ingen studieprogrammer eller emner (program, course)."),
        ("<catalog/>", "Filen er XML, men ikke av riktig slag: ytterst står <catalog>, ikke <CDM>."),
        ('<!DOCTYPE CDM SYSTEM "cdm.dtd"><CDM/>', "Filen inneholder DOCTYPE eller XML-entiteter"),
        ("<CDM><course>", "Filen er ødelagt eller avkortet XML."),
        ("[]", "Filen er ikke XML."),
    ],
)
def test_files_that_are_refused_whole(desk: Desk, content: str, reason: str) -> None:
    assert desk.refused(content).reason.startswith(reason)


def test_a_course_without_a_unit_is_rejected_alone(desk: Desk) -> None:
    (row,) = rejections(desk.read(course("").replace(UNIT, "")))
    assert row.field == "orgUnit"
