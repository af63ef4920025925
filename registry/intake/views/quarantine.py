"""Rows in quarantine: as they came, why they were not taken, and what to do."""

from pathlib import Path

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.core.errors import Conflict, InvalidInput
from registry.intake import labels
from registry.intake.forms import DiscardForm
from registry.intake.models import QuarantinedRow
from registry.intake.operations import discard, discard_all, retry, retry_all
from registry.intake.operations.quarantine import MOST
from registry.intake.presenting import tables
from registry.intake.queries import alike, deliveries
from registry.intake.reading.shaping import OF_ROWS
from registry.intake.states import QuarantineState
from registry.web.export import TYPES, export
from registry.web.flashes import flash_done
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext, ngettext, page_blueprint
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, parts, reading, writing

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
        page = deliveries.quarantined(session, reach, state=state, number=page_number(), size=SIZE)
        return render(
            "intake/quarantine.html",
            page=page,
            pagination=Pagination(page.number, page.size, page.total),
            state=state,
            states=labels.STATES,
            faults=alike.faults(session, reach),
        )


@blueprint.get("/feil/<int:run_id>.<kind>")
@guarded(Permission.IMPORT_READ)
def wrong_rows(run_id: int, kind: str) -> Response:
    """A delivery's rows that wait, as they came, with what is wrong beside them: to repair and upload again."""
    if kind not in TYPES:
        abort(404)
    reach = actor().organisations(Permission.IMPORT_READ)
    with reading() as session:
        run = deliveries.import_run(session, run_id, reach)
        found = deliveries.quarantined(session, reach, run_id=run_id, state=QuarantineState.WAITING, size=100_000)
        return export(tables.wrong_rows_table(f"leveranse-{run.pk}-karantene", found.items), kind)


@blueprint.route("/like/<int:row_id>", methods=["GET", "POST"])
@guarded(Permission.IMPORT_RUN)
def together(row_id: int) -> Response:
    """Every row of the delivery with the same fault: one repair for them all, or try them as they came."""
    problem = None
    if request.method == "POST":
        try:
            return _retried_together(row_id)
        except InvalidInput as fault:
            problem = explained(fault, marked=True)
    return _together_page(row_id, DiscardForm(formdata=None), problem)


@blueprint.post("/like/<int:row_id>/legg-bort")
@guarded(Permission.IMPORT_RUN)
def discarded_together(row_id: int) -> Response:
    """Set them all aside for good."""
    form = DiscardForm()
    if not form.validate_on_submit():
        return _together_page(row_id, form, None)
    row_ids, _, run_id = _alike(row_id)
    with writing() as session:
        count = discard_all(session, actor(), row_ids, form.reason.data)
    flash_done(ngettext("Én rad er lagt bort.", "%(num)d rader er lagt bort.", count))
    return redirect(url_for("intake.shown", run_id=run_id))


@blueprint.route("/<int:row_id>", methods=["GET", "POST"])
@guarded(Permission.IMPORT_RUN)
def row(row_id: int) -> Response:
    """One row: repair its values and try again."""
    problem: InvalidInput | None = None
    if request.method == "POST":
        try:
            return _retried(row_id)
        except InvalidInput as fault:
            problem = fault
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
    """What can be repaired. Raises NotFound where it is somebody else's: what may not be seen does not exist."""
    with reading() as session:
        found, _ = deliveries.quarantined_row(session, row_id, actor().organisations(Permission.IMPORT_RUN))
        return list(_columns(found))


def _columns(row: QuarantinedRow) -> dict[str, str | None]:
    """The row's own columns, and the one that is said to be missing: not where it is only a word of ours for what is wrong."""
    lacking = row.field and row.field not in row.raw and row.field not in OF_ROWS
    return {**row.raw, row.field or "": None} if lacking else dict(row.raw)


def _retried(row_id: int) -> Response:
    raw = {name: request.form.get(f"v{place}", "") for place, name in enumerate(_seen(row_id))}
    with writing() as session:
        result = retry(session, actor(), row_id, raw, payload_folder=_payloads())
    flash_done(gettext("Raden er rettet og tatt inn."))
    return redirect(url_for("intake.shown", run_id=result.run))


def _retried_together(row_id: int) -> Response:
    """``verdi`` is the new value of the field that is wrong; without it, the rows are tried as they came.

    ``gammel`` limits the repair to rows with that value.
    """
    row_ids, found, _ = _alike(row_id)
    field = found[0].field
    changes = None
    if request.form.get("gjor") == "rett" and field:
        changes = {field: request.form.get("verdi", "")}
        if "gammel" in request.form:
            row_ids = [row.pk for row in found if (row.raw.get(field) or "") == request.form["gammel"]]
    with writing() as session:
        result = retry_all(session, actor(), row_ids, changes, payload_folder=_payloads())
    taken = result.seen - result.quarantined
    flash_done(ngettext("Én rad er tatt inn.", "%(num)d rader er tatt inn.", taken))
    return redirect(url_for("intake.shown", run_id=result.run))


def _alike(row_id: int) -> tuple[list[int], list[QuarantinedRow], int]:
    """Ids of the rows with the same fault, the rows, and their delivery. Raises NotFound, Conflict where none waits."""
    with reading() as session:
        row, run = deliveries.quarantined_row(session, row_id, actor().organisations(Permission.IMPORT_RUN))
        found = list(alike.alike(session, row, MOST))
        if not found:
            raise Conflict("Raden er allerede behandlet.")
        session.expunge_all()
        return [one.pk for one in found], found, run.pk


def _together_page(row_id: int, form: DiscardForm, problem: str | None) -> Response:
    _, found, run_id = _alike(row_id)
    return render(
        "intake/together.html",
        row=found[0],
        run_id=run_id,
        rows=found,
        values=alike.values(found),
        most=MOST,
        form=form,
        problem=problem,
        status=400 if problem or form.errors else 200,
    )


def _payloads() -> Path:
    return parts().settings.home / "payloads"


def _page(row_id: int, form: DiscardForm, problem: InvalidInput | None) -> Response:
    with reading() as session:
        found, run = deliveries.quarantined_row(session, row_id, actor().organisations(Permission.IMPORT_RUN))
        values = [
            (f"v{place}", name, request.form.get(f"v{place}", value or ""))
            for place, (name, value) in enumerate(_columns(found).items())
        ]
        waiting = found.state is QuarantineState.WAITING
        return render(
            "intake/row.html",
            row=found,
            run=run,
            values=values,
            form=form,
            problem=explained(problem, marked=True) if problem else None,
            wrong=problem.details.get("field") if problem else found.field,
            same=len(alike.alike(session, found, MOST)) if waiting else 0,
            states=labels.STATES,
            status=400 if problem or form.errors else 200,
        )
