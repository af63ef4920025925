"""The admissions office: its runs by deadline, and each run's queue."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.pseudonyms import short_form
from registry.applications import operations, presenting, queries
from registry.applications.figures import rounding
from registry.applications.queries.across import placed_elsewhere
from registry.applications.states import Decision, Endorsement, Standing
from registry.applications.views.room import blueprint, own_run
from registry.core import clock
from registry.core.errors import RegistryError
from registry.rules.register import rules_on
from registry.web.flashes import flash_done, flash_problem
from registry.web.formatting import term_name
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import N_, explained, gettext, ngettext
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, reading, writing

OFFICE_SIZE = 25
RUN_SIZE = 100
SORTINGS = {
    queries.Sorting.DEADLINE: N_("Søknadsfrist, den tidligste først"),
    queries.Sorting.UNDECIDED: N_("Flest ubehandlet først"),
    queries.Sorting.TITLE: N_("Navn"),
}


@blueprint.get("/opptak")
@guarded(Permission.APPLICATION_DECIDE)
def office() -> Response:
    """The institution's runs in one term with what waits for the office: by deadline, by what waits, or by name."""
    organisations = actor().organisations(Permission.APPLICATION_DECIDE)
    with reading() as session:
        terms = queries.office_terms(session, organisations)
        term = request.args.get("semester")
        term = term if term in terms else (terms[0] if terms else None)
        words, asked = request.args.get("q", "")[:100], request.args.get("sorter", "")
        sorting = queries.Sorting(asked) if asked in SORTINGS else queries.Sorting.DEADLINE
        page = queries.office_runs(
            session, organisations, term, page_number(), OFFICE_SIZE, words=words, sorting=sorting
        )
        unsent = queries.unsent_runs(session, organisations)
    return render(
        "applications/office.html",
        term_choices=[(one, term_name(one)) for one in terms],
        term=term,
        page=page,
        unsent=unsent,
        q=words,
        sorting=sorting,
        sortings=[(one, gettext(text)) for one, text in SORTINGS.items()],
        pagination=Pagination(page.number, page.size, page.total),
        words=presenting,
    )


@blueprint.get("/opptak/kull/<key>")
@guarded(Permission.APPLICATION_DECIDE)
def run(key: str) -> Response:
    """Applications to one run, in line, by the short form of the pseudonym."""
    shown = request.args.get("vis", "")
    with reading() as session:
        found, offer = own_run(session, key, Permission.APPLICATION_DECIDE)
        page = queries.run_applications(session, found, page_number(), RUN_SIZE, only=shown)
        figures = queries.run_figures(session, run_ids=[found.pk])[found.pk]
        free = operations.free_places(session, found)
        waiting = operations.open_batches(session, [found.pk])
        sizes = operations.batch_sizes(session, waiting)
        batches = [(batch, sizes[batch.pk]) for batch in waiting]
        prepared = queries.prepared_decisions(session, found)
        rules = rules_on(session, clock.today())
        placed = rounding(placed_elsewhere(session, found), int(rules["SMALL_CELL"]))
    undecided = [
        application
        for application in page.items
        if application.standing is Standing.OPEN
        and application.decision is Decision.RECEIVED
        and application.pk not in prepared
    ]
    decidable = operations.any_decidable(found, page.items, prepared)
    supported = [one for one in undecided if one.endorsement is not Endorsement.DECLINED]
    chosen = {
        "alle": undecided,
        "plass": supported if free is None else supported[: max(0, free)],
    }.get(request.args.get("velg", ""), [])
    return render(
        "applications/run.html",
        run=found,
        offer=offer,
        page=page,
        figures=figures,
        free=free,
        batches=batches,
        prepared=prepared,
        placed=placed,
        answer_days=int(rules["ANSWER_DAYS"]),
        chosen={one.pk for one in chosen},
        undecided=len(undecided),
        decidable=decidable,
        shown=shown,
        short_form=short_form,
        pagination=Pagination(page.number, page.size, page.total),
        words=presenting,
    )


@blueprint.post("/opptak/kull/<key>/venteliste")
@guarded(Permission.APPLICATION_DECIDE)
def promote(key: str) -> Response:
    """Free places to the waitlist, in order."""
    try:
        with writing() as session:
            found, _offer = own_run(session, key, Permission.APPLICATION_DECIDE)
            given = len(operations.promote(session, actor(), found))
        flash_done(ngettext("%(num)s fra ventelisten fikk plass.", "%(num)s fra ventelisten fikk plass.", given))
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.run", key=key), code=303)
