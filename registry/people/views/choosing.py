"""The page to sign in from, choosing a person in a demonstration, and signing out."""

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from registry.people import operations, queries
from registry.people.labels import ROLES
from registry.people.views.shared import begin, cookie_name, welcome
from registry.web.flashes import flash_done
from registry.web.fragments import render
from registry.web.guard import public
from registry.web.i18n import gettext, page_blueprint
from registry.web.identifiers import form_id
from registry.web.parts import parts, reading, writing

blueprint = page_blueprint("people", __name__)


@blueprint.get("/logg-inn")
@public
def sign_in() -> Response:
    """Choose where to sign in; in a demonstration also whom to be."""
    settings = parts().settings
    with reading() as session:
        people = queries.demo_people(session) if settings.demo else []
    wanted = request.args.get("next", "")
    return render("people/sign_in.html", services=settings.sign_in, people=people, roles=ROLES, next=wanted)


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
        token = begin(session, person_id)
    return welcome(token, request.form.get("next"))


@blueprint.post("/logg-ut")
@public
def sign_out() -> Response:
    """End the session, here and for every copy of the cookie."""
    token = request.cookies.get(cookie_name())
    issuer = None
    if token:
        with writing() as session:
            issuer = operations.sign_out(session, token)
    _say_goodbye(issuer)
    response = redirect(url_for("catalogue.front"), code=303)
    response.delete_cookie(
        cookie_name(), path="/", httponly=True, samesite="Lax", secure=parts().settings.secure_cookies
    )  # a browser takes a ``__Host-`` cookie away only where the order is Secure too
    return response


def _say_goodbye(issuer: str | None) -> None:
    """The sign-in service remembers the person longer than we do; on a shared machine they must know."""
    service = next((one for one in parts().settings.sign_in if one.issuer == issuer), None)
    if service is None:
        flash_done(gettext("Du er logget ut."))
    else:
        said = gettext(
            "Du er logget ut her. Lukk alle vinduene i nettleseren for å logge ut av %(service)s også.",
            service=service.title,
        )
        flash_done(said)
