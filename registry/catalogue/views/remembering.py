"""The list of offers to remember. It lives in its address: nobody signs in, no cookie is set, and it can be shared.

A browser with script keeps the addresses' keys by itself (``static/js/memory.js``) and never sends them anywhere else.
"""

from datetime import timedelta

from flask import Response, request, url_for

from registry.catalogue import addresses, feeds
from registry.catalogue.details import remembered as views_of
from registry.catalogue.facts import run_card
from registry.catalogue.merged import standing_keys
from registry.catalogue.views.pages import pages
from registry.catalogue.vocabulary import vocabulary
from registry.core import clock
from registry.offers.states import OfferState
from registry.rules.register import rules_on
from registry.web.fragments import render
from registry.web.guard import public
from registry.web.i18n import gettext
from registry.web.parts import reading

MOST_REMEMBERED = 50


@pages.get("/huskeliste")
@public
def remembered() -> Response:
    """The offers whose keys the address holds, in its order."""
    with reading() as session:
        keys = standing_keys(session, _keys())
        views = views_of(session, keys, clock.today())
        rows = [
            (
                view,
                addresses.offer_address(view.offer.key, view.offer.title),
                url_for("catalogue.remembered", id=[one for one in keys if one != view.offer.key]),
                [run_card(run, view) for run in view.coming],
            )
            for view in views
        ]
    open_ = [view.offer.key for view in views if view.offer.state is OfferState.PUBLISHED]
    return render(
        "catalogue/remembered.html",
        rows=rows,
        keys=open_,
        calendar=url_for("catalogue.remembered_calendar", id=open_),
        published=OfferState.PUBLISHED,
    )


@pages.get("/huskeliste.ics")
@public
def remembered_calendar() -> Response:
    """The days that matter of these offers. Its address may be given to a calendar, which then follows them."""
    today = clock.today()
    with reading() as session:
        found = feeds.items_of(session, standing_keys(session, _keys()), today)
        words = vocabulary(session)
        days = rules_on(session, today)["FOLLOW_DEADLINE_DAYS"]
    body = feeds.as_ics(
        found,
        words,
        title=gettext("Huskeliste"),
        page=url_for("catalogue.remembered", id=_keys(), _external=True),
        reminder=timedelta(days=days),
        today=today,
    )
    return Response(body, content_type="text/calendar; charset=utf-8")


def _keys() -> list[str]:
    return list(dict.fromkeys(request.args.getlist("id")))[:MOST_REMEMBERED]
