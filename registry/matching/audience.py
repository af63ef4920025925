"""The reference lists' codes of settings and roles, and the craft's own: one mapping, both ways.

A name speaks of the whole compulsory school and tells its halves apart by school years; the reference list keeps years 1-7
and 5-10 as settings of their own. Pure.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from registry.matching.vocabulary import Role, Setting

_YEARS_1_7, _YEARS_5_10 = "primary_1_7", "lower_secondary_5_10"
_SETTINGS: dict[str, Setting] = {str(setting): setting for setting in Setting} | {
    _YEARS_1_7: Setting.COMPULSORY_SCHOOL,
    _YEARS_5_10: Setting.COMPULSORY_SCHOOL,
    "vocational_training": Setting.COMPANY_TRAINING,
    "pp_service": Setting.PPT,
}
_ROLES: dict[str, Role] = {str(role): role for role in Role} | {"other_higher_education": Role.HIGHER_EDUCATION_STAFF}
_SETTING_CODES = {Setting.COMPANY_TRAINING: "vocational_training", Setting.PPT: "pp_service"}
_ROLE_CODES = {Role.HIGHER_EDUCATION_STAFF: "other_higher_education"}

Word = TypeVar("Word", bound=StrEnum)


def settings_of(codes: Iterable[str | None]) -> frozenset[Setting]:
    """Settings that reference codes stand for; a code that the craft has no word for is left out."""
    return _known(codes, _SETTINGS)


def roles_of(codes: Iterable[str | None]) -> frozenset[Role]:
    """Roles that reference codes stand for; a code that the craft has no word for is left out."""
    return _known(codes, _ROLES)


def setting_codes(setting: str, school_years: str | None) -> list[str]:
    """Reference codes for a setting. ``school_years`` ("1-7") chooses the half of the compulsory school; None is both."""
    if setting != Setting.COMPULSORY_SCHOOL:
        return [_SETTING_CODES.get(Setting(setting), setting)]
    if school_years is None:
        return [_YEARS_1_7, _YEARS_5_10]
    first, last = map(int, school_years.split("-"))
    halves = [_YEARS_1_7] if first <= 4 else []
    return [*halves, _YEARS_5_10] if last >= 8 or first >= 5 else halves


def codes_of_years(first: int, last: int) -> list[str]:
    """Reference codes of where school years are taught: 5 to 10 is the upper half of the compulsory school, 8 to 13 goes on after it."""
    compulsory = setting_codes(Setting.COMPULSORY_SCHOOL, f"{first}-{min(last, 10)}") if first <= 10 else []
    return [*compulsory, Setting.UPPER_SECONDARY.value] if last > 10 else compulsory


def role_code(role: str) -> str:
    """Reference code for a role."""
    return _ROLE_CODES.get(Role(role), role)


def _known(codes: Iterable[str | None], words: dict[str, Word]) -> frozenset[Word]:
    return frozenset(words[code] for code in codes if code in words)
