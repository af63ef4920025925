"""Pages of the applicant and the admissions office, and cancelling a run with its consequences shown first."""

from flask import abort, redirect, request, url_for
from sqlmodel import Session, select
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.pseudonyms import short_form
from registry.applications import operations, presenting, queries
from registry.applications.models import Application, Relocation
from registry.core.errors import InvalidInput, RegistryError
from registry.offers.models import Offer, Run
from registry.offers.operations import get_run
from registry.offers.policy import scope_of
from registry.offers.states import CANCELLABLE
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import N_, explained, gettext, ngettext, page_blueprint
from registry.web.identifiers import form_id
from registry.web.navigation import Entry
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, reading, writing

blueprint = page_blueprint("applications", __name__)
blueprints = (blueprint,)

NAVIGATION = (
    Entry(N_("Mine søknader"), "applications.own", Permission.APPLICATION_ANSWER, order=30),
    Entry(N_("Opptak"), "applications.office", Permission.APPLICATION_DECIDE, order=35),
)
OFFICE_SIZE = 25
RUN_SIZE = 50
UNKNOWN = N_("Velg hva du vil gjøre.")


# The applicant


@blueprint.get("/mine-soknader")
@guarded(Permission.APPLICATION_ANSWER)
def own() -> Response:
    """Everything the person has applied for."""
    with reading() as session:
        key = queries.own_key(session, actor().person)
        found = queries.own_applications(session, key) if key else []
    rows = [
        (item, presenting.what_next(item.application, item.run, moved=any(w.relocation.chosen_at for w in item.ways)))
        for item in found
    ]
    return render("applications/own.html", rows=rows, words=presenting)


@blueprint.post("/mine-soknader/<int:application_id>")
@guarded(Permission.APPLICATION_ANSWER)
def answer(application_id: int) -> Response:
    """Accept, decline, withdraw or move."""
    action = request.form.get("action", "")
    try:
        with writing() as session:
            application = _own(session, application_id)
            said = _answered(session, application, action)
        flash_done(said)
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.own"), code=303)


def _answered(session: Session, application: Application, action: str) -> str:
    match action:
        case "accept":
            operations.accept(session, actor(), application)
            return gettext("Du har takket ja til plassen.")
        case "decline":
            operations.decline(session, actor(), application)
            return gettext("Du har takket nei til plassen.")
        case "withdraw":
            operations.withdraw(session, actor(), application, request.form.get("reason", ""))
            return gettext("Søknaden er trukket.")
        case "move":
            relocation = session.get(Relocation, form_id("relocation") or 0)
            if relocation is None or relocation.application_id != application.pk:
                abort(404)
            operations.take_relocation(session, actor(), relocation)
            return gettext("Du er flyttet og har beholdt plassen i køen.")
    raise InvalidInput(UNKNOWN)


def _own(session: Session, application_id: int) -> Application:
    """Somebody else's application is not found."""
    key = queries.own_key(session, actor().person)
    found = session.get(Application, application_id)
    if found is None or key is None or found.applicant_key != key:
        abort(404)
    return found


# The admissions office


@blueprint.get("/opptak")
@guarded(Permission.APPLICATION_DECIDE)
def office() -> Response:
    """The institution's runs in one term, by deadline."""
    organisations = actor().organisations(Permission.APPLICATION_DECIDE)
    with reading() as session:
        terms = queries.office_terms(session, organisations)
        term = request.args.get("semester")
        term = term if term in terms else (terms[0] if terms else None)
        page = queries.office_runs(session, organisations, term, page_number(), OFFICE_SIZE)
    return render(
        "applications/office.html",
        terms=terms,
        term=term,
        page=page,
        pagination=Pagination(page.number, page.size, page.total),
        words=presenting,
    )


@blueprint.get("/opptak/kull/<key>")
@guarded(Permission.APPLICATION_DECIDE)
def run(key: str) -> Response:
    """Applications to one run, in line, by the short form of the pseudonym."""
    with reading() as session:
        found, offer = _run(session, key, Permission.APPLICATION_DECIDE)
        page = queries.run_applications(session, found, page_number(), RUN_SIZE)
        figures = queries.run_figures(session, run_ids=[found.pk])[found.pk]
        free = operations.free_places(session, found)
    return render(
        "applications/run.html",
        run=found,
        offer=offer,
        page=page,
        figures=figures,
        free=free,
        short_form=short_form,
        pagination=Pagination(page.number, page.size, page.total),
        words=presenting,
    )


@blueprint.post("/opptak/kull/<key>")
@guarded(Permission.APPLICATION_DECIDE)
def decide(key: str) -> Response:
    """Offer a place, put on the waitlist, reject, or offer free places to the waitlist."""
    try:
        with writing() as session:
            found, _offer = _run(session, key, Permission.APPLICATION_DECIDE)
            said = _decided(session, found, request.form.get("action", ""))
        flash_done(said)
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.run", key=key, page=request.args.get("page")), code=303)


def _decided(session: Session, found: Run, action: str) -> str:
    if action == "promote":
        given = len(operations.promote(session, actor(), found))
        return ngettext("%(num)s fra ventelisten fikk plass.", "%(num)s fra ventelisten fikk plass.", given)
    wanted = form_id("application")
    application = session.exec(
        select(Application).where(Application.id == wanted, Application.run_id == found.pk)
    ).first()
    if application is None:
        abort(404)
    match action:
        case "offer":
            operations.offer_place(session, actor(), application)
            return gettext("Søkeren er tilbudt plass.")
        case "waitlist":
            operations.waitlist(session, actor(), application)
            return gettext("Søkeren står på venteliste.")
        case "reject":
            operations.reject(session, actor(), application, request.form.get("reason", ""))
            return gettext("Søkeren har fått avslag.")
    raise InvalidInput(UNKNOWN)


# Cancelling a run


@blueprint.get("/tilbud/kull/<key>/avlys")
@guarded(Permission.RUN_CANCEL)
def cancelling(key: str) -> Response:
    """What cancelling leads to, before anybody confirms it."""
    with reading() as session:
        found, offer = _run(session, key, Permission.RUN_CANCEL)
        outcome = operations.consequences(session, found)
        ids = [proposed.run_id for proposed in outcome.proposals]
        ways = {
            way.pk: (way, taught)
            for way, taught in session.exec(select(Run, Offer).join(Offer).where(Run.id.in_(ids)))  # type: ignore[union-attr]
        }
    return render(
        "applications/cancel.html",
        run=found,
        offer=offer,
        outcome=outcome,
        ways=ways,
        may=found.state in CANCELLABLE,
        words=presenting,
    )


@blueprint.post("/tilbud/kull/<key>/avlys")
@guarded(Permission.RUN_CANCEL)
def cancelled(key: str) -> Response:
    """Cancels; everybody who applied is offered the nearest alike runs."""
    try:
        with writing() as session:
            found, _offer = _run(session, key, Permission.RUN_CANCEL)
            number = operations.cancel(
                session, actor(), found, request.form.get("reason", ""), request.form.get("text") or None
            )
        flash_done(
            ngettext(
                "Kullet er avlyst. %(num)s søker får forslag om et annet kull.",
                "Kullet er avlyst. %(num)s søkere får forslag om et annet kull.",
                number,
            )
        )
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.cancelling", key=key), code=303)


def _run(session: Session, key: str, permission: Permission) -> tuple[Run, Offer]:
    """The run and its offer. What belongs to another institution is not found."""
    found = get_run(session, key)
    if not actor().may(permission, scope_of(session, found)):
        abort(404)
    return found, session.get_one(Offer, found.offer_id)
