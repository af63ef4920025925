"""Deliveries: the list, one of them, and the word that lets a held one through."""

from collections import Counter

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.core import clock
from registry.intake import labels
from registry.intake.forms import RejectForm
from registry.intake.models import Source
from registry.intake.operations import approve, reject
from registry.intake.operations.deliver import newest_of
from registry.intake.policy import may_approve
from registry.intake.presenting import tables
from registry.intake.presenting.wording import wording
from registry.intake.queries import alike, deliveries, overview
from registry.intake.queries.consequences import preview
from registry.intake.states import ImportOutcome, QuarantineState, RecordEvent
from registry.intake.views import sources
from registry.offers.views import RUN_STATES
from registry.web.export import TYPES, export
from registry.web.flashes import flash_done
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import gettext, page_blueprint
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, reading, writing

blueprint = page_blueprint("intake", __name__, "/innhenting")
SIZE = 25


@blueprint.get("")
@guarded(Permission.IMPORT_READ)
def listed() -> Response:
    """Sources with their health, and every delivery, the newest first."""
    reach = actor().organisations(Permission.IMPORT_READ)
    with reading() as session:
        page = deliveries.import_runs(session, reach, page_number(), SIZE)
        waiting = deliveries.quarantined(session, reach, state=QuarantineState.WAITING, size=1).total
        return render(
            "intake/list.html",
            page=page,
            pagination=Pagination(page.number, page.size, page.total),
            sources=overview.standings(session, clock.now(), reach),
            held=overview.held_now(session, reach),
            waiting=waiting,
            **sources.words(),
        )


@blueprint.get("/<int:run_id>")
@guarded(Permission.IMPORT_READ)
def shown(run_id: int) -> Response:
    """One delivery: counts, what changed, what waits for a word, and the rows that could not be taken."""
    return _page(run_id, RejectForm(formdata=None))


@blueprint.post("/<int:run_id>/godkjenn")
@guarded(Permission.IMPORT_APPROVE)
def approved(run_id: int) -> Response:
    """A held delivery is right after all."""
    with writing() as session:
        approve(session, actor(), run_id)
    flash_done(gettext("Leveransen er godkjent. Rader som også mangler i neste leveranse, går ut."))
    return redirect(url_for("intake.shown", run_id=run_id))


@blueprint.post("/<int:run_id>/avvis")
@guarded(Permission.IMPORT_APPROVE)
def rejected(run_id: int) -> Response:
    """A held delivery is wrong: nothing is closed by it."""
    form = RejectForm()
    if not form.validate_on_submit():
        return _page(run_id, form)
    with writing() as session:
        reject(session, actor(), run_id, form.reason.data)
    flash_done(gettext("Fraværet er avvist. Ingenting er lukket eller avlyst."))
    return redirect(url_for("intake.shown", run_id=run_id))


@blueprint.get("/<int:run_id>/endringer.<kind>")
@guarded(Permission.IMPORT_READ)
def changes_file(run_id: int, kind: str) -> Response:
    """Everything that the delivery did, one line for each field."""
    _known_kind(kind)
    with reading() as session:
        run = deliveries.import_run(session, run_id, actor().organisations(Permission.IMPORT_READ))
        return export(tables.changes_table(session, run, _event()), kind)


@blueprint.get("/<int:run_id>/folger.<kind>")
@guarded(Permission.IMPORT_READ)
def consequences_file(run_id: int, kind: str) -> Response:
    """Everything that approving a held delivery would do."""
    _known_kind(kind)
    with reading() as session:
        run = deliveries.import_run(session, run_id, actor().organisations(Permission.IMPORT_READ))
        return export(tables.consequences_table(session, run), kind)


def _page(run_id: int, form: RejectForm) -> Response:
    reach = actor().organisations(Permission.IMPORT_READ)
    event = _event()
    with reading() as session:
        run = deliveries.import_run(session, run_id, reach)
        page = deliveries.changes(session, run_id, event, page_number(), SIZE)
        rows = deliveries.quarantined(session, reach, run_id=run_id, number=page_number("rad"), size=SIZE)
        is_held = run.outcome is ImportOutcome.HELD
        would = preview(session, run) if is_held else []
        waits = is_held and newest_of(session, run.source_id) == run.pk
        return render(
            "intake/run.html",
            run=run,
            source=session.get_one(Source, run.source_id),
            page=page,
            pagination=Pagination(page.number, page.size, page.total),
            counts=deliveries.counts_of_changes(session, run_id),
            event=event,
            wording=wording(session),
            would=would,
            would_do=Counter(one.does for one in would),
            does=labels.DOES,
            kept_by=labels.KEPT_BY,
            run_states=RUN_STATES,
            rejected=rows,
            faults=alike.faults(session, reach, run_id) if rows.total else [],
            rejected_pages=Pagination(rows.number, rows.size, rows.total),
            outcomes=labels.OUTCOMES,
            events=labels.EVENTS,
            states=labels.STATES,
            source_name=labels.source_name,
            giver_name=labels.giver_name,
            waits=waits,
            decides=waits and may_approve(actor()),
            form=form,
            status=400 if form.errors else 200,
        )


def _event() -> RecordEvent | None:
    asked = request.args.get("hva", "")
    return RecordEvent(asked) if asked in set(RecordEvent) else None


def _known_kind(kind: str) -> None:
    if kind not in TYPES:
        abort(404)
