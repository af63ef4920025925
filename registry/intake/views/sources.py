"""Sources: how each is, when it is fetched, what came, and who has changed it."""

from typing import Any

from flask import redirect, request, url_for
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response

from importers import formats
from importers.protocol import yields
from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING
from registry.core import clock
from registry.core.errors import Conflict, InvalidInput, NotFound, Stale
from registry.intake import labels
from registry.intake.models import Source
from registry.intake.operations import add_source, ask_for_source, change_source, pause_source, wake_source
from registry.intake.policy import scope_of_provider
from registry.intake.presenting import sources
from registry.intake.queries import health, overview
from registry.intake.reading.delivery import TAKEN_IN
from registry.intake.source_form import SourceForm
from registry.reference.models import PROVIDER_KINDS, Organisation
from registry.web.flashes import flash_done, flash_undo
from registry.web.forms import choices
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import N_, explained, gettext, page_blueprint
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, reading, writing

blueprint = page_blueprint("sources", __name__, "/innhenting/kilder")
SIZE = 20


@blueprint.get("")
@guarded(Permission.IMPORT_READ)
def listed() -> Response:
    """Every source that may be seen, those that want somebody first."""
    with reading() as session:
        found = overview.standings(session, clock.now(), _reach())
        return render("intake/sources.html", sources=found, editable=_may_edit(), **words())


@blueprint.get("/<int:source_id>")
@guarded(Permission.IMPORT_READ)
def shown(source_id: int) -> Response:
    """One source: its schedule and health, every time it was asked, its deliveries and its changes."""
    with reading() as session:
        one = overview.standing(session, source_id, clock.now(), _reach())
        fetched = health.fetches(session, source_id, page_number("henting"), SIZE)
        runs = overview.runs_of(session, source_id, page_number(), SIZE)
        return render(
            "intake/source.html",
            one=one,
            fetched=fetched,
            older=Pagination(fetched.number, fetched.size, fetched.total).next,
            runs=runs,
            pagination=Pagination(runs.number, runs.size, runs.total),
            log=overview.log_of(session, source_id),
            editable=_may_edit() and one.source.url is not None,
            runnable=actor().may(Permission.IMPORT_RUN, scope_of_provider(one.source.organisation_id)),
            **words(),
        )


@blueprint.route("/ny", methods=["GET", "POST"])
@guarded(Permission.SOURCE_EDIT)
def added() -> Response:
    """A new source."""
    form = _form(None)
    if form.validate_on_submit():
        try:
            with writing() as session:
                made = add_source(session, actor(), form.draft()).pk
        except (InvalidInput, Conflict) as fault:
            _blame(form, fault)
        else:
            flash_done(gettext("Kilden er lagt til. Be om å få den hentet nå, eller vent til den hentes av seg selv."))
            return redirect(url_for("sources.shown", source_id=made))
    return render("intake/source_form.html", form=form, source=None, status=400 if form.errors else 200)


@blueprint.route("/<int:source_id>/endre", methods=["GET", "POST"])
@guarded(Permission.SOURCE_EDIT)
def changed(source_id: int) -> Response:
    """Change all but the format and whom it speaks for."""
    with reading() as session:
        source = session.get(Source, source_id)
        if source is None or source.url is None:
            raise NotFound("Kilden finnes ikke.")
        session.expunge(source)
    form = _form(source)
    if request.method == "GET":
        form.fill(source)
    elif form.validate_on_submit():
        version = request.form.get("version", "")
        try:
            with writing() as session:
                change_source(session, actor(), source_id, int(version) if version.isdigit() else 0, form.draft())
        except (InvalidInput, Stale) as fault:
            _blame(form, fault)
        else:
            flash_done(gettext("Kilden er endret."))
            return redirect(url_for("sources.shown", source_id=source_id))
    return render("intake/source_form.html", form=form, source=source, status=400 if form.errors else 200)


@blueprint.post("/<int:source_id>/hent")
@guarded(Permission.IMPORT_RUN)
def asked_for(source_id: int) -> Response:
    """Have it fetched as soon as may be."""
    _seen(source_id)
    with writing() as session:
        ask_for_source(session, actor(), source_id)
    flash_done(gettext("Kilden hentes om litt. Last siden på nytt for å se hvordan det gikk."))
    return redirect(url_for("sources.shown", source_id=source_id))


@blueprint.post("/<int:source_id>/pause")
@guarded(Permission.SOURCE_EDIT)
def paused(source_id: int) -> Response:
    """Fetch it no more for now."""
    with writing() as session:
        pause_source(session, actor(), source_id)
    flash_undo(gettext("Kilden er satt på pause."), url_for("sources.woken", source_id=source_id))
    return redirect(url_for("sources.shown", source_id=source_id))


@blueprint.post("/<int:source_id>/fortsett")
@guarded(Permission.SOURCE_EDIT)
def woken(source_id: int) -> Response:
    """Fetch it at its times again."""
    with writing() as session:
        wake_source(session, actor(), source_id)
    flash_done(gettext("Kilden hentes igjen."))
    return redirect(url_for("sources.shown", source_id=source_id))


def words() -> dict[str, Any]:
    """What templates that speak of sources are told."""
    return {
        "now": clock.now(),
        "ago": sources.ago,
        "often": sources.often,
        "span": sources.span,
        "bare_address": sources.bare_address,
        "conditions": sources.CONDITIONS,
        "uploaded": sources.UPLOADED,
        "fetches": labels.FETCHES,
        "walks": labels.WALKS,
        "auths": labels.AUTHS,
        "outcomes": labels.OUTCOMES,
        "source_events": labels.SOURCE_EVENTS,
        "source_fields": labels.SOURCE_FIELDS,
        "source_name": labels.source_name,
        "giver_name": labels.giver_name,
    }


def _reach() -> frozenset[int] | None:
    return actor().organisations(Permission.IMPORT_READ)


def _may_edit() -> bool:
    return actor().may(Permission.SOURCE_EDIT, EVERYTHING)


def _seen(source_id: int) -> None:
    """Raises NotFound: what may not be seen does not exist."""
    with reading() as session:
        overview.standing(session, source_id, clock.now(), _reach())


def _form(source: Source | None) -> SourceForm:
    form = SourceForm()
    form.offer_intervals(source.every_minutes if source else None)
    if source is not None:  # what decides its records stays, whatever is sent
        name = next((one.TITLE for key, one in formats.formats().items() if key == source.format), source.format)
        form.format.choices = choices([(source.format, name)])
        with reading() as session:
            provider = session.get(Organisation, source.organisation_id) if source.organisation_id else None
            named = provider.name_nb if provider else gettext("Alle tilbydere i kilden")
        form.provider.choices = choices([(str(source.organisation_id or ""), named)])
        return form
    known = formats.formats().items()
    form.format.choices = choices((name, one.TITLE) for name, one in known if yields(one) in TAKEN_IN)
    with reading() as session:
        form.provider.choices = choices([("", N_("Alle tilbydere i kilden")), *_providers(session)])
    return form


def _providers(session: Session) -> list[tuple[str, str]]:
    query = select(Organisation).where(col(Organisation.kind).in_(PROVIDER_KINDS)).order_by(col(Organisation.name_nb))
    return [(str(one.pk), one.name_nb) for one in session.exec(query)]


def _blame(form: SourceForm, fault: InvalidInput | Conflict | Stale) -> None:
    """The fault stands at its field where it names one."""
    field = fault.details.get("field") if isinstance(fault, InvalidInput) else None
    if isinstance(field, str) and field in form:
        form[field].errors = [*form[field].errors, explained(fault)]
    else:
        form.form_errors.append(explained(fault))
