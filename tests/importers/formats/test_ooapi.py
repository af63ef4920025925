"""OOAPI v5 and v6: offerings with their courses, empty values that stand for null, states and enrolment periods."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importers.formats import ooapi
from importers.protocol import OfferRecord, Payload, ProviderRef, RunRecord
from tests.importers.feeds import SAMPLES, Desk, as_json, notices, offers, rejections

SAMPLE = SAMPLES / "ooapi" / "v6-page.json"
COURSE = {"courseId": "c1", "name": [{"language": "en-GB", "value": "Course"}], "abbreviation": "C"}
OFFERING = {
    "offeringId": "o1",
    "offeringType": "course",
    "organization": "org-1",
    "course": COURSE,
    "startDate": "2026-08-17",
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "ooapi")


def only(desk: Desk, **values: Any) -> OfferRecord:
    (offer,) = offers(desk.read(as_json({**OFFERING, **values})))
    return offer


def run(desk: Desk, **values: Any) -> RunRecord:
    (found,) = only(desk, **values).runs
    return found


def sample() -> list[OfferRecord]:
    return offers(ooapi.read(Payload(SAMPLE, SAMPLE.name)))


def test_an_offering_has_its_course_from_the_same_page() -> None:
    offer, *_ = sample()
    assert (offer.position, offer.key, offer.offer_key) == (1, "7c1f0000-0000-4000-8000-000000000001", "READ")
    assert (offer.title, offer.title_language) == ("Begynneropplæring i lesing", "nb")
    assert offer.other_titles == {"en": "Reading in the first years"}
    assert offer.provider == ProviderRef(orgnr="974767880", name="Høgskolen i Eksempel")
    assert offer.description == "Om lesing.\nTo samlinger."
    assert offer.learning_outcomes == "Kandidaten kan undervise i lesing."
    assert (offer.credits, offer.credit_scheme, offer.languages) == (Decimal(15), "ECTS", ("nb",))
    assert offer.url == "https://www.example.no/read"
    (found,) = offer.runs
    assert (found.term, found.starts_on, found.ends_on) == ("2026H", date(2026, 8, 17), date(2026, 12, 18))
    assert (found.application_opens_on, found.application_closes_on) == (date(2026, 2, 1), date(2026, 4, 15))
    assert (found.places, found.minimum, found.delivery) == (30, 15, "hybrid")
    assert (found.municipalities, found.cancelled) == (("Bodø",), False)


def test_a_cancelled_offering_without_days_has_the_term_of_its_session() -> None:
    (found,) = sample()[1].runs
    assert (found.term, found.starts_on, found.cancelled) == ("2027V", None, True)


def test_a_course_is_an_offer_without_runs_and_shares_the_code_of_its_offerings() -> None:
    rows = list(ooapi.read(Payload(SAMPLE, SAMPLE.name)))
    course = offers(rows)[-1]
    assert (course.position, course.key, course.runs) == (4, "7c1f0000-0000-4000-8000-0000000000aa", ())
    assert {offer.offer_key for offer in offers(rows)} == {"READ"}
    (row,) = rejections(rows)
    assert (row.position, row.field) == (3, "course")
    assert "expand=course" in row.cure


@pytest.mark.parametrize(
    ("state", "expected"),
    [("active", [False]), ("cancelled", [True]), ("concept", []), ("inactive", []), ("", [False]), ("x-own", [False])],
)
def test_states(desk: Desk, state: str, expected: list[bool]) -> None:
    assert [found.cancelled for found in only(desk, state=state).runs] == expected


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        ({"studyLoadUnit": "ects", "value": 7.5}, Decimal("7.5")),
        ([{"studyLoadUnit": "ECTS", "value": "30"}], Decimal(30)),
        ({"studyLoadUnit": "sbu", "value": 28}, None),
        ({"studyLoadUnit": "ects", "value": 0}, None),
        ([{"studyLoadUnit": "ects", "value": 5}, {"studyLoadUnit": "ects", "value": 10}], None),
        ("", None),
    ],
)
def test_only_ects_is_credits(desk: Desk, load: Any, expected: Decimal | None) -> None:
    offer = only(desk, course={**COURSE, "studyLoad": load})
    assert (offer.credits, offer.credit_scheme) == (expected, expected and "ECTS")


@pytest.mark.parametrize(
    ("modes", "delivery"),
    [
        (["on campus"], "campus"), (["distance-learning"], "online"), (["hybrid"], "hybrid"), ([], None), ("", None),
        (["on campus", "online"], "hybrid"), (["situated"], None), (["situated", "online"], "online"),
    ],
)  # fmt: skip
def test_modes_of_delivery(desk: Desk, modes: Any, delivery: str | None) -> None:
    assert run(desk, modeOfDelivery=modes).delivery == delivery
    assert run(desk, modesOfDelivery=modes).delivery == delivery


def test_empty_values_stand_for_null(desk: Desk) -> None:
    offer = only(
        desk, endDate="", link="", addresses=[], minNumberStudents=0, maxNumberStudents="", teachingLanguage="",
        course={**COURSE, "description": "", "learningOutcomes": [[]], "teachingLanguage": "nld", "validFrom": ""},
    )  # fmt: skip
    (found,) = offer.runs
    assert (offer.description, offer.learning_outcomes, offer.url, offer.languages) == (None, None, None, ("nl",))
    assert (found.ends_on, found.minimum, found.places, found.municipalities) == (None, None, None, ())


def test_days_are_those_of_the_netherlands(desk: Desk) -> None:
    assert run(desk, startDate="2026-06-30T22:30:00.000Z").term == "2026H"


def test_an_offering_without_any_start_has_no_run(desk: Desk) -> None:
    rows = desk.read(as_json({**OFFERING, "startDate": "", "academicSession": {"startDate": ""}}))
    assert offers(rows)[0].runs == ()
    assert notices(rows) == ["Tilbud uten start eller som ikke er aktive, er uten gjennomføring (1 gang: «o1»)."]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"offeringType": "component"}, "offeringType"),
        ({"componentOfferingId": "x"}, "offeringType"),
        ({"course": "c9"}, "course"),
        ({"course": {**COURSE, "name": []}}, "name"),
        ({"offeringId": ""}, "offeringId"),
        ({"organization": ""}, "organization"),
        ({"course": {**COURSE, "name": "A\x01"}}, "course"),
    ],
)
def test_items_that_cannot_be_understood_are_rejected_alone(desk: Desk, values: dict[str, Any], field: str) -> None:
    rows = desk.read(as_json([{**OFFERING, **values}, OFFERING]))
    assert [row.field for row in rejections(rows)] == [field]
    assert [offer.position for offer in offers(rows)] == [2]


@pytest.mark.parametrize("shape", [lambda o: o, lambda o: [o], lambda o: {"items": [o]}, lambda o: [{"items": [o]}]])
def test_pages_lists_and_single_items_are_read(desk: Desk, shape: Any) -> None:
    assert [offer.key for offer in offers(desk.read(as_json(shape(OFFERING))))] == ["o1"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (as_json({"items": []}), "ingen kurs"),
        (as_json({"status": "401", "title": "Unauthorized", "detail": "No token"}), "«No token»"),
        ("{}", "ingen kurs"),
        ("x", "ikke JSON"),
        ('{"items": [{}', "avkortet"),
    ],
)
def test_files_that_are_refused_whole(desk: Desk, content: str, reason: str) -> None:
    refusal = desk.refused(content)
    assert reason in refusal.reason
    assert refusal.cure.endswith(".")


def test_a_real_offering_with_empty_values(shared_data: Path) -> None:
    path = shared_data / "ooapi" / "v5-offering-course-uu.json"
    (offer,) = offers(ooapi.read(Payload(path, path.name)))
    assert (offer.title, offer.offer_key) == ("Bedrijfsadministratie 4", "MEBE-BEADVKK-04")
    assert offer.other_titles == {"en": "Business Administration Of Cost Types"}
    assert (offer.credits, offer.credit_scheme, offer.languages) == (Decimal(3), "ECTS", ("nl",))
    (found,) = offer.runs
    assert (found.starts_on, found.minimum, found.application_closes_on) == (date(2022, 6, 6), None, None)


def test_an_expanded_offering_of_the_specification(shared_data: Path) -> None:
    path = shared_data / "ooapi" / "v5-offering-expanded.json"
    (offer,) = offers(ooapi.read(Payload(path, path.name)))
    assert (offer.title, offer.provider.name) == ("Academic and Professional Writing", "Coöperatie SURF U.A.")
    (found,) = offer.runs
    assert (found.application_opens_on, found.application_closes_on) == (date(2019, 5, 1), date(2019, 8, 1))
    assert (found.places, found.minimum, found.municipalities) == (200, 15, ())


def test_every_course_of_a_server_is_accounted_for(shared_data: Path, desk: Desk) -> None:
    content = (shared_data / "ooapi" / "demo-server.seed-courses.json").read_text(encoding="utf-8")
    rows = desk.read(content)
    assert [row.field for row in rejections(rows)] == ["organization"] * len(rows) == ["organization"] * 1_451
    owned = [{**course, "organization": {"name": "Wageningen"}} for course in json.loads(content)]
    found = offers(desk.read(as_json(owned)))
    assert len(found) == 1_451
    texts = [text for offer in found for text in (offer.description, offer.learning_outcomes, offer.title) if text]
    assert not [text for text in texts if "<p" in text or "style=" in text or "\xa0" in text or "\n\n" in text]
