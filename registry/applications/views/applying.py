"""Applying here, at institutions that take applications through the registry."""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import abort, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.applications import operations, presenting, queries
from registry.applications.views.room import blueprint
from registry.core import clock
from registry.core.errors import RegistryError
from registry.offers.models import Offer, Run
from registry.offers.operations import get_run
from registry.offers.states import OfferState, RunState
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import allowed, guarded, signed_in
from registry.web.i18n import explained, gettext
from registry.web.identifiers import form_id
from registry.web.parts import actor, reading, writing


def panel(run: Run) -> Mapping[str, Any] | None:
    """A way to apply beside an open run, where its institution takes applications here; else word that it is done there."""
    if run.state is not RunState.OPEN or run.apply_url:
        return None
    with reading() as session:
        here = _takes(session, run)
    return {"run": run, "here": here, "may": not signed_in() or allowed(Permission.APPLICATION_CREATE)}


@blueprint.get("/sok/<key>")
@guarded(Permission.APPLICATION_CREATE)
def apply(key: str) -> Response:
    """The form. Its token makes a second press of the button the same application."""
    with reading() as session:
        run, offer = _open_run(session, key)
        own = queries.own_key(session, actor().person)
        applied = own is not None and queries.has_applied(session, run, own)
        owners = queries.owners(session)
        provider = queries.provider_names(session, [offer.pk]).get(offer.pk, "")
    return render(
        "applications/apply.html",
        run=run,
        offer=offer,
        provider=provider,
        owners=owners,
        applied=applied,
        known=own is not None,
        token=secrets.token_urlsafe(18),
        words=presenting,
    )


@blueprint.post("/sok/<key>")
@guarded(Permission.APPLICATION_CREATE)
def applied(key: str) -> Response:
    """At the end of the line."""
    try:
        with writing() as session:
            run, _offer = _open_run(session, key)
            own = queries.own_key(session, actor().person)
            if own is None:
                abort(404)
            operations.submit(
                session,
                actor(),
                run,
                own,
                owner_id=form_id("owner"),
                priority=queries.next_priority(session, run, own),
                idempotency_key=f"form:{request.form.get('token', '')[:80]}" if request.form.get("token") else None,
            )
        flash_done(gettext("Søknaden er sendt. Her ser du hva som skjer med den."))
    except RegistryError as fault:
        flash_problem(explained(fault))
        return redirect(url_for("applications.apply", key=key), code=303)
    return redirect(url_for("applications.own"), code=303)


def _open_run(session: Session, key: str) -> tuple[Run, Offer]:
    run = get_run(session, key)
    offer = session.get_one(Offer, run.offer_id)
    if run.apply_url or offer.state is not OfferState.PUBLISHED or not _takes(session, run):
        abort(404)
    return run, offer


def _takes(session: Session, run: Run) -> bool:
    return queries.takes_applications(session, run, clock.today())
