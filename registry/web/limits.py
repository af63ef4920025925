"""How often one address may ask for what is dear (files, feeds, reports, the API) or worth guessing at; the rest is not counted.

Counted by address, not by key or name: whoever tries keys would have a new count for each. Where the operator gives a
storage that servers share, they count together; in one server its threads do.
"""

from collections.abc import Callable

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from registry.settings import Settings
from registry.web.parts import parts

limiter = Limiter(get_remote_address, headers_enabled=True, strategy="moving-window")


def a_minute(chosen: Callable[[Settings], int]) -> Callable[[], str]:
    """A limit of the settings, as it is when somebody asks."""
    return lambda: f"{chosen(parts().settings)}/minute"


#: For views that take seconds to draw (files, feeds, reports), which share one count.
dear = limiter.shared_limit(a_minute(lambda settings: settings.files_per_minute), scope="dear")


def init_limits(app: Flask, storage: str) -> None:
    """``storage`` is an address that the library ``limits`` knows."""
    app.config["RATELIMIT_STORAGE_URI"] = storage
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True  # a storage that is away must stop nobody
    limiter.init_app(app)
