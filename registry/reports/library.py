"""Every report by name: what it is built from, and the table it is shown and downloaded as.

``registry report NAME``, the page /rapporter/<name> and its downloads are the same report; the JSON shapes are
kept stable, since others build on them.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from registry.applications.presenting import REJECT, WITHDRAW
from registry.core import clock, terms
from registry.reports import figures
from registry.reports.crossing import crossing, worded
from registry.reports.filters import Filters
from registry.reports.flags import FLAGS
from registry.reports.shape import FIGURES, RUN, Report, by_name, day, in_own_words, of
from registry.reports.wishes import unmet_demand
from registry.web.export import as_csv, as_sheet
from registry.web.i18n import N_
from registry.web.tables import Column, Kind, Table

REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        *FLAGS,
        Report(
            "applications",
            N_("Søknader"),
            N_("Søkt, fått tilbud, takket ja, startet og fullført, per kull."),
            figures.applications,
            lambda content: content["runs"],
            (*RUN, Column("places", N_("Plasser"), Kind.NUMBER), *FIGURES),
            takes=frozenset({"term", "provider"}),
        ),
        Report(
            "completion",
            N_("Gjennomføring"),
            N_("Hvor mange som startet, fullførte og falt fra, per fag."),
            figures.completion,
            lambda content: content["subjects"],
            (Column("name", N_("Fag"), language=in_own_words), Column("runs", N_("Kull"), Kind.NUMBER), *FIGURES),
            order=by_name,
            takes=frozenset({"term", "provider"}),
        ),
        Report(
            "crossing",
            N_("Søknader etter fag, fylke og målgruppe"),
            N_("Fra søkt til fullført der fag, fylke, målgruppe og termin møtes, med årsaker til avslag og trekk."),
            crossing,
            lambda content: content["rows"],
            (
                Column("subject", N_("Fag"), value=lambda row: row["subject"]["name"], language=of("subject")),
                Column("county", N_("Fylke"), value=lambda row: row["county"]["name"]),
                Column("target", N_("Målgruppe"), value=lambda row: row["target"]["name"], language=of("target")),
                Column("term", N_("Termin"), Kind.TERM),
                Column("runs", N_("Kull"), Kind.NUMBER),
                *FIGURES,
                Column("rejected_by", N_("Avslag etter årsak"), value=lambda row: worded(row["rejected_by"], REJECT)),
                Column(
                    "withdrawn_by", N_("Trukket etter årsak"), value=lambda row: worded(row["withdrawn_by"], WITHDRAW)
                ),
            ),
            order=lambda row: (
                *(by_name(row[part]) for part in ("subject", "county", "target")),
                terms.sort_key(row["term"]),
            ),
            takes=frozenset({"term", "provider"}),
        ),
        Report(
            "demand",
            N_("Behov og søking"),
            N_("Eiernes behov for kompetanse mot søknader og plasser, per fag."),
            figures.demand,
            lambda content: content["subjects"],
            (
                Column("name", N_("Fag"), language=in_own_words),
                Column("needed", N_("Behov"), Kind.NUMBER),
                Column("applied", N_("Søkt"), Kind.NUMBER),
                Column("places", N_("Plasser"), Kind.NUMBER),
                Column("started", N_("Startet"), Kind.NUMBER),
            ),
            takes=frozenset({"term", "provider", "owner"}),
        ),
        Report(
            "unmet-demand",
            N_("Søk uten treff"),
            N_("Hva som er søkt etter uten å bli funnet, uten at noen vet hvem som søkte."),
            unmet_demand,
            lambda content: content["wishes"],
            (
                Column("text", N_("Ord")),
                Column("filters", N_("Filtre"), value=lambda row: ", ".join(one["label"] for one in row["filters"])),
                Column("times", N_("Ganger"), Kind.NUMBER),
                Column("days", N_("Dager"), Kind.NUMBER),
                Column("last", N_("Sist"), Kind.DATE, value=lambda row: day(row["last"])),
            ),
            public=False,
        ),
        Report(
            "national",
            N_("Landet samlet"),
            N_("Årets tall for hele landet, per termin."),
            figures.national,
            lambda content: content["terms"],
            (
                Column("term", N_("Termin"), Kind.TERM),
                Column("offers", N_("Tilbud"), Kind.NUMBER),
                Column("runs", N_("Kull"), Kind.NUMBER),
                Column("cancelled", N_("Avlyst"), Kind.NUMBER),
                *FIGURES,
            ),
            takes=frozenset({"term", "provider"}),
        ),
    )
}


def build(session: Session, name: str, filters: Filters) -> dict[str, Any]:
    """The report's content in its JSON shape. Raises KeyError for an unknown name, InvalidInput for a filter it does not take."""
    report = REPORTS[name]
    unused = report.unused(filters)
    if unused is not None:
        raise unused
    return report.build(session, filters)


def render(session: Session, name: str, *, as_of: date | None = None, kind: str = "json", **options: Any) -> bytes:
    """A report for the command line: JSON in the stable shape, else the table as csv, xlsx, ods or a plain HTML page."""
    report = REPORTS[name]
    content = build(session, name, Filters(as_of=as_of or clock.today(), exact=True, **options))
    if kind == "json":
        return json.dumps(content, ensure_ascii=False, indent=2, default=str).encode() + b"\n"
    table = report.table(content)
    if kind == "csv":
        return as_csv(table)
    if kind == "html":
        return _page(report, table, content.get("note"))
    return as_sheet(table, kind)


def _page(report: Report, table: Table, note: str | None) -> bytes:
    """A page that stands alone, for sending to somebody."""
    from html import escape

    heads = "".join(f"<th scope=col>{escape(column.label)}</th>" for column in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape('' if cell is None else str(cell))}</td>" for cell in row) + "</tr>"
        for row in table.cells()
    )
    return (
        f"<!doctype html><html lang=nb><meta charset=utf-8><title>{escape(report.title)}</title>"
        f"<h1>{escape(report.title)}</h1><p>{escape(report.text)}</p>{f'<p>{escape(note)}</p>' if note else ''}"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></html>"
    ).encode()
