"""A message in words: subject, text and HTML in the reader's language, made without a web request."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from registry.core.sentences import as_said
from registry.web import formatting
from registry.web.assets import templates_folder
from registry.web.catalogues import translations
from registry.web.i18n import DEFAULT, LANGUAGES, current_language, say, speaking


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the reader gets. ``subject`` is one line; ``text`` and ``html`` say the same."""

    subject: str
    text: str
    html: str


def known_language(language: str) -> str:
    """The language itself where we write it, else bokmål."""
    return language if language in LANGUAGES else DEFAULT


def render(
    kind: str, language: str, context: Mapping[str, Any], *, site: str, stop_path: str | None = None
) -> Rendered:
    """The words of a message. ``site`` is the service's own address, without a slash at its end.

    Templates know, beside the context: ``address(path)``, the whole address of a page in the reader's language; ``stop``, the
    address that ends a subscription, or none; ``say`` and the filters of every page. Days and moments come as ISO texts.

    Raises jinja2.UndefinedError where a template asks for what the context lacks.
    """
    told = {
        **as_said(dict(context)),
        "address": lambda path: f"{site}/{language}{path}",
        "stop": f"{site}/{language}{stop_path}" if stop_path else None,
    }
    with speaking(language):
        subject, text, html = (
            _surroundings().get_template(f"email/{kind}/{name}").render(told)
            for name in ("subject.txt", "body.txt", "body.html")
        )
    return Rendered(
        subject=" ".join(subject.split()),  # one line, whatever a title brings along
        text=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        html=html,
    )


@lru_cache(maxsize=1)
def _surroundings() -> Environment:
    made = Environment(
        loader=FileSystemLoader(templates_folder()),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]  # the i18n extension adds it
    made.globals.update(say=say, current_language=current_language)
    made.filters.update(
        date=_day(formatting.long_date),
        date_short=_day(formatting.short_date),
        datetime=lambda moment: formatting.date_time(datetime.fromisoformat(moment) if moment else None),
        number=formatting.number,
        and_list=formatting.and_list,
        term=formatting.term_name,
    )
    return made


def _gettext(message: str) -> str:
    return translations(current_language()).gettext(message)


def _ngettext(singular: str, plural: str, n: int) -> str:
    return translations(current_language()).ngettext(singular, plural, n)


def _day(written: Callable[[date | None], str]) -> Callable[[str | None], str]:
    return lambda day: written(date.fromisoformat(day) if day else None)
