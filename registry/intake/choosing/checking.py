"""Is this a value that the field can hold? For corrections, before the database is asked. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from importers.text import unstorable
from registry.core.errors import InvalidInput
from registry.intake.reading.facts import Facts
from registry.intake.reading.fields import FIELDS, told_value
from registry.intake.reading.shaping import MAX_CREDITS
from registry.offers.states import CreditScheme, Delivery

_LANGUAGES = frozenset({"nb", "nn", "no", "se", "en", "sv", "da", "fi", "de", "fr", "es"})
_MAX_TEXT = 20_000
_MAX_TITLE = 300
#: Who teaches is not corrected here: it decides who may correct.
NOT_CORRECTABLE = frozenset({"partners", "term_assumed"})


def check_value(thing: str, field: str, value: Any, facts: Facts) -> Any:
    """The told form of ``value``, or the value of an untold field where it is empty. Raises InvalidInput."""
    fields = FIELDS.get(thing, {})
    if field not in fields or field in NOT_CORRECTABLE:
        raise InvalidInput("Dette feltet kan ikke rettes.", field=field)
    told = told_value(value)
    if isinstance(told, str):
        told = told.strip()
    if told is None or told == "" or told == [] or told == {}:
        if field == "title":
            raise InvalidInput("Skriv navnet på tilbudet.", field=field)
        return fields[field]
    try:
        return _CHECKS[field](told, facts)
    except (ValueError, TypeError, KeyError, InvalidOperation) as error:
        raise InvalidInput(_HELP.get(field, "Verdien kan ikke brukes."), field=field) from error


def _text(limit: int) -> Callable[[Any, Facts], str]:
    def check(told: Any, _facts: Facts) -> str:
        if not isinstance(told, str) or len(told) > limit or unstorable(told):
            raise ValueError(told)
        return told

    return check


def _one_of(known: Callable[[Facts], Any]) -> Callable[[Any, Facts], str]:
    def check(told: Any, facts: Facts) -> str:
        if told not in known(facts):
            raise ValueError(told)
        return str(told)

    return check


def _number(low: int, high: int) -> Callable[[Any, Facts], int]:
    def check(told: Any, _facts: Facts) -> int:
        number = int(told)
        if not low <= number <= high:
            raise ValueError(told)
        return number

    return check


def _credits(told: Any, _facts: Facts) -> str:
    number = Decimal(str(told).replace(",", "."))
    if not number.is_finite() or not 0 < number <= MAX_CREDITS or number != round(number, 1):
        raise ValueError(told)
    return f"{number.normalize():f}"


def _school_years(told: Any, _facts: Facts) -> str:
    match = re.fullmatch(r"(\d{1,2})\s*[-–]\s*(\d{1,2})", told)
    if not match or not 1 <= int(match[1]) <= int(match[2]) <= 13:
        raise ValueError(told)
    return f"{int(match[1])}-{int(match[2])}"


def _nus(told: Any, _facts: Facts) -> str:
    if not re.fullmatch(r"\d{1,6}", told):
        raise ValueError(told)
    return str(told)


def _address(told: Any, _facts: Facts) -> str:
    if not re.fullmatch(r"https?://[^\s]{3,2000}", told):
        raise ValueError(told)
    return str(told)


def _day(told: Any, _facts: Facts) -> str:
    return date.fromisoformat(told).isoformat()


def _subject(told: Any, facts: Facts) -> str:
    if told not in facts.subjects.values():
        raise ValueError(told)
    return str(told)


def _several(one: Callable[[Any, Facts], Any]) -> Callable[[Any, Facts], list[Any]]:
    def check(told: Any, facts: Facts) -> list[Any]:
        if not isinstance(told, list):
            raise TypeError(told)
        found: list[Any] = []
        for item in told:
            value = one(item, facts)
            if value not in found:
                found.append(value)
        return found

    return check


def _target(told: Any, facts: Facts) -> list[str | None]:
    setting, role = told
    if (setting and setting not in facts.settings.values()) or (role and role not in facts.roles.values()):
        raise ValueError(told)
    if not (setting or role):
        raise ValueError(told)
    return [setting or None, role or None]


def _titles(told: Any, _facts: Facts) -> dict[str, str]:
    if (
        not isinstance(told, Mapping)
        or not set(told) <= _LANGUAGES
        or any(unstorable(str(one)) for one in told.values())
    ):
        raise ValueError(told)
    return {language: str(text).strip() for language, text in told.items() if str(text).strip()}


_CHECKS: Mapping[str, Callable[[Any, Facts], Any]] = {
    "title": _text(_MAX_TITLE),
    "title_language": _one_of(lambda _: _LANGUAGES),
    "other_titles": _titles,
    "description": _text(_MAX_TEXT),
    "learning_outcomes": _text(_MAX_TEXT),
    "department": _text(_MAX_TITLE),
    "level_code": _one_of(lambda facts: facts.levels),
    "credits": _credits,
    "credit_scheme": _one_of(lambda _: [scheme.value for scheme in CreditScheme]),
    "subject_code": _subject,
    "subjects": _several(_subject),
    "nus_code": _nus,
    "school_years": _school_years,
    "step": _number(1, 9),
    "measure_code": _one_of(lambda facts: facts.measures),
    "languages": _several(_one_of(lambda _: _LANGUAGES)),
    "schemes": _several(_text(40)),
    "tags": _several(_text(40)),
    "targets": _several(_target),
    "url": _address,
    "is_container": lambda told, _facts: bool(told),
    "starts_on": _day,
    "ends_on": _day,
    "application_opens_on": _day,
    "application_closes_on": _day,
    "places": _number(0, 100_000),
    "minimum": _number(0, 100_000),
    "delivery": _one_of(lambda _: [delivery.value for delivery in Delivery]),
    "apply_url": _address,
    "municipalities": _several(_one_of(lambda facts: facts.municipalities.values())),
}
_HELP: Mapping[str, str] = {
    "title": "Navnet kan ha inntil 300 tegn.",
    "credits": "Skriv antall poeng som et tall over 0, for eksempel 30 eller 7,5.",
    "school_years": "Skriv skoletrinnene som første og siste trinn, for eksempel 1-7.",
    "step": "Skriv trinnet i rekken som et tall fra 1 til 9.",
    "nus_code": "Skriv NUS-koden med én til seks sifre.",
    "url": "Skriv en fullstendig nettadresse, for eksempel https://example.no.",
    "apply_url": "Skriv en fullstendig nettadresse, for eksempel https://example.no.",
    "subject_code": "Velg et fag fra listen.",
    "targets": "Velg målgrupper fra listen.",
    "places": "Skriv et helt tall.",
    "minimum": "Skriv et helt tall.",
}
