"""The page that somebody meant who wrote a slash too many, or no language."""

from flask import current_app, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from registry.web.i18n import preferred_language


def meant() -> Response | None:
    """For an address that leads nowhere: the way to the one that does, if there is one. Nothing but reading is sent on."""
    if request.method not in ("GET", "HEAD"):
        return None
    plain = "/" + request.path.strip("/")
    if plain != request.path and _leads_somewhere(plain):
        return _sent_to(plain, 301)
    spoken = f"/{preferred_language()}{plain}"
    if _leads_somewhere(spoken):
        response = _sent_to(spoken, 302)
        response.headers["Vary"] = "Accept-Language, Cookie"
        return response
    return None


def _leads_somewhere(path: str) -> bool:
    try:
        current_app.url_map.bind("").match(path, "GET")
    except HTTPException:
        return False
    return True


def _sent_to(path: str, status: int) -> Response:
    query = request.query_string.decode("latin-1")
    return redirect(f"{request.script_root}{path}{'?' if query else ''}{query}", status)
