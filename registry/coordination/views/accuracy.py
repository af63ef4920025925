"""How true the risk forecasts have been: what was said against what happened, as plot and table."""

from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination.queries.detecting.learnt_forecast import learnt_accuracy
from registry.coordination.queries.detecting.settled_runs import FALSE_ALARMS
from registry.coordination.views.shared import LABELS, blueprint, sees_every_case
from registry.core import clock
from registry.rules.register import rules_on
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.parts import reading

_SHOWN = 30  # days before the deadline; the plot is of these, the table of all
_GOAL = 21  # days before the deadline by which half of what is found should be warned of: time enough for a way out
_POSSIBLE = 0.56  # of the cancelled, found 21 days before by who knows all but who will apply: bench/risk_bound.py, demonstration year


@blueprint.get("/treffsikkerhet")
@guarded(Permission.RISK_READ)
def accuracy() -> Response:
    """The back-test that detection has kept."""
    with reading() as session:
        found = learnt_accuracy(session)
        rules = rules_on(session, clock.today())
    return render(
        "coordination/accuracy.html",
        found=found,
        days=_SHOWN,
        goal=_GOAL,
        possible=_POSSIBLE,
        most_false=rules[FALSE_ALARMS],
        flag=rules["RISK_FLAG"],
        sees_all=sees_every_case(),
        **LABELS,
    )
