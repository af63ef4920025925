"""The rescue planner's page: one run at risk, each way out with its effect, and the door to carrying it out."""

from typing import Any

from flask import current_app
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination.detection.risks import learn_from
from registry.coordination.forecast import Model
from registry.coordination.queries import board
from registry.coordination.queries.applicants import load_applicants
from registry.coordination.queries.risk import newest_assessment
from registry.coordination.queries.runs import RunRow, load_runs
from registry.coordination.rescue import later, plan
from registry.coordination.views.shared import LABELS, blueprint
from registry.core import clock
from registry.core.errors import NotFound
from registry.offers.operations import get_run
from registry.offers.policy import scope_of
from registry.rules.register import rules_on
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.parts import actor, reading


@blueprint.get("/utsatte/<key>")
@guarded(Permission.RISK_READ)
def rescue(key: str) -> Response:
    """Ways out for one run."""
    with reading() as session:
        run = get_run(session, key)
        if not actor().may(Permission.RISK_READ, scope_of(session, run)):
            raise NotFound("Kullet finnes ikke.")
        rules = rules_on(session, clock.today())
        rows, model = _learnt(session)
        found = plan(session, run, rows, model, rules, clock.today())
        return render(
            "coordination/rescue.html",
            run=run,
            found=found,
            risk=newest_assessment(session, run.pk),
            flag=rules["RISK_FLAG"],
            may_cancel=actor().may(Permission.RUN_CANCEL, scope_of(session, run)),
            may_correct=actor().may(Permission.OFFER_CORRECT, scope_of(session, run)),
            later=later,
            **LABELS,
        )


def _learnt(session: Session) -> tuple[dict[int, RunRow], Model]:
    """All runs and what they teach, kept by the application until there has been a new detection."""
    newest = board.detections(session, 1)
    mark = (newest[0].pk if newest else 0, clock.today())
    kept: dict[str, Any] = current_app.extensions.setdefault("coordination.learnt", {})
    if kept.get("mark") != mark:
        rows = load_runs(session)
        model = learn_from(rows, load_applicants(session), rules_on(session, clock.today()), clock.today())
        kept.update(mark=mark, learnt=({row.id: row for row in rows}, model))
    learnt: tuple[dict[int, RunRow], Model] = kept["learnt"]
    return learnt
