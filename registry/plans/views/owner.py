"""The owner's page: the plan against what staff applied for, and money by year."""

from typing import Any

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.core.errors import Refused
from registry.plans import operations, queries
from registry.plans.labels import MONEY, STATES
from registry.plans.models import MoneyKind
from registry.plans.views.shared import asked, blueprint
from registry.web.flashes import flash_done, flash_problem
from registry.web.formatting import money as money_text
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import current_language, explained, gettext
from registry.web.parts import actor, reading, writing


@blueprint.get("")
@guarded(Permission.PLAN_EDIT)
def owner() -> Response:
    """One owner in one year; those who act for several choose which."""
    with reading() as session:
        about = asked(session)
        plan = queries.plan_of(session, about.owner.pk, about.year)
        sent = queries.versions(session, plan) if plan is not None else ()
        rows = queries.demand(session, about.owner.pk, about.year)
        money = queries.money(session, about.owner.pk)
    return render(
        "plans/owner.html",
        about=about,
        plan=plan,
        sent=sent[0] if sent else None,
        rows=rows,
        money=money,
        needed=_bars(rows, "needed"),
        endorsed=_bars(rows, "endorsed"),
        top=max((max(row.needed, row.endorsed) for row in rows), default=1) or 1,
        grants=[
            {"label": str(one.year), "value": float(amount), "text": money_text(float(amount))}
            for one in money
            for amount in [one.of(MoneyKind.GRANT_RECEIVED)]
        ],
        states=STATES,
        kinds=MONEY,
    )


@blueprint.post("/send-inn")
@guarded(Permission.PLAN_EDIT)
def submitted() -> Response:
    """The plan as it stands is what the country counts with."""
    with reading() as session:
        about = asked(session)
    try:
        with writing() as session:
            plan = queries.plan_of(session, about.owner.pk, about.year)
            if plan is None:
                abort(404)
            operations.submit_plan(session, actor(), plan)
    except Refused as refused:
        flash_problem(explained(refused))
    else:
        flash_done(gettext("Planen er sendt inn."))
    return redirect(url_for("plans.owner", **about.arguments), 303)


def _bars(rows: list[queries.Demand], figure: str) -> list[dict[str, Any]]:
    """The twelve subjects with the most of a figure."""
    nynorsk = current_language() == "nn"
    most = sorted(rows, key=lambda row: -int(getattr(row, figure)))[:12]
    return [{"label": row.name_nn if nynorsk else row.name_nb, "value": getattr(row, figure)} for row in most]
