"""The provider's page: own offers and runs, with what may be done to each."""

from flask import abort, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.core.errors import InvalidInput, RegistryError
from registry.offers import operations, queries
from registry.offers.models import Offer, Run
from registry.offers.policy import scope_of
from registry.offers.states import CANCELLABLE, RUN, OfferState, RunState
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import N_, explained, gettext, page_blueprint
from registry.web.navigation import Entry
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, reading, writing

blueprint = page_blueprint("offers", __name__, "/mine-tilbud")
blueprints = (blueprint,)

NAVIGATION = (Entry(N_("Mine tilbud"), "offers.kept", Permission.OFFER_EDIT, order=32),)
SIZE = 25
STATES = {
    OfferState.DRAFT: N_("Utkast"),
    OfferState.PUBLISHED: N_("Publisert"),
    OfferState.DISCONTINUED: N_("Nedlagt"),
    OfferState.ARCHIVED: N_("Arkivert"),
}
RUN_STATES = {
    RunState.PLANNED: N_("Planlagt"),
    RunState.OPEN: N_("Åpent for søknader"),
    RunState.CLOSED: N_("Søknadsfristen er ute"),
    RunState.CONFIRMED: N_("Skal gjennomføres"),
    RunState.RUNNING: N_("Pågår"),
    RunState.COMPLETED: N_("Gjennomført"),
    RunState.CANCELLED: N_("Avlyst"),
    RunState.POSTPONED: N_("Utsatt"),
    RunState.ABSORBED: N_("Slått sammen med samme kull"),
}
DISCONTINUE = {
    "few_applicants": N_("For få søkere over tid"),
    "no_teacher": N_("Mangler fagmiljø"),
    "merged": N_("Slått sammen med et annet tilbud"),
    "replaced": N_("Erstattet av et nytt tilbud"),
    "coordinated": N_("Lagt ned etter samordning med andre tilbydere"),
    "funding": N_("Manglende finansiering"),
}
STEPS = {
    "open": (operations.open_run, N_("Åpne for søknader")),
    "close": (operations.close_run, N_("Steng for søknader")),
    "confirm": (operations.confirm_run, N_("Bekreft at kullet går")),
    "start": (operations.start_run, N_("Meld at kullet har begynt")),
    "complete": (operations.complete_run, N_("Meld at kullet er ferdig")),
}


@blueprint.get("")
@guarded(Permission.OFFER_EDIT)
def kept() -> Response:
    """The institution's offers with their newest runs."""
    state = request.args.get("status")
    state = state if state in set(OfferState) else None
    with reading() as session:
        page = queries.kept_offers(session, actor().organisations(Permission.OFFER_EDIT), state, page_number(), SIZE)
    return render(
        "offers/kept.html",
        page=page,
        pagination=Pagination(page.number, page.size, page.total),
        state=state,
        states=STATES,
        run_states=RUN_STATES,
        reasons=DISCONTINUE,
        steps={name: label for name, (_step, label) in STEPS.items()},
        life=RUN,
        cancellable=CANCELLABLE,
    )


@blueprint.post("/<key>")
@guarded(Permission.OFFER_EDIT)
def change(key: str) -> Response:
    """Publish, discontinue, reinstate or archive an offer."""
    try:
        with writing() as session:
            offer = operations.get_offer(session, key)
            _mine(session, offer)
            said = _changed(session, offer, request.form.get("action", ""))
        flash_done(said)
    except RegistryError as fault:
        flash_problem(explained(fault))
    return _back()


@blueprint.post("/kull/<key>")
@guarded(Permission.RUN_EDIT)
def step(key: str) -> Response:
    """One step on a run's way."""
    try:
        with writing() as session:
            run = operations.get_run(session, key, lock=True)
            _mine(session, run)
            chosen = STEPS.get(request.form.get("action", ""))
            if chosen is None:
                raise InvalidInput("Velg hva du vil gjøre.")
            chosen[0](session, actor(), run)
        flash_done(gettext("Kullet er oppdatert."))
    except RegistryError as fault:
        flash_problem(explained(fault))
    return _back()


def _changed(session: Session, offer: Offer, action: str) -> str:
    match action:
        case "publish":
            operations.publish(session, actor(), offer)
            return gettext("Tilbudet er publisert.")
        case "discontinue":
            operations.discontinue(session, actor(), offer, request.form.get("reason", ""))
            return gettext("Tilbudet er lagt ned.")
        case "reinstate":
            operations.reinstate(session, actor(), offer)
            return gettext("Tilbudet er gjenopptatt.")
        case "archive":
            operations.archive(session, actor(), offer)
            return gettext("Tilbudet er arkivert.")
    raise InvalidInput("Velg hva du vil gjøre.")


def _mine(session: Session, thing: Offer | Run) -> None:
    """What belongs to another institution is not found."""
    if not actor().may(Permission.OFFER_EDIT, scope_of(session, thing)):
        abort(404)


def _back() -> Response:
    return redirect(url_for("offers.kept", status=request.args.get("status"), page=request.args.get("page")), code=303)
