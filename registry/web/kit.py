"""Puts the kit together in the one order that works. Called by ``registry.app`` before any blueprint is registered."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from flask import Flask

from registry import __version__
from registry.web.assets import init_assets
from registry.web.errors import init_errors
from registry.web.formatting import init_formatting
from registry.web.guard import Decide, LoadActor, init_guard
from registry.web.i18n import init_i18n
from registry.web.identifiers import init_identifiers
from registry.web.links import init_links
from registry.web.navigation import Entry, init_navigation
from registry.web.panels import Panel, init_panels
from registry.web.pieces import init_pieces
from registry.web.security import init_security
from registry.web.templating import init_templating
from registry.web.typed import init_typed


@dataclass(frozen=True, slots=True)
class Site:
    """What every page says about the service. Endpoints are optional: a link without an endpoint is not shown."""

    demo: bool = False
    data_date: Callable[[], date | None] = lambda: None
    accessibility_url: str = ""
    front: str = "root"
    search: str | None = None
    sign_in: str | None = None
    sign_out: str | None = None
    version: str = __version__


def init_web(
    app: Flask,
    *,
    decide: Decide,
    load_actor: LoadActor,
    statuses: Mapping[type[Exception], int],
    navigation: Iterable[Entry] = (),
    panels: Iterable[Panel] = (),
    site: Site | None = None,
    https: bool = False,
) -> None:
    """Everything of the kit on one app. Raises AssetsMissing where the build has not run."""
    site = site or Site()
    app.config["SEARCH_ENDPOINT"] = site.search
    init_templating(app)
    app.jinja_env.globals["site"] = site
    init_i18n(app)  # first: the language is known to whatever fails later
    init_links(app)
    init_identifiers(app)
    init_formatting(app)
    init_assets(app)
    init_guard(
        app, decide, load_actor, site.sign_in
    )  # before security: a refused form gets a page that knows the person
    init_security(app, https)
    init_typed(app)
    init_errors(app, statuses)
    init_navigation(app, navigation)
    init_panels(app, panels)
    init_pieces(app)
