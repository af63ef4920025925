"""The owner's page: the plan against what staff applied for, and money by year."""

from typing import Any

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.core import clock
from registry.plans import operations, queries
from registry.plans.models import MoneyKind
from registry.plans.states import PlanState
from registry.web.flashes import flash_done
from registry.web.formatting import money as money_text
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import N_, current_language, gettext, page_blueprint
from registry.web.identifiers import form_id
from registry.web.navigation import Entry
from registry.web.parts import actor, reading, writing

blueprint = page_blueprint("plans", __name__, "/eier")
blueprints = (blueprint,)

NAVIGATION = (Entry(N_("Plan og behov"), "plans.owner", Permission.PLAN_EDIT, order=40),)
STATES = {PlanState.DRAFT: N_("Utkast"), PlanState.SUBMITTED: N_("Sendt inn")}
MONEY = {
    MoneyKind.GRANT_RECEIVED: N_("Tilskudd mottatt"),
    MoneyKind.LEAVE_COST: N_("Kostnad til permisjon"),
    MoneyKind.OWN_SHARE: N_("Egenandel"),
    MoneyKind.SCHOLARSHIP: N_("Stipend"),
    MoneyKind.PASSED_ON: N_("Videreført til private barnehager"),
}


@blueprint.get("")
@guarded(Permission.PLAN_EDIT)
def owner() -> Response:
    """One owner in one year; those who act for several choose which."""
    with reading() as session:
        listed = queries.owners(session, actor().organisations(Permission.PLAN_EDIT))
        if not listed:
            abort(404)
        wanted = request.args.get("eier")
        chosen = next((one for one in listed if one.key == wanted), None if wanted else listed[0])
        if chosen is None:
            abort(404)
        years = queries.years(session, chosen.pk)
        year = request.args.get("ar", type=int)
        if year not in years:
            year = next((one for one in years if one <= clock.today().year), clock.today().year)
        plan = queries.plan_of(session, chosen.pk, year)
        sent = queries.versions(session, plan) if plan is not None else ()
        rows = queries.demand(session, chosen.pk, year)
        money = queries.money(session, chosen.pk)
    return render(
        "plans/owner.html",
        owners=listed,
        owner=chosen,
        years=years,
        year=year,
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
    owner_id, year = form_id("owner"), form_id("year")
    if owner_id not in (actor().organisations(Permission.PLAN_EDIT) or ()):
        abort(404)
    with writing() as session:
        plan = queries.plan_of(session, owner_id or 0, year or 0)
        if plan is None:
            abort(404)
        operations.submit_plan(session, actor(), plan)
    flash_done(gettext("Planen er sendt inn."))
    return redirect(url_for("plans.owner", ar=year))


def _bars(rows: list[queries.Demand], figure: str) -> list[dict[str, Any]]:
    """The twelve subjects with the most of a figure."""
    nynorsk = current_language() == "nn"
    most = sorted(rows, key=lambda row: -int(getattr(row, figure)))[:12]
    return [{"label": row.name_nn if nynorsk else row.name_nb, "value": getattr(row, figure)} for row in most]
