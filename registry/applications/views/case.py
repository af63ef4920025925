"""One application with the office: its story, a decision, a correction, and the view across."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from flask import abort, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.pseudonyms import short_form
from registry.applications import operations, presenting, queries
from registry.applications.models import Application
from registry.applications.operations.correcting import Target
from registry.applications.operations.looking import case as case_of
from registry.applications.policy import scope_in
from registry.applications.queries.across import signals
from registry.applications.states import Answer, Attendance, Decision, Standing
from registry.applications.views.room import UNKNOWN, blueprint
from registry.core.errors import InvalidInput, NotFound, RegistryError
from registry.offers.models import Offer, Run
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext
from registry.web.parts import actor, reading, writing

_TARGETS: dict[str, Callable[[str], Target]] = {
    "decision": Decision,
    "answer": Answer,
    "attendance": Attendance,
    "standing": Standing,
}


@blueprint.get("/opptak/soknad/<int:number>")
@guarded(Permission.APPLICATION_DECIDE)
def case(number: int) -> Response:
    """An application, by the short form of its pseudonym."""
    with reading() as session:
        application, run, offer = _application(session, number, Permission.APPLICATION_DECIDE)
        lines = queries.history(session, number)
        try:
            case_of(session, actor(), number)
            across = True
        except NotFound:
            across = False
    return render(
        "applications/case.html",
        application=application,
        run=run,
        offer=offer,
        lines=lines,
        across=across,
        short=short_form(application.applicant_key),
        targets=presenting.correction_targets(application),
        words=presenting,
    )


@blueprint.post("/opptak/soknad/<int:number>/avgjor")
@guarded(Permission.APPLICATION_DECIDE)
def decide(number: int) -> Response:
    """Offer a place, put on the waitlist, or reject: told at once."""
    try:
        with writing() as session:
            application, _run, _offer = _application(session, number, Permission.APPLICATION_DECIDE)
            said = _decided(session, application)
        flash_done(said)
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.case", number=number), code=303)


def _decided(session: Session, application: Application) -> str:
    match request.form.get("action"):
        case "offer":
            operations.offer_place(session, actor(), application)
            return gettext("Søkeren er tilbudt plass.")
        case "waitlist":
            operations.waitlist(session, actor(), application)
            return gettext("Søkeren står på venteliste.")
        case "reject":
            operations.reject(session, actor(), application, request.form.get("reason", ""))
            return gettext("Søkeren har fått avslag.")
    raise InvalidInput(UNKNOWN)


@blueprint.post("/opptak/soknad/<int:number>/rett")
@guarded(Permission.APPLICATION_CORRECT)
def correct(number: int) -> Response:
    """Set right what was recorded wrongly, with a reason."""
    try:
        with writing() as session:
            application, _run, _offer = _application(session, number, Permission.APPLICATION_CORRECT)
            operations.correct(
                session,
                actor(),
                application,
                _target(),
                operations.Why(request.form.get("why", ""), request.form.get("text", "").strip() or None),
                reject_reason=request.form.get("reason") or None,
                result_on=_day("on"),
                earned=_credits("credits"),
            )
        flash_done(gettext("Rettelsen er ført. Det som sto før, er bevart i historikken."))
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.case", number=number), code=303)


def _target() -> Target:
    life, _, state = request.form.get("to", "").partition(":")
    try:
        return _TARGETS[life](state)
    except (KeyError, ValueError):
        raise InvalidInput(UNKNOWN) from None


def _day(name: str) -> date | None:
    raw = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(raw) if raw else None
    except ValueError:
        raise InvalidInput("Skriv en gyldig dato, for eksempel 2026-03-01.") from None


def _credits(name: str) -> Decimal | None:
    raw = request.form.get(name, "").strip().replace(",", ".")
    try:
        found = Decimal(raw) if raw else None
    except InvalidOperation:
        found = Decimal("NaN")
    if found is not None and not found.is_finite():
        raise InvalidInput("Skriv et tall.")
    return found


# The view across


@blueprint.post("/opptak/soknad/<int:number>/innsyn")
@guarded(Permission.APPLICATION_ACROSS)
def look(number: int) -> Response:
    """Writes down the purpose; then there is something to see."""
    try:
        with writing() as session:
            made = operations.look(session, actor(), number, request.form.get("purpose", ""))
        return redirect(url_for("applications.across", number=made.pk), code=303)
    except InvalidInput as fault:
        flash_problem(explained(fault))
        return redirect(url_for("applications.case", number=number), code=303)


@blueprint.get("/opptak/innsyn/<int:number>")
@guarded(Permission.APPLICATION_ACROSS)
def across(number: int) -> Response:
    """What a look shows: institution, subject, state and priority; for who looked, and not for long."""
    with reading() as session:
        made, found, others = operations.seen(session, actor(), number)
    return render(
        "applications/across.html",
        look=made,
        application=found.application,
        run=found.run,
        others=others,
        signals=signals(found.application.priority, others),
        short=short_form(found.application.applicant_key),
        purposes=presenting.PURPOSE,
        words=presenting,
    )


def _application(session: Session, number: int, permission: Permission) -> tuple[Application, Run, Offer]:
    """What belongs to another institution is not found."""
    application = session.get(Application, number)
    if application is None:
        abort(404)
    run = session.get_one(Run, application.run_id)
    if not actor().may(permission, scope_in(session, run, application)):
        abort(404)
    return application, run, session.get_one(Offer, run.offer_id)
