"""How true the risk forecasts have been: what was said against what happened, as plot and table."""

from typing import Any

from flask import current_app
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination.queries import board
from registry.coordination.queries.history import Backtest, backtest
from registry.coordination.views.shared import LABELS, blueprint
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.parts import reading

_SHOWN = 30  # days before the deadline; the plot is of these, the table of all


@blueprint.get("/treffsikkerhet")
@guarded(Permission.RISK_READ)
def accuracy() -> Response:
    """The back-test, kept until there has been a new detection."""
    with reading() as session:
        newest = board.detections(session, 1)
        mark = newest[0].pk if newest else 0
        kept: dict[str, Any] = current_app.extensions.setdefault("coordination.backtest", {})
        if kept.get("mark") != mark:
            kept.update(mark=mark, found=backtest(session))
    found: Backtest | None = kept["found"]
    return render("coordination/accuracy.html", found=found, days=_SHOWN, **LABELS)
