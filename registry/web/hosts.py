"""Which hosts the service is asked for at, and what its addresses begin with.

Whoever asks chooses the Host header: links, feeds and the address that a sign-in service answers to must not be made of just any.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, request

from registry.core.errors import InvalidInput

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, never listened on
_STRANGE = "registry.strange_host"


def init_hosts(app: Flask, public_url: str, listens_on: str) -> None:
    """Only requests for the host of ``public_url``, for loopback (probes, proxies that pass no Host on) and, where no public address
    is given, for the address listened on are answered. Where one is given, every whole address begins with it.
    """
    trusted = LOOPBACK | {urlsplit(public_url).hostname if public_url else listens_on} - _EVERYWHERE
    app.wsgi_app = _introduced(app.wsgi_app, public_url, trusted)  # type: ignore[method-assign, assignment]  # Werkzeug's own way of wrapping
    app.before_request(_look)


def _look() -> None:
    strange = request.environ.get(_STRANGE)
    if strange is not None:
        raise InvalidInput(
            "Tjenesten har ikke adressen %(host)s. Den som drifter tjenesten, setter adressen i REGISTRY_PUBLIC_URL.",
            host=strange[:100],
        )


def _introduced(inner: "WSGIApplication", public_url: str, trusted: frozenset[str | None]) -> "WSGIApplication":
    """The application never sees a host that is not trusted, and of those that are the public one alone, where there is one."""
    public = urlsplit(public_url or "http://localhost")

    def outer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        host = str(environ.get("HTTP_HOST", environ["SERVER_NAME"]))
        strange = _name(host) not in trusted
        if strange:
            environ[_STRANGE] = host
        if strange or public_url:
            environ |= {"HTTP_HOST": public.netloc, "wsgi.url_scheme": public.scheme}
        return inner(environ, start)

    return outer


def _name(host: str) -> str | None:
    """The name without the port, in lower case; None for what is no host."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
