"""Signing in with a sign-in service (Feide, ID-porten): sent there, and received back.

The address a service answers to is registered with it once, so it has no language; the reader's own is kept meanwhile.
"""

from collections.abc import Iterable

from flask import Blueprint, Flask, current_app, redirect, request, session, url_for
from werkzeug.wrappers import Response

from registry.access.keyring import Keyring
from registry.access.policy import system
from registry.core.errors import NotFound
from registry.people import operations
from registry.people.services import Identity, Services
from registry.people.views.shared import begin, welcome
from registry.settings import SignInService
from registry.web.flashes import flash_problem
from registry.web.guard import public
from registry.web.i18n import LANGUAGES, current_language, gettext, preferred_language, read_in
from registry.web.limits import a_minute, limiter
from registry.web.parts import parts, writing
from registry.web.security import safe_next

blueprint = Blueprint("sign_in", __name__, url_prefix="/innlogging")

_KEPT = "sign_in"

limiter.limit(a_minute(lambda settings: settings.sign_in_per_minute))(blueprint)


def init_services(app: Flask, services: Iterable[SignInService]) -> None:
    """Get the app ready to send people to these services."""
    app.extensions["sign_in_services"] = Services(app, services)


@blueprint.get("/<service>")
@public
def start(service: str) -> Response:
    """On to the service. A plain link: our content policy lets no form lead elsewhere."""
    found = _services()
    title = found.title(service)
    if title is None:
        raise NotFound("Vi finner ikke denne innloggingen.")
    language = request.args.get("language", "")
    language = language if language in LANGUAGES else preferred_language()
    read_in(language)
    session[_KEPT] = {"language": language, "next": safe_next(request.args.get("next"), "")}
    return found.send(service, url_for("sign_in.answer", service=service, _external=True), language)


@blueprint.get("/<service>/svar")
@public
def answer(service: str) -> Response:
    """Back from the service, with a person or without."""
    found = _services()
    title = found.title(service)
    if title is None:
        raise NotFound("Vi finner ikke denne innloggingen.")
    kept = session.get(_KEPT, {})
    read_in(kept.get("language", current_language()))
    if request.args.get("error") == "access_denied":
        flash_problem(gettext("Innloggingen med %(service)s ble avbrutt.", service=title))
        home = url_for("people.sign_in", language=current_language(), next=kept.get("next") or None)
        return redirect(home, code=303)
    identity = found.receive(service)
    session.pop(_KEPT, None)
    token = _known(identity, current_language())
    return welcome(token, kept.get("next") or url_for("catalogue.front", language=current_language()))


def _known(identity: Identity, language: str) -> str:
    """The session of whoever this is: somebody we know, somebody invited, or somebody new."""
    with writing() as database:
        person = operations.arrive(
            database,
            identity.issuer,
            identity.subject,
            identity.name,
            email=identity.email,
            invited_as=identity.invited_as,
            language=language,
        )
        key = None
        if identity.national_id is not None:
            key, *formerly = Keyring.of(parts().settings).pseudonyms(identity.national_id)
            parts().recognise(database, system("sign-in"), dict.fromkeys(formerly, key))
        return begin(database, person.pk, key)


def _services() -> Services:
    found: Services = current_app.extensions["sign_in_services"]
    return found
