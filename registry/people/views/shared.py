"""The cookie of a session: given when one begins, taken away when it ends, read with every request."""

from flask import current_app, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.policy import ANYONE, Actor
from registry.people import operations
from registry.web.parts import parts, reading, writing
from registry.web.security import safe_next

SESSION_COOKIE = "registry_session"


def cookie_name() -> str:
    """``__Host-`` ties the cookie to this host, and needs https. Flask keeps its own cookie, of forms, beside it."""
    return f"__Host-{SESSION_COOKIE}" if parts().settings.secure_cookies else SESSION_COOKIE


def begin(session: Session, person_id: int, applicant_key: str | None = None) -> str:
    """A new session, with a token of its own; the one before in this browser, if any, ends."""
    before = request.cookies.get(cookie_name())
    if before:
        operations.sign_out(session, before)
    return operations.sign_in(session, person_id, applicant_key)


def welcome(token: str, wanted: str | None) -> Response:
    """On to where the person wanted to go, with the cookie of the session that has begun."""
    response = redirect(safe_next(wanted, url_for("catalogue.front")), code=303)
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


def load_actor() -> Actor:
    """The person behind this request; at an unknown address too, where the page still says who is signed in.

    Files and questions of health ask nobody.
    """
    if request.endpoint == "static" or request.blueprint == "health":
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
