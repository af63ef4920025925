"""Who came and how it went: a table to fill in, and the runs that lack it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.pseudonyms import short_form
from registry.applications import operations, presenting, queries
from registry.applications.operations.reporting import EVENTS
from registry.applications.states import ATTENDANCE
from registry.applications.views.room import blueprint, own_run
from registry.core.errors import RegistryError
from registry.offers.models import Run
from registry.offers.policy import scope_of
from registry.offers.states import RunState
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import N_, explained, gettext, ngettext
from registry.web.identifiers import LARGEST
from registry.web.parts import actor, reading, writing

_NO_DATE, _NO_NUMBER = N_("Skriv en gyldig dato."), N_("Skriv et tall.")
_REPORTABLE = frozenset({RunState.CONFIRMED, RunState.RUNNING, RunState.COMPLETED})


@blueprint.get("/oppfolging")
@guarded(Permission.APPLICATION_ATTEND)
def follow_up() -> Response:
    """Own runs without attendance or results, the longest overdue first."""
    with reading() as session:
        rows = queries.unreported(session, actor().organisations(Permission.APPLICATION_ATTEND))
    return render("applications/follow_up.html", rows=rows)


@blueprint.get("/tilbud/kull/<key>/resultater")
@guarded(Permission.APPLICATION_ATTEND)
def results(key: str) -> Response:
    """A row for each participant, with what can be reported now."""
    return _page(key, {}, {})


@blueprint.post("/tilbud/kull/<key>/resultater")
@guarded(Permission.APPLICATION_ATTEND)
def reported(key: str) -> Response:
    """All rows that were filled in, or none; what is wrong stands beside the row."""
    filled = _filled()
    rows, faults = _read(filled)
    if faults:
        flash_problem(gettext("Noen rader må rettes. Ingenting er lagret."))
        return _page(key, filled, faults, 400)
    try:
        with writing() as session:
            found, _offer = own_run(session, key, Permission.APPLICATION_ATTEND)
            number = operations.report(session, actor(), found, rows)
        flash_done(ngettext("%(num)s deltaker er oppdatert.", "%(num)s deltakere er oppdatert.", number))
    except operations.RowsRefused as refused:
        flash_problem(explained(refused))
        worded = {
            number: {name: presenting.FAULT[code] for name, code in wrong.items()}
            for number, wrong in refused.rows.items()
        }
        return _page(key, filled, worded, 400)
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.results", key=key), code=303)


def panel(run: Run) -> Mapping[str, Any] | None:
    """Links beside a run on the provider's own page: no look in the database for each."""
    return {"results": run.state in _REPORTABLE, "run": run}


def _page(
    key: str, filled: Mapping[int, Mapping[str, str]], faults: Mapping[int, Mapping[str, str]], status: int = 200
) -> Response:
    with reading() as session:
        found, offer = own_run(session, key, Permission.APPLICATION_ATTEND)
        listed = queries.participants(session, found)
        may_complete = actor().may(Permission.RUN_COMPLETE, scope_of(session, found))
    rows = [(one, [event for event in ATTENDANCE.possible(one.attendance) if event in EVENTS]) for one in listed]
    return render(
        "applications/results.html",
        status=status,
        run=found,
        offer=offer,
        rows=rows,
        filled=filled,
        faults=faults,
        may_complete=may_complete,
        short_form=short_form,
        words=presenting,
    )


def _filled() -> dict[int, dict[str, str]]:
    """Rows with a choice: application id → the fields as written. "all" fills what a row leaves empty."""
    found: dict[int, dict[str, str]] = {}
    for name, value in request.form.items():
        kind, _, number = name.partition("-")
        if kind == "event" and value and number.isascii() and number.isdigit() and 0 < int(number) <= LARGEST:
            found[int(number)] = {
                "event": value,
                "on": request.form.get(f"on-{number}", "").strip() or request.form.get("on-all", "").strip(),
                "credits": request.form.get(f"credits-{number}", "").strip(),
            }
    return found


def _read(filled: Mapping[int, Mapping[str, str]]) -> tuple[list[operations.Row], dict[int, dict[str, str]]]:
    rows, faults = [], dict[int, dict[str, str]]()
    for number, row in filled.items():
        wrong: dict[str, str] = {}
        on, earned = None, None
        try:
            on = date.fromisoformat(row["on"]) if row["on"] else None
        except ValueError:
            wrong["on"] = _NO_DATE
        try:
            earned = Decimal(row["credits"].replace(",", ".")) if row["credits"] else None
        except InvalidOperation:
            wrong["credits"] = _NO_NUMBER
        if earned is not None and not earned.is_finite():
            wrong["credits"] = _NO_NUMBER
        if wrong:
            faults[number] = wrong
        rows.append(operations.Row(number, row["event"], on, earned))
    return rows, faults
