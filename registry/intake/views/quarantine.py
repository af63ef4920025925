"""Rows in quarantine: as they came, why they were not taken, and what to do."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.core.errors import InvalidInput
from registry.intake import labels, queries
from registry.intake.forms import DiscardForm
from registry.intake.operations import discard, retry
from registry.intake.states import QuarantineState
from registry.web.flashes import flash_done
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext, page_blueprint
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, reading, writing

blueprint = page_blueprint("quarantine", __name__, "/innhenting/karantene")
SIZE = 25


@blueprint.get("")
@guarded(Permission.IMPORT_READ)
def listed() -> Response:
    """Every row that waits, or in another state."""
    asked = request.args.get("status", QuarantineState.WAITING)
    state = QuarantineState(asked) if asked in set(QuarantineState) else QuarantineState.WAITING
    with reading() as session:
        reach = actor().organisations(Permission.IMPORT_READ)
        page = queries.quarantined(session, reach, state=state, number=page_number(), size=SIZE)
        return render(
            "intake/quarantine.html",
            page=page,
            pagination=Pagination(page.number, page.size, page.total),
            state=state,
            states=labels.STATES,
        )


@blueprint.route("/<int:row_id>", methods=["GET", "POST"])
@guarded(Permission.IMPORT_RUN)
def row(row_id: int) -> Response:
    """One row: repair its values and try again."""
    problem = None
    if request.method == "POST":
        try:
            return _retried(row_id)
        except InvalidInput as fault:
            problem = explained(fault)
    return _page(row_id, DiscardForm(formdata=None), problem)


@blueprint.post("/<int:row_id>/legg-bort")
@guarded(Permission.IMPORT_RUN)
def discarded(row_id: int) -> Response:
    """Set the row aside for good."""
    form = DiscardForm()
    if not form.validate_on_submit():
        return _page(row_id, form, None)
    _seen(row_id)
    with writing() as session:
        discard(session, actor(), row_id, form.reason.data)
    flash_done(gettext("Raden er lagt bort."))
    return redirect(url_for("quarantine.listed"))


def _seen(row_id: int) -> list[str]:
    """The row's own columns. Raises NotFound where it is somebody else's: what may not be seen does not exist."""
    with reading() as session:
        found, _ = queries.quarantined_row(session, row_id, actor().organisations(Permission.IMPORT_RUN))
        return list(found.raw)


def _retried(row_id: int) -> Response:
    raw = {name: request.form.get(f"v{place}", "") for place, name in enumerate(_seen(row_id))}
    with writing() as session:
        result = retry(session, actor(), row_id, raw)
    flash_done(gettext("Raden er rettet og tatt inn."))
    return redirect(url_for("intake.shown", run_id=result.run))


def _page(row_id: int, form: DiscardForm, problem: str | None) -> Response:
    with reading() as session:
        found, run = queries.quarantined_row(session, row_id, actor().organisations(Permission.IMPORT_RUN))
        values = [
            (f"v{place}", name, request.form.get(f"v{place}", value or ""))
            for place, (name, value) in enumerate(found.raw.items())
        ]
        return render(
            "intake/row.html",
            row=found,
            run=run,
            values=values,
            form=form,
            problem=problem,
            states=labels.STATES,
            status=400 if problem or form.errors else 200,
        )
