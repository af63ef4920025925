"""Pages for anyone: search, one offer, offers side by side; and the downloads of a search."""

from datetime import date
from typing import Any

from flask import Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as AnyResponse

from registry.catalogue import addresses, presenting
from registry.catalogue import export as exported
from registry.catalogue.alternatives import alternatives
from registry.catalogue.cards import cards
from registry.catalogue.course import course, hits
from registry.catalogue.details import MOST_COMPARED, compared, offer_view
from registry.catalogue.downloads import as_json, as_table
from registry.catalogue.facts import alternative_card, history, offer_facts, run_card
from registry.catalogue.filters import facets
from registry.catalogue.labels import RHYTHMS, SORTS
from registry.catalogue.merged import standing_keys
from registry.catalogue.operations import note_unmet_demand
from registry.catalogue.parameters import NEAREST, RADII, CatalogueQuery, parse, passed_over
from registry.catalogue.plain import UNSORTED
from registry.catalogue.queries import Result, containers, every_match
from registry.catalogue.queries import search as find
from registry.catalogue.sides import comparison
from registry.catalogue.views.page_cache import kept, kept_for_all, lasting
from registry.catalogue.vocabulary import vocabulary
from registry.catalogue.ways import ways_on
from registry.core import clock
from registry.core.text import slug
from registry.offers.states import OfferState
from registry.web.export import TYPES, export
from registry.web.fragments import is_fragment_request, render
from registry.web.guard import public
from registry.web.i18n import gettext, page_blueprint, speaks_in_page
from registry.web.limits import dear
from registry.web.pagination import Pagination
from registry.web.parts import parts, reading, writing

pages = page_blueprint("catalogue", __name__)


@pages.get("/")
@public
@kept
@speaks_in_page
def front() -> Response:
    """Where most people come in: a field to search by, and the three ways that offers are looked for."""
    with reading() as session:
        words = vocabulary(session)
        result = find(parts().search, session, CatalogueQuery())
    if _whole(result):
        lasting()
    return render(
        "catalogue/front.html",
        result=result,
        facets={facet.key: facet for facet in facets(result, words)},
        counties=presenting.counties(result, words),
        link=lambda facet, value: addresses.address(CatalogueQuery.from_filters("", [(facet, value)])),
        municipalities=words.municipality_names,
    )


@pages.get("/tilbud")
@public
@kept
@speaks_in_page
def search() -> AnyResponse:
    """The whole state of a search is its address; an address that is not canonical is answered all the same."""
    query = parse(request.args.items(multi=True))
    today, stayed = clock.today(), _stayed()
    with reading() as session:
        words = vocabulary(session)
        result = find(parts().search, session, query, coming_first=True, or_earlier=True)
        pages_ = Pagination(query.page, query.per_page, result.total)
        if pages_.page != query.page:
            return redirect(addresses.address(query.on_page(pages_.page)))
        ways = [] if result.total or result.degraded or stayed else ways_on(parts().search, session, query)
        container_count = 0 if query.is_narrowed else containers(session)
    if result.missing and query.page == 1 and (stayed or not is_fragment_request()):
        _note(query, today)
    if stayed:
        return Response(status=204)
    if not result.missing and _whole(result):
        lasting()  # a search without hits is counted each time that it is asked
    canonical = addresses.address(query)
    files = addresses.download_addresses(query, (*TYPES, *addresses.FOLLOWED))
    chips = presenting.chips(result, words)
    heading = presenting.heading(result, words)
    response = render(
        "catalogue/search.html",
        block="answer",
        fragment=is_fragment_request(),
        query=query,
        result=result,
        heading=heading,
        page_title=presenting.page_title(heading, pages_.page),
        other_time=presenting.other_time(result),
        sorting=presenting.sorting(result),
        online=presenting.online_too(result),
        facets=facets(result, words, _looking()),
        chips=chips,
        narrower=presenting.narrower(result, words),
        namesakes=presenting.namesakes(result, words),
        cards=cards(result, words, today),
        counties=presenting.counties(result, words),
        ways=[(presenting.way_label(way, words), addresses.address(way.query), way.total) for way in ways],
        pages=pages_,
        page_address=addresses.paging(query),
        everything=addresses.address(CatalogueQuery(text=query.text)),
        meant=addresses.address(query.saying(result.did_you_mean)) if result.did_you_mean else None,
        downloads=[(ending, files[ending]) for ending in TYPES],
        follow={
            "atom": files["atom"],
            "ics": files["ics"],
            "fields": query.on_page(1).sorted_by("").arguments(),
            "name": presenting.search_name(query, chips),
            "rhythms": [(value, gettext(label)) for value, label in RHYTHMS.items() if value != "never"],
        },
        sorts=tuple(one for one in SORTS.items() if one[0] != NEAREST or result.place),
        unsorted=SORTS[query.sort] if result.degraded and query.sort in UNSORTED else "",
        radii=RADII,
        canonical=canonical,
        structured=_structured(result, pages_, presenting.search_name(query, chips)),
        passed_over=passed_over(request.args.items(multi=True)),
        containers=container_count,
        municipalities=words.municipality_names,
    )
    response.headers["HX-Push-Url"] = canonical
    return response


def _structured(result: Result, pages_: Pagination, name: str) -> dict[str, Any] | None:
    """The hits as robots read them, on a page of its own."""
    if is_fragment_request() or not result.hits:
        return None
    root = request.url_root.rstrip("/")
    offers = [
        (root + addresses.offer_address(hit.key, hit.stored["title"]), hit.stored["title"]) for hit in result.hits
    ]
    return hits(offers, pages_.first, result.total, name)


def _stayed() -> bool:
    """Asked by an answer without hits that has stood for a while (``_nothing.html``): it is meant, and not a word on its way."""
    return is_fragment_request() and request.headers.get("HX-Source", "").endswith("#unmet-demand")


def _whole(result: Result) -> bool:
    """Answered by the engine that usually does."""
    return not (result.degraded or result.standby)


def _looking() -> dict[str, str]:
    """What is looked for inside the lists of filters. Not part of the search: it finds no other offers."""
    given = ((name.removeprefix("finn-"), text) for name, text in request.args.items() if name.startswith("finn-"))
    return {name: text for name, text in given if text.strip()}


def _note(query: CatalogueQuery, today: date) -> None:
    """What is looked for and not found, counted. A database too busy to count must not keep the answer from anybody."""
    try:
        with writing() as session:
            note_unmet_demand(session, query, today)
    except OperationalError:
        current_app.logger.warning("a search without hits was not counted: the database was busy")


@pages.get("/tilbud.<any(csv, xlsx, ods, json):ending>")
@public
@dear
@kept_for_all
def download(ending: str) -> Response:
    """Everything the search finds, up to ten thousand offers, read from the database."""
    query = parse(request.args.items(multi=True))
    with reading() as session:
        words = vocabulary(session)
        found = every_match(parts().search, session, query, parts().marks, or_earlier=True)
        rows = exported.rows(session, found, parts().marks, clock.today())
        lasting()
        if ending == "json":
            return jsonify(as_json(find(parts().search, session, query, or_earlier=True), rows, found))
    return export(as_table(rows, words), ending)


@pages.get("/tilbud/<key>")
@pages.get("/tilbud/<key>/<words>")
@public
@speaks_in_page
def offer(key: str, words: str | None = None) -> AnyResponse:
    """One offer. A wrong name in the address moves on to the right one; a discontinued offer says what came instead."""
    today = clock.today()
    with reading() as session:
        view = offer_view(session, key, today)
        (standing,) = standing_keys(session, [key])
        if standing != key:
            moved = redirect(url_for("catalogue.offer", key=standing), 301)
            moved.headers["Cache-Control"] = "no-cache"  # the two may come apart again
            return moved
        if words != (slug(view.offer.title) or "-"):
            return redirect(addresses.offer_address(key, view.offer.title), 301)
        gone = view.offer.state is not OfferState.PUBLISHED
        others = alternatives(parts().search, session, view, today)
        address = addresses.offer_address(key, view.offer.title, _external=True)
        page = render_template(
            "catalogue/offer.html",
            view=view,
            offer=view.offer,
            gone=gone,
            facts=offer_facts(view),
            alternatives=[alternative_card(one, view.words) for one in others],
            online=sum(one.online for one in others),
            attainable=bool(view.attainable),
            structured=None if gone else course(view, address),
            coming=[run_card(one, view) for one in view.coming],
            earlier=history(view),
            today=today,
            same_subject=addresses.address(CatalogueQuery.from_filters("", [("subject", view.offer.subject_code)]))
            if view.offer.subject_code
            else None,
        )
    return make_response(page, 410 if gone else 200)


@pages.get("/sammenlign")
@public
@speaks_in_page
def compare() -> Response:
    """Two to four offers side by side; ``forskjeller=1`` leaves out the rows that say the same of all."""
    keys = request.args.getlist("id")
    only_differences = request.args.get("forskjeller") == "1"
    today = clock.today()
    with reading() as session:
        views = compared(session, keys, today)
        return render(
            "catalogue/compare.html",
            columns=[
                (view, addresses.offer_address(view.offer.key, view.offer.title), _without(keys, view.offer.key))
                for view in views
            ],
            sides=comparison(views, only_differences, today),
            only_differences=only_differences,
            keys=[view.offer.key for view in views],
            most=MOST_COMPARED,
            too_many=len(set(keys)) > MOST_COMPARED,
        )


def _without(keys: list[str], key: str) -> str:
    return str(url_for("catalogue.compare", id=[one for one in keys if one != key]))
