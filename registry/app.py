"""create_app(): the one place where parts are put together."""

from datetime import date, datetime, timedelta
from types import ModuleType

from flask import Flask, current_app
from flask_compress import Compress
from sqlmodel import col, func, select
from werkzeug.middleware.proxy_fix import ProxyFix

from registry.access.permissions import Permission
from registry.access.policy import ANYONE, Actor
from registry.api import views as api
from registry.applications import views as applications
from registry.applications.operations.recognising import recognise
from registry.catalogue import views as catalogue
from registry.catalogue.documents import index_settings
from registry.catalogue.views.page_cache import forget_pages
from registry.coordination import views as coordination
from registry.coordination.guards import install as install_national_guarantee
from registry.coordination.queries.detecting.marks import search_facets
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import STATUS, InvalidInput
from registry.intake import views as intake
from registry.intake.models import ImportRun
from registry.intake.operations.parting import install as install_parter
from registry.intake.states import ImportOutcome
from registry.messages import views as messages
from registry.migrations.run import at_head
from registry.offers import views as offers
from registry.people import views as people
from registry.plans import views as plans
from registry.reports import views as reports
from registry.schedule import views as schedule
from registry.settings import Settings
from registry.web.assets import templates_folder
from registry.web.hosts import init_hosts
from registry.web.kit import Site, init_web
from registry.web.limits import init_limits
from registry.web.parts import Parts, reading
from registry.web.security import csrf
from search.embedded import EmbeddedEngine
from search.meilisearch import MeilisearchEngine
from search.protocol import SearchEngine
from search.standby import StandbyEngine

#: A room's ``views`` holds ``blueprints``, and where it has any NAVIGATION and PANELS.
ROOMS: tuple[ModuleType, ...] = (
    api,
    reports,
    catalogue,
    applications,
    offers,
    coordination,
    plans,
    intake,
    people,
    schedule,
    messages,
)

_MEGABYTE = 1_000_000
_DATA_DATE = "data_date"
_DATA_DATE_HOLDS = timedelta(minutes=1)


def open_search(settings: Settings, database: Database) -> SearchEngine:
    """The search engine of the settings, configured from the reference data.

    Raises InvalidInput where the settings name a server and not its address.
    """
    with database.read() as session:
        described = index_settings(session)
    embedded = EmbeddedEngine(settings.home / "index", described)
    if settings.engine == "embedded":
        return embedded
    if not settings.meili_url:
        raise InvalidInput("REGISTRY_ENGINE er «meilisearch», men REGISTRY_MEILI_URL er ikke satt.")
    server = MeilisearchEngine(
        settings.meili_url, described, key=settings.meili_search_key, write_key=settings.meili_write_key
    )
    return StandbyEngine(server, embedded)


def create_app(settings: Settings, database: Database, search: SearchEngine) -> Flask:
    """The web application over these parts. Raises AssetsMissing where the build has not run."""
    install_national_guarantee()
    install_parter()
    app = Flask(__name__, template_folder=str(templates_folder()), static_folder="static")
    app.secret_key = settings.secret("secret_key")
    app.config["MAX_CONTENT_LENGTH"] = settings.max_payload_mb * _MEGABYTE
    app.config["SITE_CONTACT"] = settings.contact_email
    hand_in(app, settings, database, search)
    Compress(app)
    init_limits(app, settings.limit_storage)
    init_web(
        app,
        decide=_decide,
        load_actor=people.load_actor,
        statuses=STATUS,
        navigation=[entry for room in ROOMS for entry in getattr(room, "NAVIGATION", ())],
        panels=[panel for room in ROOMS for panel in getattr(room, "PANELS", ())],
        site=Site(
            demo=settings.demo,
            data_date=_data_date,
            accessibility_url=settings.accessibility_statement_url,
            front="catalogue.front",
            search="catalogue.search",
            sign_in="people.sign_in",
            sign_out="people.sign_out",
        ),
        https=settings.secure_cookies,
    )
    init_hosts(app, settings.public_url, settings.host)  # the language of a refusal is known by now
    if settings.trusted_proxies:  # outside of it, so that the host is the one that the proxies tell
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Werkzeug's own way of wrapping
    for room in ROOMS:
        for blueprint in room.blueprints:
            app.register_blueprint(blueprint)
    people.init_services(app, settings.sign_in)
    csrf.exempt(api.machine)  # it knows callers by their key alone; a cookie opens nothing there
    return app


def hand_in(app: Flask, settings: Settings, database: Database, search: SearchEngine) -> None:
    """The parts that every view finds; nothing else of an app depends on them, apart from what settings say of the web."""
    forget_pages(app)
    app.extensions.pop(_DATA_DATE, None)
    app.extensions["registry"] = Parts(database, settings, search, lambda: at_head(database), recognise, search_facets)


def _decide(actor: Actor | None, permission: Permission) -> bool:
    """ "Anywhere at all?": the operation asks again about the very thing."""
    return (actor or ANYONE).may(permission)


def _data_date() -> date | None:
    """The day of the newest delivery taken, for every page's foot: asked for once a minute."""
    now = clock.now()
    asked: datetime | None
    day: date | None
    asked, day = current_app.extensions.get(_DATA_DATE, (None, None))
    if asked is None or not timedelta(0) <= now - asked < _DATA_DATE_HOLDS:
        with reading() as session:
            done = ImportRun.outcome == ImportOutcome.DONE
            day = session.exec(select(func.max(col(ImportRun.as_of))).where(done)).one()
        current_app.extensions[_DATA_DATE] = now, day
    return day
