"""Deliveries: the list, one of them, and the word that lets a held one through."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.core import clock
from registry.intake import labels, overview, queries
from registry.intake.operations import approve
from registry.intake.policy import may_approve
from registry.intake.states import ImportOutcome, QuarantineState, RecordEvent
from registry.intake.views import sources
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
        page = queries.import_runs(session, reach, page_number(), SIZE)
        waiting = queries.quarantined(session, reach, state=QuarantineState.WAITING, size=1).total
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
    """One delivery: counts, what changed, and the rows that could not be taken."""
    reach = actor().organisations(Permission.IMPORT_READ)
    asked = request.args.get("hva", "")
    event = RecordEvent(asked) if asked in set(RecordEvent) else None
    with reading() as session:
        run = queries.import_run(session, run_id, reach)
        page = queries.changes(session, run_id, event, page_number(), SIZE)
        rejected = queries.quarantined(session, reach, run_id=run_id, number=page_number("rad"), size=SIZE)
        return render(
            "intake/run.html",
            run=run,
            page=page,
            pagination=Pagination(page.number, page.size, page.total),
            counts=queries.counts_of_changes(session, run_id),
            event=event,
            rejected=rejected,
            rejected_pages=Pagination(rejected.number, rejected.size, rejected.total),
            outcomes=labels.OUTCOMES,
            events=labels.EVENTS,
            states=labels.STATES,
            fields=labels.FIELDS,
            source_name=labels.source_name,
            giver_name=labels.giver_name,
            held=run.outcome is ImportOutcome.HELD and may_approve(actor()),
        )


@blueprint.post("/<int:run_id>/godkjenn")
@guarded(Permission.IMPORT_APPROVE)
def approved(run_id: int) -> Response:
    """A held delivery is right after all."""
    with writing() as session:
        approve(session, actor(), run_id)
    flash_done(gettext("Leveransen er godkjent. Rader som også mangler i neste leveranse, går ut."))
    return redirect(url_for("intake.shown", run_id=run_id))
