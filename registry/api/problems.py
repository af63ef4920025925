"""Errors of the API as problem details (RFC 9457): what is wrong, in the caller's language, and never a value that was sent."""

import secrets
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from registry.api.requests import Problem
from registry.core.errors import STATUS, RegistryError
from registry.core.logs import told
from registry.web.errors import WORDS
from registry.web.i18n import N_, explained, gettext

#: What is wrong in one place of a body, by pydantic's own names of errors. Nothing that was sent is repeated.
_FAULTS = {
    "missing": N_("Feltet mangler."),
    "extra_forbidden": N_("Feltet er ikke kjent."),
    "json_invalid": N_("Innholdet er ikke gyldig JSON."),
    "enum": N_("Verdien er ikke blant dem som er tillatt."),
    "too_long": N_("For mange i ett kall."),
    "too_short": N_("Send minst én."),
}
#: Titles of statuses that no page has.
_TITLES = {
    401: N_("Ukjent kaller"),
    415: N_("Innholdet må være JSON"),
    422: N_("Innholdet er ikke slik det skal være"),
}
_OTHER = N_("Verdien kan ikke brukes her. Se dokumentasjonen.")


def problem(status: int, detail: str | None = None, *, errors: list[dict[str, str]] | None = None) -> Response:
    """One problem."""
    words = WORDS.get(status)
    body = Problem(
        type="about:blank",
        title=gettext(words.heading if words else _TITLES.get(status, str(status))),
        status=status,
        detail=detail or (gettext(words.advice) if words else None),
        errors=errors,
    )
    response: Response = make_response(jsonify(body.model_dump(exclude_none=True)), status)
    response.mimetype = "application/problem+json"
    response.headers["Cache-Control"] = "no-store"
    return response


def of_body(error: ValidationError) -> Response:
    """Where the body is wrong, by JSON pointer."""
    errors = [
        {
            "pointer": "".join(f"/{part}" for part in one["loc"]),
            "detail": gettext(_FAULTS.get(one["type"], _OTHER)),
        }
        for one in error.errors(include_url=False, include_context=False, include_input=False)[:100]
    ]
    return problem(422, gettext("Innholdet er ikke slik det skal være. Ingenting er lagret."), errors=errors)


def init_problems(blueprint: Blueprint) -> None:
    """Every error of the blueprint's views is a problem."""
    blueprint.register_error_handler(ValidationError, of_body)
    blueprint.register_error_handler(RegistryError, _domain)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _ours)


def _domain(error: RegistryError) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return problem(status, explained(error))


def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error.get_response()
    return problem(error.code)


def _ours(error: Exception) -> Response:
    reference = secrets.token_hex(4)
    current_app.logger.error("error %s in the API: %s", reference, told(error, trace=True))
    return problem(500, gettext("Feilen er logget med referansen %(reference)s.", reference=reference))
