"""One mapping between the reference lists and the craft's own words, both ways."""

import csv
from pathlib import Path

import pytest

import registry.reference
from registry.matching.audience import codes_of_years, role_code, roles_of, setting_codes, settings_of
from registry.matching.vocabulary import Role, Setting

REFERENCE = Path(registry.reference.__file__).parent


def codes(name: str) -> set[str]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8") as lines:
        return {row["code"] for row in csv.DictReader(line for line in lines if not line.startswith("#"))}


def test_every_reference_code_has_a_word_and_comes_back() -> None:
    for code in codes("target_settings"):
        [setting] = settings_of([code])
        assert code in setting_codes(setting, None)
    for code in codes("target_roles"):
        [role] = roles_of([code])
        assert role_code(role) == code


def test_every_word_is_a_reference_code() -> None:
    assert {code for setting in Setting for code in setting_codes(setting, None)} == codes("target_settings")
    assert {role_code(role) for role in Role} == codes("target_roles")


@pytest.mark.parametrize(
    ("years", "halves"),
    [
        (None, ["primary_1_7", "lower_secondary_5_10"]),
        ("1-7", ["primary_1_7"]),
        ("5-10", ["lower_secondary_5_10"]),
        ("8-10", ["lower_secondary_5_10"]),
        ("1-10", ["primary_1_7", "lower_secondary_5_10"]),
    ],
)
def test_school_years_choose_the_half_of_the_compulsory_school(years: str | None, halves: list[str]) -> None:
    assert setting_codes(Setting.COMPULSORY_SCHOOL, years) == halves


def test_what_nobody_knows_says_nothing() -> None:
    assert settings_of(["moon", None]) == roles_of([None, "astronaut"]) == frozenset()


@pytest.mark.parametrize(
    ("years", "codes"),
    [
        ((1, 4), ["primary_1_7"]),
        ((5, 7), ["lower_secondary_5_10"]),
        ((1, 10), ["primary_1_7", "lower_secondary_5_10"]),
        ((8, 13), ["lower_secondary_5_10", "upper_secondary"]),
        ((11, 13), ["upper_secondary"]),
    ],
)
def test_school_years_are_taught_somewhere(years: tuple[int, int], codes: list[str]) -> None:
    assert codes_of_years(*years) == codes
