"""Dates, numbers and lists as the page's language writes them. CLDR does the rest; Northern Sami dates are ours.

CLDR's long date for ``se`` gives "2026 njukčamánnu 1"; day, month and year in that order is what Sami public texts use.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from flask import Flask

from registry.core import terms
from registry.core.clock import OSLO
from registry.core.text import norwegian_sort_key
from registry.web.i18n import LOCALES, current_language, gettext

NBSP = "\N{NO-BREAK SPACE}"
_LONG = {"se": "d. MMMM y"}


def locale() -> Locale:
    """Babel's locale of the page's language."""
    return _parsed(LOCALES[current_language()])


@lru_cache
def _parsed(code: str) -> Locale:
    return Locale.parse(code)


def long_date(day: date | None) -> str:
    """1. mars 2026; nothing for None."""
    if day is None:
        return ""
    language = current_language()
    return _written(_norwegian(day), _LONG.get(language, "long"), language)


def month_name(day: date) -> str:
    """mars 2026."""
    return _written(_norwegian(day), "LLLL y", current_language())


@lru_cache(maxsize=4_096)
def _written(day: date, form: str, language: str) -> str:
    """A page of the search has forty days, and most of them are on the next page, too."""
    return format_date(day, form, locale=_parsed(LOCALES[language]))


def short_date(day: date | None) -> str:
    """01.03.2026, and 01/03/2026 in English; nothing for None."""
    if day is None:
        return ""
    return format_date(_norwegian(day), "dd/MM/yyyy" if current_language() == "en" else "dd.MM.yyyy", locale=locale())


def date_time(moment: datetime | None) -> str:
    """1. mars 2026 kl. 14.05, in Norwegian time. A naive moment is UTC, as the database keeps it."""
    if moment is None:
        return ""
    local = _local(moment)
    clock = format_datetime(local, "HH:mm" if current_language() == "en" else "HH.mm", locale=locale())
    return gettext("%(date)s kl. %(time)s", date=long_date(local), time=clock)


def number(value: float | None) -> str:
    """1 234,5; an en dash for None, which means unknown and not nought."""
    return "–" if value is None else _decimal(value, locale())


@lru_cache(maxsize=8_192)
def _decimal(value: float, language: Any) -> str:
    """A page of the search has 180 numbers, and most pages have the same."""
    return str(format_decimal(value, locale=language))


def percent(value: float | None, decimals: int = 0) -> str:
    """12 % from 0.12; an en dash for None."""
    if value is None:
        return "–"
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + ("%" if current_language() == "en" else f"{NBSP}%")
    return format_percent(value, pattern, locale=locale())


def money(value: float | None) -> str:
    """1 234 kr, whole kroner; an en dash for None."""
    return "–" if value is None else f"{format_decimal(round(value), locale=locale())}{NBSP}kr"


def term_name(term: str | None) -> str:
    """høst 2026 of "2026H"; an unknown form is shown as it is, an en dash for None."""
    if term is None:
        return "–"
    try:
        year, half = terms.parse(term)
    except ValueError:
        return term
    return gettext("vår %(year)d", year=year) if half == "V" else gettext("høst %(year)d", year=year)


def and_list(names: Iterable[str]) -> str:
    """a, b og c."""
    return _listed(tuple(names), LOCALES[current_language()])


@lru_cache(maxsize=4_096)
def _listed(names: tuple[str, ...], language: str) -> str:
    return format_list(names, locale=_parsed(language))


def nb_sort(items: Iterable[Any], by: str | None = None) -> list[Any]:
    """Sorted as Norwegians do (æ ø å last, aa as å); ``by`` names an attribute or key."""

    def key(item: Any) -> str:
        if by is not None:
            item = item[by] if isinstance(item, dict) else getattr(item, by)
        return norwegian_sort_key(str(item))

    return sorted(items, key=key)


def init_formatting(app: Flask) -> None:
    """Put the functions above among the templates' filters."""
    app.jinja_env.filters.update(
        date=long_date,
        date_short=short_date,
        datetime=date_time,
        number=number,
        percent=percent,
        money=money,
        and_list=and_list,
        term=term_name,
        nb_sort=nb_sort,
    )


def _local(moment: datetime) -> datetime:
    from datetime import UTC

    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(OSLO)


def _norwegian(day: date) -> date:
    return _local(day).date() if isinstance(day, datetime) else day
