"""A tiny app of the kit alone: every component on one page, forms, guarded and failing views."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, request
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from registry.core.errors import STATUS, Gone, NotAllowed, Stale
from registry.web.assets import STATIC, templates_folder
from registry.web.export import export
from registry.web.flashes import flash_undo
from registry.web.forms import Form, choices
from registry.web.fragments import render
from registry.web.guard import guarded, public
from registry.web.i18n import N_, gettext, page_blueprint
from registry.web.kit import Site, init_web
from registry.web.navigation import Entry
from registry.web.pagination import Pagination, page_number
from registry.web.panels import Panel
from registry.web.tables import Column, Kind, Table

HERE = Path(__file__).parent


class Person:
    """Stands in for the actor; holds permissions as plain words."""

    def __init__(self, name: str, *permissions: str) -> None:
        self.name = name
        self.permissions = permissions
        self.anonymous = not name


class DemoForm(Form):
    title = StringField(N_("Tittel"), [InputRequired(), Length(max=10)])
    credits = IntegerField(N_("Studiepoeng"), [NumberRange(1, 60)])
    start = DateField(N_("Oppstart"))
    subject = SelectField(N_("Fag"), choices=choices([("no", "Norsk"), ("ma", "Matematikk")]))
    delivery = RadioField(N_("Form"), choices=choices([("online", N_("Nettbasert")), ("campus", N_("Stedbasert"))]))
    about = TextAreaField(N_("Om tilbudet"))
    open = BooleanField(N_("Åpent for søknad"))


def table() -> Table:
    rows = [
        {"name": "Nord universitet", "offers": 42, "share": 0.314, "due": date(2026, 3, 1)},
        {"name": "=HYPERLINK(1)", "offers": None, "share": 0.05, "due": None},
    ]
    columns = [
        Column("name", N_("Tilbyder"), href=lambda row: "/nb/demo/" if row["offers"] else None),
        Column("offers", N_("Tilbud"), Kind.NUMBER),
        Column("share", N_("Andel"), Kind.PERCENT),
        Column("due", N_("Frist"), Kind.DATE),
    ]
    total = {"name": "Sum", "offers": 42, "share": 1.0, "due": None}
    return Table("Tilbud per tilbyder", columns, rows, "Tilbud per tilbyder", total)


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    count: int | None


COUNTIES = "03 Oslo,11 Rogaland,15 Møre og Romsdal,18 Nordland,31 Østfold,32 Akershus,33 Buskerud,34 Innlandet,39 Vestfold,40 Telemark,42 Agder,46 Vestland,50 Trøndelag,55 Troms,56 Finnmark"


def context() -> dict[str, Any]:
    subjects = [
        "Begynneropplæring",
        "Engelsk",
        "Matematikk",
        "Norsk",
        "Samisk",
        "Spesialpedagogikk",
        "Kroppsøving",
        "Musikk",
    ]
    counties = [
        SimpleNamespace(code=row[:2], name=row[3:], count=(7 * number) % 40, href="/nb/demo/", selected=row[:2] == "18")
        for number, row in enumerate(COUNTIES.split(","))
    ]
    return {
        "subjects": [Option(name, name, 42 - 6 * number) for number, name in enumerate(subjects)],
        "bars": [{"label": name, "value": 42 - 6 * number} for number, name in enumerate(subjects)],
        "p": Pagination(page_number(), 20, 250),
        "t": table(),
        "form": DemoForm(),
        "counties": counties,
        "offers": [
            ("Begynneropplæring i lesing og skriving", "Nord universitet", "success", N_("Ledige plasser")),
            ("Matematikk 1, 5.–10. trinn", "Høgskulen på Vestlandet", "warning", N_("Få søkere – kan bli avlyst")),
            ("Samisk som andrespråk – davvisámegiella", "Sámi allaskuvla", "info", N_("Lite fag – nasjonalt ansvar")),
        ],
    }


def create_app(person: Person | None = None, **config: Any) -> Flask:
    """The demo app; ``person`` is who asks in every request."""
    app = Flask("demo", static_folder=str(STATIC), template_folder=str(templates_folder()))
    app.config.update(SECRET_KEY="test", TESTING=False, PROPAGATE_EXCEPTIONS=False, **config)
    app.jinja_loader = ChoiceLoader([FileSystemLoader(templates_folder()), FileSystemLoader(HERE / "templates")])
    site = Site(
        demo=True, data_date=lambda: date(2026, 3, 1), front="demo.front", search="demo.front", sign_in="demo.sign_in"
    )
    init_web(
        app,
        decide=lambda actor, permission: permission in actor.permissions,
        load_actor=lambda: person or Person(""),
        statuses=STATUS,
        site=site,
        navigation=[
            Entry(N_("Finn tilbud"), "demo.front", order=10),
            Entry(N_("Skjema"), "demo.form", order=20),
            Entry(N_("Hemmelig"), "demo.secret", permission="secret", order=30),
            Entry(N_("Personvern"), "demo.privacy", group="footer"),
        ],
        panels=[
            Panel("demo", "panel.html", lambda who: {"greeting": f"Hei, {who}"}),
            Panel("demo", "panel.html", lambda who: None),
            Panel("demo", "panel.html", lambda who: {"greeting": "secret"}, permission="secret"),
        ],
    )
    app.register_blueprint(_pages())
    return app


def _pages() -> Any:
    pages = page_blueprint("demo", __name__, "/demo")

    @pages.get("/")
    @public
    def front() -> Response:
        return render("demo.html", block="results", **context())

    @pages.route("/skjema", methods=["GET", "POST"])
    @public
    def form() -> Response:
        form = DemoForm()
        if form.validate_on_submit():
            flash_undo(gettext("Tilbudet er lagret."), "/nb/demo/angre")
        return render("demo_form.html", form=form, status=400 if form.errors else 200)

    @pages.get("/tabell.<kind>")
    @public
    def download(kind: str) -> Response:
        return export(table(), kind)

    @pages.get("/hemmelig")
    @guarded("secret")
    def secret() -> str:
        return "secret"

    @pages.get("/personvern")
    @public
    def privacy() -> str:
        return "privacy"

    @pages.get("/inn")
    @public
    def sign_in() -> str:
        return "sign in"

    @pages.get("/glemt")
    def forgotten() -> str:
        return "forgotten"

    @pages.get("/feil/<name>")
    @public
    def fail(name: str) -> str:
        errors = {
            "gone": Gone("Tilbudet ble lagt ned 1. mars – 100 % sikkert."),
            "stale": Stale("Noen andre endret tilbudet først."),
            "denied": NotAllowed("Du kan bare endre egne tilbud."),
        }
        raise errors.get(name, ZeroDivisionError(f"inner secret {request.path}"))

    return pages
