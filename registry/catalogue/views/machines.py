"""What browsers and robots read to find their way: OpenSearch, robots.txt, the site map."""

from flask import Blueprint, Response, render_template, url_for

from registry.catalogue import presenting
from registry.catalogue.details import published_keys
from registry.catalogue.views.pages import pages
from registry.web.guard import public
from registry.web.i18n import LANGUAGES
from registry.web.parts import reading

machine = Blueprint("catalogue_machine", __name__)


@pages.get("/opensearch.xml")
@public
def opensearch() -> Response:
    """Lets a browser search the registry from its address field (OpenSearch 1.1)."""
    return Response(
        render_template("catalogue/opensearch.xml", address=url_for("catalogue.search", _external=True)),
        mimetype="application/opensearchdescription+xml",
    )


@machine.get("/robots.txt")
@public
def robots() -> Response:
    """Every combination of filters is not worth a robot's time; the offers are in the site map."""
    lines = ["User-agent: *", "Disallow: /*?", f"Sitemap: {url_for('catalogue_machine.sitemap', _external=True)}", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@machine.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """Every published offer, with its addresses in the four languages (sitemaps.org, xhtml alternates)."""
    with reading() as session:
        found = published_keys(session)
    offers = [
        (changed, {code: presenting.offer_address(key, title, language=code, _external=True) for code in LANGUAGES})
        for key, title, changed in found[:_SITEMAP_LIMIT]
    ]
    return Response(render_template("catalogue/sitemap.xml", offers=offers), mimetype="application/xml")


_SITEMAP_LIMIT = 12_000  #: four addresses each: a site map holds at most 50 000
