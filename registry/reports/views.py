"""The front page, and the reports as pages and downloads."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, abort, request
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from registry.access.permissions import Permission
from registry.catalogue.labels import term_label
from registry.catalogue.vocabulary import vocabulary
from registry.core import clock, terms
from registry.core.errors import InvalidInput, NotAllowed
from registry.reports.filters import Filters
from registry.reports.library import REPORTS
from registry.reports.overview import indexed, overview
from registry.reports.shape import Report
from registry.reports.terms import known_terms
from registry.rules.register import rules_on
from registry.web.export import TYPES, export
from registry.web.fragments import render
from registry.web.guard import allowed, public
from registry.web.i18n import N_, explained, page_blueprint
from registry.web.limits import dear
from registry.web.navigation import Entry
from registry.web.pagination import Pagination, page_number
from registry.web.panels import Panel
from registry.web.parts import actor, parts, reading
from registry.web.tables import Table

blueprint = page_blueprint("reports", __name__)
blueprints = (blueprint,)

NAVIGATION = (Entry(N_("Rapporter"), "reports.index", order=60),)
_PER_PAGE = 50


def _overview() -> dict[str, object]:
    """What the registry holds, for the front page."""
    with reading() as session:
        found = overview(session, indexed(parts().search))
        if not _exact():
            found = found.rounded(int(rules_on(session, clock.today())["SMALL_CELL"]))
    return {"found": found, "case_read": Permission.CASE_READ}


PANELS = (Panel("front", "reports/overview.html", _overview),)


@blueprint.get("/rapporter")
@public
def index() -> AnyResponse:
    """The reports that the person asking may open."""
    return render(
        "reports/index.html",
        reports=[report for report in REPORTS.values() if _open(report)],
        may_replay=allowed(Permission.FIGURES_EXACT),
    )


@blueprint.get("/rapporter/<name>")
@public
@dear
def report(name: str) -> AnyResponse:
    """One report as a page."""
    found, filters = _asked(name)
    unused = found.unused(filters)
    with reading() as session:
        content, pages = _one_page(session, found, filters)
        choices = known_terms(session)
        words = vocabulary(session)
    table = found.table(content, words)
    if pages is None:
        pages = Pagination(page_number(), _PER_PAGE, len(table.rows))
        table = Table(table.name, table.columns, table.rows[pages.offset : pages.offset + pages.limit])
    return render(
        "reports/report.html",
        report=found,
        filters=filters,
        term=content.get("term") or filters.term,
        terms=[(term, term_label(term)) for term in choices],
        table=table,
        total=pages.total,
        note=content.get("note"),
        names_of_now=found.names_offers and filters.as_of < clock.today(),
        unused=None if unused is None else explained(unused, marked=True),
        pages=pages,
        kinds=list(TYPES),
    )


def _one_page(session: Session, found: Report, filters: Filters) -> tuple[dict[str, Any], Pagination | None]:
    """What the page shows; with the page's place where the report reads the rows of one page alone, else all rows."""
    first = max(page_number() - 1, 0) * _PER_PAGE
    content = found.build(session, replace(filters, shown=slice(first, first + _PER_PAGE)))
    if "in_all" not in content:
        return content, None
    pages = Pagination(page_number(), _PER_PAGE, content["in_all"])
    if pages.offset != first:  # beyond the last page
        last = slice(pages.offset, pages.offset + _PER_PAGE)
        content = found.build(session, replace(filters, shown=last))
    return content, pages


@blueprint.get("/rapporter/<name>.<kind>")
@public
@dear
def download(name: str, kind: str) -> Response:
    """The whole report as a file."""
    if kind not in TYPES:
        abort(404)
    found, filters = _asked(name)
    with reading() as session:
        content = found.build(session, filters)
        words = vocabulary(session)
    if kind == "json":
        return _json(content)
    return export(found.table(content, words), kind)


def _asked(name: str) -> tuple[Report, Filters]:
    """The report and its filters from the address. Unknown names are 404, wrong dates say what is right."""
    found = REPORTS.get(name)
    if found is None:
        abort(404)
    if not _open(found):
        raise NotAllowed("Logg inn for å se denne rapporten.")
    given = request.args
    term = given.get("termin") or None
    if term and term != "all":
        try:
            terms.parse(term)
        except ValueError:
            raise InvalidInput("Terminen skrives som 2026H (høst) eller 2026V (vår).") from None
    region = given.get("region") or None
    if region not in (None, "east", "west", "north"):
        raise InvalidInput("Regionen er ukjent. Velg øst, vest eller nord.")
    return found, Filters(
        as_of=_day(given.get("dato")),
        term=term,
        region=region,
        provider=given.get("tilbyder") or None,
        target=given.get("malgruppe") or None,
        within_reach=given.get("rekkevidde") == "1",
        exact=_exact(),
        own=actor().organisations(Permission.FIGURES_EXACT) or frozenset(),
    )


def _exact() -> bool:
    """Who may see everybody's exact figures; all others see them rounded."""
    return actor().organisations(Permission.FIGURES_EXACT) is None


def _day(text: str | None) -> date:
    if not text:
        return clock.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("Datoen skrives som 2026-11-22.") from None


def _open(report: Report) -> bool:
    """Closed reports speak of every institution: seeing the cases of one's own is not enough."""
    return report.public or actor().organisations(Permission.CASE_READ) is None


def _json(content: object) -> Response:
    import json

    return Response(json.dumps(content, ensure_ascii=False, default=str), content_type=TYPES["json"])
