"""Error pages: in the reader's language, with a way on and, for our own faults, a reference. Never a stack trace."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, current_app, g, jsonify, make_response, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError
from werkzeug.wrappers import Response

from registry.core.errors import RegistryError, Unavailable
from registry.core.logs import told
from registry.web.fragments import is_fragment_request
from registry.web.i18n import N_, current_language, explained, gettext, preferred_language
from registry.web.meant import meant


@dataclass(frozen=True, slots=True)
class Words:
    """Heading and advice of one error page; both msgids."""

    heading: str
    advice: str


WORDS: dict[int, Words] = {
    400: Words(
        N_("Forespørselen kan ikke brukes"), N_("Noe i adressen eller skjemaet er feil. Gå tilbake og prøv på nytt.")
    ),
    403: Words(
        N_("Du har ikke tilgang"),
        N_("Siden krever en rolle du ikke har. Logg inn med en annen rolle, eller be om tilgang."),
    ),
    404: Words(N_("Fant ikke siden"), N_("Adressen kan være feil skrevet, eller siden kan være flyttet. Prøv å søke.")),
    405: Words(
        N_("Dette går ikke an her"), N_("Siden tar ikke imot denne typen forespørsel. Gå tilbake og prøv på nytt.")
    ),
    409: Words(
        N_("Endringen ble ikke lagret"),
        N_("Noe har endret seg siden du åpnet siden. Last siden på nytt og prøv igjen."),
    ),
    410: Words(
        N_("Siden finnes ikke lenger"), N_("Det som sto her, er trukket tilbake. Prøv å søke etter noe lignende.")
    ),
    413: Words(N_("Filen er for stor"), N_("Del filen i mindre deler, eller send den som CSV.")),
    429: Words(N_("For mange forespørsler"), N_("Vent et minutt og prøv på nytt.")),
    500: Words(N_("Noe gikk galt hos oss"), N_("Feilen er logget. Prøv på nytt om litt.")),
    503: Words(N_("Tjenesten er ikke tilgjengelig nå"), N_("Prøv på nytt om noen minutter.")),
}
EXPIRED_FORM = N_(
    "Skjemaet er for gammelt eller ble sendt fra et annet sted. Last siden på nytt og send skjemaet igjen."
)


_FILES = ("csv", "xlsx", "ods", "atom", "ics", "xml", "txt")


def error_page(status: int, message: str | None = None, reference: str | None = None) -> Response:
    """The page for a status; ``message`` says more than the standard advice, in the reader's language already.

    JSON to who asks for JSON, plain text in place of any other file, one alert to htmx, the whole page to everyone else.
    """
    words = WORDS.get(status, WORDS[400 if status < 500 else 500])
    title, detail = gettext(words.heading), message or gettext(words.advice)
    ending = request.path.rpartition(".")[2]
    if ending in _FILES:
        response = make_response(f"{title}. {detail}\n", {"Content-Type": "text/plain; charset=utf-8"})
    elif (
        ending == "json" or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    ):
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        response = jsonify({**body, "reference": reference} if reference else body)
        response.mimetype = "application/problem+json"
    else:
        template = "errors/fragment.html" if is_fragment_request() else "errors/page.html"
        page = render_template(
            template, status=status, words=words, message=message, reference=reference, search_url=_search()
        )
        response = make_response(page)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def init_errors(app: Flask, statuses: Mapping[type[Exception], int]) -> None:
    """``statuses``: domain error → status; the nearest class wins. What a domain error says is shown to the reader."""

    def domain(error: Exception) -> Response:
        status = next(statuses[kind] for kind in type(error).__mro__ if kind in statuses)
        if status >= 500 and not isinstance(
            error, Unavailable
        ):  # that somebody else is away is said, and no fault of ours
            return _our_fault(error, status)
        return error_page(status, explained(error, marked=True) if isinstance(error, RegistryError) else None)

    for kind in statuses:
        app.register_error_handler(kind, domain)
    app.register_error_handler(CSRFError, lambda _error: error_page(400, gettext(EXPIRED_FORM)))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, lambda error: _our_fault(error, 500))


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:  # redirects of the router
        return error.get_response()
    if error.code >= 500 and error.code != 503:
        return _our_fault(error, error.code)
    if error.code == 404 and (elsewhere := meant()):
        return elsewhere
    response = error_page(error.code)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _our_fault(error: Exception, status: int) -> Response:
    reference = secrets.token_hex(4)
    current_app.logger.error("error %s at %s: %s", reference, request.endpoint, told(error, trace=True))
    if "language" not in g:
        g.language = preferred_language()
    try:
        return error_page(status, reference=reference)
    except Exception as broken:  # noqa: BLE001 - the page itself is broken: say so without any template
        current_app.logger.error("error page of %s failed: %s", reference, told(broken, trace=True))  # noqa: TRY400 - a trace may hold what told() leaves out
        return make_response(
            f"{WORDS[500].heading}. {reference}", status, {"Content-Type": "text/plain; charset=utf-8"}
        )


def _search() -> str | None:
    """Address of the search, where the app has named it (``SEARCH_ENDPOINT``)."""
    endpoint = current_app.config.get("SEARCH_ENDPOINT")
    try:
        return url_for(endpoint, language=current_language()) if endpoint else None
    except BuildError:
        return None
