"""Signing in for demonstration by choosing a person, and signing out."""

from flask import abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.policy import ANYONE, Actor
from registry.access.roles import Role
from registry.people import operations, queries
from registry.web.flashes import flash_done
from registry.web.fragments import render
from registry.web.guard import public
from registry.web.i18n import N_, gettext, page_blueprint
from registry.web.identifiers import form_id
from registry.web.parts import parts, reading, writing
from registry.web.security import safe_next

blueprint = page_blueprint("people", __name__)
blueprints = (blueprint,)

SESSION_COOKIE = "registry_session"

ROLES = {
    Role.SEARCHER: N_("Søker"),
    Role.PROVIDER_STAFF: N_("Studieadministrasjon"),
    Role.ADMISSIONS_OFFICER: N_("Opptakskontor"),
    Role.COORDINATOR: N_("UH-koordinator"),
    Role.OWNER: N_("Barnehage- og skoleeier"),
    Role.COUNTY_GOVERNOR: N_("Statsforvalter"),
    Role.DIRECTORATE: N_("Direktorat"),
    Role.OPERATOR: N_("Drift"),
    Role.ADMINISTRATOR: N_("Administrator"),
}


@blueprint.get("/logg-inn")
@public
def sign_in() -> Response:
    """In demonstration: choose whom to be."""
    with reading() as session:
        people = queries.demo_people(session) if parts().settings.demo else []
    return render("people/sign_in.html", people=people, roles=ROLES, next=request.args.get("next", ""))


@blueprint.post("/logg-inn")
@public
def signed_in() -> Response:
    """Start a session with a new token; the one before, if any, ends."""
    if not parts().settings.demo:
        abort(404)
    person_id = form_id("person")
    with writing() as session:
        if person_id is None or not queries.is_demo_person(session, person_id):
            abort(404)
        before = request.cookies.get(cookie_name())
        if before:
            operations.sign_out(session, before)
        token = operations.sign_in(session, person_id)
    response = redirect(safe_next(request.form.get("next"), url_for("catalogue.front")), code=303)
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(operations.LONGEST.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=parts().settings.secure_cookies,
        path="/",
    )
    return response


@blueprint.post("/logg-ut")
@public
def sign_out() -> Response:
    """End the session, here and for every copy of the cookie."""
    token = request.cookies.get(cookie_name())
    if token:
        with writing() as session:
            operations.sign_out(session, token)
    flash_done(gettext("Du er logget ut."))
    response = redirect(url_for("catalogue.front"), code=303)
    response.delete_cookie(
        cookie_name(), path="/", httponly=True, samesite="Lax", secure=parts().settings.secure_cookies
    )  # a browser takes a ``__Host-`` cookie away only where the order is Secure too
    return response


def cookie_name() -> str:
    """``__Host-`` ties the cookie to this host, and needs https. Flask keeps its own cookie, of forms, beside it."""
    return f"__Host-{SESSION_COOKIE}" if parts().settings.secure_cookies else SESSION_COOKIE


def load_actor() -> Actor:
    """The person behind this request, for the guard. Files and questions of health ask nobody."""
    if request.endpoint in (None, "static") or request.blueprint == "health":
        return ANYONE
    token = request.cookies.get(cookie_name())
    if not token:
        return ANYONE
    with reading() as session:
        found = operations.actor_of(session, token)
    if found is None:
        return ANYONE
    actor, stale = found
    if stale:
        try:
            with writing() as session:
                operations.touch(session, token)
        except Exception:  # noqa: BLE001 - a busy database must not sign anybody out
            current_app.logger.warning("could not write the last use of a session")
    return actor
