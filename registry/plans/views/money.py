"""An owner's money of one year: every amount, one more, one taken back."""

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.core import clock
from registry.core.errors import InvalidInput
from registry.plans import operations, queries
from registry.plans.forms import MoneyForm
from registry.plans.labels import MONEY
from registry.plans.models import MoneyKind
from registry.plans.views.shared import asked, blueprint
from registry.web.flashes import flash_undo
from registry.web.formatting import money as money_text
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext
from registry.web.parts import actor, reading, writing


@blueprint.get("/midler")
@guarded(Permission.PLAN_EDIT)
def money() -> Response:
    """What is booked for the year, and a form for one amount more."""
    return _page(MoneyForm(formdata=None, data={"on": clock.today()}))


@blueprint.post("/midler")
@guarded(Permission.PLAN_EDIT)
def money_booked() -> Response:
    """One amount more, which can be taken back."""
    form = MoneyForm(request.values)
    if not form.validate_on_submit():
        return _page(form, status=400)
    try:
        with writing() as session:
            about = asked(session)
            line = operations.book_money(
                session,
                actor(),
                about.owner.pk,
                about.year,
                MoneyKind(form.kind.data),
                form.amount.data,
                on=form.on.data,
                note=form.note.data or None,
            )
            struck = url_for("plans.money_struck", **about.arguments, line_id=line.pk)
    except InvalidInput as refused:
        form.amount.errors = [explained(refused)]
        return _page(form, status=400)
    flash_undo(gettext("%(amount)s er ført.", amount=money_text(float(form.amount.data))), struck)
    return redirect(url_for("plans.money", **about.arguments), 303)


@blueprint.post("/midler/<int:line_id>/stryk")
@guarded(Permission.PLAN_EDIT)
def money_struck(line_id: int) -> Response:
    """One amount less; it can be booked again."""
    with writing() as session:
        about = asked(session)
        line = operations.strike_money(session, actor(), about.owner.pk, line_id)
        amount = money_text(float(line.amount))
        back: dict[str, Any] = {
            "kind": line.kind,
            "amount": str(line.amount),
            "on": line.booked_on.isoformat(),
            "note": line.note or "",
        }
    flash_undo(
        gettext("%(amount)s er strøket.", amount=amount), url_for("plans.money_booked", **about.arguments, **back)
    )
    return redirect(url_for("plans.money", **about.arguments), 303)


def _page(form: MoneyForm, status: int = 200) -> Response:
    with reading() as session:
        about = asked(session)
        lines = queries.money_lines(session, about.owner.pk, about.year)
        sums = next((one for one in queries.money(session, about.owner.pk) if one.year == about.year), None)
    return render("plans/money.html", status=status, about=about, lines=lines, sums=sums, form=form, kinds=MONEY)
