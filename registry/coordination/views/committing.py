"""A rule of commitment is switched on from the page where it has just been tried, and off again."""

from datetime import date

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.applications.commitment import RuleKind
from registry.applications.queries.replays import begun_terms
from registry.coordination import operations
from registry.coordination.operations.committing import Tried
from registry.coordination.views.shared import blueprint
from registry.core.errors import InvalidInput, RegistryError
from registry.web.flashes import flash_done, flash_problem
from registry.web.formatting import long_date
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext
from registry.web.parts import actor, writing


@blueprint.post("/regler/binding")
@guarded(Permission.RULE_EDIT)
def switch_on() -> Response:
    """Holds from a term on; the figures that were seen go along."""
    form = request.form
    try:
        with writing() as session:
            chosen = form.get("semester", "")
            tried = Tried(
                _kind(),
                _number(form.get("grense", "")),
                begun_terms(session) if chosen == "alle" else [chosen],
                form.get("sett", ""),
            )
            made = operations.switch_on(session, actor(), tried, _day(), form.get("hvorfor", ""))
            since = made.valid_from
        flash_done(
            gettext("Regelen gjelder fra %(date)s. Tallene du så, er lagret med vedtaket.", date=long_date(since))
        )
    except RegistryError as fault:
        flash_problem(explained(fault))
    return _back()


@blueprint.post("/regler/binding/av")
@guarded(Permission.RULE_EDIT)
def switch_off() -> Response:
    """Ends what is switched on, or undoes what has not begun."""
    try:
        with writing() as session:
            made = operations.switch_off(session, actor(), _kind(), _day(), request.form.get("hvorfor", ""))
            since = made.valid_from
        flash_done(gettext("Regelen er slått av fra %(date)s.", date=long_date(since)))
    except RegistryError as fault:
        flash_problem(explained(fault))
    return _back()


def _back() -> Response:
    kind, limit, term = (request.form.get(name) or None for name in ("regel", "grense", "semester"))
    return redirect(url_for("applications.commitment", regel=kind, grense=limit, semester=term), 303)


def _kind() -> RuleKind:
    try:
        return RuleKind(request.form.get("regel", ""))
    except ValueError:
        raise InvalidInput("Velg en regel.") from None


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ".")) if text else None
    except ValueError:
        raise InvalidInput("Grensen må være et tall fra 1 til 300.") from None


def _day() -> date:
    try:
        return date.fromisoformat(request.form.get("fra", ""))
    except ValueError:
        raise InvalidInput("Velg når regelen skal gjelde fra.") from None
