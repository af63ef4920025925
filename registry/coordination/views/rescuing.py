"""The rescue planner's page: one run at risk, each way out with its effect, and the door to carrying it out."""

from flask import redirect, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.applications.presenting.lives import CANCEL, RUN
from registry.coordination.guards import last_of
from registry.coordination.queries.desk.ended import ended
from registry.coordination.queries.desk.permitted import standing_decision
from registry.coordination.queries.detecting.learnt_forecast import learnt_at, learnt_model
from registry.coordination.rescue import later, plan
from registry.coordination.views.shared import LABELS, blueprint
from registry.core import clock
from registry.core.errors import NotFound
from registry.offers.models import Offer, Run
from registry.offers.operations import get_run
from registry.offers.policy import scope_of
from registry.rules.register import rules_on
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.parts import actor, reading


@blueprint.get("/utsatte/<key>")
@guarded(Permission.RISK_READ)
def rescue(key: str) -> Response:
    """Ways out for one run; of one that is over, what became of it."""
    with reading() as session:
        run = get_run(session, key)
        if not actor().may(Permission.RISK_READ, scope_of(session, run)):
            raise NotFound("Kullet finnes ikke.")
        if run.key != key:  # entered twice: the other one stands for both
            return redirect(url_for("coordination.rescue", key=run.key), 302)
        over = ended(session, run)
        if over is not None:
            return render(
                "coordination/rescue_ended.html", run=run, over=over, run_states=RUN, cancel_reasons=CANCEL, **LABELS
            )
        rules = rules_on(session, clock.today())
        model = learnt_model(session)
        found = None if model is None else plan(session, run, model, rules, clock.today())
        last = last_of(session, session.get_one(Offer, run.offer_id), run)
        return render(
            "coordination/rescue.html",
            run=run,
            found=found,
            is_learnt=model is not None,
            is_last=bool(last),
            decisions=_decisions(session, run, last),
            judged_at=clock.now(),
            learnt_at=learnt_at(session),
            flag=rules["RISK_FLAG"],
            high=rules["RISK_HIGH"],
            may_cancel=actor().may(Permission.RUN_CANCEL, scope_of(session, run)),
            may_correct=actor().may(Permission.OFFER_CORRECT, scope_of(session, run)),
            later=later,
            **LABELS,
        )


def _decisions(session: Session, run: Run, last: list[str]) -> list[str]:
    """Where the decisions are recorded that the run needs before it is cancelled, and that are not there: by small subject."""
    if not actor().may(Permission.NATIONAL_DECIDE, scope_of(session, run)):
        return []
    offer = session.get_one(Offer, run.offer_id)
    return [
        url_for("coordination.permit", key=offer.key, subject=subject, kull=run.key)
        for subject in last
        if standing_decision(session, offer.pk, subject, run.pk) is None
    ]
