"""Who may call which view. Default deny: an endpoint that carries no mark is refused.

The decision itself is the policy's; the app hands it in, so that this module knows no roles.
"""

from collections.abc import Callable
from typing import Any, NoReturn, Protocol, TypeVar, cast

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

View = TypeVar("View", bound=Callable[..., Any])
Decide = Callable[[Any, Any], bool]
_MARK = "__guard__"
PUBLIC = "public"


class LoadActor(Protocol):
    """Answers with the person behind this request; something falsy for nobody in particular."""

    def __call__(self) -> Any: ...


def public(view: View) -> View:
    """Anyone may call this view."""
    setattr(view, _MARK, PUBLIC)
    return view


def guarded(permission: Any) -> Callable[[View], View]:
    """Only who holds ``permission`` somewhere may call this view; the operation asks again about the very thing."""

    def mark(view: View) -> View:
        setattr(view, _MARK, permission)
        return view

    return mark


def permission_of(view: Callable[..., Any]) -> Any | None:
    """The mark of a view: ``PUBLIC``, a permission, or None where somebody forgot."""
    return getattr(view, _MARK, None)


def allowed(permission: Any) -> bool:
    """May the person asking do this? For templates and navigation; ``None`` and ``PUBLIC`` are always allowed."""
    if permission is None or permission == PUBLIC:
        return True
    if "actor" not in g:  # the error came before the person was known
        return False
    return cast(Decide, current_app.extensions["guard"])(g.actor, permission)


def signed_in() -> bool:
    """Is the person behind this request known?"""
    return _known(g.get("actor"))


def init_guard(app: Flask, decide: Decide, load_actor: LoadActor, sign_in: str | None = None) -> None:
    """``decide(actor, permission)`` is the policy; ``sign_in`` is the endpoint that strangers are sent to, with ``next``."""
    app.extensions["guard"] = decide
    app.jinja_env.globals.update(allowed=allowed, signed_in=signed_in)
    if "static" in app.view_functions:
        public(app.view_functions["static"])

    def check() -> Response | None:
        g.actor = load_actor()
        if request.endpoint is None:  # an unknown address; the router answers
            return None
        mark = permission_of(app.view_functions[request.endpoint])
        if mark is None:
            app.logger.error("refused: endpoint %s has no guard", request.endpoint)
            abort(403)
        if allowed(mark):
            return None
        if not _known(g.actor) and sign_in is not None and request.method == "GET":
            return redirect(url_for(sign_in, next=request.full_path.rstrip("?")))
        return _refuse()

    app.before_request(check)


def _known(actor: Any) -> bool:
    return bool(actor) and not getattr(actor, "anonymous", False)


def _refuse() -> NoReturn:
    abort(403)
