"""ELM 3: opportunities that point at what is learnt, in JSON-LD and in XML. The samples are written by us."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importers.formats import elm
from importers.protocol import OfferRecord, Payload, ProviderRef
from tests.importers.feeds import SAMPLES, Desk, as_json, notices, offers, rejections

LOQ = 'xmlns="http://data.europa.eu/snb/model/ap/loq-constraints/"'
OPPORTUNITY = {
    "id": "urn:x:1",
    "type": "LearningOpportunity",
    "title": {"nb": "Kurs"},
    "providedBy": {"legalName": {"nb": "Høgskolen"}},
    "temporal": {"startDate": "2026-08-17"},
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "elm")


def sample(file: str) -> list[Any]:
    return list(elm.read(Payload(SAMPLES / "elm" / file, file)))


def only(desk: Desk, **values: Any) -> OfferRecord:
    (offer,) = offers(desk.read(as_json([{**OPPORTUNITY, **values}])))
    return offer


def test_an_opportunity_has_what_its_specification_tells() -> None:
    rows = sample("opportunities.jsonld")
    offer, without_start = offers(rows)
    assert (offer.key, offer.offer_key, offer.title) == (
        "urn:eksempel:tilbud:les1-h26", "LES1", "Lesing i første klasse, høst",
    )  # fmt: skip
    assert offer.provider == ProviderRef(orgnr="974767880", name="Høgskolen i Eksempel")
    assert (offer.credits, offer.credit_scheme) == (Decimal(15), "ECTS")
    assert offer.languages == ("nb", "nn")  # of the specification; English is only the language of the description
    assert offer.learning_outcomes == "Kan undervise i lesing.\nKan vurdere lesing."
    assert (offer.description, offer.target_groups) == ("Om lesing.\nTo samlinger.", ("Lærer",))
    (run,) = offer.runs
    assert (run.term, run.starts_on, run.ends_on) == ("2026H", date(2026, 8, 17), date(2026, 12, 18))
    assert (run.application_closes_on, run.delivery, run.municipalities) == (date(2026, 4, 15), "hybrid", ("Bodø",))
    assert "kari@example.no" not in str(offer.raw)
    assert (without_start.title, without_start.runs) == ("Lesing i første klasse", ())
    assert without_start.other_titles == {"en": "Reading in first grade"}
    assert [row.field for row in rejections(rows)] == ["providedBy"]
    assert "Læringstilbud uten startdag er uten gjennomføring" in notices(rows)[0]


def test_xml_points_at_what_stands_after_it() -> None:
    rows = sample("courses.xml")
    (offer,) = offers(rows)
    assert (offer.key, offer.title, offer.title_language) == ("MAT1-V27", "Matematikk 1, 1.–7. trinn", "nn")
    assert offer.other_titles == {"en": "Mathematics 1"}
    assert (offer.provider, offer.credits) == (ProviderRef(name="Høgskulen i Eksempel"), Decimal(30))
    assert (offer.languages, offer.learning_outcomes) == (("nn",), "Kan undervise i tal.")
    assert offer.url == "https://www.example.no/mat1"
    assert [(run.term, run.delivery) for run in offer.runs] == [("2027V", "online")]
    assert [row.field for row in rejections(rows)] == ["title"]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({"point": "10", "framework": {"id": "http://data.europa.eu/snb/education-credit/6fcec5c5af"}}, Decimal(10)),
        ({"point": 7.5, "framework": {"prefLabel": {"en": ["ECTS"]}}}, Decimal("7.5")),
        ({"point": "10"}, None),
        ({"point": "10", "framework": {"prefLabel": {"en": "ECVET"}}}, None),
        ({"point": "0", "framework": {"prefLabel": {"en": "ECTS"}}}, None),
        ("10", None),
    ],
)
def test_only_a_number_in_ects_is_credits(desk: Desk, points: Any, expected: Decimal | None) -> None:
    assert only(desk, learningAchievementSpecification={"creditPoint": points}).credits == expected


@pytest.mark.parametrize(
    ("modes", "delivery"),
    [(["Online"], "online"), (["Online", "Presential"], "hybrid"), (["Blended"], "hybrid"), (["Ukjent"], None)],
)
def test_ways_of_learning_are_known_by_their_labels(desk: Desk, modes: list[str], delivery: str | None) -> None:
    told = [{"id": "urn:x", "prefLabel": {"en": mode}} for mode in modes]
    assert only(desk, mode=told).runs[0].delivery == delivery


def test_a_place_abroad_is_not_taken_for_a_municipality(desk: Desk) -> None:
    place = {"geographicName": {"en": "Bergen"}, "address": {"countryCode": {"id": "urn:country/NLD"}}}
    assert only(desk, location=place).runs[0].municipalities == ()


@pytest.mark.parametrize("shape", [lambda node: node, lambda node: [node], lambda node: {"@graph": [node]}])
def test_single_nodes_lists_and_graphs_are_read(desk: Desk, shape: Any) -> None:
    assert [offer.title for offer in offers(desk.read(as_json(shape(OPPORTUNITY))))] == ["Kurs"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('[{"type": "Person"}]', "Filen har ingen læringstilbud (LearningOpportunity)."),
        (f"<Courses {LOQ}/>", "Filen har ingen læringstilbud (LearningOpportunity)."),
        ("<catalog/>", "Filen er XML, men ikke av riktig slag: ytterst står <catalog>, ikke <Courses>."),
        (f"<!DOCTYPE a [<!ENTITY b 'c'>]><Courses {LOQ}/>", "Filen inneholder DOCTYPE eller XML-entiteter"),
        (f"<Courses {LOQ}><learningOpportunity>", "Filen er ødelagt eller avkortet XML."),
        ("a;b\n1;2", "Filen er verken JSON eller XML."),
    ],
)
def test_files_that_are_refused_whole(desk: Desk, content: str, reason: str) -> None:
    assert desk.refused(content).reason.startswith(reason)
