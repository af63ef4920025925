"""The facts in ``registry/reference/*.csv`` hold together: counts, keys, places, control digits, names, sources."""

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from registry.applications.states import RejectReason
from registry.offers.states import CancelReason
from registry.reference.models import PROVIDER_KINDS, Region

FOLDER = Path(__file__).parents[2] / "registry" / "reference"
SUBJECT_FILES = {"subjects", "subject_words"}  # tested beside the subject tree
KEYS: dict[str, tuple[str, ...]] = {
    "counties": ("code",),
    "municipalities": ("code",),
    "evu_regions": ("code",),
    "institutions": ("name_nb",),
    "institution_codes": ("old_code",),
    "dbh_levels": ("code",),
    "term_codes": ("code",),
    "target_settings": ("code",),
    "target_roles": ("code",),
    "measures": ("code",),
    "reasons": ("life", "code"),
    "synonyms": ("term", "language"),  # also says: no term is in two groups of one language
    "stop_words": ("word", "language"),
    "compound_words": ("word", "language"),
    "general_words": ("word", "language"),
    "search_words": ("code", "word"),
    "search_places": ("name",),
}
NAMED = [
    name
    for name in KEYS
    if name
    not in {
        *("institution_codes", "synonyms", "stop_words", "compound_words", "general_words"),
        *("search_words", "search_places"),
    }
]


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def by(name: str, column: str = "code") -> dict[str, dict[str, str]]:
    return {row[column]: row for row in rows(name)}


def valid_orgnr(orgnr: str) -> bool:
    """Modulus 11 with weights 3 2 7 6 5 4 3 2 (Brønnøysund Register Centre)."""
    if len(orgnr) != 9 or not orgnr.isdigit():
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(orgnr, (3, 2, 7, 6, 5, 4, 3, 2), strict=False)) % 11
    return rest != 1 and int(orgnr[8]) == (11 - rest) % 11


def test_every_file_is_listed_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.csv")} - SUBJECT_FILES == set(KEYS)


@pytest.mark.parametrize("name", KEYS)
def test_rows_are_whole_and_have_a_source_and_a_date(name: str) -> None:
    for row in rows(name):
        assert None not in {*row, *row.values()}, f"too many or too few cells: {row}"
        assert all(cell == cell.strip() for cell in row.values()), row
        assert row["source"], row
        date.fromisoformat(row["source_date"])


@pytest.mark.parametrize(("name", "key"), KEYS.items())
def test_keys_are_unique(name: str, key: tuple[str, ...]) -> None:
    often = Counter(tuple(row[column] for column in key) for row in rows(name))
    assert [value for value, count in often.items() if count > 1] == []


@pytest.mark.parametrize("name", NAMED)
def test_both_written_languages_are_filled(name: str) -> None:
    assert [row for row in rows(name) if not row["name_nb"] or not row["name_nn"]] == []


def test_the_country_is_whole() -> None:
    assert len(rows("counties")) == 15
    assert len(rows("municipalities")) == 357


def test_a_municipality_lies_in_the_county_its_number_says() -> None:
    counties = by("counties")
    for place in rows("municipalities"):
        assert place["code"][:2] == place["county_code"]
        assert place["county_code"] in counties


def test_every_county_is_in_one_region() -> None:
    in_regions = [(code, region["code"]) for region in rows("evu_regions") for code in region["counties"].split(";")]
    assert sorted(in_regions) == sorted((county["code"], county["evu_region"]) for county in rows("counties"))
    assert {region["code"] for region in rows("evu_regions")} == {region.value for region in Region}


@pytest.mark.parametrize("name", ["counties", "municipalities"])
def test_points_are_in_norway(name: str) -> None:
    for place in rows(name):
        assert 57.9 < float(place["latitude"]) < 71.3, place
        assert 4.4 < float(place["longitude"]) < 31.3, place


#: Degrees that hold the whole county: south, north, west, east (rounded outwards from the county borders).
BOXES = {
    "03": (59.7, 60.2, 10.4, 11.0),
    "11": (58.0, 59.9, 4.4, 7.3),
    "15": (61.9, 63.8, 4.8, 9.7),
    "18": (64.9, 69.6, 10.5, 18.2),
    "31": (58.7, 59.9, 10.4, 12.0),
    "32": (59.4, 60.7, 10.2, 12.0),
    "33": (59.3, 61.2, 7.4, 10.8),
    "34": (59.8, 62.8, 7.3, 12.9),
    "39": (58.7, 59.8, 9.7, 10.8),
    "40": (58.6, 60.3, 7.0, 10.0),
    "42": (57.7, 59.7, 6.1, 9.7),
    "46": (59.4, 62.3, 3.9, 8.4),
    "50": (62.2, 65.6, 7.6, 14.4),
    "55": (68.3, 70.8, 15.5, 22.9),
    "56": (68.5, 71.5, 20.4, 31.4),
}


def test_a_municipality_lies_in_its_countys_box() -> None:
    for place in rows("municipalities"):
        south, north, west, east = BOXES[place["county_code"]]
        assert south < float(place["latitude"]) < north, place
        assert west < float(place["longitude"]) < east, place


def test_municipalities_of_one_name_are_told_apart() -> None:
    places = rows("municipalities")
    assert len({place["label"] for place in places}) == len(places)
    often = Counter(place["name_nb"] for place in places)
    assert {name for name, count in often.items() if count > 1} == {"Herøy", "Våler"}
    assert {place["label"] for place in places if place["name_nb"] == "Våler"} == {
        "Våler (Østfold)",
        "Våler (Innlandet)",
    }


def test_a_parallel_name_says_its_language() -> None:
    for place in rows("municipalities") + rows("counties"):
        assert bool(place["name_se"]) == bool(place["sami_language"]), place
        assert place["sami_language"] in {"", "sme", "smj", "sma"}
    assert by("municipalities")["5544"]["name_se"] == "Ráisa"
    assert by("municipalities")["5544"]["name_fkv"] == "Raisi"
    assert by("counties")["50"]["name_se"] == "Trööndelage"


def test_the_form_of_norwegian_is_known_for_every_municipality() -> None:
    assert {place["maalform"] for place in rows("municipalities")} == {"bokmål", "nynorsk", "nøytral"}


@pytest.mark.parametrize(
    ("name", "column", "unknown"),
    # Ålesund and Haram became new municipalities when the old Ålesund was divided on 1 January 2024.
    [("municipalities", "orgnr", {"Ålesund", "Haram"}), ("counties", "authority_orgnr", set())],
)
def test_owners_organisation_numbers(name: str, column: str, unknown: set[str]) -> None:
    places = rows(name)
    assert {place["name_nb"] for place in places if not place[column]} == unknown
    known = [place[column] for place in places if place[column]]
    assert all(valid_orgnr(orgnr) for orgnr in known)
    assert len(set(known)) == len(known)


def test_institutions_codes_and_numbers() -> None:
    institutions = rows("institutions")
    for column in ("dbh_code", "orgnr"):
        known = [row[column] for row in institutions if row[column]]
        assert len(set(known)) == len(known)
    assert [row for row in institutions if row["orgnr"] and not valid_orgnr(row["orgnr"])] == []
    assert {row["kind"] for row in institutions} == {kind.value for kind in PROVIDER_KINDS}
    for row in institutions:
        assert row["ownership"] in {"state", "private", "county"}, row
        assert row["url"] == "" or row["url"].startswith("https://"), row
        if row["kind"] != "vocational_college":
            assert re.fullmatch(r"\d{4}", row["dbh_code"]), row


def test_institutions_lie_in_known_municipalities() -> None:
    known = by("municipalities")
    for row in rows("institutions"):
        campuses = [code for code in row["campuses"].split(";") if code]
        assert set(campuses) <= known.keys(), row
        assert len(set(campuses)) == len(campuses), row
        assert row["municipality_code"] == (campuses[0] if campuses else ""), row


@pytest.mark.parametrize("code", ["0217", "0236", "0238", "0256", "1150", "1177", "8223", "8224", "8225"])
def test_institutions_that_teach_teachers_are_there(code: str) -> None:
    assert code in by("institutions", "dbh_code")


def test_a_predecessor_points_at_an_institution_of_today() -> None:
    current = by("institutions", "dbh_code")
    codes = by("institution_codes", "old_code")
    assert {row["dbh_code"] for row in codes.values()} <= current.keys()
    assert codes.keys().isdisjoint(current), "a code in use is nobody's predecessor"
    assert codes["0264"]["dbh_code"] == "1177"
    assert codes["1230"]["dbh_code"] == codes["1270"]["dbh_code"] == "1173"
    for row in codes.values():
        if row["valid_to"]:
            date.fromisoformat(row["valid_to"])


def test_levels() -> None:
    levels = by("dbh_levels")
    assert {"LN", "HN", "AR", "M2", "FU", "VS", "FS"} <= levels.keys()
    assert {row["main_level"] for row in levels.values()} == {"LN", "HN", "MP", "FU", "AN", "FS"}
    assert {row["nqf"] for row in levels.values()} == {"4", "5", "6", "7", "8"}


def test_target_groups_and_measures_are_complete() -> None:
    assert by("target_settings").keys() == {
        "kindergarten", "primary_1_7", "lower_secondary_5_10", "upper_secondary", "vocational_training",
        "adult_education", "sfo", "pp_service", "culture_school",
    }  # fmt: skip
    assert by("target_roles").keys() == {
        "teacher", "other_higher_education", "skilled_worker", "assistant", "leader", "newly_qualified", "mentor",
    }  # fmt: skip
    assert by("measures").keys() == {
        "further_education", "leadership", "specialised_role", "newly_qualified_guidance", "collective_development",
        "follow_up",
    }  # fmt: skip
    for row in rows("target_settings") + rows("target_roles"):
        assert row["name_en"]
        words = row["words"].split(";")
        assert len(words) == len(set(words)) >= 5, row["code"]


def test_reasons_are_complete_and_other_asks_for_words() -> None:
    lives: dict[str, set[str]] = {}
    for row in rows("reasons"):
        lives.setdefault(row["life"], set()).add(row["code"])
        assert row["needs_text"] == ("yes" if row["code"] == "other" else "no"), row
        assert row["name_en"], row
    assert lives["run_cancel"] == {reason.value for reason in CancelReason}
    assert lives["reject"] == {reason.value for reason in RejectReason}
    assert {"withdraw", "decline", "endorsement_decline", "correction"} <= lives.keys()


def test_synonym_groups() -> None:
    groups: dict[str, set[str]] = {}
    group_of: dict[str, str] = {}
    for row in rows("synonyms"):
        term = row["term"]
        assert term == term.lower(), row
        assert row["language"] in {"nb", "nn", "en", "se"}, row
        assert row["kind"] in {"name", "synonym", "abbreviation", "narrower", "nynorsk", "english", "sami"}, row
        groups.setdefault(row["group"], set()).add(term)
        assert group_of.setdefault(term, row["group"]) == row["group"], f"{term} joins two groups across languages"
    assert len(groups) >= 120
    assert [group for group, terms in groups.items() if len(terms) < 2] == []


def test_a_stop_word_is_never_a_word_people_search_for() -> None:
    stop_words = {row["word"] for row in rows("stop_words")}
    single = {row["term"] for row in rows("synonyms") if " " not in row["term"]}
    assert stop_words & (single | {row["word"] for row in rows("compound_words")}) == set()


def test_compound_words() -> None:
    words = rows("compound_words")
    assert len(words) >= 300
    assert {row["language"] for row in words} == {"nb", "nn"}
    # Shorter parts would cut ordinary words in pieces.
    assert [row["word"] for row in words if len(row["word"]) < 2 or not row["word"].islower()] == []
