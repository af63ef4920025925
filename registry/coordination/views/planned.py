"""The pre-check: a planned offer held against what there is."""

from flask import request
from sqlmodel import Session, select
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.catalogue.labels import term_label
from registry.coordination.forms import PrecheckForm
from registry.coordination.precheck import Planned, precheck
from registry.coordination.queries import board
from registry.coordination.queries.landscape import newest_term
from registry.coordination.views.shared import LABELS, blueprint
from registry.core import clock
from registry.reference.models import Municipality, Organisation
from registry.rules.register import rules_on
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import gettext
from registry.web.parts import actor, reading


@blueprint.get("/forhandssjekk")
@guarded(Permission.CASE_READ)
def planned() -> Response:
    """A planned offer held against what there is."""
    form = PrecheckForm(request.args)
    with reading() as session:
        _fill(session, form)
        neighbours = None
        if request.args.get("tittel") and form.validate():
            chosen = Planned(
                title=form.tittel.data,
                provider_id=int(form.institusjon.data) if form.institusjon.data else None,
                terms=[form.termin.data] if form.termin.data else [],
                municipalities=[form.kommune.data] if form.kommune.data else [],
                online={"online": True, "place": False}.get(form.form.data),
            )
            neighbours = precheck(session, chosen, rules_on(session, clock.today()))
        status = 400 if request.args and form.errors else 200
        return render("coordination/precheck.html", status=status, form=form, neighbours=neighbours, **LABELS)


def _fill(session: Session, form: PrecheckForm) -> None:
    """The lists to choose from. Provider staff plan for their own institution."""
    mine = actor().organisations(Permission.CASE_READ)
    query = select(Organisation).order_by(Organisation.name_nb)
    providers = [one for one in session.exec(query) if one.is_provider and (mine is None or one.pk in mine)]
    form.institusjon.choices = [("", gettext("Velg")), *((str(one.pk), one.name_nb) for one in providers)]
    newest = newest_term(session)
    listed = [newest] if newest else []
    form.termin.choices = [
        ("", gettext("Alle")),
        *((one, term_label(one)) for one in board.all_terms(session) or listed),
    ]
    places = session.exec(select(Municipality.code, Municipality.name_nb).order_by(Municipality.name_nb))
    form.kommune.choices = [("", gettext("Ikke bestemt")), *((code, name) for code, name in places)]
