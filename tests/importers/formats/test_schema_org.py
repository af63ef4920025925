"""schema.org: one value or a list anywhere, nodes that point at each other, scripts in pages, numbers without a scheme."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importers.formats import schema_org
from importers.protocol import OfferRecord, Payload, ProviderRef, RunRecord
from tests.importers.feeds import SAMPLES, Desk, as_json, notices, offers, rejections

SAMPLE = SAMPLES / "schema-org" / "page.html"
COURSE = {"@type": "Course", "name": "Kurs", "provider": {"name": "Høgskolen"}, "courseCode": "K1"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "schema-org")


def only(desk: Desk, **values: Any) -> OfferRecord:
    (offer,) = offers(desk.read(as_json({**COURSE, **values})))
    return offer


def run(desk: Desk, **instance: Any) -> RunRecord:
    (found,) = only(desk, hasCourseInstance={"startDate": "2026-08-17", **instance}).runs
    return found


def test_a_course_on_a_page_is_joined_with_what_it_points_at() -> None:
    (offer,) = offers(schema_org.read(Payload(SAMPLE, SAMPLE.name)))
    assert (offer.position, offer.key, offer.offer_key) == (1, "LES1", "LES1")
    assert (offer.title, offer.title_language) == ("Lesing i første klasse", "nb")
    assert offer.other_titles == {"en": "Reading in first grade"}
    assert offer.provider == ProviderRef(orgnr="974767880", name="Høgskolen i Eksempel")
    assert (offer.description, offer.learning_outcomes) == ("Om lesing.\nTo samlinger.", "Kan undervise i lesing.")
    assert (offer.credits, offer.credit_scheme, offer.languages) == (Decimal(15), "ECTS", ("nb", "nn"))
    assert (offer.target_groups, offer.url) == (("teacher",), "https://www.example.no/les1")
    autumn, spring = offer.runs
    assert (autumn.term, autumn.starts_on, autumn.ends_on) == ("2026H", date(2026, 8, 17), date(2026, 12, 18))
    assert (autumn.delivery, autumn.places, autumn.municipalities) == ("hybrid", 30, ("Bodø",))
    assert (spring.term, spring.delivery, spring.cancelled) == ("2027V", "online", True)


def test_a_broken_script_is_one_rejected_row_and_comments_are_not_read() -> None:
    rows = list(schema_org.read(Payload(SAMPLE, SAMPLE.name)))
    (row,) = rejections(rows)
    assert (row.position, row.reason) == (2, "Rad 2, script: JSON-LD på siden er ikke gyldig JSON.")
    assert notices(rows) == ["Gjennomføringer uten startdag er utelatt (1 gang: «LES1»)."]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (30, (None, None)),
        ("30", (None, None)),
        ("30 studiepoeng", (Decimal(30), "ECTS")),
        ("7,5 ECTS", (Decimal("7.5"), "ECTS")),
        ({"value": "60", "unitText": "fagskolepoeng"}, (Decimal(60), "fagskolepoeng")),
        ({"value": 7.5, "unitText": "hp"}, (Decimal("7.5"), "hp")),
        ({"value": 30, "unitText": "credits"}, (None, None)),
        ({"value": 0, "unitText": "ECTS"}, (None, None)),
        ("mange", (None, None)),
    ],
)
def test_a_number_without_a_scheme_is_no_credits(
    desk: Desk, number: Any, expected: tuple[Decimal | None, str | None]
) -> None:
    offer = only(desk, numberOfCredits=number)
    assert (offer.credits, offer.credit_scheme) == expected


@pytest.mark.parametrize(
    ("mode", "delivery"),
    [
        ("online", "online"), (["MOOC", "online"], "online"), ("onsite", "campus"), ("blended", "hybrid"),
        (["onsite", "online"], "hybrid"), ("part-time", None), (["Posted", "distance learning"], "online"), (None, None),
    ],
)  # fmt: skip
def test_modes(desk: Desk, mode: Any, delivery: str | None) -> None:
    assert run(desk, courseMode=mode).delivery == delivery


def test_a_place_abroad_is_not_taken_for_a_municipality(desk: Desk) -> None:
    address = {"addressLocality": "Bergen", "addressCountry": "NL"}
    assert run(desk, location={"address": address}).municipalities == ()
    assert run(desk, location={"@type": "VirtualLocation"}).delivery == "online"


def test_a_programme_with_a_day_of_start_is_a_run(desk: Desk) -> None:
    offer = only(
        desk, **{"@type": "schema:EducationalOccupationalProgram"}, startDate="2026-08-17", maximumEnrollment=100,
        applicationStartDate="2026-03-01", applicationDeadline="2026-04-15",
    )  # fmt: skip
    (found,) = offer.runs
    assert (found.term, found.places) == ("2026H", 100)
    assert (found.application_opens_on, found.application_closes_on) == (date(2026, 3, 1), date(2026, 4, 15))


@pytest.mark.parametrize(
    "shape",
    [
        lambda node: node,
        lambda node: [node],
        lambda node: {"@graph": [node]},
        lambda node: {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": node}]},
        lambda node: {f"schema:{name}" if name[0] != "@" else name: value for name, value in node.items()},
        lambda node: {**node, "@type": "http://schema.org/Course"},
        lambda node: {**node, "@type": "CourseInstance", "startDate": "2026-08-17"},
    ],
    ids=["object", "list", "graph", "item-list", "prefixed", "address", "lone-instance"],
)
def test_shapes(desk: Desk, shape: Any) -> None:
    assert [offer.key for offer in offers(desk.read(as_json(shape(COURSE))))] == ["K1"]


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({}, "K1"),
        ({"courseCode": None, "identifier": {"@type": "PropertyValue", "value": "P2"}}, "P2"),
        ({"courseCode": None, "@id": "https://x.no/3"}, "https://x.no/3"),
        ({"courseCode": None, "@id": "./", "url": "https://x.no/4"}, "https://x.no/4"),
        ({"courseCode": None, "@id": "_:b0"}, "Kurs"),
    ],
)
def test_keys_hold_outside_the_file(desk: Desk, values: dict[str, Any], key: str) -> None:
    assert only(desk, **values).key == key


@pytest.mark.parametrize(
    ("values", "field"), [({"name": ""}, "name"), ({"provider": []}, "provider"), ({"name": "A\x00"}, "name")]
)
def test_courses_that_cannot_be_understood_are_rejected_alone(desk: Desk, values: dict[str, Any], field: str) -> None:
    rows = desk.read(as_json([{**COURSE, **values}, COURSE]))
    assert [row.field for row in rejections(rows)] == [field]
    assert [offer.position for offer in offers(rows)] == [2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<!doctype html><html><title>Logg inn</title></html>", "ingen kurs"),
        ("<html><script type='application/ld+json'>{", "ingen kurs"),
        (as_json({"@type": "Organization", "name": "A"}), "ingen kurs"),
        ("<rss/>", "XML"),
        ("a;b", "verken JSON"),
        ('{"@type": "Course"', "avkortet"),
        ("<html>" + "x" * 4_000_001, "for stor"),
    ],
)
def test_files_that_are_refused_whole(desk: Desk, content: str, reason: str) -> None:
    refusal = desk.refused(content)
    assert reason in refusal.reason
    assert refusal.cure.endswith(".")


def test_the_official_examples(shared_data: Path) -> None:
    found = {}
    for path in sorted((shared_data / "schemaorg").glob("*.json")):
        rows = list(schema_org.read(Payload(path, path.name)))
        assert len(offers(rows)) + len(rejections(rows)) == 1
        found[path.stem] = [row.reason for row in rejections(rows)]
    nobody = ["Rad 1, provider: Verdien mangler."]
    assert found.pop("ex00") == ["Rad 1, name: Verdien mangler. provider: Verdien mangler."]
    assert found == {
        "ex01": nobody,
        "ex02": nobody,
        "ex03": nobody,
        "ex04": nobody,
        "ex05": [],
        "ex06": [],
        "ex07": nobody,
        "ex08": [],
    }


def test_an_official_example_with_three_instances(shared_data: Path, desk: Desk) -> None:
    text = (shared_data / "schemaorg" / "ex01.json").read_text(encoding="utf-8")
    (offer,) = offers(desk.read(text.replace('"name"', '"provider": {"name": "Fife College"}, "name"', 1)))
    assert [run.native_key for run in offer.runs] == [
        "2016-08-31 St Brycedale Campus Kirkcaldy", "2016-08-29 Halbeath Campus Dunfermline", "2016-08-29 St Brycedale Campus Kirkcaldy",
    ]  # fmt: skip
