"""XCRI-CAP 1.2: courses with presentations, running text where days should be, and two credit schemes side by side."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from importers.formats import xcri_cap
from importers.protocol import OfferRecord, Payload, ProviderRef
from tests.importers.feeds import SAMPLES, Desk, notices, offers, rejections

SAMPLE = SAMPLES / "xcri-cap" / "catalog.xml"
HEAD = (
    '<catalog xmlns="http://xcri.org/profiles/1.2/catalog" xmlns:mlo="http://purl.org/net/mlo" '
    'xmlns:credit="http://purl.org/net/cm" xmlns:dc="http://purl.org/dc/elements/1.1/">'
)
NAME = "<dc:title>Example</dc:title>"


@pytest.fixture
def xcri(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "xcri-cap")


def course(content: str, provider: str = NAME) -> str:
    start = "<dc:identifier>A</dc:identifier><dc:title>Course</dc:title>"
    return f"{HEAD}<provider>{provider}<course>{start}{content}</course></provider></catalog>"


def credit(scheme: str, value: str) -> str:
    return f"<mlo:credit><credit:scheme>{scheme}</credit:scheme><credit:value>{value}</credit:value></mlo:credit>"


def only(xcri: Desk, content: str, provider: str = NAME) -> OfferRecord:
    (offer,) = offers(xcri.read(course(content, provider)))
    return offer


def test_a_course_becomes_an_offer_and_its_presentations_with_a_day_become_runs() -> None:
    offer, *_ = offers(xcri_cap.read(Payload(SAMPLE, "catalog.xml")))
    assert (offer.position, offer.key, offer.offer_key) == (1, "READ1", "READ1")
    assert offer.provider == ProviderRef(name="University of Example")
    assert (offer.title, offer.title_language) == ("The first years of reading", "en")
    assert offer.other_titles == {"nn": "Dei fyrste åra med lesing"}
    assert (offer.department, offer.subject) == ("School of Education", "Academic studies in primary education")
    assert offer.description == "For teachers in primary schools.\nTwo days on campus."
    assert offer.learning_outcomes == "Students can plan the teaching of reading."
    assert (offer.credits, offer.credit_scheme, offer.languages) == (Decimal(30), "CATS", ("en",))
    assert offer.url == "https://www.example.ac.uk/courses/reading"
    first, second = offer.runs
    assert (first.native_key, first.term, first.starts_on) == ("READ1-26", "2026H", date(2026, 9, 14))
    assert (first.ends_on, first.application_opens_on) == (date(2027, 1, 31), date(2026, 3, 1))
    assert (first.application_closes_on, first.places, first.delivery) == (date(2026, 6, 15), 24, "hybrid")
    assert (first.municipalities, first.apply_url) == (("Exampleton",), "https://www.example.ac.uk/apply")
    assert not first.cancelled
    assert (second.term, second.delivery, second.cancelled) == ("2027V", None, True)


def test_raw_keeps_every_text_and_attribute_under_its_path() -> None:
    offer, *_ = offers(xcri_cap.read(Payload(SAMPLE, "catalog.xml")))
    assert offer.raw["dc:identifier[2]"] == "READ1"
    assert offer.raw["dc:identifier[2]@xsi:type"] == "local:internalID"
    assert offer.raw["mlo:credit[1]/credit:scheme"] == "SCQF"
    assert offer.raw["presentation[1]/mlo:start@dtf"] == "2026-09-14"
    assert offer.raw["presentation[3]/mlo:start"] == "Up to three times a year"
    assert offer.raw["presentation[2]@recstatus"] == "3"


def test_what_was_passed_over_is_told_once_with_its_values() -> None:
    rows = list(xcri_cap.read(Payload(SAMPLE, "catalog.xml")))
    assert notices(rows) == [
        "Undervisningsformen er ikke kjent (1 gang: «Self-study»).",
        "Gjennomføringer uten startdag er utelatt (1 gang: «Up to three times a year»).",
        "Poengordningen er verken CATS eller ECTS, så poengene er utelatt (2 ganger: «University of Example» og «SCQF»).",
    ]


def test_a_course_without_a_name_is_rejected_alone() -> None:
    (row,) = rejections(xcri_cap.read(Payload(SAMPLE, "catalog.xml")))
    assert (row.position, row.field) == (3, "dc:title")
    assert row.reason == "Rad 3, dc:title: Verdien mangler."
    assert row.raw["dc:identifier"] == "NAMELESS"


def test_a_course_without_presentations_is_an_offer_without_runs(xcri: Desk) -> None:
    offer = only(xcri, "<abstract>Short.</abstract>")
    assert (offer.runs, offer.description) == ((), "Short.")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("CATS", "20")], (Decimal(20), "CATS")),
        ([("ECTS", "7,5")], (Decimal("7.5"), "ECTS")),
        ([("ECTS", "10"), ("CATS", "20")], (Decimal(20), "CATS")),
        ([("SCQF", "30"), ("The Open University", "30")], (None, None)),
        ([("", "30")], (None, None)),
        ([("CATS", "0")], (None, None)),
        ([("CATS", "20"), ("CATS", "40")], (None, None)),
        ([("CATS", "20"), ("CATS", "20.0")], (Decimal(20), "CATS")),
        ([("CATS", "180120")], (None, None)),
    ],
)
def test_credits_are_taken_in_a_named_scheme_and_never_guessed(
    xcri: Desk, given: list[tuple[str, str]], expected: tuple[Decimal | None, str | None]
) -> None:
    offer = only(xcri, "".join(credit(*each) for each in given))
    assert (offer.credits, offer.credit_scheme) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ('<mlo:start dtf="2026-08-17">Monday</mlo:start>', date(2026, 8, 17)),
        ("<mlo:start>2026-06-30T23:30:00Z</mlo:start>", date(2026, 7, 1)),  # British summer time
        ('<mlo:start dtf="2026-09">September 2026</mlo:start>', None),
        ("<mlo:start>17 August 2026</mlo:start>", None),
        ("<mlo:start>2026-02-30</mlo:start>", None),
        ("<mlo:start>1900-01-01</mlo:start>", None),
        ("", None),
    ],
)
def test_only_a_whole_day_starts_a_run(xcri: Desk, start: str, expected: date | None) -> None:
    runs = only(xcri, f"<presentation>{start}</presentation>").runs
    assert [run.starts_on for run in runs] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("mode", "delivery"),
    [
        ('identifier="DS"', "online"), ('identifier="ON"', "online"), ('identifier="MM"', "hybrid"),
        ('identifier="CM"', "campus"), ('identifier="NC"', None), ('identifier="WB"', None), ('identifier="ZZ"', None),
    ],
)  # fmt: skip
def test_codes_that_are_off_the_list_give_no_delivery(xcri: Desk, mode: str, delivery: str | None) -> None:
    start = "<mlo:start>2026-08-17</mlo:start>"
    (run,) = only(xcri, f"<presentation>{start}<attendanceMode {mode}/></presentation>").runs
    assert run.delivery == delivery


def test_a_norwegian_organisation_number_names_the_provider(xcri: Desk) -> None:
    assert only(xcri, "", "<dc:identifier>974 767 880</dc:identifier>").provider == ProviderRef(orgnr="974767880")
    assert rejections(xcri.read(course("", "<dc:identifier>974767881</dc:identifier>")))[0].field == "provider"


def test_a_deleted_course_has_its_runs_cancelled(xcri: Desk) -> None:
    text = course("<presentation><mlo:start>2026-08-17</mlo:start></presentation>")
    (offer,) = offers(xcri.read(text.replace("<course>", '<course recstatus="3">')))
    assert [(run.cancelled, run.cancel_reason) for run in offer.runs] == [(True, "Slettet i kilden")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (HEAD + "<provider>" + NAME + "</provider></catalog>", "ingen kurs"),
        ("<vdex/>", "ytterst står <vdex>, ikke <catalog>"),
        ('<catalog xmlns="http://xcri.org/profiles/catalog"/>', "ytterst står <catalog>"),
        ('<!DOCTYPE catalog [<!ENTITY a "b">]>' + course(""), "DOCTYPE"),
        ('<?xml version="1.0"?><!DOCTYPE catalog SYSTEM "file:///etc/passwd">' + course(""), "DOCTYPE"),
        (course("")[:-20], "ødelagt eller avkortet"),
        (course("") + "<more/>", "ødelagt eller avkortet"),
        (course("&unknown;"), "ødelagt eller avkortet"),
        ('{"course": []}', "ikke XML"),
        ("<!DOCTYPE html><html>", "nettside"),
    ],
)
def test_files_that_are_refused_whole(xcri: Desk, content: str, reason: str) -> None:
    refusal = xcri.refused(content)
    assert reason in refusal.reason
    assert refusal.cure.endswith(".")


def test_another_version_is_refused_with_what_was_expected(xcri: Desk) -> None:
    assert (
        xcri.refused('<catalog xmlns="http://xcri.org/profiles/catalog"/>').cure
        == "Velg riktig format eller riktig fil."
    )


def test_the_whole_feed_of_a_university_is_accounted_for(shared_data: Path) -> None:
    path = shared_data / "xcri" / "ou-conversion.xml"
    rows = list(xcri_cap.read(Payload(path, path.name)))
    found = offers(rows)
    assert len(found) == path.read_text(encoding="utf-8").count("<course>") == 965
    assert not rejections(rows)
    assert len({offer.key for offer in found}) == 965
    runs = [run for offer in found for run in offer.runs]
    assert (len(runs), sum(not offer.runs for offer in found)) == (678, 425)
    assert Counter(run.delivery for run in runs) == {"online": 678}
    assert {offer.credits for offer in found} == {
        None
    }  # SCQF and the university's own points are neither CATS nor ECTS
    assert any("1574 ganger" in text for text in notices(rows))
    assert any("356 ganger" in text for text in notices(rows))


@pytest.mark.parametrize(
    ("name", "seen", "runs"),
    [("ou-example.xml", 2, 3), ("wychwolf-moodle.xml", 1, 1), ("cetis.PG_Generic_XCRI-CAP-1.2.xml", 1, 1)],
)
def test_other_real_catalogues(shared_data: Path, name: str, seen: int, runs: int) -> None:
    rows = list(xcri_cap.read(Payload(shared_data / "xcri" / name, name)))
    assert (len(offers(rows)), len(rejections(rows))) == (seen, 0)
    assert sum(len(offer.runs) for offer in offers(rows)) == runs
