"""How true the risk forecasts have been: what was said against what happened, as plot and table."""

from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination.queries.learnt import learnt_accuracy
from registry.coordination.views.shared import LABELS, blueprint, sees_every_case
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.parts import reading

_SHOWN = 30  # days before the deadline; the plot is of these, the table of all


@blueprint.get("/treffsikkerhet")
@guarded(Permission.RISK_READ)
def accuracy() -> Response:
    """The back-test that detection has kept."""
    with reading() as session:
        found = learnt_accuracy(session)
    return render("coordination/accuracy.html", found=found, days=_SHOWN, sees_all=sees_every_case(), **LABELS)
