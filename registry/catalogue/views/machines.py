"""What programs read: a search as feed and calendar, OpenSearch, robots.txt, the site map."""

from datetime import date, timedelta

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from registry.catalogue import addresses, feeds, presenting
from registry.catalogue.details import published_keys
from registry.catalogue.parameters import parse
from registry.catalogue.views.page_cache import kept_for_all, lasting
from registry.catalogue.views.pages import pages
from registry.catalogue.vocabulary import vocabulary
from registry.core import clock
from registry.rules.register import rules_on
from registry.web.guard import public
from registry.web.i18n import LANGUAGES
from registry.web.limits import dear
from registry.web.parts import parts, reading

machine = Blueprint("catalogue_machine", __name__)


@pages.get("/tilbud.<any(atom, ics):syntax>")
@public
@dear
@kept_for_all
def feed(syntax: str) -> AnyResponse:
    """The search as a feed or a calendar. Who asks again with what they have is told 304 where nothing is new."""
    query = parse(request.args.items(multi=True)).on_page(1)
    today = clock.today()
    with reading() as session:
        result, matches = feeds.answer(session, parts().search, query, parts().marks)
        found = feeds.newest(session, matches, today) if syntax == "atom" else feeds.first(session, matches, today)
        words = vocabulary(session)
        days = rules_on(session, today)["FOLLOW_DEADLINE_DAYS"]
    title = presenting.search_name(query, presenting.chips(result, words))
    page = addresses.address(query, external=True)
    if syntax == "atom":
        itself = addresses.download_address(query, "atom", external=True)
        body = feeds.as_atom(found, words, title=title, page=page, itself=itself, today=today)
        response = Response(body, content_type="application/atom+xml; charset=utf-8")
    else:
        left_out = result.total - feeds.MOST_IN_CALENDAR
        body = feeds.as_ics(
            found, words, title=title, page=page, reminder=timedelta(days=days), today=today, left_out=max(0, left_out)
        )
        response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={_FRESH}"
    response.add_etag()
    lasting()
    return response.make_conditional(request)


_FRESH = 900  #: seconds; readers of feeds ask far too often


@pages.get("/opensearch.xml")
@public
def opensearch() -> Response:
    """Lets a browser search the registry from its address field (OpenSearch 1.1)."""
    return Response(
        render_template(
            "catalogue/opensearch.xml",
            address=url_for("catalogue.search", _external=True),
            icon=url_for("static", filename="img/favicon.svg", _external=True),
            kinds=[("atom", "application/atom+xml"), ("json", "application/json")],
        ),
        mimetype="application/opensearchdescription+xml",
    )


@machine.get("/favicon.ico")
@public
def favicon() -> AnyResponse:
    """What browsers and readers of feeds ask for without having seen a page."""
    return redirect(url_for("static", filename="img/favicon.svg"), 301)


@machine.get("/robots.txt")
@public
def robots() -> Response:
    """Every combination of filters is not worth a robot's time; the offers are in the site map."""
    lines = ["User-agent: *", "Disallow: /*?", f"Sitemap: {url_for('catalogue_machine.sitemap', _external=True)}", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@machine.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """Every published offer, with its addresses in the four languages (sitemaps.org, xhtml alternates).

    More offers than one file holds make this the index of the files.
    """
    with reading() as session:
        found = published_keys(session)
    if len(found) <= _SITEMAP_LIMIT:
        return _sitemap(found)
    pages_ = [
        (number, max(changed for _, _, changed in found[start : start + _SITEMAP_LIMIT]))
        for number, start in enumerate(range(0, len(found), _SITEMAP_LIMIT), start=1)
    ]
    return Response(render_template("catalogue/sitemap_index.xml", pages=pages_), mimetype="application/xml")


@machine.get("/sitemap-<int:number>.xml")
@public
def sitemap_page(number: int) -> Response:
    """One file of the index, by number from 1."""
    with reading() as session:
        found = published_keys(session)[_SITEMAP_LIMIT * (number - 1) : _SITEMAP_LIMIT * number] if number else []
    return _sitemap(found) if found else abort(404)


def _sitemap(found: list[tuple[str, str, date]]) -> Response:
    offers = [
        (changed, {code: addresses.offer_address(key, title, language=code, _external=True) for code in LANGUAGES})
        for key, title, changed in found
    ]
    return Response(render_template("catalogue/sitemap.xml", offers=offers), mimetype="application/xml")


_SITEMAP_LIMIT = 12_000  #: four addresses each: a site map holds at most 50 000
