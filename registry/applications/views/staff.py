"""The owner's staff: who has applied to what, whom the owner stands behind, and in which order."""

from flask import abort, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.pseudonyms import short_form
from registry.applications import operations, presenting
from registry.applications.queries.staff import staff_runs
from registry.applications.views.room import UNKNOWN, blueprint
from registry.core.errors import InvalidInput, NotFound, RegistryError
from registry.offers.models import Run
from registry.offers.operations import get_run
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext, ngettext
from registry.web.identifiers import form_id, form_ids
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, reading, writing

SIZE = 10


@blueprint.get("/eier/soknader")
@guarded(Permission.APPLICATION_ENDORSE)
def staff() -> Response:
    """The owner's applicants by run, what waits first."""
    owners = actor().organisations(Permission.APPLICATION_ENDORSE) or frozenset()
    with reading() as session:
        page = staff_runs(session, owners, page_number(), SIZE)
    return render(
        "applications/staff.html",
        page=page,
        several=len(owners) > 1,
        short_form=short_form,
        pagination=Pagination(page.number, page.size, page.total),
        words=presenting,
    )


@blueprint.post("/eier/soknader/<key>")
@guarded(Permission.APPLICATION_ENDORSE)
def spoken(key: str) -> Response:
    """Stand behind the chosen, or not, or put them in order."""
    owner = form_id("owner")
    if owner not in (actor().organisations(Permission.APPLICATION_ENDORSE) or ()):
        abort(404)
    try:
        with writing() as session:
            said = _spoken(session, get_run(session, key), owner or 0)
        flash_done(said)
    except NotFound:
        abort(404)
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.staff", _anchor=f"kull-{key}"), code=303)


def _spoken(session: Session, run: Run, owner: int) -> str:
    chosen = form_ids("application")
    match request.form.get("action"):
        case "endorse":
            operations.speak_for(session, actor(), run, owner, chosen)
            return ngettext("%(num)s søknad har støtte.", "%(num)s søknader har støtte.", len(chosen))
        case "decline":
            why = (request.form.get("reason", ""), request.form.get("text") or None)
            operations.speak_for(session, actor(), run, owner, chosen, why)
            return ngettext("%(num)s søknad har ikke støtte.", "%(num)s søknader har ikke støtte.", len(chosen))
        case "rank":
            operations.rank(session, actor(), run, owner, _order())
            return gettext("Rekkefølgen er lagret.")
    raise InvalidInput(UNKNOWN)


def _order() -> list[int]:
    """Applications with a number beside them, by that number; who has none has no rank."""
    numbers = {one: request.form.get(f"rank-{one}", type=int) for one in form_ids("listed")}
    return sorted((one for one, number in numbers.items() if number), key=lambda one: (numbers[one] or 0, one))
