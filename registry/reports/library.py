"""Every report by name: what it is built from, and the table it is shown and downloaded as.

``registry report NAME``, the page /rapporter/<name> and its downloads are the same report; the JSON shapes are
kept stable, since others build on them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from importers.sentences import Sentence
from registry.applications.presenting import REJECT, WITHDRAW
from registry.catalogue.labels import CANCEL_REASONS
from registry.catalogue.vocabulary import Vocabulary
from registry.catalogue.wording import Row, spoken
from registry.coordination import queries as coordination
from registry.core import clock, terms
from registry.core.text import norwegian_sort_key
from registry.offers.views import DISCONTINUE
from registry.reports import figures
from registry.reports.crossing import crossing, worded
from registry.reports.filters import Filters
from registry.reports.wishes import unmet_demand
from registry.web.export import as_csv, as_sheet
from registry.web.i18n import N_, foreign, said
from registry.web.tables import Column, Kind, Table

Build = Callable[[Session, Filters], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Report:
    """One report. ``rows`` picks the table's rows out of what ``build`` answered."""

    name: str
    title: str
    text: str
    build: Build
    rows: Callable[[Mapping[str, Any]], list[Row]]
    columns: tuple[Column, ...]
    order: Callable[[Row], Any] | None = None  #: of rows that stand by name, which is another in another language
    public: bool = True  #: False: pages ask for sign-in; the command line is the operator's

    def table(self, content: Mapping[str, Any], words: Vocabulary | None = None) -> Table:
        """The report as a table for page and download; with ``words``, named and ordered in the page's language."""
        rows = self.rows(content)
        if words is not None:
            rows = spoken(rows, words)
            rows = sorted(rows, key=self.order) if self.order else rows
        return Table(self.name, self.columns, rows)


def _name(thing: Row) -> str:
    return norwegian_sort_key(str(thing["name"]))


def _spoken(thing: Row) -> str | None:
    """``lang`` of a name that the reader's language lacks."""
    return foreign(thing["language"]) if "language" in thing else None


def _norwegian(_row: Row) -> str | None:
    """``lang`` of titles, which are kept as they were written."""
    return foreign(None)


def _as_written(*texts: str) -> str | None:
    """``lang`` of reasons from before they could be said in another language."""
    return None if all(isinstance(text, Sentence) for text in texts) else foreign(None)


def _of(part: str) -> Callable[[Row], str | None]:
    return lambda row: _spoken(row[part])


def _offer(side: str, title: str, provider: str, code: str) -> tuple[Column, ...]:
    return (
        Column(f"{side}_title", title, value=lambda row: row[side]["title"], language=_norwegian),
        Column(f"{side}_provider", provider, value=lambda row: row[side]["provider"]["name"]),
        Column(f"{side}_code", code, value=lambda row: row[side]["source_code"]),
    )


def _pair_columns() -> tuple[Column, ...]:
    return (
        # Numbered: whoever reads a file by its headings gets both.
        *_offer("a", N_("Tilbud 1"), N_("Institusjon 1"), N_("Kode 1")),
        *_offer("b", N_("Tilbud 2"), N_("Institusjon 2"), N_("Kode 2")),
        Column("strength", N_("Styrke"), Kind.LABEL, value=lambda row: coordination.STRENGTH_LABELS[row["strength"]]),
        Column("reach", N_("Rekkevidde"), Kind.LABEL, value=lambda row: coordination.REACH_LABELS[row["reach"]]),
        Column("terms", N_("Terminer"), Kind.TERM),
        Column("score", N_("Poeng"), Kind.NUMBER, value=lambda row: round(row["score"], 2)),
        Column(
            "evidence",
            N_("Begrunnelse"),
            Kind.REASONS,
            value=lambda row: " ".join(said(e["sentence"]) for e in row["evidence"]),
            language=lambda row: _as_written(*(e["sentence"] for e in row["evidence"])),
        ),
    )


#: What befell an offer, and why, as the page says it; the JSON keeps the codes.
EVENTS: Mapping[str, str] = {
    "established": N_("Opprettet"),
    "discontinued": N_("Lagt ned"),
    "cancelled": N_("Avlyst"),
    "postponed": N_("Utsatt"),
    "carried_out": N_("Gjennomført"),
    "changed": N_("Endret"),
    "no_longer_taught": N_("Gis ikke lenger"),
}


def _reason(row: Mapping[str, Any]) -> str | None:
    words = DISCONTINUE if row["event"] == "discontinued" else CANCEL_REASONS
    reason: str | None = row["reason"]
    return words.get(reason, reason) if reason else None


_RUN = (
    Column("title", N_("Tilbud"), value=lambda row: row["offer"]["title"], language=_norwegian),
    Column("provider", N_("Institusjon"), value=lambda row: row["offer"]["provider"]["name"]),
    Column("term", N_("Termin"), Kind.TERM),
)
_FIGURES = tuple(
    Column(name, label, Kind.NUMBER)
    for name, label in (
        ("applied", N_("Søkt")),
        ("qualified", N_("Kvalifisert")),
        ("offered", N_("Fått tilbud")),
        ("accepted", N_("Takket ja")),
        ("waitlisted", N_("Venteliste")),
        ("rejected", N_("Avslag")),
        ("withdrawn", N_("Trukket")),
        ("no_show", N_("Ikke møtt")),
        ("started", N_("Startet")),
        ("completed", N_("Fullført")),
    )
)

REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        Report(
            "overlaps",
            N_("Overlapp"),
            N_("Ulike institusjoner som tilbyr det samme til de samme."),
            lambda session, f: coordination.overlap_report(
                session, as_of=f.as_of, term=f.term, region=f.region, provider=f.provider, within_reach=f.within_reach
            ),
            lambda content: content["pairs"],
            _pair_columns(),
            public=False,
        ),
        Report(
            "duplicates",
            N_("Dubletter"),
            N_("Det samme tilbudet to ganger, fra to kilder eller ført to ganger."),
            lambda session, f: coordination.duplicate_report(session, as_of=f.as_of, term=f.term, provider=f.provider),
            lambda content: content["pairs"],
            _pair_columns(),
            public=False,
        ),
        Report(
            "at-risk",
            N_("Utsatte kull"),
            N_("Kull som kan bli avlyst fordi få har søkt."),
            lambda session, f: coordination.at_risk_report(
                session, as_of=f.as_of, term=f.term, region=f.region, provider=f.provider
            ),
            lambda content: content["runs"],
            (
                *_RUN,
                Column("applicants", N_("Søkere"), Kind.NUMBER),
                Column("minimum", N_("Minstetall"), Kind.NUMBER),
                Column("probability", N_("Sannsynlighet for avlysning"), Kind.PERCENT),
                Column("last_national", N_("Siste i landet"), Kind.LABEL, value=lambda row: _yes(row["last_national"])),
                Column(
                    "reasons",
                    N_("Begrunnelse"),
                    Kind.REASONS,
                    value=lambda row: " ".join(map(said, row["reasons"])),
                    language=lambda row: _as_written(*row["reasons"]),
                ),
            ),
            public=False,
        ),
        Report(
            "small-subjects",
            N_("Små fag"),
            N_("Fag som få tilbyr eller få begynner på, og om landet er dekket."),
            lambda session, f: coordination.small_subject_report(session, as_of=f.as_of),
            lambda content: content["subjects"],
            (
                Column("name", N_("Fag"), language=_spoken),
                Column("small", N_("Lite fag"), Kind.LABEL, value=lambda row: _yes(row["small"])),
                Column("since", N_("Siden"), Kind.DATE, value=lambda row: _day(row["since"])),
                Column("offers", N_("Tilbud"), Kind.NUMBER),
                Column("national_offers", N_("Tilbud for hele landet"), Kind.NUMBER),
                Column("covered", N_("Dekket"), Kind.LABEL, value=lambda row: _yes(row["covered"])),
                Column(
                    "reason",
                    N_("Begrunnelse"),
                    Kind.REASONS,
                    value=lambda row: said(row["reason"]),
                    language=lambda row: _as_written(row["reason"]),
                ),
            ),
            order=lambda row: (not row["small"], row["covered"], _name(row)),
        ),
        Report(
            "coverage",
            N_("Dekning"),
            N_("Antall tilbud per fag og region."),
            lambda session, f: coordination.coverage_report(session, as_of=f.as_of, term=f.term),
            lambda content: content["subjects"],
            (
                Column("name", N_("Fag"), language=_spoken),
                Column("east", N_("Øst"), Kind.NUMBER),
                Column("west", N_("Vest"), Kind.NUMBER),
                Column("north", N_("Nord"), Kind.NUMBER),
                Column("online", N_("På nett"), Kind.NUMBER),
                Column("total", N_("I alt"), Kind.NUMBER),
            ),
            order=_name,
        ),
        Report(
            "lifecycle",
            N_("Opprettet og lagt ned"),
            N_("Hva som ble opprettet, endret, gjennomført, avlyst og lagt ned, og når."),
            lambda session, f: coordination.lifecycle_report(session, as_of=f.as_of, term=f.term, provider=f.provider),
            lambda content: content["events"],
            (
                Column("date", N_("Dato"), Kind.DATE, value=lambda row: _day(row["date"])),
                Column("event", N_("Hendelse"), Kind.LABEL, value=lambda row: EVENTS[row["event"]]),
                *_RUN,
                Column("reason", N_("Årsak"), Kind.LABEL, value=_reason),
            ),
        ),
        Report(
            "applications",
            N_("Søknader"),
            N_("Søkt, fått tilbud, takket ja, startet og fullført, per kull."),
            figures.applications,
            lambda content: content["runs"],
            (*_RUN, Column("places", N_("Plasser"), Kind.NUMBER), *_FIGURES),
        ),
        Report(
            "completion",
            N_("Gjennomføring"),
            N_("Hvor mange som startet, fullførte og falt fra, per fag."),
            figures.completion,
            lambda content: content["subjects"],
            (Column("name", N_("Fag"), language=_spoken), Column("runs", N_("Kull"), Kind.NUMBER), *_FIGURES),
            order=_name,
        ),
        Report(
            "crossing",
            N_("Søknader etter fag, fylke og målgruppe"),
            N_("Fra søkt til fullført der fag, fylke, målgruppe og termin møtes, med årsaker til avslag og trekk."),
            crossing,
            lambda content: content["rows"],
            (
                Column("subject", N_("Fag"), value=lambda row: row["subject"]["name"], language=_of("subject")),
                Column("county", N_("Fylke"), value=lambda row: row["county"]["name"]),
                Column("target", N_("Målgruppe"), value=lambda row: row["target"]["name"], language=_of("target")),
                Column("term", N_("Termin"), Kind.TERM),
                Column("runs", N_("Kull"), Kind.NUMBER),
                *_FIGURES,
                Column("rejected_by", N_("Avslag etter årsak"), value=lambda row: worded(row["rejected_by"], REJECT)),
                Column(
                    "withdrawn_by", N_("Trukket etter årsak"), value=lambda row: worded(row["withdrawn_by"], WITHDRAW)
                ),
            ),
            order=lambda row: (
                *(_name(row[part]) for part in ("subject", "county", "target")),
                terms.sort_key(row["term"]),
            ),
        ),
        Report(
            "demand",
            N_("Behov og søking"),
            N_("Eiernes behov for kompetanse mot søknader og plasser, per fag."),
            figures.demand,
            lambda content: content["subjects"],
            (
                Column("name", N_("Fag"), language=_spoken),
                Column("needed", N_("Behov"), Kind.NUMBER),
                Column("applied", N_("Søkt"), Kind.NUMBER),
                Column("places", N_("Plasser"), Kind.NUMBER),
                Column("started", N_("Startet"), Kind.NUMBER),
            ),
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
                Column("last", N_("Sist"), Kind.DATE, value=lambda row: _day(row["last"])),
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
                *_FIGURES,
            ),
        ),
    )
}


def build(session: Session, name: str, filters: Filters) -> dict[str, Any]:
    """The report's content in its JSON shape. Raises KeyError for an unknown name."""
    return REPORTS[name].build(session, filters)


def render(session: Session, name: str, *, as_of: date | None = None, kind: str = "json", **options: Any) -> bytes:
    """A report for the command line: JSON in the stable shape, else the table as csv, xlsx, ods or a plain HTML page."""
    report = REPORTS[name]
    content = report.build(session, Filters(as_of=as_of or clock.today(), exact=True, **options))
    if kind == "json":
        return json.dumps(content, ensure_ascii=False, indent=2, default=str).encode() + b"\n"
    table = report.table(content)
    if kind == "csv":
        return as_csv(table)
    if kind == "html":
        return _page(report, table)
    return as_sheet(table, kind)


def _page(report: Report, table: Table) -> bytes:
    """A page that stands alone, for sending to somebody."""
    from html import escape

    heads = "".join(f"<th scope=col>{escape(column.label)}</th>" for column in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape('' if cell is None else str(cell))}</td>" for cell in row) + "</tr>"
        for row in table.cells()
    )
    return (
        f"<!doctype html><html lang=nb><meta charset=utf-8><title>{escape(report.title)}</title>"
        f"<h1>{escape(report.title)}</h1><p>{escape(report.text)}</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></html>"
    ).encode()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _yes(value: object) -> str:
    return N_("Ja") if value else N_("Nei")
