"""A run is cancelled, postponed or merged: what it leads to is shown before anybody confirms."""

from typing import Any

from flask import redirect, request, url_for
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.applications import operations, presenting, queries
from registry.applications.views.room import UNKNOWN, blueprint, own_run
from registry.core import terms
from registry.core.errors import InvalidInput, NeedsDecision, RegistryError
from registry.offers.models import Offer, Run
from registry.offers.policy import scope_of
from registry.offers.states import CANCELLABLE, RUN
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext, ngettext
from registry.web.parts import actor, reading, writing

_TERMS_AHEAD = 4


@blueprint.get("/tilbud/kull/<key>/avlys")
@guarded(Permission.RUN_CANCEL)
def cancelling(key: str) -> Response:
    """What cancelling leads to, before anybody confirms it."""
    with reading() as session:
        found, offer = own_run(session, key, Permission.RUN_CANCEL)
        outcome = operations.consequences(session, found)
        needed = _needed(session, found, outcome.objection)
        ids = [proposed.run_id for proposed in outcome.proposals]
        ways = {
            way.pk: (way, taught)
            for way, taught in session.exec(select(Run, Offer).join(Offer).where(col(Run.id).in_(ids)))
        }
    return render(
        "applications/cancel.html",
        run=found,
        offer=offer,
        outcome=outcome,
        needed=needed,
        ways=ways,
        wanted=request.args.get("kull"),
        may=found.state in CANCELLABLE,
        words=presenting,
    )


@blueprint.post("/tilbud/kull/<key>/avlys")
@guarded(Permission.RUN_CANCEL)
def cancelled(key: str) -> Response:
    """Cancels; everybody in line is offered the nearest alike runs."""
    try:
        with writing() as session:
            found, _offer = own_run(session, key, Permission.RUN_CANCEL)
            number = operations.cancel(
                session, actor(), found, request.form.get("reason", ""), request.form.get("text") or None
            )
        flash_done(
            ngettext(
                "Kullet er avlyst. %(num)s søker får beskjed, med forslag om et annet kull der det finnes.",
                "Kullet er avlyst. %(num)s søkere får beskjed, med forslag om et annet kull der det finnes.",
                number,
            )
        )
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.cancelling", key=key), code=303)


@blueprint.get("/tilbud/kull/<key>/flytt")
@guarded(Permission.RUN_CANCEL)
def moving(key: str) -> Response:
    """Postpone the run, or merge it into another of the institution's: who goes along, and with what."""
    with reading() as session:
        found, offer = own_run(session, key, Permission.RUN_CANCEL)
        others = queries.merge_targets(session, found)
        into = next((run for run, _offer in others if run.key == request.args.get("kull")), None)
        outcome = operations.would_carry(session, found, into) if into is not None else None
        standing = operations.consequences(session, found, proposer=lambda *_: [])
        needed = _needed(session, found, standing.objection)
    return render(
        "applications/move.html",
        run=found,
        offer=offer,
        others=others,
        into=into,
        outcome=outcome,
        standing=standing,
        needed=needed,
        terms=[terms.shift(found.term, ahead) for ahead in range(1, _TERMS_AHEAD + 1)],
        may_postpone="postpone" in RUN.possible(found.state),
        may_merge=found.state in CANCELLABLE,
        words=presenting,
    )


@blueprint.post("/tilbud/kull/<key>/flytt")
@guarded(Permission.RUN_CANCEL)
def moved(key: str) -> Response:
    """Everybody goes along, with their place in line and the place they hold."""
    try:
        with writing() as session:
            found, _offer = own_run(session, key, Permission.RUN_CANCEL)
            said = _moved(session, found)
        flash_done(said)
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.moving", key=key), code=303)


def _needed(session: Session, run: Run, objection: NeedsDecision | None) -> dict[str, Any] | None:
    """Why the run cannot go yet, where the decision is recorded, and whether the person asking may do it."""
    if objection is None:
        return None
    offer, subject = objection.details.get("offer"), objection.details.get("subject")
    return {
        "text": explained(objection, marked=True),
        "address": offer and url_for("coordination.permit", key=offer, subject=subject, kull=run.key, _external=True),
        "may": actor().may(Permission.NATIONAL_DECIDE, scope_of(session, run)),
    }


def _moved(session: Session, found: Run) -> str:
    match request.form.get("action"):
        case "postpone":
            later = operations.postpone(
                session,
                actor(),
                found,
                request.form.get("term", ""),
                request.form.get("reason", ""),
                request.form.get("text") or None,
            )
            return gettext("Kullet er utsatt. Det nye kullet har nøkkelen %(key)s.", key=later.key)
        case "merge":
            into, _offer = own_run(session, request.form.get("into", ""), Permission.RUN_CANCEL)
            done = operations.merge(session, actor(), found, into)
            return ngettext(
                "Kullene er slått sammen. %(num)s søker er flyttet.",
                "Kullene er slått sammen. %(num)s søkere er flyttet.",
                done.moved,
            )
    raise InvalidInput(UNKNOWN)
