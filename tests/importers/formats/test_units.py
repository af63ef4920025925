"""NSR, NBR and Enhetsregisteret: who owns whom, what is deleted, and what is no unit."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from importers import formats
from importers.protocol import Payload, RejectedRow, UnitRecord
from tests.importers.feeds import SAMPLES, Desk, as_json, notices, rejections

UNIT = {"Organisasjonsnummer": "974767880", "Navn": "Eksempel skole", "ErAktiv": True}


@pytest.fixture
def nsr(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "nsr")


@pytest.fixture
def brreg(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "brreg")


def units(rows: list[Any]) -> list[UnitRecord]:
    return [row for row in rows if isinstance(row, UnitRecord)]


def sample(name: str, file: str) -> list[Any]:
    path = SAMPLES / name / file
    return list(formats.get(name).read(Payload(path, file)))


def only(desk: Desk, **values: Any) -> UnitRecord:
    (unit,) = units(desk.read(as_json([{**UNIT, **values}])))
    return unit


def relation(name: str, identifier: Any, number: str) -> dict[str, Any]:
    return {"Enhet": {"Organisasjonsnummer": number, "Navn": name}, "Relasjonstype": {"Id": identifier, "Navn": name}}


def test_a_page_tells_units_and_not_their_owners() -> None:
    rows = sample("nsr", "page.json")
    school, gone = units(rows)
    assert (school.key, school.kinds, school.ownership, school.is_active) == ("974767880", ("school",), "public", True)
    assert (school.municipality_code, school.county_code, school.owner_orgnr) == ("1804", "18", None)
    assert (gone.is_active, gone.ownership) == (False, "private")
    assert (gone.municipality_code, gone.county_code) == ("0301", "03")  # zeros that were lost
    assert [row.reason for row in rejections(rows)] == [
        "Rad 3, Organisasjonsnummer: «U90000001» er en testenhet, ikke en virkelig enhet.",
        "Rad 4, Organisasjonsnummer: «974767881» er ikke et gyldig organisasjonsnummer.",
    ]


def test_the_owner_is_found_by_the_name_of_the_relation_before_its_number() -> None:
    (school,) = units(sample("nsr", "unit.json"))
    assert (school.owner_orgnr, school.owner_name) == ("872417842", "Bodø kommune")
    assert (school.form, school.valid_from) == ("BEDR", date(1889, 8, 20))
    assert "Leder" not in school.raw


def test_a_relation_without_a_name_is_known_by_its_number() -> None:
    kindergarten, owner = units(sample("nbr", "units.json"))
    assert (kindergarten.owner_orgnr, kindergarten.owner_name) == ("971035854", "Eksempel AS")
    assert (kindergarten.kinds, kindergarten.ownership, kindergarten.is_active) == (("kindergarten",), "private", True)
    assert (owner.kinds, owner.owner_orgnr) == (("owner",), None)


@pytest.mark.parametrize(
    ("relations", "owner"),
    [
        ([], None),
        ([relation("Tilsynsstruktur", "7", "964965226")], None),
        ([relation("Eierstruktur", "6", "123456789"), relation("Eierstruktur", "6", "964965226")], "964965226"),
        ("Eierstruktur", None),
        ([None, {"Relasjonstype": {"Navn": "Eierstruktur"}}], None),
    ],
)
def test_who_owns(nsr: Desk, relations: Any, owner: str | None) -> None:
    assert only(nsr, ForeldreRelasjoner=relations).owner_orgnr == owner


def test_a_unit_without_an_owner_is_told_of(nsr: Desk) -> None:
    assert notices(nsr.read(as_json([{**UNIT, "ForeldreRelasjoner": []}]))) == [
        "Enheten har ingen eier (Eierstruktur) i registeret (1 gang: «974767880»)."
    ]


@pytest.mark.parametrize(
    "shape",
    [
        lambda unit: unit,
        lambda unit: [unit],
        lambda unit: {"EnhetListe": [unit]},
        lambda unit: {"Enheter": [unit]},
        lambda unit: [{"EnhetListe": [unit]}],
    ],
)
def test_pages_lists_and_single_units_are_read(nsr: Desk, shape: Any) -> None:
    assert [unit.key for unit in units(nsr.read(as_json(shape(UNIT))))] == ["974767880"]


def test_the_oldest_names_are_read(nsr: Desk) -> None:
    (unit,) = units(nsr.read(as_json([{"OrgNr": "974767880", "Navn": "Skole", "KommuneNr": "1103", "FylkeNr": "11"}])))
    assert (unit.key, unit.municipality_code, unit.county_code) == ("974767880", "1103", "11")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"EnhetListe": []}', "Filen har ingen enheter fra NSR."),
        ('[{"navn": "noe annet"}]', "Ingen rader i filen er slik dette formatet har dem."),
        ("a;b\n1;2", "Filen er ikke JSON."),
    ],
)
def test_files_that_are_refused_whole(nsr: Desk, content: str, reason: str) -> None:
    assert nsr.refused(content).reason == reason


def test_enhetsregisteret_tells_owners_and_what_is_deleted() -> None:
    rows = sample("brreg", "pages.json")
    city, county, removed, sub_unit = units(rows)
    assert (city.form, city.kinds, city.sector_codes) == ("KOMM", ("owner",), ("6500", "6100"))
    assert (city.municipality_code, city.valid_from, city.is_active) == ("1103", date(1837, 1, 1), True)
    assert "epostadresse" not in city.raw
    assert (county.is_active, county.valid_to) == (False, date(2024, 11, 26))
    assert (removed.name, removed.is_active, removed.valid_to) == (None, False, date(2025, 5, 24))
    assert (sub_unit.key, sub_unit.is_active, sub_unit.valid_to) == ("974567989", False, date(2026, 3, 1))
    wrong, changed = rejections(rows)
    assert wrong.value == "123456789"
    assert (changed.value, changed.cure) == ("Endring", "Hent selve enheten.")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"page": {"totalElements": 0}}', "Filen har ingen enheter: søket ga ingen treff."),
        ('{"status": 404, "message": "Ikke funnet"}', "Enhetsregisteret svarte med en feil: «Ikke funnet»."),
        ('[{"EnhetListe": 1}]', "Ingen rader i filen er slik dette formatet har dem."),
    ],
)
def test_what_enhetsregisteret_says_no_to(brreg: Desk, content: str, reason: str) -> None:
    assert brreg.refused(content).reason == reason


def test_a_day_of_deletion_that_is_no_day_is_told(brreg: Desk) -> None:
    (row,) = brreg.read(as_json([{"organisasjonsnummer": "974767880", "slettedato": "i fjor"}]))
    assert isinstance(row, RejectedRow)
    assert (row.field, row.value) == ("slettedato", "i fjor")


def test_real_replies_of_enhetsregisteret(shared_data: Path) -> None:
    found = {}
    for path in sorted((shared_data / "brreg").glob("*.json")):
        if "ingen_treff" not in path.name:
            (unit,) = units(list(formats.get("brreg").read(Payload(path, path.name))))
            found[path.stem] = (unit.key, unit.is_active, unit.valid_to)
    assert found == {
        "enhet": ("991825827", True, None),
        "enhet_slettet": ("821227062", False, date(2024, 11, 26)),
        "fjernet_av_juridiske_arsaker": ("433695968", False, date(2025, 5, 24)),
        "sok_enhet": ("991825827", True, None),
        "sok_underenhet": ("924203617", True, None),
        "underenhet": ("924203617", True, None),
        "underenhet_slettet": ("974567989", False, date(2023, 12, 30)),
    }


def test_a_real_kindergarten_with_four_parents(shared_data: Path) -> None:
    path = shared_data / "nbr" / "enhet_975315053.json"
    (unit,) = units(list(formats.get("nbr").read(Payload(path, path.name))))
    assert (unit.owner_orgnr, unit.owner_name, unit.parent_orgnr) == ("964965226", "Stavanger kommune", "983518648")
    assert (unit.is_active, unit.valid_from) == (True, date(1989, 1, 2))


@pytest.mark.parametrize(("form", "other"), [("nsr", "nbr"), ("nbr", "nsr")])
def test_the_other_register_is_refused_whole_with_the_cure(tmp_path: Path, form: str, other: str) -> None:
    school, kindergarten = {"ErSkole": True, "ErBarnehage": False}, {"ErBarnehageEier": True}
    ours, theirs = (school, kindergarten) if form == "nsr" else (kindergarten, school)
    desk = Desk(tmp_path, form)
    refused = desk.refused(as_json([{**UNIT, **dict.fromkeys(("ErSkole",), False), **theirs}]))
    assert "fra et annet register" in refused.reason
    assert refused.cure.startswith(f"Velg formatet {other},")
    both = desk.read(as_json([{**UNIT, **theirs}, {**UNIT, **ours}]))
    assert len(units(both)) == 2, "an owner of both kinds stands in both registers"
