"""What a search finds, as files: one table for CSV, XLSX and ODS, and the shape of the command line for JSON."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import request

from registry.catalogue.addresses import offer_address
from registry.catalogue.export import Row
from registry.catalogue.labels import APPLYING, LEVELS, value_label
from registry.catalogue.queries import Match, Result
from registry.catalogue.vocabulary import Vocabulary
from registry.web.i18n import N_, gettext
from registry.web.tables import Column, Kind, Table


def as_json(result: Result, rows: Sequence[Row], matches: Mapping[str, Match]) -> dict[str, Any]:
    """The shape of ``registry search --json``, with every hit and what the other downloads say of it."""
    body = result.to_json()
    if result.degraded:
        body["total"] = len(matches)  # the page's answer leaves out what SQL cannot tell
    runs: dict[str, list[dict[str, Any]]] = {}
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.offer, row)
        runs.setdefault(row.offer, []).append({name: _plain(getattr(row, name)) for name in _RUN_FIELDS})
    body["hits"] = [
        {
            "key": key,
            "page": page_of(row),
            **{name: _plain(getattr(row, name)) for name in _OFFER_FIELDS},
            "score": round(matches[key].score, 4),
            "runs": runs[key],
        }
        for key, row in first.items()
    ]
    return body


_RUN_FIELDS = (
    "run", "term", "starts_on", "ends_on", "opens_on", "closes_on", "places", "counties", "delivery", "places_available",
    "applying", "few_applicants", "url",
)  # fmt: skip
_OFFER_FIELDS = (
    "title", "provider", "native_code", "subject", "settings", "roles", "school_years", "step", "credits", "level",
    "measure", "languages", "small_subject", "is_demo",
)  # fmt: skip


def page_of(row: Row) -> str:
    """The whole address of the offer's page here; ``url`` is where one applies."""
    return request.host_url.rstrip("/") + offer_address(row.offer, row.title)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def as_table(rows: Sequence[Row], words: Vocabulary) -> Table:
    def named(facet: str, attribute: str) -> Callable[[Row], str]:
        def read(row: Row) -> str:
            value = getattr(row, attribute)
            values = value if isinstance(value, tuple) else (value,) if value is not None else ()
            return ", ".join(value_label(facet, str(one), words) for one in values)

        return read

    def yes(attribute: str) -> Callable[[Row], str]:
        return lambda row: gettext("ja") if getattr(row, attribute) else gettext("nei")

    columns = [
        Column("title", N_("Tittel")),
        Column("provider", N_("Tilbyder")),
        Column("subject", N_("Fag"), value=named("subject", "subject")),
        Column("credits", N_("Studiepoeng"), Kind.NUMBER),
        Column("level", N_("Nivå"), value=lambda row: gettext(LEVELS[row.level]) if row.level in LEVELS else ""),
        Column("settings", N_("Arbeidssted"), value=named("setting", "settings")),
        Column("roles", N_("Rolle"), value=named("role", "roles")),
        Column("school_years", N_("Trinn")),
        Column("step", N_("Steg"), Kind.NUMBER),
        Column("measure", N_("Tiltak"), value=named("measure", "measure")),
        Column("languages", N_("Undervisningsspråk"), value=named("language", "languages")),
        Column("small_subject", N_("Lite fag"), value=yes("small_subject")),
        Column("term", N_("Semester")),
        Column("starts_on", N_("Start"), Kind.DATE),
        Column("ends_on", N_("Slutt"), Kind.DATE),
        Column("opens_on", N_("Søknaden åpner"), Kind.DATE),
        Column("closes_on", N_("Søknadsfrist"), Kind.DATE),
        Column("applying", N_("Søknad"), value=lambda row: gettext(APPLYING[row.applying])),
        Column("few_applicants", N_("Få søkere så langt"), value=yes("few_applicants")),
        Column("places", N_("Sted"), value=named("municipality", "places")),
        Column("counties", N_("Fylke"), value=named("county", "counties")),
        Column("delivery", N_("Studieform"), value=named("delivery", "delivery")),
        Column("places_available", N_("Plasser"), Kind.NUMBER),
        Column("page", N_("Side i registeret"), value=page_of),
        Column("url", N_("Lenke til søknad")),
        Column("native_code", N_("Kode hos tilbyderen")),
        Column("offer", N_("Nøkkel")),
        Column("is_demo", N_("Demonstrasjonsdata"), value=yes("is_demo")),
    ]
    return Table(gettext("Tilbud"), columns, rows)
